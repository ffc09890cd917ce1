"""Mutation testing: plant small defects, one at a time, and see whether a test fails. Takes hours.

    python -m tools.mutants                  200 defects drawn from the rooms below; goes on where it was stopped
    python -m tools.mutants --count 20       fewer: always the first of the same 200
    python -m tools.mutants --again          those that survived once more, after tests were written
    python -m tools.mutants --report         what is known of these sources, without running anything

Results go to var/mutants.jsonl and hold as long as the rooms' files are the same: more tests only kill more. One run of
all tests with coverage, except those of the analysis and of the browser (--every-test for these), shows which tests run
which line, one of the files of tests that changed keeps that up to date: a defect meets these tests, the quickest
first, for at most --seconds. One on a line that only an import of its module runs meets the tests about the module.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tools.covering import Covering, UnusableTestsError, learn
from tools.mutating import Mutant, differs, lines_of_statement, mutants
from tools.records import ROOT, append, git, rows, state_of_tree

SEED = 20261127
ROOMS = ("events", "customers", "segments", "imports", "portraits", "reading")  # where defects are planted
ASIDE = ["tests/insight", "tests/browser", "tests/tools"]  # far away and slow
QUICK = 20.0  # seconds that the first tests take together
PATIENCE = 6.0  # a test run that takes so many times its usual time hangs
AT_LEAST = 120.0  # seconds
USAGE_ERROR = 4  # of pytest


@dataclass
class Run:
    """The options of a run: the tree, its rooms, where results are stored, how many defects and jobs."""

    root: Path = ROOT
    rooms: tuple[str, ...] = tuple(f"habitue/{room}" for room in ROOMS)
    kept: Path = ROOT / "var" / "mutants.jsonl"
    count: int = 200
    seed: int = SEED
    jobs: int = 1
    seconds: float = 120.0
    again: bool = False
    every_test: bool = False
    allow_missing: bool = False

    def __post_init__(self) -> None:
        self.tree = state_of_tree(self.root)
        self.sources = sha256(b"".join((self.root / file).read_bytes() for file in files(self))).hexdigest()[:12]
        self.lock = threading.Lock()

    def covering(self) -> Covering:
        """The coverage by test of these sources, from a run of the tests or as stored by an earlier one."""
        aside = [] if self.every_test else [name for name in ASIDE if (self.root / name).exists()]
        folder = self.kept.parent / f"covering-{self.sources}{'-every' if self.every_test else ''}"
        source = ",".join(sorted({room.split("/")[0] for room in self.rooms}))
        return learn(self.root, folder, source, aside, self.jobs)

    def known(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The latest result of each defect that was tried in these sources."""
        return {key(row): row for row in rows(self.kept) if row.get("sources") == self.sources}

    def keep(self, **row: Any) -> None:
        with self.lock:
            append(self.kept, {"sources": self.sources, "tree": self.tree, **row})


def drawn(run: Run) -> list[Mutant]:
    """`count` defects, each on another line, in an order that depends on the seed and the tree only."""
    if not run.allow_missing and (missing := [room for room in run.rooms if not (run.root / room).is_dir()]):
        raise SystemExit(f"These folders are missing: {', '.join(missing)} (--allow-missing leaves them out).")
    lines: dict[tuple[str, int], list[Mutant]] = {}
    for file in files(run):
        for mutant in mutants(file, (run.root / file).read_bytes()):
            lines.setdefault((mutant.file, mutant.line), []).append(mutant)
    chance = random.Random(run.seed)
    order = chance.sample(sorted(lines), len(lines))
    chosen = (chance.choice(lines[place]) for place in order)
    sound = (mutant for mutant in chosen if differs(mutant, (run.root / mutant.file).read_bytes()))
    return list(islice(sound, run.count))


def files(run: Run) -> list[str]:
    listed = git(run.root, "ls-files", *run.rooms).split("\n")
    return sorted(name for name in listed if name.endswith(".py") and "/migrations/" not in name)


def execute(run: Run) -> None:
    """Try each defect without a result (`again`: or that survived), `jobs` at a time, each in a copy of the tree."""
    tried = {name for name, row in run.known().items() if not (run.again and row["verdict"] == "survived")}
    left = [mutant for mutant in drawn(run) if key(asdict(mutant)) not in tried]
    covering = run.covering()
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(run.jobs):
            copies.put(Copy(run, covering, Path(folder) / str(number)))

        def one(mutant: Mutant) -> None:
            copy = copies.get()
            try:
                print(f"{copy.judge(mutant):8} {mutant.file}:{mutant.line} {mutant.operator}", flush=True)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(run.jobs) as pool:
            for ended in [pool.submit(one, mutant) for mutant in left]:
                ended.result()


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["file"], row["start"], row["end"], row["operator"], row["text"]


class Copy:
    """A copy of the tree in which defects are planted, one after the other."""

    def __init__(self, run: Run, covering: Covering, folder: Path):
        self.run, self.covering, self.folder = run, covering, folder
        self.clock = time.time()
        compiled = [str(path.relative_to(run.root)) for path in (run.root / "habitue").rglob("*.mo")]
        for name in [*git(run.root, "ls-files", "-z").split("\0"), *compiled]:
            if name and (run.root / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(run.root / name, folder / name)

    def judge(self, mutant: Mutant) -> str:
        """Plant a defect, run the tests, record and return the result: `killed`, `timeout` or `survived`."""
        source = (self.run.root / mutant.file).read_bytes()
        begun, verdict, number = time.monotonic(), "survived", 0
        for tests in self.stages(mutant, source):
            number += len(tests)
            try:
                self.write(mutant.file, mutant.applied(source))
                verdict = self.verdict(tests)
            finally:
                self.write(mutant.file, source)
            if verdict != "survived":
                break
        seconds = round(time.monotonic() - begun, 1)
        covered = len(self.covered(mutant, source))
        self.run.keep(
            **asdict(mutant), verdict=verdict, tests=number, covered=covered, seconds=seconds,
            diff=diff(mutant, source),
        )  # fmt: skip
        return verdict

    def verdict(self, tests: list[str]) -> str:
        """ "killed", "timeout" or "survived" by these tests, or by their files where it makes other parameters."""
        try:
            seconds = max(AT_LEAST, PATIENCE * self.covering.total(tests))
            code = self.pytest(tests, seconds)
            if code == USAGE_ERROR and "not found:" in self.log().read_text(errors="replace"):
                code = self.pytest(sorted({name.partition("::")[0] for name in tests}), 2 * seconds)
        except subprocess.TimeoutExpired:
            return "timeout"
        return "killed" if code else "survived"

    def covered(self, mutant: Mutant, source: bytes) -> list[str]:
        """All tests that run the defect's lines, the quickest first; where only an import does, all tests, those about
        the module first.
        """
        if tests := self.covering.tests(mutant.file, lines_of_statement(source, mutant.line)):
            return tests
        of_file = set(self.covering.tests(mutant.file))
        return sorted(self.covering.all(), key=lambda name: -nearness(mutant.file, name) - (name in of_file))

    def stages(self, mutant: Mutant, source: bytes) -> Iterator[list[str]]:
        """The tests that the defect meets: those that take QUICK seconds together, then those within `seconds`."""
        quick, others, spent = [], [], 0.0
        for name in self.covered(mutant, source):
            spent += self.covering.total([name])
            if spent <= QUICK:
                quick.append(name)
            elif spent <= self.run.seconds or not (quick or others):
                others.append(name)
        yield from (part for part in (quick, others) if part)

    def pytest(self, tests: list[str], seconds: float) -> int:
        """Run pytest and return its exit code; all processes that it started end with it."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        with tempfile.TemporaryDirectory() as home, self.log().open("w") as log:
            environment = os.environ | {"HABITUE_HOME": home, "PYTHONPATH": str(self.folder)}
            for name in ("DATABASE_URL", "TEST_TIMES"):  # the database at hand, and no long samples
                environment.pop(name, None)
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            try:
                return process.wait(seconds)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    def write(self, file: str, source: bytes) -> None:
        """Write a file with a new modification time, without which Python could reuse the old compiled code."""
        self.clock += 2
        (self.folder / file).write_bytes(source)
        os.utime(self.folder / file, (self.clock, self.clock))


def nearness(file: str, test: str) -> int:
    """How many words the path of a module has in common with that of a test; the module's own name counts most."""
    module, of = (set(re.split(r"[/_.]", path)) for path in (file, test.partition("::")[0]))
    return len(module & of - {"py"}) + 2 * (Path(file).stem in of)


def diff(mutant: Mutant, source: bytes) -> str:
    before, after = source.decode().splitlines(), mutant.applied(source).decode().splitlines()
    changed = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in changed)


def summary(run: Run) -> tuple[float, str]:
    """(percentage killed, report): the report lists survivors with their place and the defect."""
    wanted = {key(asdict(mutant)) for mutant in drawn(run)}
    tried = {name: row for name, row in run.known().items() if name in wanted}
    counts = {name: sum(row["verdict"] == name for row in tried.values()) for name in ("killed", "timeout", "survived")}
    lines = []
    for row in sorted(tried.values(), key=lambda row: (row["file"], row["line"])):
        if row["verdict"] == "survived":
            met = "" if row["tests"] >= row["covered"] else f" (met {row['tests']} of {row['covered']} tests)"
            lines.append(f"{row['file']}:{row['line']} {row['operator']}{met}")
            lines += [f"    {text}" for text in row["diff"].split("\n")]
    rate = 100 * (counts["killed"] + counts["timeout"]) / len(tried) if tried else 0.0
    lines.append(
        f"sources {run.sources}, tests of {run.tree}, seed {run.seed}: of {len(wanted)} defects {len(tried)} tried, "
        f"{counts['killed']} killed, {counts['timeout']} by time, {counts['survived']} survived: {rate:.1f} %"
    )
    return rate, "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="how many defects (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=120, help="of tests for one defect (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="try what survived once more")
    parser.add_argument("--room", action="append", choices=ROOMS, help="only in this room")
    parser.add_argument("--every-test", action="store_true", help="survivors meet the slow tests too")
    parser.add_argument("--allow-missing", action="store_true", help="leave out folders that are not there")
    parser.add_argument("--at-least", type=float, default=85, help="percent that must turn red (default: %(default)s)")
    parser.add_argument("--report", action="store_true", help="say what is known, run nothing")
    asked = parser.parse_args(arguments)
    rooms = tuple(f"habitue/{room}" for room in asked.room or ROOMS)
    run = Run(
        rooms=rooms, count=asked.count, seed=asked.seed, jobs=asked.jobs, seconds=asked.seconds, again=asked.again,
        every_test=asked.every_test, allow_missing=asked.allow_missing,
    )  # fmt: skip
    if not asked.report:
        try:
            execute(run)
        except UnusableTestsError as error:
            print(error, file=sys.stderr)
            return 2
    rate, text = summary(run)
    print(text)
    return 0 if rate >= asked.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
