"""Detect the line with the headings of a table from the shape of its first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from habitue.imports.files.choices import Choices

PEEK = 40  # rows that are looked at
DEEPEST = 20  # of them, where the headings may stand
NUMBER = re.compile(r"[-+(]?[€$£]?\s?\d[\d\s\u00a0\u202f.,'’]*\s?(?:[€$£%]|EUR|USD)?\)?-?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
YEAR = re.compile(r"(?:19|20)\d\d")
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """`cells` of the line with the headings, which is `line`; 0 where none has them. `above`: rows before the table."""

    line: int
    cells: list[str]
    above: list[Row] = field(default_factory=list)

    @property
    def before(self) -> int:
        """The line after which the rows begin."""
        return self.line or (self.above[-1][0] if self.above else 0)


def layout(rows: Sequence[Row], choices: Choices) -> Layout:
    """The layout of a table from its first rows (at least one): the chosen line of the headings, else the detected."""
    if choices.heading_line == 0:
        return _without(rows, 0)
    if choices.heading_line:
        at = next((at for at, (line, _cells) in enumerate(rows) if line >= choices.heading_line), len(rows) - 1)
        return Layout(*rows[at], list(rows[:at]))
    at = _found(rows)
    if at < len(rows) - 1 and looks_like_data(rows[at:]):
        return _without(rows, at)
    return Layout(*rows[at], list(rows[:at]))


def _without(rows: Sequence[Row], at: int) -> Layout:
    return Layout(0, [""] * max(len(_trimmed(cells)) for _line, cells in rows[at:]), list(rows[:at]))


def _found(rows: Sequence[Row]) -> int:
    """Index of the row with the headings: the first whose cells are all filled, texts and distinct, if it is the first
    of all, or wider than all above it and unlike those below; else the first row that is no title.
    """
    for at, (_line, cells) in enumerate(rows[:DEEPEST]):
        filled = _trimmed(cells)
        if _is_title(cells, rows[at + 1 :]):
            continue
        if _are_headings(filled) and (not at or (len(filled) > _widest(rows[:at]) and _unlike_below(rows, at))):
            return at
    titles = 0
    while titles < min(DEEPEST, len(rows) - 1) and _is_title(rows[titles][1], rows[titles + 1 :]):
        titles += 1
    return titles


def _are_headings(filled: list[str]) -> bool:
    plain = [" ".join(cell.split()).casefold() for cell in filled]
    return len(plain) > 1 and all(plain) and len(set(plain)) == len(plain) and not any(map(kind_of, filled))


def _unlike_below(rows: Sequence[Row], at: int) -> bool:
    """Whether some column has numbers, dates or e-mails below the text of this row, and rows below are not wider."""
    width = len(_trimmed(rows[at][1]))
    below = rows[at + 1 :]
    narrow = sum(len(_trimmed(cells)) <= width for _line, cells in below) * 5 >= len(below) * 4
    return narrow and any(
        _same_below(below, column, kind) for column in range(width) for kind in ("number", "date", "email")
    )


def _is_title(cells: list[str], following: Sequence[Row]) -> bool:
    """Whether a row is a title: one filled cell, or two in a row that is short or contains a colon or a digit."""
    filled = [cell for cell in cells if cell.strip()]
    widest = _widest(following)
    short = len(cells) * 2 <= widest or any(":" in cell or any(map(str.isdigit, cell)) for cell in filled)
    return widest > 1 and (len(filled) == 1 or (short and len(filled) <= 2 and len(filled) * 3 <= widest))


def _widest(rows: Sequence[Row]) -> int:
    return max((sum(1 for cell in cells if cell.strip()) for _line, cells in rows), default=0)


def looks_like_data(rows: Sequence[Row]) -> bool:
    """Whether the first row is data: at least a third of its cells are numbers, dates or e-mails, as below them."""
    first = _trimmed(rows[0][1])
    kinds = [kind_of(cell) for cell in first]
    telling = [at for at, kind in enumerate(kinds) if kind]
    if len(rows) < 2 or len(telling) * 3 < len(first) or not telling:
        return False
    if all(YEAR.fullmatch(first[at].strip()) for at in telling) or [first[at] for at in telling] == [
        str(n) for n in range(1, len(telling) + 1)
    ]:
        return False
    return all(_same_below(rows[1:], at, kinds[at]) for at in telling)


def _same_below(rows: Sequence[Row], at: int, kind: str) -> bool:
    below = [kind_of(cells[at]) for _line, cells in rows if at < len(cells) and cells[at].strip()]
    return bool(below) and below.count(kind) * 5 >= len(below) * 4


def kind_of(cell: str) -> str:
    """`date`, `number` or `email`; empty for any other text."""
    text = cell.strip()
    for kind, pattern in (("date", DATE), ("number", NUMBER), ("email", EMAIL)):
        if pattern.fullmatch(text):
            return kind
    return ""


def _trimmed(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
