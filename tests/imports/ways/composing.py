"""One file: some sales, laid out and written in ways that are drawn by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from tests.imports.ways import writing
from tests.imports.ways.layouts import LAYOUTS, Table
from tests.imports.ways.sales import draw

CONTAINERS = (*writing.SEPARATORS, "sep", "titled", "total_row", "blank_repeated",
              "typed", "text_cells", "sheets", "merged", "titled_sheet")  # fmt: skip
BOOKS = {"typed": "typed", "text_cells": "texts", "sheets": "sheets", "merged": "merged", "titled_sheet": "titled"}
ALL = (*LAYOUTS, *writing.NUMBERS, *writing.DATES, *CONTAINERS, *writing.ENCODINGS, "english", "french")
UNAMBIGUOUS = frozenset({
    "line_amounts", "prices", "prices_and_amounts", "amounts_without_quantity", "totals_repeated",
    "amounts_and_totals", "discounts", "discount_rates", "net_tax_and_amount", "statuses",
    "plain", "comma", "grouped", "grouped_spaces", "grouped_points", "euro_before", "euro_behind", "code_behind",
    "brackets", "minus_behind", "shortest",
    "iso", "iso_time", "iso_t", "day_first", "day_first_time", "points", "dashes", "month_first", "month_first_pm",
    "digits",
    *writing.SEPARATORS, "sep", "titled", "total_row", "typed", "text_cells", "sheets", "merged", "titled_sheet",
    "utf8", "utf8_mark", "windows", "utf16", "english", "french",
})  # fmt: skip


@dataclass(frozen=True)
class Written:
    path: Path
    table: Table
    ways: tuple[str, ...]

    @property
    def unambiguous(self) -> bool:
        return set(self.ways) <= UNAMBIGUOUS


def written(seed: int, folder: Path) -> Written:
    """The file of a seed. Half of the files are of unambiguous ways only."""
    rng = random.Random(seed)
    able = UNAMBIGUOUS if rng.random() < 0.5 else frozenset(ALL)  # noqa: PLR2004 - half

    def one(of: object) -> str:
        return rng.choice([way for way in of if way in able])  # type: ignore[attr-defined]

    layout, container, language = one(LAYOUTS), one(CONTAINERS), one(("english", "french"))
    orders = draw(rng)
    table = LAYOUTS[layout](orders, rng)
    names = writing.headings(table, language, rng)
    if container in BOOKS:
        path = writing.as_workbook(table, names, language, BOOKS[container], folder / "sales.xlsx")
        return Written(path, table, (layout, container, language))
    number, date, encoding = one(writing.NUMBERS), one(writing.DATES), one(writing.ENCODINGS)
    if date == "no_day_after_12":
        table = _early(table)
    if container == "blank_repeated":
        table = replace(table, rows=writing.repeat_blank(table.rows))
    cells = [writing.texts(row, table, writing.NUMBERS[number], writing.DATES[date], language) for row in table.rows]
    cells = writing.with_others([[names[role] for role in table.roles], *cells], language, rng)
    path = _text(cells, container, encoding, table, names, number, folder, rng)
    return Written(path, table, (layout, container, language, number, date, encoding))


def _text(cells: list[list[str]], container: str, encoding: str, table: Table, names: dict[str, str], number: str,
          folder: Path, rng: random.Random) -> Path:  # fmt: skip
    separator = writing.SEPARATORS.get(container) or rng.choice(";,\t" if container != "sep" else ";|")
    above: tuple[str, ...] = ()
    if container == "sep":
        above = (f"sep={separator}",)
    elif container == "titled":
        above = ("Sales of 2024", "")
    elif container == "total_row":
        cells = [*cells, _total(cells[0], table, names, number)]
    return writing.as_text(cells, separator, writing.ENCODINGS[encoding], folder / "sales.csv", above)


def _total(headings: list[str], table: Table, names: dict[str, str], number: str) -> list[str]:
    """A last row that adds the money up."""
    row = [""] * len(headings)
    for role in ("amount", "with_tax", "order_total"):
        if role in table.roles and role in table.rows[0]:
            whole = sum(value for each in table.rows if (value := each[role]) != "")
            row[headings.index(names[role])] = writing.NUMBERS[number](whole)
    row[0] = "Total"
    return row


def _early(table: Table) -> Table:
    """All days moved to the 12th of their month and before: nothing tells whether the day or the month is first."""
    rows = [row | {"placed_at": row["placed_at"].replace(day=1 + row["placed_at"].day % 12)} for row in table.rows]
    facts = {number: replace(of, day=of.day.replace(day=1 + of.day.day % 12)) for number, of in table.truth.items()}
    return replace(table, rows=rows, truth=facts)
