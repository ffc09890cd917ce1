"""The time from the first to the second purchase, as a Kaplan-Meier curve: those who bought once are censored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.days import first_day, month_name, month_of, with_month
from habitue.insight.facts.purchases import purchases
from habitue.insight.intervals import SMALL_SAMPLE
from habitue.insight.models.kaplanmeier import Curve, kaplan_meier

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts, Frame

WITHIN = (30, 60, 90, 180)  # days
POINTS = 90  # at which the curve is kept for drawing


def second_purchase(facts: Facts, as_of: int) -> dict[str, Any]:
    """The time to the second purchase, of all customers, of newcomers, and by month of the first purchase.

    {"all": stats, "newcomers": stats, "running": the last month if it is not over, else None, "cohorts": [{"month":
    "2017-01", **stats}, ...]}. Stats are {"customers", "again": how many have bought again so far, "few": fewer than 20
    customers, "median": {"days", "low", "high"}, "within": [{"days": 30, "share", "low", "high", "at_risk", "few"},
    ...], "longest": the longest observation in days}; for all and newcomers also "points": [[days, share, low, high],
    ...]. Days count from the first purchase day; None where observations do not reach that far. Newcomers are without
    the first month of the records, which holds everybody who bought before it. 95 % intervals (see `kaplanmeier`).
    """
    rows = _waits(facts.orders, as_of)
    cohort, wait, ended, weight = (rows[name].to_numpy() for name in ("cohort", "wait", "bought", "customers"))
    first, last = int(cohort.min()) if len(cohort) else 0, month_of(as_of)

    def stats_of(chosen: npt.NDArray[np.bool_], points: bool) -> dict[str, Any]:
        return _stats(wait[chosen], ended[chosen], weight[chosen], points)

    return {
        "all": stats_of(cohort >= first, points=True),
        "newcomers": stats_of(cohort > first, points=True),
        "running": None if not len(cohort) or as_of + 1 == first_day(last + 1) else month_name(last),
        "cohorts": [
            {"month": month_name(month), **stats_of(cohort == month, points=False)}
            for month in np.unique(cohort).tolist()
        ],
    }


def _waits(orders: Frame, as_of: int) -> Any:
    """Customers by month of first purchase, days until the second purchase (or `as_of`), and whether it was made."""
    import narwhals as nw

    day, first = nw.col("day"), nw.col("first_day")
    later = nw.when(day > first).then(day)
    second = nw.col("second_day")
    return (
        with_month(
            purchases(orders, as_of)
            .select("customer_id", "day")
            .with_columns(first_day=day.min().over("customer_id"))
            .with_columns(later=later)
            .group_by("customer_id")
            .agg(day=first.min(), second_day=nw.col("later").min())
        )
        .with_columns(bought=~second.is_null(), wait=(second.fill_null(as_of) - day).cast(nw.Int64()))
        .group_by("month", "wait", "bought")
        .agg(customers=nw.len().cast(nw.Int64()))
        .rename({"month": "cohort"})
        .sort("cohort", "wait", "bought")
        .collect("pyarrow")
    )


def _stats(wait: npt.NDArray[Any], ended: npt.NDArray[Any], weight: npt.NDArray[Any], points: bool) -> dict[str, Any]:
    """The figures of one Kaplan-Meier curve; with `points` also the curve itself."""
    curve = kaplan_meier(wait, ended, weight)
    stats = {
        "customers": curve.cases,
        "again": int(weight[ended].sum()),
        "few": curve.cases < SMALL_SAMPLE,
        "longest": int(curve.longest),
        "median": {name: None if days is None else int(days) for name, days in curve.quantile().items()},
        "within": [curve.ended_by(days) for days in WITHIN],
    }
    return stats | ({"points": _points(curve)} if points else {})


def _points(curve: Curve) -> list[list[float | None]]:
    """The curve for drawing: at most a year, while at least SMALL_SAMPLE customers are at risk."""
    if curve.cases < SMALL_SAMPLE:
        return []
    enough = curve.times[curve.at_risk >= SMALL_SAMPLE]
    last = min(max(float(enough[-1]) if len(enough) else 0.0, _watched_until(curve)), 365.0)
    days = np.unique(np.linspace(0, last, POINTS + 1).round())
    rows = [curve.ended_by(float(day)) for day in days]
    return [[row["days"], row["share"], row["low"], row["high"]] for row in rows if row["share"] is not None]


def _watched_until(curve: Curve) -> float:
    """The last day at which at least SMALL_SAMPLE customers are still at risk."""
    enough = np.flatnonzero(curve.watched_at[:-1] >= SMALL_SAMPLE)
    return float(curve.waits[enough[-1]]) if len(enough) else 0.0
