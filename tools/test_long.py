"""Run the whole of what `make test` only samples, and write down date, seed and result of each part.

    python -m tools.test_long                    all parts, from where an earlier call was stopped
    python -m tools.test_long machine killing    these parts
    python -m tools.test_long --list             the parts, and what is known of them at this commit
    python -m tools.test_long --again machine    once more, although it was done

Each step is written to var/test-long.jsonl when it ends, with the commit it ran on: a call that is killed loses the
step it was in. The same seed gives the same examples (--seed; an earlier call's at this commit, else a new one).
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.records import ROOT, append, rows, state_of_tree

KEPT = ROOT / "var" / "test-long.jsonl"
PYTEST = [sys.executable, "-m", "pytest", "-q", "--hypothesis-seed={seed}"]
POSTGRESQL = ["tools/with-postgresql"]


@dataclass(frozen=True)
class Part:
    """A command that runs `steps` times, each with its own {seed} and `times` as many examples as usual."""

    name: str
    purpose: str
    command: list[str]
    steps: int = 1
    times: int = 1
    environment: dict[str, str] = field(default_factory=dict)


# What is tried only in part by `make test`. A new part is one line.
MACHINE, KILLING = "tests/customers/test_machine.py", "tests/imports/test_killing.py"
RULES, SUMS = "tests/segments/test_segments.py", "tests/imports/test_sums.py"
WORKER = "tests/queue/test_killed_worker.py"
VARIED, RETAIL = "tests/imports/ways/test_ways.py", "tests/imports/test_online_retail.py"
EVENTS = "tests/events/test_interleaving.py"
FIGURES = "tests/insight/test_properties.py"
READERS = "tests/purchases/test_kept.py"
PARTS = [
    Part("machine", "540 runs of 50 steps on a base, in any order", [*PYTEST, MACHINE], steps=9, times=10),
    Part("machine-postgresql", "120 such runs on PostgreSQL", [*POSTGRESQL, *PYTEST, MACHINE], steps=2, times=10),
    Part("postgresql", "all tests that know a database, with all their values, on PostgreSQL", [*POSTGRESQL, *PYTEST]),
    Part("interleaving", "600 runs of events and undoes in any order", [*PYTEST, EVENTS], steps=5, times=3),
    Part("killing", "an import killed before and after each SQL statement", [*PYTEST, KILLING]),
    Part("killing-postgresql", "the same on PostgreSQL", [*POSTGRESQL, *PYTEST, KILLING]),
    Part("worker", "a worker killed at 10 points of a check, an import and an undo", [*PYTEST, WORKER]),
    Part("worker-postgresql", "the same on PostgreSQL", [*POSTGRESQL, *PYTEST, WORKER]),
    Part("rules", "3,000 nested rules of segments", [*PYTEST, RULES, "-k", "nested"], steps=4, times=5),
    Part("kept", "six bases of orders and refunds, by every reader", [*PYTEST, READERS], times=6),
    Part("sums", "500 files of orders", [*PYTEST, SUMS], steps=4, times=5),
    Part("ways", "2,000 files of the same sales in many ways", [*PYTEST, VARIED], steps=5, times=10),
    Part("retail", "a million lines of a shop, and the file of a real one", [*PYTEST, RETAIL]),
    Part("figures", "60 logs for each property of the analysis", [*PYTEST, FIGURES], steps=5, times=6),
    Part("mutants", "200 small defects", [sys.executable, "-m", "tools.mutants", "--at-least", "85"]),
]


def main(arguments: list[str] | None = None, parts: list[Part] = PARTS, kept: Path = KEPT) -> int:
    asked = parser(parts).parse_args(arguments)
    if unknown := set(asked.parts) - {part.name for part in parts}:
        parser(parts).error(f"no such part: {', '.join(sorted(unknown))}")
    tree = state_of_tree()
    known = [row for row in rows(kept) if row["tree"] == tree]
    chosen = [part for part in parts if part.name in asked.parts or not asked.parts]
    if asked.list:
        print(table(parts, known))
        return 0
    seed = asked.seed if asked.seed is not None else next((row["base_seed"] for row in known), random.randrange(10**6))
    print(f"tree {tree}, seed {seed}")
    for part in chosen:
        for step in range(part.steps):
            if not asked.again and done(known, part, step, seed):
                continue
            row = run(part, step, seed) | {"tree": tree, "base_seed": seed}
            append(kept, row)
            known.append(row)
    print(table(chosen, known))
    return 0 if all(result(part, known) == "passed" for part in chosen) else 1


def parser(parts: list[Part]) -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in parts))
    arguments.add_argument("--list", action="store_true", help="say what there is and what is known of it")
    arguments.add_argument("--again", action="store_true", help="run also what has passed")
    arguments.add_argument("--seed", type=int, help="the seed that all others follow from")
    return arguments


def done(known: Iterable[dict[str, Any]], part: Part, step: int, seed: int) -> bool:
    """Whether the step has passed with this seed; what failed runs again."""
    wanted = (part.name, step, seed, "passed")
    return any((row["part"], row["step"], row["base_seed"], row["result"]) == wanted for row in known)


def run(part: Part, step: int, base_seed: int) -> dict[str, Any]:
    seed = base_seed + step
    print(f"{part.name} {step + 1}/{part.steps}, seed {seed} ...", flush=True)
    begun, clock = dt.datetime.now(dt.UTC), time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HABITUE_HOME": home, "TEST_TIMES": str(part.times)} | part.environment
        environment.pop("DATABASE_URL", None)
        command = [word.format(seed=seed) for word in part.command]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tail = (ended.stdout + ended.stderr)[-4_000:]
    if ended.returncode:
        print(tail)
    return {
        "part": part.name,
        "step": step,
        "seed": seed,
        "date": f"{begun:%Y-%m-%d %H:%M}",
        "seconds": round(time.monotonic() - clock),
        "result": "failed" if ended.returncode else "passed",
        "said": tail if ended.returncode else tail.strip().rpartition("\n")[2],
    }


def result(part: Part, known: list[dict[str, Any]]) -> str:
    """ "passed" where the latest run of every step passed; else "failed", or how many steps are done."""
    latest = {row["step"]: row["result"] for row in known if row["part"] == part.name}
    if "failed" in latest.values():
        return "failed"
    return "passed" if len(latest) == part.steps else f"{len(latest)} of {part.steps} done"


def table(parts: list[Part], known: list[dict[str, Any]]) -> str:
    """The results as a Markdown table for docs/benchmarks.md."""
    lines = ["| part | what | date | seed | minutes | result |", "|---|---|---|---|---|---|"]
    for part in parts:
        own = [row for row in known if row["part"] == part.name]
        date, seed = (own[-1]["date"], own[-1]["base_seed"]) if own else ("", "")
        minutes = f"{sum(row['seconds'] for row in own) / 60:.0f}" if own else ""
        lines.append(f"| {part.name} | {part.purpose} | {date} | {seed} | {minutes} | {result(part, known)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
