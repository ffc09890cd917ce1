"""Summary statistics of purchase histories: recency, frequency, value, and the gaps at each purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.facts.tables import Frame

RECENT, LATEST = 8, 3  # last purchases over which the recent and the latest rate of buying are measured


def rhythm(bought: Frame, as_of: int) -> Frame:
    """Recency, frequency and value of each customer, from the rows of `purchases`; days and minor units throughout.

    Columns: customer_id; purchases (purchase days); x = purchases - 1, the repeat purchases; first_day; last_day;
    t_x = last_day - first_day (recency); T = as_of - first_day (time observed); elapsed = as_of - last_day; value (sum
    of all amounts); repeat_value (sum without the first purchase day, the convention of `lifetimes` for Gamma-Gamma: a
    first purchase is often unlike the later ones); repeat_mean = repeat_value / x, null for x = 0.
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
    """The frame and the expression that gives, within a group, the amount of the first day.

    Spark has no ordered first in a group; a window costs nothing there, since rows are partitioned by customer.
    """
    import narwhals as nw

    if not bought.implementation.is_spark_like():
        return bought, nw.col("amount").first(order_by="day")
    on_first = nw.col("day") == nw.col("_first")
    return bought.with_columns(_first=nw.col("day").min().over("customer_id")), (
        nw.when(on_first).then(nw.col("amount")).otherwise(nw.lit(0)).sum()
    )


def steps(bought: Frame) -> Frame:
    """The state of each customer at each of their purchases, one row a purchase day.

    Columns: customer_id; day; x (purchases before it); t_x (days since the first); recent_span and latest_span (days
    since the earliest of the last RECENT, the last LATEST purchases before it); next_day (the day of the next purchase,
    null if there is none yet).
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
    """`steps` as integer arrays, ordered by customer and day; next_day is -1 where there is none."""
    import narwhals as nw

    frame = steps(bought).with_columns(nw.col("next_day").fill_null(-1)).sort("customer_id", "day")
    table = frame.collect("pyarrow")
    return {
        name: table[name].to_numpy() if name == "customer_id" else table[name].to_numpy().astype(np.int32)
        for name in ("customer_id", "day", "x", "t_x", "recent_span", "latest_span", "next_day")
    }
