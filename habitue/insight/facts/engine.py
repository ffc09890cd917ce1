"""Open the fact tables as lazy frames (narwhals) on DuckDB or Polars in this process, or on Spark.

An engine reads Parquet files, or takes over a table in memory. Nothing is computed before a frame is collected.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from habitue.insight.facts.tables import TABLES, Facts, FactsError, check_rows, schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from habitue.insight.facts.tables import Frame

ENGINES = {"duckdb": "duckdb", "polars": "polars", "spark": "pyspark"}  # and the module that each needs
# Settings of DuckDB from the first moment on; `_connect` says why, and which three follow when it is connected.
HARDENING = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
SPILL = ".habitue-spill-"  # prefix of a directory that a connection spills to
FORGOTTEN = 2 * 86_400  # seconds: an older spill directory was left by a crash


class Engine(Protocol):
    """What an engine does: `read` gives Parquet files as a lazy frame, `take` an Arrow table."""

    def read(self, files: Sequence[str]) -> Frame: ...
    def take(self, rows: pa.Table) -> Frame: ...


def open_facts(
    path: Path | str,
    engine: Literal["duckdb", "polars", "spark"] = "duckdb",
    *,
    check: bool = False,
    memory_limit: str = "512MB",
    threads: int = 2,
    session: Any = None,
) -> Facts:
    """The facts in the Parquet files of a folder, as lazy frames.

    Files are `<table>/month=YYYY-MM/part.parquet` for orders and lines, `<table>/part.parquet` for the other tables of
    `tables.TABLES`. A table whose folder is missing or empty has no rows.

    Columns and types are checked in the metadata of each file (FactsError names the file). With `check` all rows are
    read once and checked for nulls, signs and duplicate keys (FactsError names the row); files that this program wrote
    do not need it. `memory_limit` (such as "512MB") and `threads` are for DuckDB, which may read these files and
    nothing else. `session` is a Spark session; without one Spark starts on `threads` cores of this machine.
    ModuleNotFoundError says how to install a missing engine, ValueError which engines there are.
    """
    path = Path(path).resolve()
    files = {name: _files(path, name) for name in TABLES}
    readable = [str(file) for parts in files.values() for file in parts]
    opened = open_engine(engine, readable, path, memory_limit, threads, session)
    frames: dict[str, Any] = {name: _open(opened, path, name, files[name], check) for name in TABLES}
    return Facts(**frames)


def open_engine(
    name: str,
    files: Sequence[str] = (),
    folder: Path | None = None,
    memory_limit: str = "512MB",
    threads: int = 2,
    session: Any = None,
) -> Engine:
    """The engine of that name, ready to read `files` (absolute paths) or to take tables.

    DuckDB spills what exceeds `memory_limit` to disk: into `folder`, by default into a temporary directory. ValueError
    for another name, ModuleNotFoundError for an engine that is not installed.
    """
    if name == "duckdb":
        return DuckDB(_connect(files, folder, memory_limit, threads))
    if name == "polars":
        _require("polars")
        return Polars()
    if name == "spark":
        _require("pyspark")
        return Spark(session or _session(threads))
    raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {name!r}")


def _require(module: str) -> None:
    """ModuleNotFoundError, with the command that installs it, if the module of an engine is missing."""
    import importlib.util

    if importlib.util.find_spec(module) is None:
        extra = next(name for name, needs in ENGINES.items() if needs == module)
        raise ModuleNotFoundError(f"The engine {extra} is not installed: pip install 'habitue[{extra}]'", name=module)


@dataclass(frozen=True)
class DuckDB:
    """DuckDB in this process, through one connection."""

    connection: duckdb.DuckDBPyConnection

    def read(self, files: Sequence[str]) -> Frame:
        import narwhals as nw

        return nw.from_native(self.connection.read_parquet(list(files), hive_partitioning=False))

    def take(self, rows: pa.Table) -> Frame:
        import narwhals as nw

        return nw.from_native(self.connection.from_arrow(rows))


@dataclass(frozen=True)
class Polars:
    """Polars in this process, with lazy scans of files."""

    def read(self, files: Sequence[str]) -> Frame:
        import narwhals as nw
        import polars as pl

        return nw.from_native(pl.scan_parquet(list(files), hive_partitioning=False))

    def take(self, rows: pa.Table) -> Frame:
        import narwhals as nw
        import polars as pl

        return nw.from_native(pl.DataFrame(rows).lazy())


@dataclass(frozen=True)
class Spark:
    """Spark, through a session of a cluster or of this machine."""

    session: Any

    def read(self, files: Sequence[str]) -> Frame:
        import narwhals as nw

        frame: Frame = nw.from_native(self.session.read.parquet(*files))
        return frame

    def take(self, rows: pa.Table) -> Frame:
        import narwhals as nw

        frame: Frame = nw.from_native(self.session.createDataFrame(rows))
        return frame


def _connect(files: Sequence[str], folder: Path | None, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that can read `files` and do nothing else outside its own memory.

    Texts from files and notebooks end up in SQL that narwhals writes. Should one ever break out of its quotes, the
    statement must find nothing to use: no extension is installed or loaded (so no network and no foreign code), no
    stored secret is read, no Python variable is taken for a table (HARDENING); no file but `files` is read, none is
    written outside the spill directory, no database is attached (`enable_external_access`); and no setting can be
    changed back (`lock_configuration`). What may be read has to be named first, because the lock is the last step.

    Each connection spills into a directory of its own, which DuckDB makes when it needs it and removes when it closes:
    two connections that spill into the same one overwrite each other's pages.
    """
    import duckdb

    config: dict[str, Any] = {
        "threads": threads,
        "memory_limit": memory_limit,
        "preserve_insertion_order": False,
        "temp_directory": str(_spill_directory(folder)),
    }
    connection = duckdb.connect(config=config | HARDENING)
    # A parameter in place of the quotes would make DuckDB import pandas, if it is there: a fifth of a second.
    quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(f"SET allowed_paths = [{quoted}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _spill_directory(folder: Path | None) -> Path:
    """A path that no other connection uses: in `folder`, else in a directory of this process.

    Spill directories that crashes left in `folder` days ago are removed.
    """
    below = folder if folder and folder.is_dir() else Path(_own_directory().name)
    for left in below.glob(f"{SPILL}*"):
        with suppress(OSError):  # another process may remove it at the same moment
            if time.time() - left.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(left)
    return below / f"{SPILL}{secrets.token_hex(8)}"


@cache
def _own_directory() -> tempfile.TemporaryDirectory[str]:
    """A temporary directory that only this user can read and that goes with this process."""
    return tempfile.TemporaryDirectory(prefix="habitue-")


def _session(threads: int) -> Any:
    """The Spark session that runs already, else a new one on this machine.

    In ANSI mode an integer overflow is an error instead of a wrong number.
    """
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master(f"local[{threads}]")
        .appName("habitue")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.shuffle.partitions", str(2 * threads))
        .getOrCreate()
    )


def _files(path: Path, name: str) -> list[Path]:
    """The Parquet files of the table `name` below `path`, in the order of their months."""
    return sorted((path / name).glob("month=*/part.parquet" if TABLES[name].by_month else "part.parquet"))


def _open(engine: Engine, path: Path, name: str, files: Sequence[Path], check: bool) -> Frame:
    """The table `name` as a lazy frame with the declared columns; empty without files."""
    if not files:
        return engine.take(schema(name).empty_table())
    for file in files:
        _check_head(file, path, name)
    frame = engine.read([str(file) for file in files]).select(*TABLES[name].columns)
    if check:
        check_rows(frame, name, lambda: _rows(files, path))
    return frame


def _check_head(file: Path, path: Path, name: str) -> None:
    """FactsError if a column is missing in the metadata of the file, or of another type than declared.

    All files of a table must have the same types: engines differ on what they make of integers of two widths.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    head, where = pq.read_schema(file), str(file.relative_to(path))
    for column in schema(name):
        if column.name not in head.names:
            raise FactsError("the column is missing", name, column.name, file=where)
        kind = head.field(column.name).type
        text = pa.types.is_string(column.type) and (pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
        if kind != column.type and not text:
            unit = TABLES[name].columns[column.name].unit
            raise FactsError(f"{column.type} expected ({unit}), {kind} found", name, column.name, file=where)


def _rows(files: Iterable[Path], path: Path) -> Iterable[tuple[str, pa.Table]]:
    """The rows of each file, in order, with the file's name below `path`."""
    import pyarrow.parquet as pq

    for file in files:
        yield str(file.relative_to(path)), pq.read_table(file, partitioning=None)
