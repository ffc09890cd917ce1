"""DuckDB for our own SQL: in memory, with limits, without extensions, with access to the named files only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from habitue.kernel.database.quoting import quoted

NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
}


def connect(
    folder: Path | None = None,
    files: Sequence[Path] = (),
    *,
    memory: str | None = "320MB",
    spill: str | None = None,
    threads: int = 2,
) -> duckdb.DuckDBPyConnection:
    """A new in-memory database that can read and write `folder` and `files` only; its settings are locked.

    `memory` and `spill` limit memory, and disk in the folder (without a folder nothing spills), as sizes such as 320MB;
    None leaves DuckDB's own limits: 80 % of the memory, 90 % of the free disk.
    """
    connection = duckdb.connect(config=NO_EXTENSIONS | {"threads": threads})
    settings = {
        "TimeZone": quoted("UTC"),
        "temp_directory": quoted(str(folder / "spill") if folder else ""),
        "allowed_directories": _list([f"{folder}/"] if folder else []),
        "allowed_paths": _list([str(file) for file in files]),
        "python_enable_replacements": "false",  # a name in SQL is never a variable of the program
    }
    limits = {"memory_limit": memory, "max_temp_directory_size": spill}
    settings |= {name: quoted(limit) for name, limit in limits.items() if limit}
    settings |= {"enable_external_access": "false", "lock_configuration": "true"}  # from here on nothing can be undone
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")
    return connection


def parquet(path: Path) -> str:
    """SQL for a Parquet file in a FROM clause."""
    return f"read_parquet({quoted(str(path))})"


def copy_to_parquet(query: str, path: Path) -> str:
    """The statement that writes the result of a query to a Parquet file."""
    return f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480)"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
