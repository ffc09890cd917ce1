"""The rhythm of each customer: what the models need to know, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.facts import Frame


def rhythm(bought: Frame, as_of: int) -> Frame:
    """One row a customer of `purchases(...)`, days and minor units throughout.

    customer_id; purchases (days with a purchase); x = purchases - 1; first_day; last_day; t_x = last - first;
    T = as_of - first; elapsed = as_of - last; value (sum of all); repeat_value (sum without the first purchase day, the
    convention of `lifetimes` for Gamma-Gamma: a first purchase is often unlike the later ones); repeat_mean =
    repeat_value / x, null for x = 0.
    """
    import narwhals as nw

    first, last = nw.col("first_day"), nw.col("last_day")
    return (
        bought.group_by("customer_id")
        .agg(
            purchases=nw.len(),
            first_day=nw.col("day").min(),
            last_day=nw.col("day").max(),
            value=nw.col("amount").sum(),
            first_value=nw.col("amount").first(order_by="day"),
        )
        .with_columns(
            nw.col("value").cast(nw.Int64()),
            nw.col("purchases").cast(nw.Int64()),
            x=nw.col("purchases").cast(nw.Int64()) - 1,
            t_x=last - first,
            T=as_of - first,
            elapsed=as_of - last,
            repeat_value=(nw.col("value") - nw.col("first_value")).cast(nw.Int64()),
        )
        .with_columns(repeat_mean=nw.when(nw.col("x") > 0).then(nw.col("repeat_value") / nw.col("x")))
        .drop("first_value")
    )


def steps(bought: Frame) -> Frame:
    """One row a purchase day, with the rhythm as it was known on that very day.

    customer_id; day; x (purchases before it); t_x (days since the first); gap (days since the previous, null for the
    first); next_day (of the purchase that followed, null for the last so far).
    """
    import narwhals as nw

    day = nw.col("day")

    def over(expression: nw.Expr) -> nw.Expr:
        return expression.over("customer_id", order_by="day")

    return bought.select("customer_id", "day").with_columns(
        x=over(day.cum_count()).cast(nw.Int64()) - 1,
        t_x=day - day.min().over("customer_id"),
        gap=day - over(day.shift(1)),
        next_day=over(day.shift(-1)),
    )
