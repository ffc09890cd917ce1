"""The stages of the past: who stood where at the end of each month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.dropout import Fit
from habitue.insight.purchases import purchases
from habitue.insight.rhythm import steps
from habitue.insight.stages import STAGES, Numbers, Thresholds, marks, ranks

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts import Facts, Frame

NEVER = 2**31 - 1
AT_ONCE = 200_000  # purchases, to bound the memory that their days take


def stages_at(facts: Facts, days: Sequence[int], parameters: Mapping[str, Any], thresholds: Thresholds) -> pa.Table:
    """The stage of every buyer on each of `days`: customer_id, day, stage, ordered by customer and day.

    Who had not bought yet is left out: a prospect on that day. Each day is judged on what was known on it (a refund
    that came later undoes nothing before it came), with the one set of `parameters` given, those of
    `Portraits.parameters`.
    """
    import narwhals as nw
    import pyarrow as pa

    fitted, days = Fit(**parameters["mbgnbd"]), sorted(set(days))
    # Refunds make the past depend on the day it is seen from, so who ever had one is looked at day by day.
    refunded = facts.orders.filter(~nw.col("refund_of").is_null()).select("customer_id").unique()
    plain = facts.orders.join(refunded, on="customer_id", how="anti")
    told = _on(plain, max(days, default=0), days, fitted, thresholds)
    if not refunded.select(nw.len()).collect("pyarrow").item():
        return told
    special = facts.orders.join(refunded, on="customer_id", how="semi")
    day_by_day = [_on(special, day, [day], fitted, thresholds) for day in days]
    return pa.concat_tables([told, *day_by_day]).sort_by([("customer_id", "ascending"), ("day", "ascending")])


def _on(orders: Frame, known: int, days: Sequence[int], fitted: Fit, thresholds: Thresholds) -> pa.Table:
    import narwhals as nw
    import pyarrow as pa

    spoken = (
        marks(steps(purchases(orders, known)), fitted, thresholds)
        .with_columns(nw.col("next_day").fill_null(NEVER), won_back=~nw.col("returned_after").is_null())
        .drop("t_x", "gap", "returned_after")
        .sort("customer_id", "day")
        .collect("pyarrow")
    )
    parts = (spoken[start : start + AT_ONCE] for start in range(0, max(len(spoken), 1), AT_ONCE))
    return pa.concat_tables(
        _spread({name: part[name].to_numpy() for name in part.columns}, np.asarray(days, np.int64)) for part in parts
    )


def _spread(step: Mapping[str, Numbers], days: npt.NDArray[np.int64]) -> pa.Table:
    """Each purchase speaks for the days from its own to the one before the next purchase."""
    import pyarrow as pa

    first, end = (np.searchsorted(days, step[name]) for name in ("day", "next_day"))
    rows = np.repeat(np.arange(len(first)), end - first)
    on = days[np.arange(len(rows)) - np.repeat(np.cumsum(end - first) - end, end - first)]
    at = {name: values[rows] for name, values in step.items()}
    elapsed = on - at["day"]
    rank = ranks(at["x"], elapsed, at["slowing_after"], at["at_risk_after"], at["lost_after"], at["won_back"])
    return pa.table(
        {
            "customer_id": at["customer_id"],
            "day": on.astype(np.int32),
            "stage": pa.DictionaryArray.from_arrays(pa.array(rank), pa.array(STAGES)).cast(pa.string()),
        }
    )
