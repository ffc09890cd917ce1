"""The time from a log of orders in Parquet to scored customers, compared with `lifetimes` on the same work.

The work: summary, BG/NBD and Gamma-Gamma fits, P(alive), expected purchases and value of a year. Both run in turn, each
in a process of its own. BENCH_CUSTOMERS="100000 1000000 10000000 realistic" chooses the sizes, BENCH_TURNS the number
of turns (5). lifetimes takes part up to a million customers; larger sizes run once.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import peer_environment, speed_log
from bench.speed_log import World

SIZES = "100000 1000000 realistic 10000000"
REALISTIC = World(1_000_000, spread=3 * 365, days=3 * 365, names=True)
LARGEST_FOR_LIFETIMES = 1_000_000
DAYS = 365
WHOLE = "ours, whole portraits"  # with stages, choice of a model, intervals: more than lifetimes does; run once
PLAIN = """
    SELECT customer_id, count(*) - 1 AS x, max(day) - min(day) AS t_x, {as_of} - min(day) AS T,
           (sum(amount) - arg_min(amount, day))::BIGINT / nullif(count(*) - 1, 0) AS mean
    FROM (SELECT customer_id, day, sum(amount)::BIGINT AS amount
          FROM read_parquet('{folder}/orders/*/part.parquet', hive_partitioning = false)
          WHERE day <= {as_of} GROUP BY customer_id, day)
    GROUP BY customer_id
"""


@dataclass(frozen=True)
class Turn:
    """One measured run. `seconds`: wall clock of the work; `whole`: of the process; `busy`: CPU seconds; `mebibytes`:
    peak memory.
    """

    seconds: float
    whole: float
    busy: float
    mebibytes: float


def report() -> None:
    turns = int(os.environ.get("BENCH_TURNS", "5"))
    for size in os.environ.get("BENCH_CUSTOMERS", SIZES).split():
        world = REALISTIC if size == "realistic" else World(int(size))
        with tempfile.TemporaryDirectory() as folder:
            orders = speed_log.write(world, Path(folder))
            kind = "over three years, ids are texts" if world.names else "over twelve weeks"
            print(f"\n{world.customers:,} customers who came {kind}, {orders:,} orders")
            show(measure(world, folder, turns))


def measure(world: World, folder: str, turns: int) -> dict[str, list[Turn]]:
    """The runs of each contestant, taken in turn, so that other load of the machine affects all alike."""
    ours = [sys.executable, "-m", "bench.speed"]
    given = [folder, str(world.as_of)]
    commands = {"ours": [*ours, "ours", *given], "plain summary": [*ours, "plain", *given]}
    if not world.names and world.customers <= LARGEST_FOR_LIFETIMES:
        commands[WHOLE] = [*ours, "portraits", *given]
    if world.customers <= LARGEST_FOR_LIFETIMES:
        script = Path(__file__).with_name("peer_lifetimes.py")
        commands["lifetimes"] = [str(peer_environment.python()), str(script), "speed", *given, str(DAYS)]
    else:
        turns = 1
    runs: dict[str, list[Turn]] = {name: [] for name in commands}
    for turn in range(turns):
        for name, command in commands.items():
            if turn == 0 or name != WHOLE:
                runs[name].append(run(command))
    return runs


def run(command: list[str]) -> Turn:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    output = process.stdout.read()
    _, state, usage = os.wait4(process.pid, 0)
    if state:
        raise SystemExit(f"{' '.join(command)} failed")
    seconds = json.loads(output.splitlines()[-1])["seconds"]
    return Turn(seconds, time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def show(runs: dict[str, list[Turn]]) -> None:
    def middle(name: str, of: Callable[[Turn], float]) -> float:
        return statistics.median(of(turn) for turn in runs[name])

    for name in runs:
        work, whole = middle(name, lambda turn: turn.seconds), middle(name, lambda turn: turn.whole)
        peak = max(turn.mebibytes for turn in runs[name])
        busy = middle(name, lambda turn: turn.busy)
        print(f"  {name:<22} {work:7.2f} s; whole process {whole:7.2f} s, {busy:7.2f} s of cores, {peak:6.0f} MiB")
    ours = middle("ours", lambda turn: turn.seconds)
    print(f"  ours takes {ours / middle('plain summary', lambda turn: turn.seconds):.2f} times the plain summary")
    if "lifetimes" in runs:
        times = middle("lifetimes", lambda turn: turn.seconds) / ours
        whole = middle("lifetimes", lambda turn: turn.whole) / middle("ours", lambda turn: turn.whole)
        print(f"  ours is {times:.1f} times as fast as lifetimes ({whole:.1f} with the start of the process)")


def ours(folder: str, as_of: int) -> Any:
    from habitue.insight.models.lifetime import lifetime

    facts = _facts(Path(folder))
    return timed(lambda: lifetime(facts(), as_of, "bgnbd", horizon_days=DAYS))


def portraits(folder: str, as_of: int) -> Any:
    from habitue import insight

    return timed(lambda: insight.portraits(insight.open_facts(Path(folder)), as_of, horizon_days=DAYS))


def plain(folder: str, as_of: int) -> Any:
    import duckdb

    spill = {"temp_directory": f"{folder}/.spill"}
    limits = {"threads": 2, "memory_limit": "512MB", "preserve_insertion_order": False}
    connection = duckdb.connect(config=limits | spill)
    return timed(lambda: connection.execute(PLAIN.format(folder=folder, as_of=as_of)).fetchnumpy())


def timed(work: Callable[[], Any]) -> float:
    """Wall-clock seconds of the work, after its imports, as measured for `lifetimes`."""
    import duckdb
    import narwhals
    import pyarrow.dataset
    import pyarrow.parquet  # noqa: F401
    import scipy.special  # noqa: F401

    narwhals.from_native(duckdb.sql("SELECT 1")).collect("pyarrow")  # Narwhals imports each engine's part late

    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _facts(folder: Path) -> Callable[[], Any]:
    """A function that opens the facts in `folder`; customer ids that are texts are numbered in it, within the measured
    time.
    """
    import pyarrow.parquet as pq

    from habitue import insight

    if pq.read_schema(next((folder / "orders").glob("*/part.parquet"))).field("customer_id").type != "string":
        return lambda: insight.open_facts(folder)

    def numbered() -> Any:
        log = pq.read_table(folder / "orders", partitioning=None)
        at = log.column_names.index("customer_id")
        codes = log["customer_id"].dictionary_encode().combine_chunks().indices
        return insight.facts_from(log.set_column(at, "customer_id", codes.cast("int64")))

    return numbered


if __name__ == "__main__":
    what, folder, day = sys.argv[1:]
    print(json.dumps({"seconds": {"ours": ours, "portraits": portraits, "plain": plain}[what](folder, int(day))}))
    shutil.rmtree(Path(folder) / ".spill", ignore_errors=True)
