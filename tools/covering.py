"""Coverage by test: which tests run which line, from one run of all tests and one of those that changed since."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import coverage

DURATION = re.compile(r"^(\d+\.\d+)s (?:setup|call|teardown) +(\S.*)$")
SETTINGS = "[run]\nbranch = false\nrelative_files = true\nsource = {source}\n"


@dataclass(frozen=True)
class Covering:
    """The coverage and the duration of each test; tests have the names that pytest uses.

    The coverage may name tests that are no more: those have no duration.
    """

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
        return sorted(set(names) & set(self.seconds), key=lambda name: (self.seconds[name], name))

    def total(self, tests: Iterable[str]) -> float:
        """The seconds that these tests take, one after the other."""
        return sum(self.seconds[name] for name in tests)


def learn(root: Path, kept: Path, source: str, ignored: Iterable[str], workers: int = 1) -> Covering:
    """Run the tests of the tree with coverage into the folder `kept`; later calls run only files of tests that changed.

    UnusableTestsError where tests fail, as they could detect no defect. What the tests share (conftest.py) may change
    unseen.
    """
    kept.mkdir(parents=True, exist_ok=True)
    before = json.loads(_text(kept / "files.json") or "{}")
    now = _digests(root, ignored)
    changed = sorted(name for name, digest in now.items() if before.get(name) != digest)
    durations = _text(kept / "durations.txt")
    if changed:
        kept_lines = [line for line in durations.splitlines() if not _is_of(line, changed) and DURATION.match(line)]
        said = _run(root, kept, source, changed, workers, append=bool(before))
        durations = "\n".join([*kept_lines, said])
        (kept / "durations.txt").write_text(durations)
        (kept / "files.json").write_text(json.dumps(now))
    data = coverage.CoverageData(str(kept / "coverage"))
    data.read()
    seconds: dict[str, float] = {}
    for line in durations.splitlines():
        if (match := DURATION.match(line)) and match[2].partition("::")[0] in now:
            seconds[match[2]] = seconds.get(match[2], 0.0) + float(match[1])
    return Covering(data, seconds)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _digests(root: Path, ignored: Iterable[str]) -> dict[str, str]:
    """File of tests, its digest."""
    left_out = tuple(f"{folder}/" for folder in ignored)
    names = sorted(path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py"))
    return {name: sha256((root / name).read_bytes()).hexdigest() for name in names if not name.startswith(left_out)}


def _is_of(line: str, files: Iterable[str]) -> bool:
    """Whether the line of durations is of a test in one of the files."""
    match = DURATION.match(line)
    return bool(match) and match[2].partition("::")[0] in set(files)


def _run(root: Path, kept: Path, source: str, files: list[str], workers: int, append: bool) -> str:
    """Run pytest on the files and return its output."""
    settings = kept / "coveragerc"
    settings.write_text(SETTINGS.format(source=source))
    coverage_options = ["-p", "pytest_cov", f"--cov-config={settings}", "--cov", "--cov-context=test", "--cov-report="]
    coverage_options += ["--cov-append"] if append else []
    command = [sys.executable, "-m", "pytest", *files, *coverage_options, "--durations=0", "--durations-min=0"]
    command += ["-p", "no:cacheprovider"]
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
