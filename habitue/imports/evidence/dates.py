"""How the dates of a column are written, and whether the day or the month comes first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Order = Literal["", "day", "month", "ambiguous", "contradicted"]
TIME = r"[T ]+[09]9?[:h]99(?::99(?:[.,]9+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|GMT|[+-]99(?::?99)?))?"
MONTH = r"[^\W\d_]{3,9}\.?"
DAYS = (
    (r"9999-99?-99?", "%Y-%m-%d"),
    (r"9999/99?/99?", "%Y/%m/%d"),
    (r"99999999", "%Y%m%d"),
    (r"[09]9?/99?/9999", "%d/%m/%Y"), (r"[09]9?/99?/9999", "%m/%d/%Y"),
    (r"[09]9?\.99?\.9999", "%d.%m.%Y"),
    (r"[09]9?-99?-9999", "%d-%m-%Y"), (r"[09]9?-99?-9999", "%m-%d-%Y"),
    (r"[09]9?/99?/99", "%d/%m/%y"), (r"[09]9?/99?/99", "%m/%d/%y"),
    (r"[09]9?\.99?\.99", "%d.%m.%y"),
    (rf"[09]9?(?:er|st|nd|rd|th)?[ \-]{MONTH}[ \-]9999", "%d %B %Y"),
    (rf"{MONTH} [09]?9,? 9999", "%B %d, %Y"),
    (r" ?--99-99", "--%m-%d"),
)  # fmt: skip
COMPILED = tuple((re.compile(day), re.compile(day + TIME), written) for day, written in DAYS)
CLOCKS = re.compile(r"[T ]+[09]9?[:h]99")
SWAPPABLE = frozenset({"%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y"})
LAST_MONTH = 12


@dataclass(frozen=True)
class Dates:
    """`formats` fit every cell that is a date; `order` is said where day and month can be mistaken for each other.

    `contradicted`: some cells can only have the day first and others only the month, or true dates and texts are mixed
    as a spreadsheet of another country leaves them.
    """

    formats: tuple[str, ...]
    order: Order = ""
    two_digit_years: bool = False
    first_day: str = ""
    last_day: str = ""


@cache
def readings(shape: str) -> tuple[str, ...]:
    """The ways in which a text of this shape can be read as a day, with or without a time."""
    if not any(letter in "09" for letter in shape) or len(shape) > 40:
        return ()
    return tuple(written for day, moment, written in COMPILED if day.fullmatch(shape) or moment.fullmatch(shape))


@cache
def has_time(shape: str) -> bool:
    return bool(CLOCKS.search(shape))


def of_column(shapes: Mapping[str, int], first: int, second: int) -> Dates | None:
    """From the shapes of its cells, and the largest number in the first and the second place of dates with numbers."""
    ways = [set(readings(shape)) for shape in shapes if readings(shape)]
    if not ways:
        return None
    common = set.intersection(*ways)
    swappable = any(way & SWAPPABLE for way in ways)
    order = _order(first, second) if swappable else ""
    if swappable and not all(way & SWAPPABLE for way in ways):
        order = "contradicted"
    if order in ("day", "month"):
        common = {written for written in common if _day_first(written) == (order == "day")}
    formats = tuple(written for _day, written in DAYS if written in common)
    return Dates(formats, order, all(written.endswith("%y") for way in ways for written in way))


def _order(first: int, second: int) -> Order:
    if first > LAST_MONTH and second > LAST_MONTH:
        return "contradicted"
    if first > LAST_MONTH:
        return "day"
    return "month" if second > LAST_MONTH else "ambiguous"


def _day_first(written: str) -> bool:
    return written.index("%d") < written.index("%m") if "%m" in written else True
