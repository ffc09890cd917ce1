"""Remove rows that are no data from a table: totals and repeated headings."""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from habitue.imports.files.headings import kind_of
from habitue.kernel.database.duck import connect, copy_to_parquet, parquet
from habitue.kernel.database.quoting import quoted

WORDS = "(?:(?:grand|sous|sub)[ -]*)?(?:totals?|totaux|sommes?|sums?|summe|gesamt(?:summe)?)"
LABEL = rf"(?i)^[^\w]*{WORDS}\b"
# Nothing but the word, what it is of in a few usual words, and a count: no name of a customer or a product.
PLAIN = re.compile(
    rf"(?i)\W*{WORDS}(?:\W+(?:général|generale?|ht|ttc|tva|vat|tax|net|brut|gross))*\s*(?:[:=(].*|\d.*)?"
)
# What a total may have beside it: how many there were.
COUNTED = re.compile(
    r"(?i)\d+ (?:clients?|customers?|contacts?|members?|membres?|patients?|comptes?|accounts?|tiers|fiches?|people"
    r"|personnes?|lignes?|lines?|rows?|entries|commandes?|orders?|ventes?|sales|factures?|invoices?|tickets?|articles?"
    r"|items?|pièces?|pieces?)"
)
MOST = 200_000  # rows that may be none of the table
SHOWN = 5


def take_out(folder: Path, headings: Sequence[str]) -> list[dict[str, Any]]:
    """Remove totals and repeated headings from the table in `folder`; a description of those removed, by reason.

    `headings` are the cells of their line as written.
    """
    path = folder / "rows.parquet"
    width = len(headings)
    with connect(folder) as connection:
        source = parquet(path)
        first = "coalesce(" + ", ".join(f"nullif(c{at}, '')" for at in range(width)) + ")"
        where = f"regexp_matches({first}, {quoted(LABEL)})"
        if headings[0].strip():
            where += f" OR c0 = {quoted(headings[0])}"
        columns = ", ".join(f"c{at}" for at in range(width))
        some = connection.execute(f"SELECT line, {columns} FROM {source} WHERE {where} LIMIT {MOST}").fetchall()
        if not some:
            return []
        rows = [(line, [cell or "" for cell in cells]) for line, *cells in some]
        repeated = [row for row in rows if _repeats(row[1], headings)]
        counts = ", ".join(f"count(nullif(trim(c{at}), ''))" for at in range(width))
        query = f"SELECT max(line), count(*), {counts} FROM {source} WHERE NOT ({where}) OR {first} IS NULL"
        last, count, *filled = connection.execute(query).fetchone() or (0, 0)
        always = {at for at, number in enumerate(filled) if number * 20 >= count * 19}
        totals = [row for row in rows if count and _is_total(row[1], always, last=row[0] > last)]
        entries = [noted(why, of) for why, of in (("headings", repeated), ("total", totals)) if of]
        if entries:
            lines = ", ".join(str(line) for line, _cells in (*repeated, *totals))
            kept = f"SELECT * FROM {source} WHERE line NOT IN ({lines})"
            connection.execute(copy_to_parquet(kept, folder / "kept.parquet"))
    if entries:
        (folder / "kept.parquet").replace(path)
    return entries


def _repeats(cells: list[str], headings: Sequence[str]) -> bool:
    return len(headings) > 1 and [cell.strip() for cell in cells] == [heading.strip() for heading in headings]


def _is_total(cells: list[str], always: set[int], *, last: bool) -> bool:
    """Whether a row is a total: a label, beside it only numbers and counts (“2 clients”), and empty cells in columns
    that other rows fill.
    """
    filled = [at for at, cell in enumerate(cells) if cell.strip()]
    numbers = filled[1:]
    if any(kind_of(cells[at]) != "number" and not COUNTED.fullmatch(cells[at].strip()) for at in numbers):
        return False
    label = cells[filled[0]].strip()
    missing = bool(always - set(filled))
    if not PLAIN.fullmatch(label):
        return missing and bool(numbers)
    return missing or (not numbers and (last or re.search(r"[:\d]", label) is not None))


def noted(why: str, rows: Sequence[tuple[int, list[str]]]) -> dict[str, Any]:
    """The description of rows that were left out: reason, count, and the first of them."""
    some = rows[:SHOWN]
    return {
        "why": why,
        "count": len(rows),
        "lines": [line for line, _cells in some],
        "cells": [[cell[:60] for cell in cells] for _line, cells in some],
    }
