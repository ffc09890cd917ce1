"""Shared by the benchmarks on a large base: an empty database on each engine, and a fixed loop to compare machines by.

SQLite's file is in the folder for temporary files: `TMPDIR=/dev/shm` keeps it in memory, where a machine does not cache
what it read from disk. `shared_buffers` does the same for PostgreSQL.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

SIZES = "100000 1000000"
DATABASE = "habitue_bench"


def on_each(module: str) -> None:
    """Run `python -m module SIZE` for each of BENCH_CUSTOMERS on each database, each time an empty one."""
    for size in os.environ.get("BENCH_CUSTOMERS", SIZES).split():
        for name, url in databases():
            with tempfile.TemporaryDirectory() as home, database(url) as own:
                environment = {**os.environ, "DATABASE_URL": own, "HABITUE_HOME": home}
                print(f"\n{name}, {int(size):,} customers", flush=True)
                subprocess.run([sys.executable, "-m", module, size], env=environment, check=True)


def begin(run: Callable[[int], None]) -> None:
    """Set up Django and the database in the process that `on_each` started, and call `run` with its size."""
    import django
    from django.core.management import call_command

    os.environ["DJANGO_SETTINGS_MODULE"] = "habitue.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    run(int(sys.argv[1]))


def databases() -> list[tuple[str, str]]:
    targets = [("SQLite", "")]
    if url := os.environ.get("DATABASE_URL"):
        targets.append(("PostgreSQL", url))
    return targets


@contextmanager
def database(url: str) -> Iterator[str]:
    """A context with a new PostgreSQL database on the server of `url`, dropped at its end; gives its URL ("" without
    one).
    """
    if not url:
        yield ""
        return
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        yield urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))
        connection.execute(f"DROP DATABASE {DATABASE}")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(wall-clock seconds, CPU seconds of this process) that `work` takes."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - busy


def calibrate() -> None:
    """Print how long a fixed loop takes here, to compare figures with those of another machine."""
    busy = statistics.median(timed(lambda: sum(number * number for number in range(1_000_000)))[1] for _ in range(5))
    print(f"  fixed loop {1000 * busy:.0f} ms of CPU", flush=True)
