from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from habitue.portraits.models import Refresh


@dataclass(frozen=True)
class Cohort:
    """The customers of one month of first purchase, and how many of them bought in each later month that is over."""

    month: date
    customers: int
    bought: list[int]


def cohorts(refresh: Refresh | None) -> list[Cohort]:
    """As the latest refresh counted them. A month that brought nobody makes no cohort."""
    kept = refresh.base.get("retention", {}) if refresh else {}
    over = slice(None, -1 if kept.get("running") else None)
    return [
        Cohort(date.fromisoformat(f"{row['month']}-01"), row["customers"], row["bought"][over])
        for row in kept.get("cohorts", [])
        if row["customers"]
    ]
