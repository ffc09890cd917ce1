"""Purchases out of orders and refunds: one row a customer and day on which something was bought and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.facts.tables import Frame


def purchases(orders: Frame, as_of: int, currency: str | None = None) -> Frame:
    """Purchase days: one row a customer and day with a purchase, as a lazy frame.

    Columns: customer_id; day; amount (minor units); orders (how many that day). Only orders and refunds known by the
    end of the day `as_of` count. A refund is subtracted from the order that it takes back. An order that is wholly
    refunded is no purchase; an order of amount 0 is one, because goods were handed over. A refund of an order that is
    not known lowers the amount of the customer's latest purchase in its currency up to its day (else of the first one
    after it), which may fall below 0: no purchase is taken away. `amount` sums the orders in `currency` (all orders if
    None); an order in another currency counts as a purchase with an amount of 0.
    """
    import narwhals as nw

    return (
        kept(orders, as_of, currency)
        .group_by("customer_id", "day")
        .agg(amount=nw.col("amount").sum(), orders=nw.len())
        .with_columns(nw.col("amount").cast(nw.Int64()))
    )


class Refunds(NamedTuple):
    """Whether there are refunds of orders that are known, and of others."""

    of_known: bool
    of_unknown: bool


ALL = Refunds(of_known=True, of_unknown=True)


def kept(orders: Frame, as_of: int, currency: str | None = None, refunds: Refunds = ALL) -> Frame:
    """Orders of which something was kept: customer_id, day, amount (minor units, net of refunds), one row an order.

    The rules are those of `purchases`. Refunds that `refunds` says are not there are not looked for: that saves joins.
    """
    import narwhals as nw

    known = orders.filter(nw.col("day") <= as_of)
    columns = ("order_id", "customer_id", "day", "currency")
    left = known.filter(~is_refund()) if any(refunds) else known
    net = nw.col("amount")
    if refunds.of_known:
        net = nw.col("amount") + nw.col("refunded").fill_null(0)
        left = _with_refunds(left, known).filter(nw.col("refunded").is_null() | (net > 0))
    left = left.select(*columns, net=net.cast(nw.Int64()))
    if refunds.of_unknown:
        left = _less_returns(left, known.filter(_of_unknown_order()).select(*columns, net=nw.col("amount")))
    counted = nw.col("net")
    if currency is not None:
        counted = nw.when(nw.col("currency") == currency).then(nw.col("net")).otherwise(0)
    return left.select("customer_id", "day", amount=counted.cast(nw.Int64()))


def is_refund() -> nw.Expr:
    """Whether a row of orders is a refund, of an order that is known or of one that is not."""
    import narwhals as nw

    return ~nw.col("refund_of").is_null() | (nw.col("amount") < 0)


def _of_unknown_order() -> nw.Expr:
    import narwhals as nw

    return nw.col("refund_of").is_null() & (nw.col("amount") < 0)


def _with_refunds(sold: Frame, known: Frame) -> Frame:
    """The orders with the sum of their refunds (`refunded`, 0 or less), null where there was none."""
    import narwhals as nw

    refunds = (
        known.filter(~nw.col("refund_of").is_null())
        .group_by("refund_of", "currency")
        .agg(refunded=nw.col("amount").sum())
        .rename({"refund_of": "order_id"})
    )
    return sold.join(refunds, on=["order_id", "currency"], how="left")


def _less_returns(left: Frame, returned: Frame) -> Frame:
    """The orders, with refunds of unknown orders taken off: each from the latest order of the customer before it.

    Both have order_id, customer_id, day, currency and net. One before all orders is taken off the first of them, one of
    a customer without any is left out.
    """
    import narwhals as nw

    whose = ["customer_id", "currency"]
    touched = returned.select(*whose).unique()
    both = nw.concat(
        [
            left.join(touched, on=whose, how="semi").with_columns(order=nw.lit(1)),
            returned.with_columns(order=nw.lit(0)),
        ]
    )
    place = nw.col("order").cum_sum().over(*whose, order_by=["day", "refund", "order_id"])
    placed = both.with_columns(refund=1 - nw.col("order")).with_columns(place=place)
    day = nw.when(nw.col("order") == 1).then(nw.col("day"))
    lowered = (
        placed.with_columns(place=nw.when(nw.col("place") < 1).then(nw.lit(1)).otherwise(nw.col("place")), day=day)
        .group_by(*whose, "place")
        .agg(nw.col("net").sum(), nw.col("day").max(), nw.col("order").sum())
        .filter(nw.col("order") > 0)
        .select(*whose, "day", nw.col("net").cast(nw.Int64()))
    )
    rest = left.join(touched, on=whose, how="anti").select(*whose, "day", "net")
    return nw.concat([rest, lowered])


def refunds_by(orders: Frame, as_of: int) -> Refunds:
    """The refunds known by the end of `as_of`. Joining orders with none costs a fifth of reading them."""
    import narwhals as nw

    refunds = orders.filter(is_refund(), nw.col("day") <= as_of)
    counts = refunds.select(known=nw.col("refund_of").count(), all=nw.len()).collect("pyarrow")
    known, every = int(counts["known"][0]), int(counts["all"][0])
    return Refunds(known > 0, every > known)


def main_currency(orders: Frame, as_of: int) -> tuple[str, int, int]:
    """The currency of most orders known by `as_of`, the number of orders, and the number in other currencies.

    Refunds are not counted. A tie goes to the first in the alphabet; without orders the currency is "".
    """
    import narwhals as nw

    counts = (
        orders.filter(nw.col("day") <= as_of, ~is_refund())
        .group_by("currency")
        .agg(orders=nw.len())
        .collect("pyarrow")
        .sort("orders", "currency", descending=[True, False])
    )
    if not len(counts):
        return "", 0, 0
    total = int(counts["orders"].sum())
    return str(counts["currency"][0]), total, total - int(counts["orders"][0])
