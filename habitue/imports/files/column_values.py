"""What the cells of a staged file hold, column by column."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from habitue.imports.files.reading import Rows
from habitue.kernel.database.duck import connect, parquet

MOST = 1_000


def values(rows: Rows) -> Callable[[str], list[str]]:
    """A function that returns the distinct values of the column with a heading, at most MOST of them."""

    @cache
    def of(heading: str) -> list[str]:
        column, source = rows.at(heading), parquet(rows.path)
        query = f"SELECT DISTINCT trim({column}) FROM {source} WHERE trim({column}) <> '' LIMIT {MOST}"  # noqa: S608
        with connect(rows.folder) as connection:
            return [value for (value,) in connection.execute(query).fetchall()]

    return of
