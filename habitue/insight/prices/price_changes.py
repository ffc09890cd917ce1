"""Price changes: discounts that ended, and prices that rose for good.

Discounts are those of the promotions where any are declared, else they are inferred from the order lines.
"""

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
AROUND = 4  # weeks before and after a price change that are compared
# Share of the lines of a week with a discount: above MOST it is a week of discount, up to FEW_OF_THEM it is not.
MOST, FEW_OF_THEM = 1 / 2, 1 / 5
LONGEST = 8  # weeks of a discount: one that lasts longer has become the normal price
FEWEST_LINES = 20  # in a discount, or on either side of a rise: with fewer it may be chance
FEWEST_BESIDE = 5  # lines in the weeks on either side of a discount
RISE = 0.05  # least rise, as a share of the gross price of a unit
STEADY = 0.02  # largest change of a price that counts as steady


@dataclass(frozen=True)
class Events:
    """Periods of a lower price of an item, from `start` to `end` inclusive; arrays ordered by item and day.

    For a price rise it is the AROUND weeks before the rise. An item is a product_id, or -1 - i for the whole family
    `families[i]`. `declared`: taken from the promotions.
    """

    item: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    declared: bool
    families: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.item)

    def of(self, chosen: Numbers) -> Events:
        """The chosen events."""
        return Events(self.item[chosen], self.start[chosen], self.end[chosen], self.declared, self.families)


def ended_discounts(facts: Facts, as_of: int, currency: str) -> Events:
    """Discounts that began and ended at least AROUND weeks from either end of the records, as known at `as_of`.

    Those of the promotions if any are declared. Else inferred: consecutive weeks (Monday to Sunday, at most LONGEST),
    in each of which more than half of a product's lines had a discount, with FEWEST_LINES or more in all, while in the
    AROUND weeks on either side at most a fifth had.
    """
    import narwhals as nw

    known = facts.promotions.filter(nw.col("first_day") <= as_of).sort("promotion_id").collect("pyarrow")
    first = facts.orders.select(nw.col("day").min()).collect("pyarrow")["day"].to_list()
    if len(known):
        return _declared(known, (first or [None])[0], as_of)
    return _from_weeks(facts, as_of, currency, _discounted_weeks)


def risen_prices(facts: Facts, as_of: int, currency: str) -> Events:
    """Rises of a product's gross price by RISE or more that lasted, as known at `as_of`.

    The price of a week is gross / quantity over its lines. In the AROUND weeks before the rise it was steady; in as
    many after it never fell back by more than STEADY. On either side at most a fifth of the lines had a discount, and
    there were FEWEST_LINES.
    """
    return _from_weeks(facts, as_of, currency, _risen_weeks)


def _declared(known: Any, first: int | None, as_of: int) -> Events:
    """The promotions as events, those too close to the ends of the records left out."""
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
    """Sums by product and week: lines, lines with a discount, gross, quantity. `monday`: the day of the first week."""

    products: Numbers
    monday: int
    lines: Numbers
    discounted: Numbers
    gross: Numbers
    quantity: Numbers


def _from_weeks(
    facts: Facts, as_of: int, currency: str, changes_in: Callable[[_Weeks], tuple[Any, Any, Any]]
) -> Events:
    """The events that `changes_in` finds in the weekly sums: product, first and last week of each."""
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
    """The complete weeks of products with enough lines. 1970-01-01 was a Thursday."""
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
    """Product, first and last of the AROUND weeks before each rise; of rises close together the largest."""
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
        for week in range(AROUND):  # a week without a sale (nan) does not count against it
            good &= ~(np.abs(price(at - week - 1, at - week) / was - 1) > STEADY)
            good &= ~(price(at + week, at + week + 1) < (1 - STEADY) * now)
    for start, stop in ((at - AROUND, at), (at, at + AROUND)):
        some = lines.between(product, start, stop)
        good &= (some >= FEWEST_LINES) & (discounted.between(product, start, stop) <= FEW_OF_THEM * some)
    product, at, rise = product[good], at[good], now[good] / was[good]
    kept = _largest_apart(product, at, rise)
    return product[kept], at[kept] - AROUND, at[kept] - 1


def _largest_apart(product: Numbers, at: Numbers, rise: Numbers) -> Numbers:
    """The rows to keep: largest rises first, none less than AROUND weeks from one already kept."""
    kept: dict[int, list[int]] = {}
    chosen = []
    for place in np.lexsort((at, product, -rise)).tolist():
        others = kept.setdefault(int(product[place]), [])
        if all(abs(at[place] - other) >= AROUND for other in others):
            others.append(int(at[place]))
            chosen.append(place)
    return np.sort(np.array(chosen, np.int64))


class _Running:
    """Cumulative sums over weeks."""

    def __init__(self, table: Numbers) -> None:
        self.sums = np.concatenate([np.zeros((len(table), 1), np.int64), np.cumsum(table, axis=1)], axis=1)

    def between(self, product: Numbers, start: Numbers, stop: Numbers) -> Numbers:
        """The sum of the weeks from `start` to before `stop`, for each product."""
        sums: Numbers = self.sums[product, stop] - self.sums[product, start]
        return sums
