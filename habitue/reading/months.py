"""Months in URLs, as 2026-03."""

from __future__ import annotations

from datetime import date, timedelta

from habitue.reading.errors import InvalidQuery

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100  # as imports take them


def read_month(text: str) -> date | None:
    """The first day of the month; None for an empty text; InvalidQuery where it is no month."""
    if not text:
        return None
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidQuery from error
    if not EARLIEST_YEAR <= month.year <= LATEST_YEAR:
        raise InvalidQuery
    return month


def following_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
