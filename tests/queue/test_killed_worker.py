"""A worker that is killed in a check, an import or an undo: another takes it up, and the page tells the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.imports.test_killing import environment  # noqa: F401 - a fixture
from tests.sampling import LONG, TIMES

PROGRAM = Path(__file__).with_name("killing_worker.py")
POINTS = 10 * TIMES if LONG else 1
SEED = 11
WORKS = (
    ("check", "import", "undo") if LONG else ("check", "undo")
)  # imports are killed in tests/imports/test_killing.py
ENDS = {"check": "All of it can be undone", "import": "created", "undo": "<b>undone</b>"}
STATES = {"check": [], "import": [[True, False, ""]], "undo": [[True, True, ""]]}


def test_it_is_taken_up_and_nothing_is_lost_or_doubled(environment, tmp_path):  # noqa: F811
    command = [sys.executable, str(PROGRAM), str(tmp_path), str(SEED), ",".join(WORKS), str(POINTS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=7_200 if LONG else 600)
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert tuple(reports) == WORKS
    for work, report in reports.items():
        clean = report["clean"]
        assert clean["uploads"][0][3]["state"] == "done"
        assert clean["jobs"] == []
        assert len(clean["customers"]) == {"check": 14, "import": 56, "undo": 14}[work]
        assert clean["states"] == STATES[work]
        assert report["wrong"] == []
        assert len(report["points"]) == POINTS
        assert report["seconds"] < 60
        if "given_up" in report:
            *first, idle, again = report["given_up"]
            assert all("taken up again" in page for page in first)
            assert "three times" in idle
            assert ENDS[work] in again
    assert "given_up" in reports["check"]
