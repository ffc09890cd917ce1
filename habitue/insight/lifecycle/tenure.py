"""Spending by tenure: what customers spend in each month since their first purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.days import month_of
from habitue.insight.facts.purchases import main_currency, purchases
from habitue.insight.intervals import SMALL_SAMPLE, finding, mean_of

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts, Frame

    Numbers = npt.NDArray[Any]

MONTHS = 12  # of tenure that are reported; a panel is observed for no more
WINDOW = 3  # months at either end of a panel whose means are compared
SHORTEST = 2 * WINDOW + 1  # months of a panel: the first one, in which everybody buys, is in no window


@dataclass(frozen=True)
class Spending:
    """Spending by customer and month of tenure. `amount[i, k]`: minor units of customer i in month k.

    `bought`: whether they bought in it. Only the first `whole[i]` months of a customer are complete. `start[i]`: the
    calendar month of the first purchase.
    """

    amount: npt.NDArray[np.int64]
    bought: npt.NDArray[np.bool_]
    whole: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]

    def of(self, chosen: npt.NDArray[np.bool_]) -> Spending:
        """The spending of the chosen customers (a mask, one value a customer)."""
        return Spending(self.amount[chosen], self.bought[chosen], self.whole[chosen], self.start[chosen])


def spend_by_tenure(facts: Facts, as_of: int, months: int = MONTHS) -> dict[str, Any]:
    """What customers spend in each month since their first purchase, in minor units, and whether it grows with tenure.

    A month is a twelfth of 365 days. {"currency", "all": stats, "newcomers": stats}. Newcomers are all but those of the
    first calendar month of the records: that month holds everybody who bought before it, so their tenure is not known.
    Stats are {"customers", "each": [{"month": 1, "customers", "bought", "mean", "low", "high", "few"}, ...]: the mean
    over everybody observed for the whole month, churned customers included with 0,
    "panel": the same people in every month: all who were observed for `months` months, or for as many as half of the
    customers could be if that is less,
    "stayers": those of the panel who bought in both windows, so that churned customers are in neither}. The last two
    may be None. A panel is {"months", "customers", "one_start": more than half began in one calendar month, so that
    the effect of tenure cannot be separated from the season, "each", "early": {"from", "to", "mean", ...}, "late",
    "difference": {"mean", "low", "high", ...} of the monthly amounts of the same people, "finding": "more", "less",
    "unclear" or "few"}. The first month is in no window, since by definition everybody buys in it. 95 % intervals
    (Student's t over customers).
    """
    currency, _orders, _others = main_currency(facts.orders, as_of)
    spending = _spending(facts.orders, as_of, currency, months)
    first = spending.start.min() if len(spending.start) else 0
    return {
        "currency": currency,
        "all": _stats(spending, months),
        "newcomers": _stats(spending.of(spending.start > first), months),
    }


def _spending(orders: Frame, as_of: int, currency: str, months: int) -> Spending:
    """The spending of all customers in their first `months` months."""

    import narwhals as nw

    day, first = nw.col("day").cast(nw.Int64()), nw.col("first_day")
    rows = (
        purchases(orders, as_of, currency)
        .with_columns(first_day=day.min().over("customer_id"))
        .with_columns(month=(day - first) * 12 // 365)
        .filter(nw.col("month") < months)
        .group_by("customer_id", "first_day", "month")
        .agg(amount=nw.col("amount").sum().cast(nw.Int64()))
        .sort("customer_id", "month")
        .collect("pyarrow")
    )
    customer, month, amount = (rows[name].to_numpy() for name in ("customer_id", "month", "amount"))
    at = np.cumsum(np.append(1, np.diff(customer)) != 0) - 1 if len(customer) else np.empty(0, np.int64)
    firsts = rows["first_day"].to_numpy()[np.searchsorted(at, np.arange(at[-1] + 1 if len(at) else 0))]
    brought, bought = np.zeros((len(firsts), months), np.int64), np.zeros((len(firsts), months), bool)
    brought[at, month], bought[at, month] = amount, True
    known, inverse = np.unique(firsts, return_inverse=True)
    starts = np.array([month_of(int(number)) for number in known], np.int64)
    return Spending(brought, bought, (as_of + 1 - firsts) * 12 // 365, starts[inverse] if len(known) else starts)


def _stats(spending: Spending, months: int) -> dict[str, Any]:
    """The figures of some customers: each month, the panel, and its stayers."""
    panel = _panel(spending, months)
    return {
        "customers": len(spending.whole),
        "each": [month for number in range(months) if (month := _month(spending, number))["customers"]],
        "panel": _compared(panel) if panel else None,
        "stayers": _compared(_stayers(panel)) if panel else None,
    }


def _month(spending: Spending, number: int) -> dict[str, Any]:
    """The mean amount of a month of tenure over customers for whom it is complete."""
    watched = spending.whole > number
    stats = {"month": number + 1, "bought": int(spending.bought[watched, number].sum())}
    return stats | mean_of(spending.amount[watched, number])


def _panel(spending: Spending, months: int) -> Spending | None:
    """The customers observed for as many months as half of them could be; None if that is too short, or too few."""
    size = len(spending.whole)
    if size < SMALL_SAMPLE:
        return None
    long = min(int(np.sort(spending.whole)[size // 2]), months)
    return _cut(spending.of(spending.whole >= long), long) if long >= SHORTEST else None


def _cut(spending: Spending, months: int) -> Spending:
    """The spending of the first `months` months of tenure."""
    return Spending(spending.amount[:, :months], spending.bought[:, :months], spending.whole, spending.start)


def _stayers(panel: Spending) -> Spending:
    """The customers of a panel who bought in both windows."""
    early, late = _windows(panel)
    return panel.of(np.logical_and(panel.bought[:, early].any(axis=1), panel.bought[:, late].any(axis=1)))


def _windows(panel: Spending) -> tuple[slice, slice]:
    """The early and the late window of a panel, as slices of its months."""
    months = panel.amount.shape[1]
    return slice(1, 1 + WINDOW), slice(months - WINDOW, months)


def _compared(panel: Spending) -> dict[str, Any]:
    """The figures of a panel, with the paired difference between its late and its early window."""
    months = panel.amount.shape[1]
    early, late = _windows(panel)
    before, after = (panel.amount[:, window].sum(axis=1) / WINDOW for window in (early, late))
    difference = mean_of(after - before)
    _starts, counts = np.unique(panel.start, return_counts=True)
    whole = Spending(panel.amount, panel.bought, np.full(len(panel.whole), months), panel.start)
    return {
        "months": months,
        "customers": len(before),
        "one_start": bool(len(counts) and counts.max() > len(before) / 2),
        "each": [_month(whole, number) for number in range(months)],
        "early": {"from": early.start + 1, "to": early.stop} | mean_of(before),
        "late": {"from": late.start + 1, "to": late.stop} | mean_of(after),
        "difference": difference,
        "finding": finding(difference),
    }
