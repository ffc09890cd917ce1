"""Calendar arithmetic on day numbers (days since 1970-01-01) and months, the same on every engine."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.LazyFrame[Any]

EPOCH = datetime.date(1970, 1, 1).toordinal()


def day_number(day: datetime.date | str) -> int:
    """Days since 1970-01-01 of a date or an ISO date text: what every function here takes as `as_of`.

    ValueError for a text that is no ISO date.
    """
    return (datetime.date.fromisoformat(day) if isinstance(day, str) else day).toordinal() - EPOCH


def with_month(frame: Frame) -> Frame:
    """`frame` with the column `month` = 12 * year + month - 1 of its column `day`.

    The civil calendar counted from March of the year 0 (H. Hinnant, "chrono-compatible low-level date algorithms"). One
    column a step: as a single expression, the text sent to the engine would grow to megabytes.
    """
    import narwhals as nw

    era, day, year, month = nw.col("_era"), nw.col("_day"), nw.col("_year"), nw.col("month")
    return (
        frame.with_columns(_day=nw.col("day").cast(nw.Int64()) + 719_468)
        .with_columns(_era=day // 146_097)
        .with_columns(_day=day - era * 146_097)
        .with_columns(_year=(day - day // 1_460 + day // 36_524 - day // 146_096) // 365)
        .with_columns(_day=day - (365 * year + year // 4 - year // 100))
        .with_columns(month=(year + era * 400) * 12 + (5 * day + 2) // 153 + 2)
        .with_columns(month.cast(nw.Int64()))
        .drop("_era", "_day", "_year")
    )


def month_of(day: int) -> int:
    """12 * year + month - 1 of a day number."""
    date = datetime.date.fromordinal(EPOCH + day)
    return 12 * date.year + date.month - 1


def month_name(month: int) -> str:
    """The ISO text of a month, such as `2017-10`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_day(month: int) -> int:
    """The day number of the first day of a month."""
    return datetime.date(month // 12, month % 12 + 1, 1).toordinal() - EPOCH


def day_name(day: int) -> str:
    """The ISO text of a day number, such as `2017-10-01`."""
    return datetime.date.fromordinal(EPOCH + day).isoformat()
