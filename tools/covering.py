"""Coverage by test: which tests run which line, from one run of all tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import coverage

DURATION = re.compile(r"^(\d+\.\d+)s (?:setup|call|teardown) +(\S.*)$")
SETTINGS = "[run]\nbranch = false\nrelative_files = true\nsource = {source}\n"


@dataclass(frozen=True)
class Covering:
    """The coverage and the duration of each test, from one run of the tests; tests have the names that pytest uses."""

    data: coverage.CoverageData
    seconds: dict[str, float]

    def tests(self, file: str, lines: Iterable[int] = ()) -> list[str]:
        """The tests that run one of the lines (without lines: any line of the file), the quickest first.

        Empty where only importing the module runs them.
        """
        known = self.data.contexts_by_lineno(file)
        contexts = {name for line in (lines or known) for name in known.get(line, ())}
        return self._quickest_first(name.rpartition("|")[0] for name in contexts if name)

    def all(self) -> list[str]:
        return self._quickest_first(self.seconds)

    def _quickest_first(self, names: Iterable[str]) -> list[str]:
        return sorted(set(names), key=lambda name: (self.seconds.get(name, 0.0), name))

    def total(self, tests: Iterable[str]) -> float:
        """The seconds that these tests take, one after the other."""
        return sum(self.seconds.get(name, 0.0) for name in tests)


def learn(root: Path, kept: Path, source: str, ignored: Iterable[str], workers: int = 1) -> Covering:
    """Run the tests of the tree with coverage into the folder `kept`, or read what an earlier call stored there."""
    if not (kept / "durations.txt").exists():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        said = _run(root, kept, source, ignored, workers)
        (kept / "durations.txt").write_text(said)
    data = coverage.CoverageData(str(kept / "coverage"))
    data.read()
    seconds: dict[str, float] = {}
    for line in (kept / "durations.txt").read_text().splitlines():
        if match := DURATION.match(line):
            seconds[match[2]] = seconds.get(match[2], 0.0) + float(match[1])
    return Covering(data, seconds)


def _run(root: Path, kept: Path, source: str, ignored: Iterable[str], workers: int) -> str:
    """Run pytest and return its output; UnusableTestsError where tests fail, as they could detect no defect."""
    settings = kept / "coveragerc"
    settings.write_text(SETTINGS.format(source=source))
    coverage_options = ["-p", "pytest_cov", f"--cov-config={settings}", "--cov", "--cov-context=test", "--cov-report="]
    command = [sys.executable, "-m", "pytest", "tests", *coverage_options, "--durations=0", "--durations-min=0"]
    command += ["-p", "no:cacheprovider", *(f"--ignore={name}" for name in ignored)]
    if workers > 1:
        command += ["-n", str(workers), "--dist", "loadfile"]
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "HABITUE_HOME": home, "PYTHONPATH": str(root), "COVERAGE_FILE": str(kept / "coverage"),
        }  # fmt: skip
        for name in ("DATABASE_URL", "TEST_TIMES"):
            environment.pop(name, None)
        ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise UnusableTestsError(f"Without any defect, pytest ends with {ended.returncode}:\n{ended.stdout[-3_000:]}")
    return ended.stdout


class UnusableTestsError(Exception):
    """The tests fail, or are missing, without any defect, so that they can detect none."""
