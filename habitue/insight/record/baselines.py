"""Baseline forecasts without a model, which the models are compared with.

recency: the share of buyers among those who had been silent for as long a season ago.
recent: the purchases of the last season again; as a probability, the share of buyers among those with as many.
own_mean: the customer's mean rate since the first purchase.
everybody: the mean of all customers (for a probability, of the season before).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.seasons import LEAST, pace

Numbers = npt.NDArray[Any]
Columns = Mapping[str, Numbers]

GROUPS = {  # lower ends of the groups of customers
    "recency": (0, 1, 2, 4, 7, 10, 14, 21, 28, 42, 60, 91, 135, 182, 273, 365, 730),  # days of silence
    "recent": (0, 1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45),  # purchases
}


def chances(now: Columns, before: Columns, bought: Numbers) -> dict[str, Numbers]:
    """Baseline probabilities of a purchase in the coming season, {name: one value a customer}.

    `now` and `before`: the days of silence ("recency") and the purchases of the last season ("recent") of the customers
    today, and of those of a season ago; `bought`: which of the latter bought within the season. {} without any.
    """
    if not len(bought):
        return {}
    overall = bought.mean()
    forecasts = {"everybody": np.full(len(now["recency"]), overall)}
    for name, groups in GROUPS.items():
        then, today = (np.searchsorted(groups, columns[name], side="right") - 1 for columns in (before, now))
        size = len(groups)
        share = (np.bincount(then, bought, size) + overall) / (np.bincount(then, minlength=size) + 1)
        forecasts[name] = share[today]
    return forecasts


def amounts(recent: Numbers, total: Numbers, T: Numbers, days: int) -> dict[str, Numbers]:
    """Baseline forecasts of purchases or money in the next `days`, {name: one value a customer}.

    `recent`: in the last `days`; `total`: in all; `T`: days since the first purchase.
    """
    own = total * days / np.maximum(T + 1, LEAST)
    everybody = float(pace(recent, T, days).mean()) if len(recent) else 0.0
    return {"recent": recent.astype(np.float64), "own_mean": own, "everybody": np.full(len(own), everybody)}
