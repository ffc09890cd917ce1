"""Days of birth as files have them: with or without the year, with two digits of it, or none at all."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone

from habitue.customers import fields
from habitue.customers.placeholders import is_nothing
from habitue.kernel import parsing

OLDEST = 110  # years of a living person: whoever would be older is of the later century
NO_YEAR = (1604, 0)  # what address books write for a year that is not known (X-APPLE-OMIT-YEAR)
ZERO_DAYS = {(0, 0, 0), (1900, 1, 0), (1899, 12, 30), (1899, 12, 31), (1, 1, 1)}  # of databases and spreadsheets
ANNUAL = re.compile(r"--(\d{2})-?(\d{2})")
NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T]00?:00(?::00)?(?:[.,]0+)?(?: ?[AaPp][Mm]|Z)?)?")
COMPACT = re.compile(r"\d{8}")


class Birth(NamedTuple):
    """A day of birth, or a birthday (--MM-DD) whose year is not known; neither where nothing was said."""

    on: dt.date | None = None
    birthday: str = ""


class Ambiguous(ValueError):  # noqa: N818 - named after what it is
    """A year of two digits that may be of either century."""


@lru_cache(50_000)
def read(typed: str, date_format: str = "iso", century: str = "") -> Birth | Ambiguous | None:
    """The birth that a text means, Ambiguous where both centuries are possible, None where it cannot be read.

    `date_format` is how the file writes its dates, `century` (1900 or 2000) that of years that may be of both.
    """
    text = typed.strip()
    if is_nothing(text):
        return Birth()
    try:
        return _annual(text) or _numbers(text, date_format, century) or _possible(parsing.day(text))
    except Ambiguous as error:
        return error
    except (ValueError, parsing.NotUnderstood):
        return None


def _annual(text: str) -> Birth | None:
    match = ANNUAL.fullmatch(text)
    return _birthday(int(match[1]), int(match[2])) if match else None


def _numbers(text: str, date_format: str, century: str) -> Birth | None:
    if COMPACT.fullmatch(text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = NUMBERS.fullmatch(text)
    if not match:
        return None
    first, middle, last = match[1], match[3], match[4]
    if len(first) > 2:
        return _whole(int(first), int(middle), int(last))
    if {int(first), int(middle), int(last)} == {0}:
        return Birth()
    month, day = (first, middle) if _month_first(date_format, int(first), int(middle)) else (middle, first)
    year = int(last) if len(last) == 4 else _full_year(int(last), int(month), int(day), century)
    if len(last) == 3:
        raise ValueError(last)
    return _whole(year, int(month), int(day))


def _month_first(date_format: str, first: int, second: int) -> bool:
    """As the file writes its dates; where it is not telling, a number above 12 is the day."""
    if second > 12 >= first:
        return True
    if first > 12 >= second:
        return False
    written = date_format.find("%m"), date_format.find("%d")
    if -1 in written:
        raise ValueError(date_format)  # a file of another form: day and month may be either
    return written[0] < written[1]


def _full_year(short: int, month: int, day: int, century: str) -> int:
    """Of the centuries that are possible for somebody alive: born already, and not too long ago."""
    today = timezone.localdate()
    oldest = today.year - OLDEST
    if (month, day) == (2, 29):
        possible = [year for year in (1900 + short, 2000 + short) if year % 4 == 0 and year != 1900]
    else:
        possible = [1900 + short, 2000 + short]
    possible = [year for year in possible if year >= oldest and dt.date(year, month, day) <= today]
    if len(possible) == 2:
        if not century:
            raise Ambiguous(short)
        return int(century) + short
    if not possible:
        raise ValueError(short)
    return possible[0]


def _whole(year: int, month: int, day: int) -> Birth:
    if (year, month, day) in ZERO_DAYS or (year, day, month) in ZERO_DAYS:
        return Birth()
    if year in NO_YEAR:
        return _birthday(month, day)
    return _possible(dt.date(year, month, day))


def _birthday(month: int, day: int) -> Birth:
    return Birth(birthday=f"--{dt.date(2000, month, day):%m-%d}")


def _possible(day: dt.date) -> Birth:
    if not fields.FIRST_BIRTH <= day <= timezone.localdate():
        raise ValueError(day)
    return Birth(on=day)
