"""Order lines of goods that were sold and kept, and whether they had a discount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from habitue.insight.facts.purchases import is_refund

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts, Frame


def sold(facts: Facts, as_of: int, currency: str) -> Frame:
    """Order lines that were sold and kept, as a lazy frame.

    Columns: customer_id, day, product_id, quantity (thousandths), gross, amount, paid, let_off (minor units),
    discounted (0 or 1). Lines in `currency` of orders known by the end of `as_of` and not wholly refunded by then.
    Gifts and returns (no quantity, or no gross price) are left out. let_off = gross - paid; discounted if above 0.
    """
    import narwhals as nw

    let_off = nw.col("let_off")
    known = facts.lines.filter(
        nw.col("day") <= as_of, nw.col("currency") == currency, nw.col("quantity") > 0, nw.col("gross") > 0
    )
    return (
        known.join(_taken_back(facts.orders, as_of), on="order_id", how="anti")
        .with_columns(let_off=nw.col("gross") - nw.col("paid"))
        .with_columns(discounted=nw.when(let_off > 0).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64()))
        .drop("order_id", "currency")
    )


def with_family(frame: Frame, facts: Facts) -> Frame:
    """`frame` with the column `family` of each product_id; "" where it has none or the product is unknown."""
    import narwhals as nw

    families = facts.products.select("product_id", "family")
    return frame.join(families, on="product_id", how="left").with_columns(nw.col("family").fill_null(""))


def _taken_back(orders: Frame, as_of: int) -> Frame:
    """The order_id of every refund, and of every order that is wholly refunded."""
    import narwhals as nw

    known = orders.filter(nw.col("day") <= as_of)
    refunds = (
        known.filter(~nw.col("refund_of").is_null())
        .group_by("refund_of", "currency")
        .agg(refunded=nw.col("amount").sum())
        .rename({"refund_of": "order_id"})
    )
    return (
        known.join(refunds, on=["order_id", "currency"], how="left")
        .filter(is_refund() | (nw.col("amount") + nw.col("refunded").fill_null(0) <= 0))
        .filter(is_refund() | ~nw.col("refunded").is_null())
        .select("order_id")
    )
