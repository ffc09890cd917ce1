"""Functional dependencies between columns: which groups rows into orders, what belongs to the order and to the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from habitue.imports.evidence.cells import Table
from habitue.imports.evidence.columns import Column

Level = Literal["order", "line", "first_line", "unknown"]
GROUPERS = 10
CODED = 0.9
HARDLY = 0.02
FEW = 4
NEIGHBOURS = 0.95


@dataclass(frozen=True)
class Grouping:
    """Rows with the same text in column `at`. `varies` and `first_only` count groups of several rows, by column."""

    at: int
    filled_down: bool
    groups: int
    multi: int
    runs: int
    varies: Mapping[int, int]
    first_only: Mapping[int, int]
    filled: Mapping[int, int]  # groups of several rows in which the column has something

    @property
    def neighbours(self) -> bool:
        """Whether rows of one group stand together."""
        return self.groups > 0 and self.groups / self.runs >= NEIGHBOURS

    @property
    def hardly_repeats(self) -> bool:
        """Whether so few groups have several rows that these may be mistakes of a file of one row a group."""
        return self.multi < FEW and self.multi <= HARDLY * self.groups

    def share_varying(self, column: int) -> float:
        return self.varies[column] / self.filled[column] if self.filled.get(column) else 0.0

    def level(self, column: int) -> Level:
        """Whether a column belongs to the group or to the row; unknown where no group has two rows with it."""
        if not self.filled.get(column):
            return "unknown"
        if self.share_varying(column) > HARDLY:
            return "line"
        return "first_line" if self.first_only[column] / self.filled[column] > 1 - HARDLY else "order"


def filled_down(columns: Sequence[Column], table: Table) -> tuple[int, ...]:
    """Columns whose empty cells repeat the one above: a code, a day and others, empty on the same rows.

    Every other column with something is filled there, and none of these tells the rows apart in groups already.
    """
    patterns: dict[bytes, list[Column]] = {}
    for column in columns:
        if column.at in table.codes and column.share_empty > 0:
            empty = table.codes[column.at] == 0
            if not empty[0] and not empty.all():
                patterns.setdefault(np.packbits(empty).tobytes(), []).append(column)
    for together in patterns.values():
        if any(map(_groups_rows, together)) and any(column.dated for column in together):
            at = {column.at for column in together}
            rest = [
                c for c in columns if c.at in table.codes and c.at not in at and _groups_rows(c) and not c.share_empty
            ]
            if not any(_groups_like(table, other, together[0].at) for other in rest):
                return tuple(sorted(at))
    return ()


def with_filled_down(table: Table, columns: Sequence[int]) -> Table:
    if not columns:
        return table
    codes = dict(table.codes)
    for at in columns:
        last = np.maximum.accumulate(np.where(codes[at] != 0, np.arange(table.rows), 0))
        codes[at] = codes[at][last]
    return Table(table.lines, codes, table.values, table.texts)


def groupings(columns: Sequence[Column], table: Table, filled: Sequence[int]) -> tuple[Grouping, ...]:
    """Every column of codes or addresses that is (nearly) always filled, with what it groups."""
    able = [
        c for c in columns if c.at in table.codes and _groups_rows(c) and (c.share_empty < HARDLY or c.at in filled)
    ]
    return tuple(grouping(table, column.at, column.at in filled) for column in able[:GROUPERS])


def grouping(table: Table, at: int, is_filled_down: bool = False) -> Grouping:
    key = table.codes[at]
    order = np.argsort(key, kind="stable")
    key = key[order]
    order, key = order[key != 0], key[key != 0]
    if not len(key):
        return Grouping(at, is_filled_down, 0, 0, 0, {}, {}, {})
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    several = np.diff(np.r_[starts, len(key)]) > 1
    raw = table.codes[at][table.codes[at] != 0]
    varies, first_only, filled = {}, {}, {}
    for other, codes in table.codes.items():
        of = codes[order]
        most = np.maximum.reduceat(of, starts)
        least = np.minimum.reduceat(np.where(of == 0, np.iinfo(np.int64).max, of), starts)
        with_something = several & (most != 0)
        count = np.add.reduceat((of != 0).astype(np.int64), starts)
        filled[other] = int(with_something.sum())
        varies[other] = int((with_something & (most != least)).sum())
        first_only[other] = int((with_something & (count == 1) & (of[starts] != 0)).sum())
    runs = 1 + int((raw[1:] != raw[:-1]).sum())
    return Grouping(at, is_filled_down, len(starts), int(several.sum()), runs, varies, first_only, filled)


def determines(table: Table, one: int, other: int) -> tuple[int, int]:
    """Values of a column that stand on several rows, and those of them that always have the same beside them."""
    of = grouping(Table(table.lines, {one: table.codes[one], other: table.codes[other]}, {}), one)
    return of.filled[other], of.filled[other] - of.varies[other]


def _groups_rows(column: Column) -> bool:
    """Codes and addresses group rows; amounts, dates and flags do not."""
    if column.share("code", "email", "scientific") < CODED or column.dated:
        return False
    return not (column.numbers and (not column.numbers.whole or column.numbers.least < 0)) and not column.flag


def _groups_like(table: Table, column: Column, pattern: int) -> bool:
    """Whether the column changes exactly where the other one has something."""
    changes = np.r_[True, table.codes[column.at][1:] != table.codes[column.at][:-1]]
    return bool((changes == (table.codes[pattern] != 0)).all())
