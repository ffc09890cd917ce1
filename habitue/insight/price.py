"""What is bought at a lower price, by family and by customer, and whether it is also bought at the full one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from habitue.insight.intervals import FEW, ratio_of, wilson
from habitue.insight.purchases import main_currency
from habitue.insight.sold import sold, with_family

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts import Facts, Frame

SUMS = ("lines", "discounted", "gross", "let_off", "received_with", "received_without", "items", "full_after")
PAIRS = {"discounted": "lines", "full_after": "items"}  # a count, and that which it is part of


def discounts(facts: Facts, as_of: int) -> dict[str, Any]:
    """The share of lines bought with a discount, in all and by family.

    {"currency", **told, "families": [{"family", **told}, ...]}, the family that brought most first and "" for products
    without one; told is {"customers", "few": fewer than 20 of them, "gross", "let_off": minor units before discounts,
    and what buyers were let off, "received_with", "received_without": received for lines with and without a discount,
    "discounted": {"of": lines, "count": with a discount, "share", "low", "high"},
    "full_after": {"of": products that a customer bought with a discount, "count": that the same customer bought without
    one on a later day, "share", "low", "high"}}. 95 % intervals over customers, whose lines hang together
    (`intervals.ratio_of`).
    """
    currency, _orders, _others = main_currency(facts.orders, as_of)
    items = _items(facts, as_of, currency)
    families = [
        {"family": row["family"]} | _told(row)
        for row in _squared(items.group_by("customer_id", "family"), "family")
        .sort("family")
        .collect("pyarrow")
        .rows(named=True)
    ]
    everybody = _squared(items.group_by("customer_id")).collect("pyarrow").rows(named=True)
    return {
        "currency": currency,
        **_told(everybody[0] if everybody else {}),
        "families": sorted(
            families, key=lambda told: (-told["received_with"] - told["received_without"], told["family"])
        ),
    }


def discounts_by_customer(facts: Facts, as_of: int) -> pa.Table:
    """One row a customer who bought, in the order of their ids.

    customer_id; lines; discounted; share, low, high: of lines with a discount, with Wilson's interval (95 %, lines
    taken as independent); let_off, received_with, received_without (minor units of the main currency); items: products
    bought with a discount; full_after: of these, bought without one on a later day; full_share, full_low, full_high,
    null without such products.
    """
    import narwhals as nw
    import pyarrow as pa

    currency, _orders, _others = main_currency(facts.orders, as_of)
    rows = (
        _items(facts, as_of, currency)
        .group_by("customer_id")
        .agg(*(nw.col(name).sum().cast(nw.Int64()) for name in SUMS))
        .sort("customer_id")
        .collect("pyarrow")
    )
    columns = {name: rows[name].to_numpy() for name in ("customer_id", *SUMS)}
    del columns["gross"]
    for count, names in (
        ("discounted", ("share", "low", "high")),
        ("full_after", ("full_share", "full_low", "full_high")),
    ):
        size = columns[PAIRS[count]]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = (columns[count] / size, *wilson(columns[count], size))
        columns |= {name: pa.array(share, mask=size == 0) for name, share in zip(names, shares, strict=True)}
    return pa.table(columns)


def _items(facts: Facts, as_of: int, currency: str) -> Frame:
    """One row a customer and product with SUMS and `family`.

    `items` is 1 if it was ever bought with a discount, `full_after` 1 if it was bought without one later than the first
    time with one.
    """
    import narwhals as nw

    discounted, day = nw.col("discounted") > 0, nw.col("day")
    first, last = nw.col("first_discount"), nw.col("last_full")
    whole = {name: nw.col(name).sum().cast(nw.Int64()) for name in SUMS[1:6]}
    return with_family(
        sold(facts, as_of, currency)
        .with_columns(
            received_with=nw.col("amount") * nw.col("discounted"),
            received_without=nw.col("amount") * (1 - nw.col("discounted")),
            with_day=nw.when(discounted).then(day),
            full_day=nw.when(~discounted).then(day),
        )
        .group_by("customer_id", "product_id")
        .agg(
            lines=nw.len().cast(nw.Int64()),
            first_discount=nw.col("with_day").min(),
            last_full=nw.col("full_day").max(),
            **whole,
        )
        .with_columns(
            items=nw.when(~first.is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64()),
            full_after=nw.when(last > first).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64()),
        ),
        facts,
    )


def _squared(grouped: Any, *keys: str) -> Frame:
    """From groups with a customer in each, the sums over customers and those of the products that an interval needs."""
    import narwhals as nw

    each: Frame = grouped.agg(*(nw.col(name).sum().cast(nw.Int64()) for name in SUMS))
    products: dict[str, nw.Expr] = {}
    for part, whole in PAIRS.items():
        products |= {f"{part}_2": nw.col(part) * nw.col(part), f"{whole}_2": nw.col(whole) * nw.col(whole)}
        products[f"{part}_x"] = nw.col(part) * nw.col(whole)
        products[f"{whole}_n"] = nw.when(nw.col(whole) > 0).then(nw.lit(1)).otherwise(nw.lit(0))
    summed = [nw.col(name).sum().cast(nw.Int64()) for name in (*SUMS, *products)]
    each = each.with_columns(**products)
    return each.group_by(*keys).agg(*summed) if keys else each.select(*summed)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: int(value or 0) for name, value in row.items() if name != "family"}
    customers = found.get("lines_n", 0)
    told: dict[str, Any] = {"customers": customers, "few": customers < FEW}
    told |= {name: found.get(name, 0) for name in ("gross", "let_off", "received_with", "received_without")}
    for part, whole in PAIRS.items():
        sums = [found.get(name, 0) for name in (part, whole, f"{part}_2", f"{part}_x", f"{whole}_2", f"{whole}_n")]
        told[part] = ratio_of(*sums)
    return told
