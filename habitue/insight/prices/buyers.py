"""The customers of price changes: who bought the item, and what each bought in a period."""

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

MOST_LINES = 3_000_000  # order lines of products held in memory
DAYS = 1 << 20  # more than any day number or length of a period


@dataclass(frozen=True)
class Bought:
    """Order lines of the items of some events, ordered by item and day, as arrays.

    `items` and `customers`: ids; `customer`: the index of a line's customer; `key`: index of the item * DAYS + day;
    `sums`: quantity, amount and discounted of each line.
    """

    items: Numbers
    customers: Numbers
    customer: Numbers
    key: Numbers
    sums: dict[str, Numbers]


@dataclass(frozen=True)
class Pairs:
    """Pairs of an event and a customer, as indexes: two arrays of one length."""

    event: Numbers
    customer: Numbers


def bought(facts: Facts, as_of: int, currency: str, events: Events) -> tuple[Bought, Events]:
    """The order lines of the events' items, and those events.

    If the products have more than MOST_LINES lines in all, those with fewest lines are left out, with their events.
    """
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
    """Pairs of an event and a customer who bought its item from `start` to `end` inclusive.

    `start` and `end`: day numbers, one an event. If `discounted`, only purchases with a discount count.
    """
    event, line = _within(lines, events, start, end)
    if discounted:
        chosen = lines.sums["discounted"][line] > 0
        event, line = event[chosen], line[chosen]
    pairs = np.unique(event * len(lines.customers) + lines.customer[line])
    return Pairs(*np.divmod(pairs, max(len(lines.customers), 1)))


def brought(lines: Bought, events: Events, pairs: Pairs, start: Numbers, end: Numbers) -> dict[str, Numbers]:
    """What each pair bought of the event's item from `start` to `end` inclusive; arrays with one value a pair.

    {"times": lines, "quantity": thousandths, "amount": minor units, "discounted": lines with a discount}.
    """
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
    """All pairs (event, line) of lines of the event's item from `start` to `end`, as indexes."""
    place = np.searchsorted(lines.items, events.item) * DAYS
    first = np.searchsorted(lines.key, place + np.maximum(start, 0))
    stop = np.maximum(np.searchsorted(lines.key, place + end, side="right"), first)
    count = stop - first
    event = np.repeat(np.arange(len(events)), count)
    return event, np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)


def _products(lines: Frame, events: Events) -> dict[str, Numbers]:
    """The lines of the events' products, most frequent first, as long as all fit into MOST_LINES."""

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
    """The lines of the events' families."""

    import narwhals as nw

    chosen = lines.filter(nw.col("family").is_in(list(events.families)))
    places = {family: -1 - at for at, family in enumerate(events.families)}
    item = nw.lit(0)
    for family, place in places.items():
        item = nw.when(nw.col("family") == family).then(nw.lit(place)).otherwise(item)
    return _columns(chosen.with_columns(item=item.cast(nw.Int64())))


def _columns(lines: Frame) -> dict[str, Numbers]:
    """The lines as columns of int64."""
    names = ("customer_id", "item", "day", "quantity", "amount", "discounted")
    rows = lines.select(*names).collect("pyarrow")
    return {name: rows[name].to_numpy().astype(np.int64) for name in names}
