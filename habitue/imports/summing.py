"""What a file would bring, summed up from the staged tables of its dry run: figures, and what should be looked at."""

# ruff: noqa: S608 - names of columns are ours: nothing of the file becomes code
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from django.utils.module_loading import import_string

from habitue.imports import wording
from habitue.imports.mappings.rules import ASIDE
from habitue.imports.staging.staging import Staged
from habitue.kernel.database.quoting import quoted

UNUSED = 60  # headings that are kept to be shown


def summary(staged: Staged, taken: dict[str, list[int]], people: Iterable[str]) -> dict[str, Any]:
    """The figures of a dry run as JSON can hold them. `taken`: ranks of groups by what becomes of them; `people`: the
    customers whom they name.
    """
    ranks = [rank for some in taken.values() for rank in some]
    how = [name for name, some in taken.items() for _rank in some]
    staged.connection.register(
        "taken", pa.table({"rank": pa.array(ranks, pa.int64()), "how": pa.array(how, pa.string())})
    )
    unused = wording.unused(staged.mapping, staged.rows.headings)
    data: dict[str, Any] = {"repeated": _repeated(staged), "unused": unused[:UNUSED], "unused_count": len(unused)}
    if staged.kind.summary:
        data |= import_string(staged.kind.summary)(staged, people)
    return data


def so_far(staged: Staged, refused: Iterable[int] = ()) -> dict[str, Any]:
    """The figures that staging alone tells, without the customers; `refused` are lines that the writer did not take."""
    if not staged.kind.summary:
        return {}
    lines = ", ".join(str(int(line)) for line in refused)
    without = f" AND first_line NOT IN ({lines})" if lines else ""
    aside = ", ".join(map(quoted, ASIDE))
    without += f" AND coalesce(status, '') NOT IN ({aside})" if "status" in _columns(staged) else ""
    query = f"SELECT rank, 'new' AS how FROM groups WHERE NOT faulty{without}"
    staged.connection.execute(f"CREATE OR REPLACE TEMP VIEW taken AS {query}")
    figures: dict[str, Any] = import_string(staged.kind.summary)(staged, None)
    return figures


def _columns(staged: Staged) -> list[str]:
    return [name for name, *_rest in staged.tuples("DESCRIBE groups")]


def total_row(staged: Staged, heading: str) -> str:
    """The cell under a heading in the one line of totals that the file has of its own; empty where there is none."""
    entries = [entry for entry in staged.rows.how.get("left_out", ()) if entry["why"] == "total"]
    if len(entries) != 1 or entries[0]["count"] != 1 or heading not in staged.rows.headings:
        return ""
    cells, at = entries[0]["cells"][0], staged.rows.headings.index(heading)
    return str(cells[at]).strip() if at < len(cells) else ""


def _repeated(staged: Staged) -> int:
    """How many rows say in all cells what a row before them says."""
    cells = ", ".join(f"c{at}" for at in range(len(staged.rows.headings)))
    ((count,),) = staged.tuples(f"SELECT count(*) - count(DISTINCT hash({cells})) FROM file")
    return int(count)
