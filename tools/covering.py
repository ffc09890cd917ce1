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
from typing import Any

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

    UnusableTestsError where tests fail, as they could detect no defect. What tests of several folders share may change
    unseen.
    """
    kept.mkdir(parents=True, exist_ok=True)
    before, now = _stored(kept / "files.json"), _digests(root, ignored)
    same = {name for name, digest in now.items() if before.get(name) == digest}
    seconds = {name: of for name, of in _stored(kept / "durations.json").items() if _file(name) in same}
    if changed := sorted(now.keys() - same):
        seconds |= _durations(_run(root, kept, source, changed, workers, append=bool(before)))
        known = _names(root, now)
        seconds = {name: of for name, of in seconds.items() if name in known}
        (kept / "durations.json").write_text(json.dumps(seconds))
        (kept / "files.json").write_text(json.dumps(now))
    data = coverage.CoverageData(str(kept / "coverage"))
    data.read()
    return Covering(data, seconds)


def _stored(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return content


def _file(test: str) -> str:
    return test.partition("::")[0]


def _durations(printed: str) -> dict[str, float]:
    """The seconds of each test, from what pytest printed."""
    seconds: dict[str, float] = {}
    for line in printed.splitlines():
        if match := DURATION.match(line):
            seconds[match[2]] = seconds.get(match[2], 0.0) + float(match[1])
    return seconds


def _digests(root: Path, ignored: Iterable[str]) -> dict[str, str]:
    """File of tests, digest of it and of the data in its folder."""
    left_out = tuple(f"{folder}/" for folder in ignored)
    digests = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        if not (name := path.relative_to(root).as_posix()).startswith(left_out):
            data = [near for near in sorted(path.parent.iterdir()) if near.is_file() and near.suffix != ".py"]
            digests[name] = sha256(b"".join(file.read_bytes() for file in (path, *data))).hexdigest()
    return digests


def _names(root: Path, files: Iterable[str]) -> set[str]:
    """The names of all tests in the files: one that pytest does not know would keep all others from running."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--verbosity=-1", "-p", "no:cacheprovider", *files]
    environment = os.environ | {"PYTHONPATH": str(root)}
    ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return {line for line in ended.stdout.splitlines() if "::" in line}


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
