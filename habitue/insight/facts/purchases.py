"""Purchases out of orders and refunds: one row a customer and day on which something was bought and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Frame


def purchases(orders: Frame, as_of: int, currency: str | None = None) -> Frame:
    """Purchase days: one row a customer and day with a purchase, as a lazy frame.

    Columns: customer_id; day; amount (minor units); orders (how many that day). Only orders and refunds known by the
    end of the day `as_of` count. A refund is subtracted from the order that it takes back. An order that is wholly
    refunded is no purchase; an order of amount 0 is one, because goods were handed over. `amount` sums the orders in
    `currency` (all orders if None); an order in another currency counts as a purchase with an amount of 0.
    """
    import narwhals as nw

    return (
        kept(orders, as_of, currency)
        .group_by("customer_id", "day")
        .agg(amount=nw.col("amount").sum(), orders=nw.len())
        .with_columns(nw.col("amount").cast(nw.Int64()))
    )


def kept(orders: Frame, as_of: int, currency: str | None = None, refunds_there_are: bool = True) -> Frame:
    """Orders of which something was kept: customer_id, day, amount (minor units, net of refunds), one row an order.

    The rules are those of `purchases`. With `refunds_there_are` false, refunds are not looked for: that saves a join.
    """
    import narwhals as nw

    known = orders.filter(nw.col("day") <= as_of)
    if not refunds_there_are:
        known = known.with_columns(refunded=nw.lit(None).cast(nw.Int64()))
    else:
        known = _with_refunds(known)
    net = nw.col("amount") + nw.col("refunded").fill_null(0)
    counted = net if currency is None else nw.when(nw.col("currency") == currency).then(net).otherwise(0)
    return (
        known.filter(nw.col("refunded").is_null() | (net > 0))
        .with_columns(net=counted)
        .select("customer_id", "day", amount=nw.col("net").cast(nw.Int64()))
    )


def _with_refunds(known: Frame) -> Frame:
    """The orders with the sum of their refunds (`refunded`, 0 or less), null where there was none."""
    import narwhals as nw

    refunds = (
        known.filter(~nw.col("refund_of").is_null())
        .group_by("refund_of", "currency")
        .agg(refunded=nw.col("amount").sum())
        .rename({"refund_of": "order_id"})
    )
    return known.filter(nw.col("refund_of").is_null()).join(refunds, on=["order_id", "currency"], how="left")


def refunds_by(orders: Frame, as_of: int) -> bool:
    """Whether any refund was known by the end of `as_of`. Joining orders with none costs a fifth of reading them."""
    import narwhals as nw

    refunds = orders.filter(~nw.col("refund_of").is_null(), nw.col("day") <= as_of)
    return bool(refunds.select(nw.len()).collect("pyarrow").item())


def main_currency(orders: Frame, as_of: int) -> tuple[str, int, int]:
    """The currency of most orders known by `as_of`, the number of orders, and the number in other currencies.

    Refunds are not counted. A tie goes to the first in the alphabet; without orders the currency is "".
    """
    import narwhals as nw

    counts = (
        orders.filter(nw.col("day") <= as_of, nw.col("refund_of").is_null())
        .group_by("currency")
        .agg(orders=nw.len())
        .collect("pyarrow")
        .sort("orders", "currency", descending=[True, False])
    )
    if not len(counts):
        return "", 0, 0
    total = int(counts["orders"].sum())
    return str(counts["currency"][0]), total, total - int(counts["orders"][0])
