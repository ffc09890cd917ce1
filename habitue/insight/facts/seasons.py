"""What each customer bought within a period of days, and the pace at which they bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.purchases import purchases

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]
    Columns = dict[str, Numbers]

LEAST = 28  # days: after a shorter observation a rate would be mostly noise


def bought_between(facts: Facts, after: int, until: int, customers: Numbers, currency: str = "") -> Columns:
    """Purchases and revenue of each customer in the days from `after` + 1 to `until`, as known at the end of `until`.

    `customers`: ids in rising order. {"purchases": number of purchase days, "value": minor units of `currency`}, int64
    arrays as long as `customers`, 0 for who bought nothing.
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
    """Purchases (or money) in `days` at the rate so far, for customers observed for fewer than `days` days.

    `bought`: in the last `days`; `T`: days since the first purchase. A customer of at least `days` days keeps what they
    bought; for others it is scaled up to `days`, as if they had been observed for LEAST days or more.
    """
    reached: npt.NDArray[np.float64] = bought * (days / np.clip(T + 1, min(LEAST, days), days))
    return reached
