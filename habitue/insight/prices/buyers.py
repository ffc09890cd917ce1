"""Who bought what had changed its price: for each event and customer, what was bought in any stretch of days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.prices.price_changes import Events
from habitue.insight.prices.sold import sold, with_family

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts, Frame

    Numbers = npt.NDArray[Any]

MOST_LINES = 3_000_000  # that are looked at in memory: with more, the events of the items that sell most
DAYS = 1 << 20  # more than any day number or length of a stretch


@dataclass(frozen=True)
class Bought:
    """Lines of the items of some events in the order of item and day, as arrays; `customer` numbers `customers` from 0.

    `place` is the item's rank among `items`, `key` joins place and day.
    """

    items: Numbers
    customers: Numbers
    customer: Numbers
    key: Numbers
    sums: dict[str, Numbers]


@dataclass(frozen=True)
class Pairs:
    """The events and customers of a question, one a row."""

    event: Numbers
    customer: Numbers


def bought(facts: Facts, as_of: int, currency: str, events: Events) -> tuple[Bought, Events]:
    """The lines of the events' items, and the events whose items they are: all, unless there are too many lines."""
    lines = sold(facts, as_of, currency)
    rows = [_products(lines, events), _families(with_family(lines, facts), events)]
    columns = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    items, place = np.unique(columns["item"], return_inverse=True)
    customers, customer = np.unique(columns["customer_id"], return_inverse=True)
    key = place * DAYS + columns["day"]
    order = np.lexsort((customer, key))
    sums = {name: columns[name][order] for name in ("quantity", "amount", "discounted")}
    return Bought(items, customers, customer[order], key[order], sums), events.of(np.isin(events.item, items))


def buying(lines: Bought, events: Events, start: Numbers, end: Numbers, discounted: bool) -> Pairs:
    """Who bought the item of each event from `start` to `end`, both inclusive; with a discount, if so `discounted`."""
    event, line = _within(lines, events, start, end)
    if discounted:
        chosen = lines.sums["discounted"][line] > 0
        event, line = event[chosen], line[chosen]
    pairs = np.unique(event * len(lines.customers) + lines.customer[line])
    return Pairs(*np.divmod(pairs, max(len(lines.customers), 1)))


def brought(lines: Bought, events: Events, pairs: Pairs, start: Numbers, end: Numbers) -> dict[str, Numbers]:
    """What each of the pairs bought from `start` to `end`: times (lines), quantity, amount, discounted (lines)."""
    event, line = _within(lines, events, start, end)
    size = max(len(lines.customers), 1)
    known = pairs.event * size + pairs.customer
    asked = event * size + lines.customer[line]
    at = np.searchsorted(known, asked)
    there = np.append(known, -1)[at] == asked
    at, line = at[there], line[there]
    sums = {name: np.bincount(at, values[line], len(known)) for name, values in lines.sums.items()}
    return {"times": np.bincount(at, minlength=len(known)).astype(np.float64)} | sums


def _within(lines: Bought, events: Events, start: Numbers, end: Numbers) -> tuple[Numbers, Numbers]:
    """Each event with each line of its item from `start` to `end`."""
    place = np.searchsorted(lines.items, events.item) * DAYS
    first = np.searchsorted(lines.key, place + np.maximum(start, 0))
    stop = np.maximum(np.searchsorted(lines.key, place + end, side="right"), first)
    count = stop - first
    event = np.repeat(np.arange(len(events)), count)
    return event, np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)


def _products(lines: Frame, events: Events) -> dict[str, Numbers]:
    import narwhals as nw

    items = np.unique(events.item[events.item >= 0]).tolist()
    chosen = lines.filter(nw.col("product_id").is_in(items))
    sizes = chosen.group_by("product_id").agg(lines=nw.len().cast(nw.Int64())).sort("product_id").collect("pyarrow")
    count, ids = sizes["lines"].to_numpy(), sizes["product_id"].to_numpy()
    order = np.lexsort((ids, -count))
    kept = ids[order][np.cumsum(count[order]) <= MOST_LINES]
    rows = lines.filter(nw.col("product_id").is_in(kept.tolist())).rename({"product_id": "item"})
    return _columns(rows)


def _families(lines: Frame, events: Events) -> dict[str, Numbers]:
    import narwhals as nw

    chosen = lines.filter(nw.col("family").is_in(list(events.families)))
    places = {family: -1 - at for at, family in enumerate(events.families)}
    item = nw.lit(0)
    for family, place in places.items():
        item = nw.when(nw.col("family") == family).then(nw.lit(place)).otherwise(item)
    return _columns(chosen.with_columns(item=item.cast(nw.Int64())))


def _columns(lines: Frame) -> dict[str, Numbers]:
    names = ("customer_id", "item", "day", "quantity", "amount", "discounted")
    rows = lines.select(*names).collect("pyarrow")
    return {name: rows[name].to_numpy().astype(np.int64) for name in names}
