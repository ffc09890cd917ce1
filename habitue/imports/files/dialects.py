"""Detect how the lines of a text file are split into cells (separator or fixed widths), and split them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from typing import Any

from django.utils.translation import gettext as _

from habitue.imports.files.choices import SEPARATORS, Choices
from habitue.kernel.errors import HabitueError

HINT = re.compile(r'\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE)
ESCAPED = re.compile(r'\\(["\\])')
SEPARATES = re.compile(r"[;|\t]|(?<!\d),|,(?!\d)")  # a comma between digits is one of a number
SAMPLE = 50  # lines
Lines = Callable[[], Iterable[str]]
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Dialect:
    """`hinted`: the first line states the separator. `backslash`: it stands before a quotation mark within a cell."""

    separator: str = ""
    hinted: bool = False
    backslash: bool = False
    widths: tuple[int, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """What differs from a plain file of cells between separators."""
        data = {"hinted": self.hinted, "backslash": self.backslash, "widths": list(self.widths)}
        return {name: value for name, value in data.items() if value}


def dialect_of(lines: Lines, choices: Choices, *, backslash: bool) -> Dialect:
    """The dialect: as chosen, else as the first line states, else as detected. `backslash`: quotes may be escaped."""
    sample = list(islice(lines(), SAMPLE))
    if choices.widths:
        return Dialect(widths=choices.widths)
    hint = HINT.fullmatch(sample[0]) if sample else None
    separator = choices.separator or (hint[1] if hint else "")
    if not separator:
        if widths := fixed_widths(sample):
            return Dialect(widths=widths)
        separator = separator_of(sample, backslash=backslash)
    dialect = Dialect(separator, hint is not None)
    return _escaping(lines, dialect) if backslash else dialect


def separator_of(sample: list[str], *, backslash: bool = False) -> str:
    """The separator that splits most lines into the same, largest number of cells; titles above them do not count."""
    samples = [sample, *([[_unescaped(line) for line in sample]] if backslash else [])]
    return max(SEPARATORS, key=lambda separator: max(_evenness(lines, separator) for lines in samples))


def _evenness(sample: list[str], separator: str) -> float:
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a quotation that runs past the sample
        rows.extend(row for row in csv.reader(sample, delimiter=separator) if row)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0
    width, times = widths.most_common(1)[0]
    first = next(len(row) for row in rows if len(row) > 1)
    headed = 1 if first == width or len(rows[0]) == 1 else 0.5
    return width * times / len(rows) * headed


def fixed_widths(sample: list[str]) -> tuple[int, ...]:
    """Widths of columns that blanks at the same places of all lines keep apart; empty where there are none.

    At least three columns in at least three lines of one length, digits in each: words fall so by chance.
    """
    lines = [line.rstrip("\r\n") for line in sample if line.strip()]
    even = len({len(line) for line in lines}) == 1 and len(lines) > 2
    if not even or any(SEPARATES.search(line) for line in lines):
        return ()
    blank = [all(line[at] == " " for line in lines) for at in range(len(lines[0]))]
    starts = [at for at in range(1, len(blank)) if blank[at - 1] and not blank[at]]
    if blank[0] and starts:
        starts = starts[1:]
    body = lines[1:]
    if len(starts) < 2 or not all(any(c.isdigit() for c in line) for line in body):
        return ()
    edges = [0, *starts, len(blank)]
    cells = [[line[a:b].strip() for line in body] for a, b in pairwise(edges)]
    numbers = sum(all(re.fullmatch(r"[-+]?[\d.,/:-]+", cell) for cell in column) for column in cells)
    return tuple(b - a for a, b in pairwise(edges)) if numbers * 2 >= len(cells) else ()


def _escaping(lines: Lines, dialect: Dialect) -> Dialect:
    """The dialect with or without escaped quotes, whichever splits all lines more evenly; without if both do."""
    other = Dialect(dialect.separator, dialect.hinted, backslash=True)
    return min((dialect, other), key=lambda one: _uneven(lines, one))


def _uneven(lines: Lines, dialect: Dialect) -> float:
    """How many rows have another width than most; infinite where quotes do not match."""
    try:
        widths = Counter(len(row) for _line, row in cells(lines(), dialect))
    except HabitueError:
        return float("inf")
    return sum(widths.values()) - max(widths.values(), default=0)


def cells(lines: Iterable[str], dialect: Dialect) -> Iterator[Row]:
    """(line number, cells) of each row that is not blank; HabitueError where quotes do not match."""
    if dialect.hinted:
        lines = _without_hint(lines)
    if dialect.widths:
        yield from _cut(lines, dialect.widths)
        return
    if dialect.backslash:
        lines = map(_unescaped, lines)
    reader = csv.reader(lines, delimiter=dialect.separator, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell and not cell.isspace() for cell in row):
                yield line, [_null(cell) for cell in row] if dialect.backslash else row
            line = reader.line_num + 1
    except csv.Error as error:
        raise HabitueError(
            _(
                "Line %(line)s cannot be cut into cells (%(error)s). A quotation mark is opened and not closed, or "
                "stands within a cell: write it twice, or take it out."
            )
            % {"line": line, "error": error}
        ) from None


def _without_hint(lines: Iterable[str]) -> Iterator[str]:
    """The lines with the first one blank, so that the others keep their numbers."""
    rest = iter(lines)
    next(rest, None)
    yield "\n"
    yield from rest


def _cut(lines: Iterable[str], widths: tuple[int, ...]) -> Iterator[Row]:
    """(line number, cells) of lines with columns of fixed width; the last column goes on to the end of its line."""
    ends = list(accumulate(widths))
    spans = [slice(a, b) for a, b in zip([0, *ends], [*ends[:-1], None], strict=False)]
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if text.strip():
            yield number, [text[span].strip() for span in spans]


def _unescaped(line: str) -> str:
    """The line with escaped quotes doubled instead."""
    return ESCAPED.sub(_plain, line) if "\\" in line else line


def _plain(match: re.Match[str]) -> str:
    return '""' if match[1] == '"' else "\\"


def _null(cell: str) -> str:
    """The cell, empty for \\N: programs that escape quotes write NULL so."""
    return "" if cell == "\\N" else cell
