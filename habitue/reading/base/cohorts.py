"""Cohorts: customers by the month of their first purchase, and when they bought again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from habitue.portraits.latest import part_of_base
from habitue.portraits.models import Refresh
from habitue.reading.base.rows import Cohort


def cohorts(refresh: Refresh | None) -> list[Cohort]:
    """The cohorts of the latest refresh; months without a new customer have none."""
    kept = part_of_base(refresh, "retention")
    over = slice(None, -1 if kept.get("running") else None)
    return [
        Cohort(date.fromisoformat(f"{row['month']}-01"), row["customers"], row["bought"][over])
        for row in kept.get("cohorts", [])
        if row["customers"]
    ]


def range_of_shares(cohorts: Sequence[Cohort], months: int) -> tuple[float, float]:
    """(smallest, largest) share of all cohorts but the small ones, for a scale."""
    shares = [share for cohort in cohorts if not cohort.few for share in cohort.shares(months)]
    return (min(shares), max(shares)) if shares else (0.0, 0.0)
