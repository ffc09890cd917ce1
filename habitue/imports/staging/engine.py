from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb


def connect(folder: Path, files: Sequence[Path] = ()) -> duckdb.DuckDBPyConnection:
    """DuckDB with little memory, that spills to `folder` and can touch nothing outside it but `files`."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2}
    )
    connection.execute("SET memory_limit = '320MB'")
    connection.execute(f"SET temp_directory = {quoted(str(folder / 'spill'))}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_directories = [{quoted(str(folder) + '/')}]")
    connection.execute(f"SET allowed_paths = [{', '.join(quoted(str(file)) for file in files)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def quoted(text: str) -> str:
    """As a literal of SQL, for what cannot be a parameter (COPY, settings)."""
    return "'" + text.replace("'", "''") + "'"


def parquet(path: Path) -> str:
    return f"read_parquet({quoted(str(path))})"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(
        f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480)"
    )
