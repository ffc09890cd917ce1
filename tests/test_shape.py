"""The code keeps its shape: functions up to 40 lines, most near 8, files up to 400; documents name what is there."""

from __future__ import annotations

import ast
import re
import statistics
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FUNCTION, MEDIAN_FUNCTION, LONGEST_FILE = 40, 8, 400
OURS = ("habitue", "tools", "tests", "bench")

# Functions that are still longer. The list may only get shorter: one that is no longer too long has to leave it.
TOO_LONG: list[str] = []


def files(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in paths if "migrations" not in path.parts]


@cache
def functions(folder: str) -> list[tuple[str, str, int]]:
    """(name, place, lines) of every function and method, from `def` to its last line."""
    return [
        (node.name, f"{path.relative_to(ROOT)}:{node.lineno}", node.end_lineno - node.lineno + 1)
        for path in files(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_functions_are_short():
    longer = [each for folder in ("habitue", "tools") for each in functions(folder) if each[2] > LONGEST_FUNCTION]
    shown = "\n".join(f"  {place} {name}: {lines} lines" for name, place, lines in longer)
    names = sorted(name for name, _place, _lines in longer)
    assert names == TOO_LONG, f"Over {LONGEST_FUNCTION} lines are now (split them, or shorten TOO_LONG):\n{shown}"


def test_most_functions_are_near_eight_lines():
    assert statistics.median(lines for _name, _place, lines in functions("habitue")) <= MEDIAN_FUNCTION


def test_files_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(*OURS)}
    assert len(lengths) > 300, "files are missing here"
    longer = {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LONGEST_FILE}
    assert not longer


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "STYLE.md"]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
NAMED = re.compile(r"`((?:habitue|tests|tools|bench|docs|\.github|\.ci)/[\w./*-]+|[\w.-]+\.(?:md|toml|txt|yaml))`")
CODE = re.compile(r"`[^`\n]+`|^```sh\n.*?^```", re.DOTALL | re.MULTILINE)
MADE = re.compile(r"\bmake ([a-z][a-z-]*)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_files_that_are_there(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    names = {*LINK.findall(text), *NAMED.findall(text)}
    assert not [name for name in sorted(names) if not list(ROOT.glob(name.rstrip("/")))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_make_targets_that_are_there(document):
    code = "\n".join(CODE.findall((ROOT / document).read_text(encoding="utf-8")))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(MADE.findall(code)) <= set(targets)


def test_the_readme_is_one_page():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_the_quick_tests_come_from_every_room():
    listed = (ROOT / "tests" / "quick.txt").read_text(encoding="utf-8").split()
    assert not [name for name in listed if not (ROOT / name).is_file()]
    rooms = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    slow = {Path("tests/browser"), Path("tests/imports/cases"), Path("tests/imports/ways")}
    assert rooms - {Path(name).parent for name in listed} == slow
