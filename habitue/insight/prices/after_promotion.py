"""Purchases of a discount's buyers before, during and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.purchases import main_currency
from habitue.insight.intervals import SMALL_SAMPLE, clustered, finding, mean_per
from habitue.insight.prices.buyers import Bought, Pairs, bought, brought, buying
from habitue.insight.prices.price_changes import AROUND, WEEK, Events, ended_discounts

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]
    Sums = dict[str, dict[str, Numbers]]

MEASURES = ("times", "quantity", "amount")
LONG_AGO = -(1 << 19)  # a day number before all records


def after_discounts(facts: Facts, as_of: int) -> dict[str, Any]:
    """Purchases of a discount's buyers before, during and after it, for all discounts that ended.

    Of `price_changes.ended_discounts`: the customers who bought the item with the discount, and what they bought of the
    same item in the AROUND weeks before it, during it, and in as many weeks after it.
    {"currency", "declared": taken from promotions, else inferred from the lines, "left_out": discounts of items that
    `buyers.bought` leaves out, **stats, "families": [{"family", **stats}, ...]}, the family with most buyers first.
    Stats are {"discounts", "customers", "few": fewer than 20 of them, "buyers": pairs of discount and customer,
    "times", "quantity", "amount": {"before", "during", "after": per buyer and week (lines, thousandths, minor units
    received), "difference": {"mean", "low", "high", ...} after less before, "finding": "more", "less", "unclear" or
    "few"},
    "new": {"count", "of", "share", "low", "high"}: buyers who had never bought the item before,
    "stayed": of these, who bought it again in the weeks after,
    "only": buyers who never paid the full price for it, up to the end of the weeks after}.
    Buyers are selected for having bought during the discount, so "during" is biased upwards; before and after are not.
    95 % intervals, clustered by customer.
    """
    currency, _orders, _others = main_currency(facts.orders, as_of)
    every = ended_discounts(facts, as_of, currency)
    lines, events = bought(facts, as_of, currency, every)
    pairs = buying(lines, events, events.start, events.end, discounted=True)
    sums = _sums(lines, events, pairs)
    family = _families(facts, events)[pairs.event]
    parts = [(name, np.flatnonzero(family == name)) for name in np.unique(family)]
    return {
        "currency": currency,
        "declared": events.declared,
        "left_out": len(every) - len(events),
        **_stats(events, pairs, sums, np.arange(len(family))),
        "families": [
            {"family": str(name), **_stats(events, pairs, sums, rows)}
            for name, rows in sorted(parts, key=lambda part: (-len(part[1]), str(part[0])))
        ],
    }


def _sums(lines: Bought, events: Events, pairs: Pairs) -> Sums:
    """What each pair of discount and customer bought in each period."""
    around = AROUND * WEEK
    ever = np.full(len(events), LONG_AGO)
    return {
        "before": brought(lines, events, pairs, events.start - around, events.start - 1),
        "during": brought(lines, events, pairs, events.start, events.end),
        "after": brought(lines, events, pairs, events.end + 1, events.end + around),
        "ever before": brought(lines, events, pairs, ever, events.start - 1),
        "ever": brought(lines, events, pairs, ever, events.end + around),
    }


def _families(facts: Facts, events: Events) -> npt.NDArray[np.str_]:
    """The family of the item of each event."""
    import narwhals as nw

    items = np.unique(events.item[events.item >= 0]).tolist()
    rows = facts.products.filter(nw.col("product_id").is_in(items)).collect("pyarrow")
    names = dict(rows.select("product_id", "family").rows()) | {
        -1 - at: name for at, name in enumerate(events.families)
    }
    return np.array([names.get(item) or "" for item in events.item.tolist()], np.str_)


def _stats(events: Events, pairs: Pairs, sums: Sums, rows: Numbers) -> dict[str, Any]:
    """The figures of the pairs in `rows`."""
    event, (ids, customer) = pairs.event[rows], np.unique(pairs.customer[rows], return_inverse=True)
    customers = len(ids)

    def each(values: Numbers) -> Numbers:
        return np.bincount(customer, values, customers)

    cases = np.bincount(customer, minlength=customers)
    weeks = {"before": AROUND, "during": (events.end - events.start + 1)[event] / WEEK, "after": AROUND}
    stats: dict[str, Any] = {
        "discounts": len(np.unique(event)),
        "customers": customers,
        "few": customers < SMALL_SAMPLE,
        "buyers": len(rows),
    }
    for measure in MEASURES:
        a_week = {when: sums[when][measure][rows] / weeks[when] for when in weeks}
        difference = mean_per(each(a_week["after"] - a_week["before"]), cases)
        means = {when: float(values.mean()) if len(rows) else None for when, values in a_week.items()}
        stats[measure] = means | {"difference": difference, "finding": finding(difference)}
    new = sums["ever before"]["times"][rows] == 0
    back = sums["after"]["times"][rows] > 0
    only = sums["ever"]["discounted"][rows] == sums["ever"]["times"][rows]
    return stats | {
        "new": clustered(each(new), cases),
        "stayed": clustered(each(new & back), each(new)),
        "only": clustered(each(only), cases),
    }
