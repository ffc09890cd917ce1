"""Time and memory for the year of The Complete Journey, from files to portraits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STEPS = {
    "names": ("import", "customers", "{names}", "--mapping", "complete_journey_names"),
    "products": ("import", "products", "{data}/products.parquet", "--mapping", "complete_journey_products"),
    "orders": ("import", "orders", "{data}/transactions.parquet", "--mapping", "complete_journey"),
    "portraits": ("refresh",),
}


@dataclass(frozen=True)
class Cost:
    seconds: float
    mebibytes: float


def measure(command: Sequence[str], environment: dict[str, str], out: IO[str] | int = subprocess.DEVNULL) -> Cost:
    """The cost of a command: wall-clock time and peak resident memory."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.PIPE)
    _, state, usage = os.wait4(process.pid, 0)
    if state:
        raise SystemExit(f"{' '.join(command)} failed:\n{process.stderr.read().decode() if process.stderr else ''}")
    return Cost(time.perf_counter() - start, usage.ru_maxrss / 1024)


def report() -> None:
    for name, environment in databases():
        print(f"\n{name}: one year, 1,469,307 lines")
        with tempfile.TemporaryDirectory() as home:
            costs = run({**os.environ, **environment, "HABITUE_HOME": home})
        for step, cost in costs.items():
            print(f"  {step:<10} {cost.seconds:7.1f} s {cost.mebibytes:7.0f} MiB")
        together = Cost(sum(cost.seconds for cost in costs.values()), max(cost.mebibytes for cost in costs.values()))
        print(f"  {'together':<10} {together.seconds:7.1f} s {together.mebibytes:7.0f} MiB")


def databases() -> list[tuple[str, dict[str, str]]]:
    targets = [("SQLite", {"DATABASE_URL": ""})]
    if url := os.environ.get("DATABASE_URL"):
        targets.append(("PostgreSQL", {"DATABASE_URL": url}))
    return targets


def run(environment: dict[str, str]) -> dict[str, Cost]:
    habitue = [sys.executable, "-m", "habitue.cli"]
    subprocess.run([*habitue, "doctor", "--mend"], env=environment, stdout=subprocess.DEVNULL, check=False)
    places = {"names": names(environment), "data": data()}
    return {
        step: measure([*habitue, *(part.format(**places) for part in parts)], environment)
        for step, parts in STEPS.items()
    }


def data() -> str:
    from habitue.management.demo import data_folder

    return str(data_folder())


def names(environment: dict[str, str]) -> str:
    code = "import django; django.setup(); from habitue.demo import *; print(names_file(data_folder()))"
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "habitue.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return str(Path(done.stdout.strip()))
