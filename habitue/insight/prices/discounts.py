"""How much is bought with a discount, by product family and by customer, and what is also bought at full price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from habitue.insight.facts.purchases import main_currency
from habitue.insight.intervals import SMALL_SAMPLE, ratio_of, wilson
from habitue.insight.prices.sold import sold, with_family

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts, Frame

COUNTS = ("lines", "discounted", "items", "full_after")
PAIRS = {"discounted": "lines", "full_after": "items"}  # numerator and denominator of each share
MONEY = ("gross", "let_off", "received_with", "received_without")


def discounts(facts: Facts, as_of: int) -> dict[str, Any]:
    """The share of order lines bought with a discount, in all and by product family.

    {"currency", **stats, "families": [{"family", **stats}, ...]}, the family with most revenue first and "" for
    products without one. Stats are {"customers", "few": fewer than 20 of them, "gross", "let_off": minor units before
    discounts, and the sum of the discounts, "received_with", "received_without": received for lines with and without a
    discount,
    "discounted": {"of": lines, "count": with a discount, "share", "low", "high"},
    "full_after": {"of": products that a customer bought with a discount, "count": that the same customer bought without
    one on a later day, "share", "low", "high"}}. 95 % intervals, clustered by customer (`intervals.ratio_of`).
    """
    currency, _orders, _others = main_currency(facts.orders, as_of)
    lines = sold(facts, as_of, currency)
    items = _items(lines)
    counted = _squared(with_family(items, facts).group_by("customer_id", "family"), "family")
    paid = with_family(_paid(lines.group_by("product_id")), facts).group_by("family").agg(*_sums(MONEY))
    families = [
        {"family": row["family"], **_stats(row)}
        for row in counted.join(paid, on="family", how="left").sort("family").collect("pyarrow").rows(named=True)
    ]
    everybody = _squared(items.group_by("customer_id")).collect("pyarrow").rows(named=True)[0]
    families.sort(key=lambda stats: (-stats["received_with"] - stats["received_without"], stats["family"]))
    money = {name: sum(family[name] for family in families) for name in MONEY}
    return {"currency": currency, **_stats(everybody | money), "families": families}


def discounts_by_customer(facts: Facts, as_of: int) -> pa.Table:
    """The share of order lines that each customer bought with a discount, one row a customer, ordered by id.

    customer_id; lines; discounted; share, low, high: of lines with a discount, with Wilson's interval (95 %, lines
    taken as independent); let_off, received_with, received_without (minor units of the main currency); items: products
    bought with a discount; full_after: of these, bought without one on a later day; full_share, full_low, full_high,
    null without such products.
    """
    import pyarrow as pa

    currency, _orders, _others = main_currency(facts.orders, as_of)
    lines = sold(facts, as_of, currency)
    counted = _items(lines).group_by("customer_id").agg(*_sums(COUNTS))
    paid = _paid(lines.group_by("customer_id"))
    rows = counted.join(paid, on="customer_id", how="left").sort("customer_id").collect("pyarrow")
    columns = {name: rows[name].to_numpy() for name in ("customer_id", *COUNTS, *MONEY[1:])}
    for count, names in (
        ("discounted", ("share", "low", "high")),
        ("full_after", ("full_share", "full_low", "full_high")),
    ):
        size = columns[PAIRS[count]]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = (columns[count] / size, *wilson(columns[count], size))
        columns |= {name: pa.array(share, mask=size == 0) for name, share in zip(names, shares, strict=True)}
    return pa.table(columns)


def _items(lines: Frame) -> Frame:
    """COUNTS by customer and product.

    `items` is 1 if it was ever bought with a discount, `full_after` 1 if it was bought without one on a day after the
    first with one.
    """
    import narwhals as nw

    discounted, day = nw.col("discounted") > 0, nw.col("day")
    first, last = nw.col("first_discount"), nw.col("last_full")
    return (
        lines.with_columns(with_day=nw.when(discounted).then(day), full_day=nw.when(~discounted).then(day))
        .group_by("customer_id", "product_id")
        .agg(
            *_sums(("discounted",)),
            lines=nw.len().cast(nw.Int64()),
            first_discount=nw.col("with_day").min(),
            last_full=nw.col("full_day").max(),
        )
        .with_columns(items=_one(~first.is_null()), full_after=_one(last > first))
    )


def _paid(grouped: Any) -> Frame:
    """MONEY of the lines of each group."""
    import narwhals as nw

    discounted, amount = nw.col("discounted"), nw.col("amount")
    sums: Frame = grouped.agg(
        *_sums(("gross", "let_off", "amount")), received_with=(amount * discounted).sum().cast(nw.Int64())
    )
    return sums.with_columns(received_without=amount - nw.col("received_with")).drop("amount")


def _sums(names: Sequence[str]) -> list[nw.Expr]:
    """The sum of each column, as int64."""

    import narwhals as nw

    return [nw.col(name).sum().cast(nw.Int64()) for name in names]


def _one(condition: nw.Expr) -> nw.Expr:
    """1 where the condition is true, else 0, as int64."""

    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64())


def _squared(grouped: Any, *keys: str) -> Frame:
    """From groups that hold the customer, sums over customers with the squares and products of a ratio's variance."""
    import narwhals as nw

    each: Frame = grouped.agg(*_sums(COUNTS))
    products: dict[str, nw.Expr] = {}
    for part, whole in PAIRS.items():
        products |= {f"{part}_2": nw.col(part) * nw.col(part), f"{whole}_2": nw.col(whole) * nw.col(whole)}
        products |= {f"{part}_x": nw.col(part) * nw.col(whole), f"{whole}_n": _one(nw.col(whole) > 0)}
    each, summed = each.with_columns(**products), _sums((*COUNTS, *products))
    return each.group_by(*keys).agg(*summed) if keys else each.select(*summed)


def _stats(row: dict[str, Any]) -> dict[str, Any]:
    """The figures of a row of sums."""
    sums = {name: int(value or 0) for name, value in row.items() if name != "family"}
    stats: dict[str, Any] = {"customers": sums["lines_n"], "few": sums["lines_n"] < SMALL_SAMPLE}
    stats |= {name: sums[name] for name in MONEY}
    for part, whole in PAIRS.items():
        stats[part] = ratio_of(*(sums[n] for n in (part, whole, f"{part}_2", f"{part}_x", f"{whole}_2", f"{whole}_n")))
    return stats
