"""Facts as lazy frames on an engine: DuckDB or Polars in this process, Spark on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from habitue.insight.facts.tables import TABLES, Facts, FactsError, check_rows, schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from habitue.insight.facts.tables import Frame

ENGINES = {"duckdb": "duckdb", "polars": "polars", "spark": "pyspark"}  # and the module that each needs


class Engine(Protocol):
    """`read` gives the rows of Parquet files, `take` those of a table in memory, both as a lazy frame."""

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
    """Open the Parquet files under `path`: `<table>/month=*/part.parquet` where a table goes by month, else
    `<table>/part.parquet` (`tables.TABLES`). A folder that is missing or empty gives an empty frame.

    Columns and types are checked in the heads of the files (FactsError, with the file); `check` also reads all rows
    for nulls, signs and keys given twice, which files of our own do not need. `memory_limit` and `threads` are for
    DuckDB, whose connection reads below `path` and nowhere else. `session` is a Spark session to use; without one,
    Spark starts on `threads` cores of this machine. ModuleNotFoundError says how to install an engine that is missing.
    """
    path = Path(path).resolve()
    opened = open_engine(engine, path, memory_limit, threads, session)
    frames: dict[str, Any] = {name: _open(opened, path, name, check) for name in TABLES}
    return Facts(**frames)


def open_engine(
    name: str, path: Path | None = None, memory_limit: str = "512MB", threads: int = 2, session: Any = None
) -> Engine:
    if name == "duckdb":
        return DuckDB(_connect(path, memory_limit, threads))
    if name == "polars":
        _require("polars")
        return Polars()
    if name == "spark":
        _require("pyspark")
        return Spark(session or _session(threads))
    raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {name!r}")


def _require(module: str) -> None:
    import importlib.util

    if importlib.util.find_spec(module) is None:
        extra = next(name for name, needs in ENGINES.items() if needs == module)
        raise ModuleNotFoundError(f"The engine {extra} is not installed: pip install 'habitue[{extra}]'", name=module)


@dataclass(frozen=True)
class DuckDB:
    connection: duckdb.DuckDBPyConnection

    def read(self, files: Sequence[str]) -> Frame:
        import narwhals as nw

        return nw.from_native(self.connection.read_parquet(list(files), hive_partitioning=False))

    def take(self, rows: pa.Table) -> Frame:
        import narwhals as nw

        return nw.from_native(self.connection.from_arrow(rows))


@dataclass(frozen=True)
class Polars:
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
    session: Any

    def read(self, files: Sequence[str]) -> Frame:
        import narwhals as nw

        frame: Frame = nw.from_native(self.session.read.parquet(*files))
        return frame

    def take(self, rows: pa.Table) -> Frame:
        import narwhals as nw

        frame: Frame = nw.from_native(self.session.createDataFrame(rows))
        return frame


def _connect(path: Path | None, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A connection that loads no extension, reaches nothing but `path`, and whose settings are locked."""
    import duckdb

    config: dict[str, Any] = {
        "threads": threads,
        "memory_limit": memory_limit,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    config["temp_directory"] = str(path / ".spill") if path else tempfile.gettempdir()
    connection = duckdb.connect(config=config)
    if path:
        # A parameter in place of the quotes would make DuckDB import pandas, if it is there: a fifth of a second.
        folder = str(path).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{folder}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _session(threads: int) -> Any:
    """The session that runs already, else one on this machine. ANSI: a number too large is an error, not another."""
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


def _open(engine: Engine, path: Path, name: str, check: bool) -> Frame:
    pattern = "month=*/part.parquet" if TABLES[name].by_month else "part.parquet"
    files = sorted((path / name).glob(pattern))
    if not files:
        return engine.take(schema(name).empty_table())
    for file in files:
        _check_head(file, path, name)
    frame = engine.read([str(file) for file in files]).select(*TABLES[name].columns)
    if check:
        check_rows(frame, name, lambda: _rows(files, path))
    return frame


def _check_head(file: Path, path: Path, name: str) -> None:
    """All files of a table must be alike: engines differ on what they make of integers of two widths."""
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
    import pyarrow.parquet as pq

    for file in files:
        yield str(file.relative_to(path)), pq.read_table(file, partitioning=None)
