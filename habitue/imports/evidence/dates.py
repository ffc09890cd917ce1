"""How the dates of a column are written, and whether the day or the month comes first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from habitue.kernel import parsing

Order = Literal["", "day", "month", "ambiguous", "contradicted"]
TIME = r"[T ]+[09]9?[:h]99(?::99(?:[.,]9+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|GMT|[+-]99(?::?99)?))?"
BEFORE_TIME = r"(?:,| a| at)?"
WEEKDAY = r"(?:[^\W\d_]{2,9}\.?,? )?"
MONTH = "MONTH"
DAYS = (
    (r"9999-99?-99?", "%Y-%m-%d"),
    (r"9999/99?/99?", "%Y/%m/%d"),
    (r"99999999", "%Y%m%d"),
    (r"[09]9?/99?/9999", "%d/%m/%Y"), (r"[09]9?/99?/9999", "%m/%d/%Y"),
    (r"[09]9?\.99?\.9999", "%d.%m.%Y"),
    (r"[09]9?-99?-9999", "%d-%m-%Y"), (r"[09]9?-99?-9999", "%m-%d-%Y"),
    (r"[09]9?/99?/99", "%d/%m/%y"), (r"[09]9?/99?/99", "%m/%d/%y"),
    (r"[09]9?\.99?\.99", "%d.%m.%y"),
    (rf"{WEEKDAY}[09]9?(?:er|st|nd|rd|th|\.)?[ ./\-]{MONTH}[ ./\-]9999", "%d %B %Y"),
    (rf"{WEEKDAY}[09]9?(?:er|st|nd|rd|th|\.)?[ ./\-]{MONTH}[ ./\-][09]9", "%d %B %y"),
    (rf"{WEEKDAY}{MONTH}[ ./\-][09]?9(?:st|nd|rd|th)?,?[ ./\-]9999", "%B %d, %Y"),
    (rf"{WEEKDAY}{MONTH}[ ./\-][09]?9(?:st|nd|rd|th)?,?[ ./\-][09]9", "%B %d, %y"),
    (r" ?--99-99", "--%m-%d"),
)  # fmt: skip
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
def _patterns() -> list[tuple[re.Pattern[str], re.Pattern[str], str]]:
    """Of each way to write a day: its pattern, the pattern with a time behind, and its format."""
    names = "|".join(sorted(parsing.months(), key=len, reverse=True))
    days = [(day.replace(MONTH, rf"(?i:(?:{names})\.?)"), written) for day, written in DAYS]
    return [(re.compile(day), re.compile(day + BEFORE_TIME + TIME), written) for day, written in days]


@cache
def readings(shape: str) -> tuple[str, ...]:
    """The ways in which a text of this shape can be read as a day, with or without a time."""
    if not any(letter in "09" for letter in shape) or len(shape) > 40:
        return ()
    plain = "".join(c for c in unicodedata.normalize("NFKD", shape) if not unicodedata.combining(c))
    return tuple(written for day, moment, written in _patterns() if day.fullmatch(plain) or moment.fullmatch(plain))


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
