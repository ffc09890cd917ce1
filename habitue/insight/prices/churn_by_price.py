"""Churn by price: do customers of longer standing come back more often after a price change?

Measured is who buys an item again once its discount has ended or its price has risen, by tenure or by stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.purchases import main_currency, purchases
from habitue.insight.intervals import SMALL_SAMPLE, clustered, finding, mean_from
from habitue.insight.lifecycle.stages import LOYALTY
from habitue.insight.prices.buyers import Bought, bought, brought, buying
from habitue.insight.prices.price_changes import AROUND, WEEK, Events, ended_discounts, risen_prices

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]

Change = Literal["discount", "rise"]

TENURES = (0, 91, 182, 365, 730)  # days since the first purchase at which a group begins
SPAN = AROUND * WEEK  # days in which a customer can come back


def churn_by_price(
    facts: Facts, as_of: int, change: Change = "discount", stages: pa.Table | None = None
) -> dict[str, Any]:
    """The share of an item's buyers who buy it again after its price has gone up, by tenure or by stage.

    Buyers are those in the last days of the lower price; coming back is a purchase in the AROUND weeks after. The
    `change` is the end of a discount (`price_changes.ended_discounts`) or a lasting rise
    (`price_changes.risen_prices`). Groups are by days since the first purchase in the records (TENURES), or by stage if
    `stages` is given (customer_id, day, stage, as from `stages_at`), each on the last day before they could come back.
    {"change", "events": price changes analysed, "left_out": those of items that `buyers.bought` leaves out,
    "groups": [{"group": "0", "91", ... or the stage, "until": the last day of a tenure, else None, "customers", "few",
    "after": {"of": buyers, "count": who came back, "share", "low", "high"},
    "usual": the same for an equally long period before, whose buyers could come back before the lower price began: the
    return rate without a price change,
    "lost": {"mean", "low", "high", ...}: usual less after, within items, "finding": "more", "less", ...}, ...],
    "contrast": {"groups": [first, last], "mean", "low", "high", ..., "finding"} or None: "lost" of the first group with
    enough customers less that of the last (new or settling less regular customers); "more" says that loyal customers
    churn less}.

    `lost` is the coefficient of a linear regression with fixed effects of events, so that groups which buy other items
    can be compared; its 95 % interval is from the variance clustered by customer (K.-Y. Liang & S. Zeger 1986,
    Biometrika 73).
    """
    currency, _orders, _others = main_currency(facts.orders, as_of)
    every = (ended_discounts if change == "discount" else risen_prices)(facts, as_of, currency)
    first = facts.orders.select(_least("day")).collect("pyarrow")["day"].to_list()[0]
    every = every.of(every.start - SPAN - _length(every) >= (0 if first is None else first))
    lines, events = bought(facts, as_of, currency, every)
    known = _Stages(lines, stages) if stages is not None else _Tenures(lines, facts, as_of)
    after = _returns(lines, events, known, events.end + 1, discounted=change == "discount")
    usual = _returns(lines, events, known, events.start - SPAN, discounted=False)
    groups = [_Group(name, after.of(at), usual.of(at), len(lines.customers)) for at, name in enumerate(known.names)]
    until = {str(start): end - 1 for start, end in pairwise(TENURES)}
    return {
        "change": change,
        "events": len(events),
        "left_out": len(every) - len(events),
        "groups": [group.stats() | {"until": until.get(group.name)} for group in groups if len(group.after.customer)],
        "contrast": _contrast(groups, ("new", "settling", "regular") if stages is not None else known.names),
    }


@dataclass(frozen=True)
class _Returns:
    """One row an event and buyer: the group (index, -1 for unknown), and whether they came back (`back`, 0 or 1)."""

    event: Numbers
    customer: Numbers
    group: Numbers
    back: Numbers

    def of(self, group: int) -> _Returns:
        """The rows of one group."""
        chosen = self.group == group
        return _Returns(self.event[chosen], self.customer[chosen], self.group[chosen], self.back[chosen])


def _length(events: Events) -> Numbers:
    """The days before each change in which buyers are counted: as long as the lower price lasted, at most SPAN."""
    length: Numbers = np.minimum(events.end - events.start + 1, SPAN)
    return length


def _returns(lines: Bought, events: Events, known: _Stages | _Tenures, change: Numbers, discounted: bool) -> _Returns:
    """The buyers in the days before `change` (a day number for each event), and who came back within SPAN days."""
    pairs = buying(lines, events, change - _length(events), change - 1, discounted)
    back = brought(lines, events, pairs, change, change + SPAN - 1)["times"] > 0
    return _Returns(
        pairs.event, pairs.customer, known.group(pairs.customer, change[pairs.event] - 1), back.astype(np.float64)
    )


class _Tenures:
    """Groups by days since the first purchase."""

    names = tuple(str(days) for days in TENURES)

    def __init__(self, lines: Bought, facts: Facts, as_of: int) -> None:
        rows = (
            purchases(facts.orders, as_of)
            .group_by("customer_id")
            .agg(day=_least("day"))
            .sort("customer_id")
            .collect("pyarrow")
        )
        customers, days = rows["customer_id"].to_numpy(), rows["day"].to_numpy()
        at = np.searchsorted(customers, lines.customers)
        there = np.append(customers, -1)[at] == lines.customers
        self.first = np.where(there, np.append(days, 0)[at], 1 << 30)

    def group(self, customer: Numbers, day: Numbers) -> Numbers:
        """The group of each customer (index) on a day."""
        at: Numbers = np.searchsorted(TENURES, day - self.first[customer], side="right") - 1
        return at


class _Stages:
    """Groups by stage."""

    names = LOYALTY

    def __init__(self, lines: Bought, stages: pa.Table) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        customer = stages["customer_id"].to_numpy()
        at = np.searchsorted(lines.customers, customer)
        there = np.append(lines.customers, -1)[at] == customer
        self.rank = pc.index_in(stages["stage"], pa.array(LOYALTY)).fill_null(-1).to_numpy()[there]
        self.key = (at[there] << 32) + stages["day"].to_numpy()[there]

    def group(self, customer: Numbers, day: Numbers) -> Numbers:
        """The group of each customer (index) on a day; -1 where no stage is known."""
        at = np.searchsorted(self.key, (customer << 32) + day, side="right") - 1
        there = (at >= 0) & (np.append(self.key, -1)[at] >> 32 == customer)
        return np.where(there, np.append(self.rank, -1)[at], -1)


class _Group:
    """The regression of one group. `lost` is None where no item was bought in both periods.

    `moved`: the influence of each customer on `lost`.
    """

    def __init__(self, name: str, after: _Returns, usual: _Returns, customers: int) -> None:
        self.name, self.after, self.usual = name, after, usual
        distinct = (np.unique(part.customer) for part in (after, usual))
        self.customers = min(map(len, distinct))
        event, customer, back = (
            np.concatenate([getattr(after, column), getattr(usual, column)]) for column in ("event", "customer", "back")
        )
        changed = np.repeat([1.0, 0.0], [len(after.customer), len(usual.customer)])
        changed, back = _within_each(event, changed), _within_each(event, back)
        weight = float(changed @ changed)
        self.lost = -float(changed @ back) / weight if weight else None
        moved = changed * (back + (self.lost or 0.0) * changed) / (weight or 1.0)
        self.moved: Numbers = -np.bincount(customer, moved, customers)

    def stats(self) -> dict[str, Any]:
        """The figures of the group."""
        after, usual = (_share(part) for part in (self.after, self.usual))
        lost = _difference(self.lost, self.moved, self.customers)
        stats = {"group": self.name, "customers": after["customers"], "few": after["few"]}
        return stats | {"after": after, "usual": usual, "lost": lost, "finding": finding(lost)}


def _share(returns: _Returns) -> dict[str, Any]:
    """The share that came back, clustered by customer."""
    customers, customer = np.unique(returns.customer, return_inverse=True)
    return clustered(
        np.bincount(customer, returns.back, len(customers)), np.bincount(customer, minlength=len(customers))
    )


def _within_each(event: Numbers, values: Numbers) -> Numbers:
    """`values` less their mean over the same event (fixed effects)."""
    means = np.bincount(event, values) / np.maximum(np.bincount(event), 1)
    left: Numbers = values - means[event]
    return left


def _contrast(groups: list[_Group], names: Sequence[str]) -> dict[str, Any] | None:
    """The difference of `lost` between the first and the last group with enough customers."""
    enough = [
        group for group in groups if group.name in names and group.customers >= SMALL_SAMPLE and group.lost is not None
    ]
    if len(enough) < 2:
        return None
    short, long = enough[0], enough[-1]
    mean = (short.lost or 0.0) - (long.lost or 0.0)
    difference = _difference(mean, short.moved - long.moved, min(short.customers, long.customers))
    return {"groups": [short.name, long.name], **difference, "finding": finding(difference)}


def _difference(mean: float | None, moved: Numbers, customers: int) -> dict[str, Any]:
    """A mean whose variance is the sum of the squared influences of customers."""
    if mean is None or not customers:
        return mean_from(0, 0.0, 0.0)
    return mean_from(customers, mean * customers, float(moved @ moved) * customers * (customers - 1))


def _least(column: str) -> Any:
    """The minimum of a column."""

    import narwhals as nw

    return nw.col(column).min()
