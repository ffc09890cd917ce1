"""The example of docs/insight.md: from a CSV file to a picture in ten lines, run as a reader would run it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    for name in ("example.py", "example.csv"):
        shutil.copy(DOCS / name, folder)
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": str(DOCS.parent)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "example.py"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return folder / "example.svg"


def test_the_picture_has_a_dot_for_each_customer_and_one_for_each_stage_of_the_legend(picture):
    with (DOCS / "example.csv").open(newline="") as file:
        customers = {row["client"] for row in csv.DictReader(file, delimiter=";")}
    collections = [group for group in ET.parse(picture).iter(f"{SVG}g") if "PathCollection" in group.get("id", "")]
    dots = [dot for group in collections for dot in group.iter(f"{SVG}use")]
    assert len(dots) == len(customers) + 7
    assert len({(dot.get("x"), dot.get("y")) for dot in dots}) > 0.9 * len(dots)


def test_the_dots_lie_within_the_picture(picture):
    root = ET.parse(picture).getroot()
    width, height = (float(part) for part in (root.get("viewBox") or "").split()[2:])
    dots = [dot for dot in root.iter(f"{SVG}use") if dot.get("style") is not None]
    places = [(float(dot.get("x", "nan")), float(dot.get("y", "nan"))) for dot in dots]
    assert places
    assert all(0 < x < width and 0 < y < height for x, y in places)


def test_the_legend_and_the_axes_are_named(picture):
    text = picture.read_text()
    for words in ("regular", "at_risk", "won_back", "days since the last purchase", "next 12 months, €"):
        assert words in text


def test_the_example_takes_ten_lines():
    code = [line for line in (DOCS / "example.py").read_text().splitlines() if line and not line.startswith("#")]
    assert len([line for line in code if not line.startswith(("import", "from"))]) <= 10


def test_the_page_shows_the_example_as_it_is():
    page = (DOCS / "insight.md").read_text()
    code = (DOCS / "example.py").read_text()
    assert code[code.index("names =") : code.index("# %% [markdown]\n# A dot")].strip() in page
    assert code[code.index("for stage") :].strip() in page
