"""What each customer bought between two days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.purchases import purchases

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]
    Columns = dict[str, Numbers]

LEAST = 28  # days: who bought for the first time yesterday has no pace yet


def bought_between(facts: Facts, after: int, until: int, customers: Numbers, currency: str = "") -> Columns:
    """What each of `customers` (ids, rising) bought on the days from `after` + 1 to `until`, as known at `until`:
    `purchases` (days with one) and `value` (minor units of `currency`).
    """
    import narwhals as nw

    sums = (
        purchases(facts.orders, until, currency)
        .filter(nw.col("day") > after)
        .group_by("customer_id")
        .agg(purchases=nw.len(), value=nw.col("amount").sum())
        .collect("pyarrow")
    )
    buyers = sums["customer_id"].to_numpy()
    at = np.searchsorted(customers, buyers)
    known = (at < len(customers)) & (np.append(customers, -1)[at] == buyers)
    columns = {name: np.zeros(len(customers), np.int64) for name in ("purchases", "value")}
    for name, column in columns.items():
        column[at[known]] = sums[name].to_numpy()[known]
    return columns


def pace(bought: Numbers, T: Numbers, days: int) -> npt.NDArray[np.float64]:
    """What was bought in the last `days`, for who has been a customer for T days only: at the same pace."""
    reached: npt.NDArray[np.float64] = bought * (days / np.clip(T + 1, min(LEAST, days), days))
    return reached
