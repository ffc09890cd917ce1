"""The rhythm of each customer: what the models need to know, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.facts.tables import Frame

RECENT, LATEST = 8, 3  # purchases that make the pace from which drift and lately follow


def rhythm(bought: Frame, as_of: int) -> Frame:
    """One row a customer of `purchases(...)`, days and minor units throughout.

    customer_id; purchases (days with a purchase); x = purchases - 1; first_day; last_day; t_x = last - first;
    T = as_of - first; elapsed = as_of - last; value (sum of all); repeat_value (sum without the first purchase day, the
    convention of `lifetimes` for Gamma-Gamma: a first purchase is often unlike the later ones); repeat_mean =
    repeat_value / x, null for x = 0.
    """
    import narwhals as nw

    first, last = nw.col("first_day"), nw.col("last_day")
    bought, first_value = _first_value(bought)
    return (
        bought.group_by("customer_id")
        .agg(
            purchases=nw.len(),
            first_day=nw.col("day").min(),
            last_day=nw.col("day").max(),
            value=nw.col("amount").sum(),
            first_value=first_value,
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


def _first_value(bought: Frame) -> tuple[Frame, nw.Expr]:
    """The amount of the first day, to be had in a group. Spark has no ordered first there, and a window for nothing:
    it deals rows out by customer in any case."""
    import narwhals as nw

    if not bought.implementation.is_spark_like():
        return bought, nw.col("amount").first(order_by="day")
    on_first = nw.col("day") == nw.col("_first")
    return bought.with_columns(_first=nw.col("day").min().over("customer_id")), (
        nw.when(on_first).then(nw.col("amount")).otherwise(nw.lit(0)).sum()
    )


def steps(bought: Frame) -> Frame:
    """One row a purchase day, with the rhythm as it was known on that very day.

    customer_id; day; x (purchases before it); t_x (days since the first); recent_span and latest_span (the days since
    the earliest of the RECENT, of the LATEST purchases before it); next_day (of the purchase that followed, null for
    the last so far).
    """
    import narwhals as nw

    day = nw.col("day")

    def over(expression: nw.Expr) -> nw.Expr:
        return expression.over("customer_id", order_by="day")

    return (
        bought.select("customer_id", "day")
        .with_columns(
            x=over(day.cum_count()).cast(nw.Int64()) - 1,
            first_day=day.min().over("customer_id"),
            recent_since=over(day.shift(RECENT)),
            latest_since=over(day.shift(LATEST)),
            next_day=over(day.shift(-1)),
        )
        .with_columns(
            t_x=day - nw.col("first_day"),
            recent_span=day - nw.coalesce("recent_since", "first_day"),
            latest_span=day - nw.coalesce("latest_since", "first_day"),
        )
        .drop("first_day", "recent_since", "latest_since")
    )


def columns_of_steps(bought: Frame) -> dict[str, npt.NDArray[Any]]:
    """`steps` as arrays of integers in the order of customer and day; next_day is -1 where there is none."""
    import narwhals as nw

    frame = steps(bought).with_columns(nw.col("next_day").fill_null(-1)).sort("customer_id", "day")
    table = frame.collect("pyarrow")
    return {
        name: table[name].to_numpy() if name == "customer_id" else table[name].to_numpy().astype(np.int32)
        for name in ("customer_id", "day", "x", "t_x", "recent_span", "latest_span", "next_day")
    }
