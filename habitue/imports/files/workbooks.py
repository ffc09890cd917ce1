"""Read the sheets of a workbook as one table."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from habitue.imports.files.choices import ALL, Choices
from habitue.imports.files.controls import control
from habitue.imports.files.headings import PEEK, Layout, Row, layout
from habitue.imports.files.lines import STRIDE
from habitue.imports.files.titles import no_sales
from habitue.kernel.errors import HabitueError

DAY_OR_MONTH = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b")
CALENDAR = 12  # months: a larger number in front is a day


@dataclass
class Dates:
    """Counts of one column: true dates and dates as text, and of each those with a day after the 12th."""

    dates: int = 0
    late: int = 0
    texts: int = 0
    late_texts: int = 0
    example: str = ""

    def note(self, value: Any) -> None:
        if isinstance(value, dt.date):
            self.dates += 1
            self.late += value.day > CALENDAR
        elif isinstance(value, str) and (match := DAY_OR_MONTH.match(value)):
            self.texts += 1
            if max(map(int, match.groups())) > CALENDAR:
                self.late_texts += 1
                self.example = self.example or value.strip()

    def __add__(self, other: Dates) -> Dates:
        return Dates(
            self.dates + other.dates, self.late + other.late, self.texts + other.texts,
            self.late_texts + other.late_texts, self.example or other.example,
        )  # fmt: skip

    @property
    def swapped(self) -> bool:
        """Whether a spreadsheet took the day for the month where it could and left the other dates as text."""
        return bool(self.dates and self.late_texts) and not self.late


@dataclass
class Sheet:
    name: str
    page: CalamineSheet
    hidden: bool
    layout: Layout | None = None
    count: int = 0  # of rows, once they were read
    merged: Counter[int] = field(default_factory=Counter)
    unfilled: Counter[int] = field(default_factory=Counter)
    dates: dict[int, Dates] = field(default_factory=dict)

    def rows(self, *, counted: bool = False) -> Iterator[Row]:
        """(line, cells) of each row that is not blank. `counted`: also count rows, dates and merged cells."""
        ranges = self.page.merged_cell_ranges or []
        tall = sorted((a[0], a[1], b[0]) for a, b in ranges if b[0] > a[0])
        leftmost = min((column for _row, column, _end in tall), default=0)
        starts: dict[int, list[tuple[int, int]]] = {}
        for row, column, end in tall:
            starts.setdefault(row, []).append((column, end))
        open_: dict[int, tuple[int, Any]] = {}
        head = self.layout.before if self.layout else 0
        for at, values in enumerate(self.page.iter_rows()):
            if at >= head and (open_ or at in starts):
                self._fill(at, values, open_, leftmost, counted=counted)
                open_ |= {column: (end, values[column]) for column, end in starts.get(at, ()) if column < len(values)}
            if counted and at >= head:
                for column, value in enumerate(values):
                    of = value.__class__
                    if of is dt.date or of is dt.datetime or (isinstance(value, str) and "0" <= value[:1] <= "9"):
                        self.dates.setdefault(column, Dates()).note(value)
            texts = [cell_text(value) for value in values]
            if any(texts):
                self.count += counted and at >= head
                yield at + 1, texts

    def _fill(
        self, at: int, values: list[Any], open_: dict[int, tuple[int, Any]], leftmost: int, *, counted: bool
    ) -> None:
        """Fill merged cells with their value, except numbers beyond the first column: these may be sums."""
        for column, (end, value) in list(open_.items()):
            if at > end:
                del open_[column]
            elif values[column] in ("", None) and value not in ("", None):
                if column == leftmost or not isinstance(value, int | float):
                    values[column] = value
                    self.merged[column] += counted
                else:
                    self.unfilled[column] += counted


@dataclass
class Book:
    """The sheets of a workbook and which are read. `order`: for each of these the column of each heading; `overlap`:
    those that have rows in common; `apart`: those left out as their names say that they are no sales.
    """

    layout: Layout
    sheets: list[Sheet]
    read: list[Sheet]
    order: list[list[int]]
    overlap: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        for number, (sheet, places) in enumerate(zip(self.read, self.order, strict=True)):
            head = sheet.layout.before if sheet.layout else 0
            same = places == list(range(len(places)))
            for line, cells in sheet.rows(counted=True):
                if line > head:
                    yield (
                        number * STRIDE + line,
                        cells if same else [cells[at] if at < len(cells) else "" for at in places],
                    )

    def as_data(self, headings: Sequence[str]) -> dict[str, Any]:
        """A description of the sheets, merged cells and dates; complete once the rows are read."""
        read = [sheet.name for sheet in self.read]
        data: dict[str, Any] = {
            "sheets": [
                {"name": s.name, "rows": _count(s), "read": s.name in read} | ({"hidden": True} if s.hidden else {})
                for s in self.sheets
            ]
        }
        doubts = {"sheets_apart": self.apart, "sheets_overlap": self.overlap}
        if any(doubts.values()):
            data["doubts"] = [{"code": code, "sheets": names} for code, names in doubts.items() if names]
        for name in ("merged", "unfilled"):
            if counts := self._by_heading(headings, name):
                data[name] = counts
        dates = self._dates(headings)
        return data | ({"dates": dates} if dates else {})

    def _dates(self, headings: Sequence[str]) -> dict[str, Any]:
        """True dates and texts by heading: those of the sheet that a spreadsheet has swapped, or of all together."""
        of_sheets: dict[str, list[tuple[str, Dates]]] = {}
        for heading, sheet, column in self._columns(headings):
            if of := sheet.dates.get(column):
                of_sheets.setdefault(heading, []).append((sheet.name, of))
        mixed = {}
        for heading, each in of_sheets.items():
            together = (", ".join(name for name, _of in each), sum((of for _name, of in each), Dates()))
            name, of = next((one for one in each if one[1].swapped), together)
            if of.dates:
                mixed[heading] = {"dates": of.dates, "texts": of.texts, "sheet": name}
                mixed[heading] |= {"swapped": of.example} if of.swapped else {}
        return mixed

    def _by_heading(self, headings: Sequence[str], name: str) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for heading, sheet, column in self._columns(headings):
            counts[heading] += getattr(sheet, name)[column]
        return {heading: count for heading, count in counts.items() if count}

    def _columns(self, headings: Sequence[str]) -> Iterator[tuple[str, Sheet, int]]:
        for sheet, places in zip(self.read, self.order, strict=True):
            yield from ((heading, sheet, column) for heading, column in zip(headings, places, strict=False))


def book_of(path: Path, choices: Choices) -> Book | None:
    """The chosen sheets, else the first visible one and all with its headings; None where they are empty."""
    sheets = _sheets(path)
    seen = [sheet for sheet in sheets if not sheet.hidden and sheet.page.total_height]
    if named := [name for name in choices.sheets if name != ALL]:
        seen = [_named(path, sheets, name) for name in named]
    elif not seen and (hidden := [sheet for sheet in sheets if sheet.page.total_height]):
        raise HabitueError(
            _("All sheets of %(file)s with rows are hidden: %(sheets)s. Say which one to read: %(control)s.")
            % {
                "file": path.name,
                "sheets": ", ".join(sheet.name for sheet in hidden),
                "control": control("sheet"),
            }
        )
    for sheet in sheets:
        first = _first_rows(sheet, choices)
        sheet.layout = layout(first, choices) if first else None
    filled = [sheet for sheet in seen if sheet.layout]
    kept = filled if choices.sheets else [sheet for sheet in filled if not no_sales(sheet.name)] or filled[:1]
    if not kept or not kept[0].layout:
        return None
    book = _together(path, kept[0].layout, kept, sheets, choices)
    book.apart = _missed(book, filled, kept)
    return book


def _missed(book: Book, filled: list[Sheet], kept: list[Sheet]) -> list[str]:
    """The names of the sheets not kept that would be read else: the first one, and those with the headings read."""
    apart = [sheet for sheet in filled if sheet not in kept and sheet.layout]
    read = book.layout.cells
    return [s.name for s in apart if s is filled[0] or (s.layout and _places(read, s.layout.cells) is not None)]


def _together(path: Path, first: Layout, filled: list[Sheet], sheets: list[Sheet], choices: Choices) -> Book:
    """The first sheet and those with its headings; unless chosen, only the first where sheets have a row in common."""
    places = [(sheet, _places(first.cells, sheet.layout.cells if sheet.layout else [])) for sheet in filled]
    for sheet, order in places:
        if order is None and choices.sheets and ALL not in choices.sheets:
            raise HabitueError(
                _(
                    "The sheets “%(first)s” and “%(other)s” of %(file)s have different headings (%(headings)s; "
                    "%(others)s): they cannot be read together. Name one of them: %(control)s."
                )
                % {
                    "first": filled[0].name,
                    "other": sheet.name,
                    "file": path.name,
                    "headings": ", ".join(first.cells),
                    "others": ", ".join(sheet.layout.cells if sheet.layout else []),
                    "control": control("sheet"),
                }
            )
    alike = [(sheet, order) for sheet, order in places if order is not None]
    overlap: list[str] = []
    if len(alike) > 1 and not choices.sheets and _overlap([sheet for sheet, _order in alike]):
        overlap = [sheet.name for sheet, _order in alike]
        alike = alike[:1]
    return Book(first, sheets, [sheet for sheet, _order in alike], [order for _sheet, order in alike], overlap)


def _sheets(path: Path) -> list[Sheet]:
    try:
        with path.open("rb") as file:  # by its content: the name may lie
            book = CalamineWorkbook.from_filelike(file)
        return [
            Sheet(of.name, book.get_sheet_by_name(of.name), hidden=of.visible != SheetVisibleEnum.Visible)
            for of in book.sheets_metadata
            if of.typ == SheetTypeEnum.WorkSheet
        ]
    except CalamineError as error:
        raise HabitueError(
            _("%(file)s cannot be read as a workbook (%(error)s). Save it again as XLSX, or as CSV.")
            % {"file": path.name, "error": error}
        ) from None


def _named(path: Path, sheets: list[Sheet], name: str) -> Sheet:
    sheet = next((sheet for sheet in sheets if sheet.name == name), None)
    if sheet is None:
        raise HabitueError(
            _("%(file)s has no sheet “%(sheet)s”. Its sheets are: %(sheets)s.")
            % {"file": path.name, "sheet": name, "sheets": ", ".join(sheet.name for sheet in sheets)}
        )
    return sheet


def _first_rows(sheet: Sheet, choices: Choices) -> list[Row]:
    return list(islice(sheet.rows(), max(PEEK, choices.heading_line or 0)))


def _places(ours: Sequence[str], theirs: Sequence[str]) -> list[int] | None:
    """The columns of these headings in another sheet; None where it has other headings."""
    plain, other = ([" ".join(cell.split()).casefold() for cell in cells] for cells in (ours, theirs))
    while other and not other[-1]:
        other.pop()
    while plain and not plain[-1]:
        plain.pop()
    if plain == other:
        return list(range(len(ours)))
    if len(set(plain)) < len(plain) or sorted(plain) != sorted(other):
        return None
    return [other.index(heading) for heading in plain]


def _overlap(sheets: list[Sheet]) -> bool:
    known: set[int] = set()
    for sheet in sheets:
        head = sheet.layout.before if sheet.layout else 0
        rows = {hash(tuple(cells)) for line, cells in sheet.rows() if line > head}
        if rows & known:
            return True
        known |= rows
    return False


def _count(sheet: Sheet) -> int:
    if sheet.count:
        return sheet.count
    head = sheet.layout.before if sheet.layout else 0
    return sum(1 for row in islice(sheet.page.iter_rows(), head, None) if any(value not in ("", None) for value in row))


def cell_text(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= 1e15:
            return repr(value)
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)
