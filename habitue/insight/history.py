"""The stages of the past: who stood where at the end of each month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from habitue.insight.dropout import Fit
from habitue.insight.purchases import purchases
from habitue.insight.rhythm import steps
from habitue.insight.stages import Thresholds, marks, stage

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

    from habitue.insight.engine import Facts, Frame


def stages_at(facts: Facts, days: Sequence[int], parameters: Mapping[str, Any], thresholds: Thresholds) -> pa.Table:
    """The stage of every buyer on each of `days`: customer_id, day, stage, ordered by customer and day.

    Who had not bought yet is left out: a prospect on that day. Each day is judged on what was known on it (a refund
    that came later undoes nothing before it came), with the one set of `parameters` given,
    those of `Portraits.parameters`.
    """
    import narwhals as nw

    fitted = Fit(**parameters["mbgnbd"])
    # Refunds make the past depend on the day it is seen from, so who ever had one is looked at day by day.
    refunded = facts.orders.filter(~nw.col("refund_of").is_null()).select("customer_id").unique()
    plain = facts.orders.join(refunded, on="customer_id", how="anti")
    told = [_on(plain, max(days), days, fitted, thresholds)]
    if refunded.select(nw.len()).collect("pyarrow").item():
        special = facts.orders.join(refunded, on="customer_id", how="semi")
        told += [_on(special, day, [day], fitted, thresholds) for day in days]
    return nw.concat(told).sort("customer_id", "day").to_native()


def _on(orders: Frame, known: int, days: Sequence[int], fitted: Fit, thresholds: Thresholds) -> nw.DataFrame[pa.Table]:
    import narwhals as nw

    marked = marks(steps(purchases(orders, known)), fitted, thresholds)
    return nw.concat(
        [
            marked.filter(nw.col("day") <= on, nw.col("next_day").is_null() | (nw.col("next_day") > on)).select(
                "customer_id", day=nw.lit(on).cast(nw.Int32()), stage=stage(on - nw.col("day"))
            )
            for on in days
        ]
    ).collect("pyarrow")
