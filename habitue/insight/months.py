"""Calendar months of integer days, with whole-number arithmetic that every engine does alike."""

from __future__ import annotations

import datetime
from typing import TypeVar

Whole = TypeVar("Whole")


def month_of(day: Whole) -> Whole:
    """The number of a month, 12 * year + month - 1, of days since 1970-01-01: an integer or a column of them.

    The civil calendar counted from March of the year 0 (H. Hinnant, "chrono-compatible low-level date algorithms").
    """
    z = day + 719_468  # type: ignore[operator]
    era = z // 146_097
    of_era = z - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    return (year + era * 400) * 12 + (5 * of_year + 2) // 153 + 2  # type: ignore[no-any-return]


def month_name(month: int) -> str:
    """The month as `2017-10`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_day(month: int) -> int:
    return datetime.date(month // 12, month % 12 + 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
