"""Ownership: which customer has bought which item, when first and last, and on how many days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from habitue.insight.facts.tables import Facts, Frame

Ints = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]
Level = Literal["family", "product"]
AT_ONCE = 50_000  # customers read from the engine at a time, to bound memory


@dataclass(frozen=True)
class Ownership:
    """What `customers` (ids, rising) had bought of `items` (ids, rising) by the end of `day`: a sparse matrix by rows.

    `start[c]:start[c + 1]` are the entries of customer c in the four arrays: `item` (index into `items`, rising within
    the customer), `first` and `last` (day numbers), `days` (number of days with it).
    """

    day: int
    customers: Ids
    items: Ids
    start: Ids
    item: Ints
    first: Ints
    last: Ints
    days: Ints

    @property
    def customer(self) -> Ints:
        """The index of the customer of each entry."""
        return np.repeat(np.arange(len(self.customers), dtype=np.int32), np.diff(self.start))

    def batches(self, rows: int) -> Iterator[Ownership]:
        """The rows in batches of at most `rows` customers."""
        for begin in range(0, len(self.customers), max(rows, 1)):
            yield self.part(begin, min(begin + max(rows, 1), len(self.customers)))

    def part(self, begin: int, end: int) -> Ownership:
        """The rows from `begin` to before `end`."""
        at = slice(self.start[begin], self.start[end])
        start = self.start[begin : end + 1] - self.start[begin]
        columns = self.item[at], self.first[at], self.last[at], self.days[at]
        return Ownership(self.day, self.customers[begin:end], self.items, start, *columns)

    def matrix(self, place: Ints, size: int, rows: npt.NDArray[np.bool_] | None = None) -> csr_array[Any]:
        """The matrix with a 1 for each customer and item: shape (customers, `size`).

        `place` gives the column of each item, -1 to leave it out; `rows`: which entries count (default: all).
        """
        from scipy.sparse import csr_array

        columns = place[self.item]
        kept = columns >= 0 if rows is None else (columns >= 0) & rows
        start = np.concatenate([[0], np.cumsum(kept)])[self.start]
        ones = np.ones(int(start[-1]), np.float32)
        return csr_array((ones, columns[kept], start), shape=(len(self.customers), size))


def ownership(facts: Facts, as_of: int, level: Level, items: Ids | None = None, sample: int = 1) -> list[Ownership]:
    """The ownership of every customer who has bought by the end of `as_of`, in parts of at most AT_ONCE customers.

    An item is a product, or with `level` "family" a family, whose id is the smallest of its product ids. Returned goods
    do not count. `items`: the ids to keep (default: all that were bought). With `sample` n only customers whose id is a
    multiple of n are read.
    """
    import narwhals as nw

    bought = _bought(facts, as_of, level)
    if sample > 1:
        bought = bought.filter(nw.col("customer_id") % sample == 0)
    known = _distinct(bought, "item") if items is None else items
    customers = _distinct(bought, "customer_id")
    parts = [customers[begin : begin + AT_ONCE] for begin in range(0, len(customers), AT_ONCE)]
    return [_read(bought, as_of, known, part, whole=len(parts) == 1) for part in parts]


def joined(parts: Sequence[Ownership], day: int, items: Ids) -> Ownership:
    """All parts as one."""
    start = np.zeros(1, np.int64)
    for part in parts:
        start = np.concatenate([start, part.start[1:] + start[-1]])
    customers = np.concatenate([np.empty(0, np.int64), *(part.customers for part in parts)])
    item, first, last, days = (
        np.concatenate([np.empty(0, np.int32), *(getattr(part, name) for part in parts)])
        for name in ("item", "first", "last", "days")
    )
    return Ownership(day, customers, items, start, item, first, last, days)


def families(facts: Facts, level: Level) -> dict[int, str | None]:
    """The family of each item id of that `level`."""
    pairs = _items(facts, level).select("item", "family").unique().collect("pyarrow")
    return dict(zip(pairs["item"].to_list(), pairs["family"].to_list(), strict=True))


def _bought(facts: Facts, as_of: int, level: Level) -> Frame:
    """customer_id, day, item: one row an order line that was kept."""
    kept = _kept(facts, as_of)
    if level == "product":
        return kept.select("customer_id", "day", item="product_id")
    return kept.join(_items(facts, level), on="product_id").select("customer_id", "day", "item")


def _items(facts: Facts, level: Level) -> Frame:
    """The products with the id of their item; with "family" those without a family are left out."""

    import narwhals as nw

    if level == "product":
        return facts.products.with_columns(item=nw.col("product_id"))
    named = facts.products.filter(~nw.col("family").is_null(), nw.col("family") != "")
    return named.with_columns(item=nw.col("product_id").min().over("family"))


def _kept(facts: Facts, as_of: int) -> Frame:
    """Order lines of goods sold and not returned; of an order with returns, the products of which some are left."""
    import narwhals as nw

    refunds = facts.orders.filter(nw.col("day") <= as_of, ~nw.col("refund_of").is_null()).select(
        "order_id", "refund_of"
    )
    known = facts.lines.filter(nw.col("day") <= as_of).select(
        "order_id", "customer_id", "day", "product_id", "quantity"
    )
    given = known.filter(nw.col("quantity") > 0)
    back = (
        known.filter(nw.col("quantity") < 0)
        .join(refunds, on="order_id")
        .group_by("refund_of", "product_id")
        .agg(back=nw.col("quantity").sum())
        .rename({"refund_of": "order_id"})
    )
    left = (
        given.join(back.select("order_id").unique(), on="order_id", how="semi")
        .group_by("order_id", "customer_id", "day", "product_id")
        .agg(nw.col("quantity").sum())
        .join(back, on=["order_id", "product_id"], how="left")
        .filter(nw.col("quantity") + nw.col("back").fill_null(0) > 0)
    )
    columns = ("customer_id", "day", "product_id")
    untouched = given.join(back.select("order_id").unique(), on="order_id", how="anti")
    return nw.concat([untouched.select(*columns), left.select(*columns)])


def _distinct(frame: Frame, column: str) -> Ids:
    """The distinct values of a column, rising."""
    ids: Ids = frame.select(column).unique().collect("pyarrow")[column].to_numpy()
    return np.sort(ids)


def _read(bought: Frame, as_of: int, items: Ids, customers: Ids, whole: bool) -> Ownership:
    """The ownership of `customers`; `whole` if these are all, so that the engine need not filter."""

    import narwhals as nw

    if not whole:
        bought = bought.filter(nw.col("customer_id").is_between(int(customers[0]), int(customers[-1])))
    rows = (
        bought.unique()
        .group_by("customer_id", "item")
        .agg(first=nw.col("day").min(), last=nw.col("day").max(), days=nw.len())
        .with_columns(nw.col("days").cast(nw.Int32()))
        .collect("pyarrow")
    )
    ids = rows["item"].to_numpy()
    place = np.searchsorted(items, ids)
    place[place == len(items)] = 0
    known = items[place] == ids if len(items) else np.zeros(len(ids), bool)
    customer = np.searchsorted(customers, rows["customer_id"].to_numpy()[known])
    order = np.argsort(customer * len(items) + place[known], kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(customer, minlength=len(customers)))])
    first, last, days = (rows[name].to_numpy()[known][order].astype(np.int32) for name in ("first", "last", "days"))
    return Ownership(as_of, customers, items, start, place[known][order].astype(np.int32), first, last, days)
