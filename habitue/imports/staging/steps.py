"""Named SQL steps: each is a query, and later steps select from it by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from habitue.kernel.database.duck import copy_to_parquet, parquet


@dataclass(frozen=True)
class Step:
    """A query stored as a view, a table, or a Parquet file with a view over it."""

    name: str
    query: str
    form: Literal["view", "table", "file"] = "view"

    def statements(self, folder: Path) -> list[str]:
        """The SQL statements that create it; a Parquet file goes to `folder`."""
        if self.form != "file":
            return [f"CREATE {self.form.upper()} {self.name} AS {self.query}"]
        path = folder / f"{self.name}.parquet"
        return [copy_to_parquet(self.query, path), view(self.name, path)]


def statements(steps: Iterable[Step], folder: Path) -> Iterator[str]:
    """The SQL statements that create the tables and files of the steps; Parquet files go to `folder`.

    Each holds the views that it selects from as common table expressions: DuckDB binds a view anew with all that it
    stands on when it is created, which takes longer than a small file itself.
    """
    views: dict[str, str] = {}
    for step in steps:
        if step.form == "view":
            views[step.name] = step.query
        else:
            yield from replace(step, query=_with(views, step.query)).statements(folder)


def _with(views: dict[str, str], query: str) -> str:
    """The query after those of the views that it selects from, directly or through another."""
    text, needed = query, list[str]()
    for name in reversed(views):
        if re.search(rf"\b{name}\b", text):
            needed.insert(0, f"{name} AS ({views[name]})")
            text += views[name]
    return f"WITH {', '.join(needed)}\n{query}" if needed else query


def view(name: str, path: Path) -> str:
    """The statement that creates a view over a Parquet file."""
    return f"CREATE VIEW {name} AS SELECT * FROM {parquet(path)}"  # noqa: S608 - names are ours


def select(columns: Sequence[str], source: str) -> str:
    """A SELECT with one line for each column; `source` is FROM and what follows."""
    return "SELECT\n    " + ",\n    ".join(columns) + f"\n{source}"


def more(name: str, source: str, columns: dict[str, str]) -> Step:
    """The rows of `source` with further columns."""
    return Step(
        name, select(["*", *(f"{expression} AS {column}" for column, expression in columns.items())], f"FROM {source}")
    )


def other(name: str, source: str, columns: dict[str, str]) -> Step:
    """The rows of `source` with other values in these columns."""
    values = ",\n    ".join(f"{value} AS {column}" for column, value in columns.items())
    return Step(name, f"SELECT * REPLACE (\n    {values}\n) FROM {source}")  # noqa: S608 - names are ours


def case(whens: Iterable[tuple[str, str]], otherwise: str = "") -> str:
    """A CASE expression with one line for each (condition, value); `otherwise`, or NULL, where none holds."""
    lines = [f"WHEN {condition} THEN {value}" for condition, value in whens]
    if not lines:
        return otherwise or "NULL::VARCHAR"
    return "CASE\n        " + "\n        ".join([*lines, *([f"ELSE {otherwise}"] if otherwise else [])]) + "\n    END"


def script(steps: Iterable[Step], rows: Path) -> str:
    """The steps as a DuckDB script to read or run by hand; `rows` is the Parquet file that it starts from."""
    parts = [
        "SET TimeZone = 'UTC';",
        f"-- file: the rows as they were read, a column of texts for each heading\n{view('file', rows)};",
    ]
    parts += [f"-- {step.name}\n" + "\n".join(f"{one};" for one in step.statements(Path())) for step in steps]
    return "\n\n".join(parts) + "\n"
