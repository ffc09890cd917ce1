"""When a price changed: discounts that ended, and prices that rose and stayed. From the calendar of promotions where
there is one, else from the lines themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.prices.sold import sold

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts, Frame

    Numbers = npt.NDArray[Any]

WEEK = 7
AROUND = 4  # weeks before and after an event that are looked at
MOST, FEW_OF_THEM = 1 / 2, 1 / 5  # of the lines of a week: more, and it is a week of discount; at most, and it is not
LONGEST = 8  # weeks: a discount that lasts for longer has become the price
FEWEST_LINES = 20  # in the discount, or on either side of a rise: below, an event is not told from chance
FEWEST_BESIDE = 5  # lines in the weeks on either side of a discount
RISE = 0.05  # of the price of a unit before discounts
STEADY = 0.02  # a price that moves by less than this has not moved


@dataclass(frozen=True)
class Events:
    """Arrays of one length, in the order of item and day: the lower price of `item` held from `start` to `end`, both
    inclusive. For a rise these are the AROUND weeks before it.

    An item is a product_id, or -1 - i for the whole family `families[i]`. `declared`: taken from the promotions.
    `before` and `after`: days on either side that were looked at.
    """

    item: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    declared: bool
    families: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.item)

    def of(self, chosen: Numbers) -> Events:
        return Events(self.item[chosen], self.start[chosen], self.end[chosen], self.declared, self.families)


def ended_discounts(facts: Facts, as_of: int, currency: str) -> Events:
    """The discounts that began and ended with AROUND weeks of records before and after, as known at `as_of`.

    Where promotions are declared, those; else weeks in a row (Monday to Sunday, at most LONGEST) in each of which more
    than half of a product's lines carried a discount, FEWEST_LINES or more of them in all, while on either side at most
    a fifth did.
    """
    import narwhals as nw

    known = facts.promotions.filter(nw.col("first_day") <= as_of).sort("promotion_id").collect("pyarrow")
    first = facts.orders.select(nw.col("day").min()).collect("pyarrow")["day"].to_list()
    if len(known):
        return _declared(known, (first or [None])[0], as_of)
    return _from_weeks(facts, as_of, currency, _discounted_weeks)


def risen_prices(facts: Facts, as_of: int, currency: str) -> Events:
    """The rises by RISE or more of a product's price before discounts that stayed, as known at `as_of`.

    The price of a week is gross / quantity over its lines. In the AROUND weeks before the rise it was steady, in as
    many after it never fell back by more than STEADY; on neither side did more than a fifth of the lines carry a
    discount, and each side has FEWEST_LINES.
    """
    return _from_weeks(facts, as_of, currency, _risen_weeks)


def _declared(known: Any, first: int | None, as_of: int) -> Events:
    rows = known.select("product_id", "family", "first_day", "last_day").rows()
    families = tuple(sorted({family for product, family, _start, _end in rows if product is None and family}))
    places = {family: -1 - at for at, family in enumerate(families)}
    around = AROUND * WEEK
    periods = sorted(
        {
            (places[family] if product is None else product, start, end)
            for product, family, start, end in rows
            if (product is not None or family)
            and first is not None
            and start - around >= first
            and end + around <= as_of
        }
    )
    item, start, end = np.array(periods, np.int64).reshape(-1, 3).T
    return Events(item, start, end, True, families)


@dataclass(frozen=True)
class _Weeks:
    """Arrays of products by weeks: lines, how many of them with a discount, gross, quantity. `monday` is the first day
    of the first week."""

    products: Numbers
    monday: int
    lines: Numbers
    discounted: Numbers
    gross: Numbers
    quantity: Numbers


def _from_weeks(
    facts: Facts, as_of: int, currency: str, changes_in: Callable[[_Weeks], tuple[Any, Any, Any]]
) -> Events:
    weeks = _weeks(sold(facts, as_of, currency), as_of)
    product, first, last = changes_in(weeks)
    order = np.lexsort((first, product))
    product, first, last = product[order], first[order], last[order]
    return Events(
        weeks.products[product].astype(np.int64),
        weeks.monday + WEEK * first.astype(np.int64),
        weeks.monday + WEEK * last.astype(np.int64) + WEEK - 1,
        False,
    )


def _weeks(lines: Frame, as_of: int) -> _Weeks:
    """The whole weeks of the records, of products with enough lines to tell anything. 1970-01-01 was a Thursday."""
    import narwhals as nw

    week = (nw.col("day").cast(nw.Int64()) + 3) // WEEK
    sums = ("discounted", "gross", "quantity")
    rows = (
        lines.with_columns(week=week)
        .filter(nw.len().over("product_id") >= FEWEST_LINES + 2 * FEWEST_BESIDE)
        .group_by("product_id", "week")
        .agg(lines=nw.len().cast(nw.Int64()), **{name: nw.col(name).sum().cast(nw.Int64()) for name in sums})
        .sort("product_id", "week")
        .collect("pyarrow")
    )
    first = lines.select(nw.col("day").min()).collect("pyarrow")["day"].to_list()[0]
    start, end = (0, 0) if first is None else (-(-(first + 3) // WEEK), (as_of + 4) // WEEK)
    there = rows.filter(nw.col("week") >= start, nw.col("week") < end)
    products, at = np.unique(there["product_id"].to_numpy(), return_inverse=True)
    tables = []
    for name in ("lines", *sums):
        table = np.zeros((len(products), max(end - start, 0)), np.int64)
        table[at, there["week"].to_numpy() - start] = there[name].to_numpy()
        tables.append(table)
    return _Weeks(products, WEEK * start - 3, *tables)


def _discounted_weeks(weeks: _Weeks) -> tuple[Numbers, Numbers, Numbers]:
    """Product, first and last week of each discount."""
    lines, discounted = _Running(weeks.lines), _Running(weeks.discounted)
    edges = np.diff((weeks.discounted > MOST * weeks.lines).astype(np.int8), axis=1, prepend=0, append=0)
    (product, first), (_again, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    kept = (end - first <= LONGEST) & (first >= AROUND) & (end + AROUND <= weeks.lines.shape[1])
    product, first, end = product[kept], first[kept], end[kept]
    good = lines.between(product, first, end) >= FEWEST_LINES
    for start, stop in ((first - AROUND, first), (end, end + AROUND)):
        some = lines.between(product, start, stop)
        good &= (some >= FEWEST_BESIDE) & (discounted.between(product, start, stop) <= FEW_OF_THEM * some)
    return product[good], first[good], end[good] - 1


def _risen_weeks(weeks: _Weeks) -> tuple[Numbers, Numbers, Numbers]:
    """Product, first and last of the AROUND weeks before each rise; of several rises close by, the largest."""
    size, count = weeks.lines.shape
    product = np.repeat(np.arange(size), max(count - 2 * AROUND + 1, 0))
    at = np.tile(np.arange(AROUND, count - AROUND + 1), size)
    lines, discounted, gross, quantity = map(_Running, (weeks.lines, weeks.discounted, weeks.gross, weeks.quantity))

    def price(start: Numbers, stop: Numbers) -> Numbers:
        with np.errstate(invalid="ignore", divide="ignore"):
            return gross.between(product, start, stop) / quantity.between(product, start, stop)

    was, now = price(at - AROUND, at), price(at, at + AROUND)
    with np.errstate(invalid="ignore"):
        good = now >= (1 + RISE) * was
        for week in range(AROUND):  # a week without a sale tells nothing, and nothing against it
            good &= ~(np.abs(price(at - week - 1, at - week) / was - 1) > STEADY)
            good &= ~(price(at + week, at + week + 1) < (1 - STEADY) * now)
    for start, stop in ((at - AROUND, at), (at, at + AROUND)):
        some = lines.between(product, start, stop)
        good &= (some >= FEWEST_LINES) & (discounted.between(product, start, stop) <= FEW_OF_THEM * some)
    product, at, rise = product[good], at[good], now[good] / was[good]
    kept = _largest_apart(product, at, rise)
    return product[kept], at[kept] - AROUND, at[kept] - 1


def _largest_apart(product: Numbers, at: Numbers, rise: Numbers) -> Numbers:
    """The largest rises first, and none less than AROUND weeks from one that is kept."""
    kept: dict[int, list[int]] = {}
    chosen = []
    for place in np.lexsort((at, product, -rise)).tolist():
        others = kept.setdefault(int(product[place]), [])
        if all(abs(at[place] - other) >= AROUND for other in others):
            others.append(int(at[place]))
            chosen.append(place)
    return np.sort(np.array(chosen, np.int64))


class _Running:
    """Sums over weeks in a row."""

    def __init__(self, table: Numbers) -> None:
        self.sums = np.concatenate([np.zeros((len(table), 1), np.int64), np.cumsum(table, axis=1)], axis=1)

    def between(self, product: Numbers, start: Numbers, stop: Numbers) -> Numbers:
        sums: Numbers = self.sums[product, stop] - self.sums[product, start]
        return sums
