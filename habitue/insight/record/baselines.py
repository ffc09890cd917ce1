"""What anybody could say without a model: forecasts that ours are held against.

recency: of those who had been silent as long a season ago, the share that bought in it.
recent: what was bought in the last season, again; of who buys, the share of those who had bought as much a season ago.
own_mean: the own pace since the first purchase, from now on.
everybody: the mean of all (of the season before, for a chance).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.seasons import LEAST, pace

Numbers = npt.NDArray[Any]
Columns = Mapping[str, Numbers]

GROUPS = {  # where a new group of customers begins
    "recency": (0, 1, 2, 4, 7, 10, 14, 21, 28, 42, 60, 91, 135, 182, 273, 365, 730),  # days of silence
    "recent": (0, 1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45),  # purchases
}


def chances(now: Columns, before: Columns, bought: Numbers) -> dict[str, Numbers]:
    """Of buying in the season to come. `now` and `before`: the days of silence (`recency`) and the purchases of the
    last season (`recent`) of the customers today and of those of a season ago, of whom some `bought` in it. Without
    anybody a season ago: nothing.
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
    """Of purchases or money in the next `days`: `recent` is that of the last `days`, `total` that of the T + 1 days
    since the first purchase.
    """
    own = total * days / np.maximum(T + 1, LEAST)
    everybody = float(pace(recent, T, days).mean()) if len(recent) else 0.0
    return {"recent": recent.astype(np.float64), "own_mean": own, "everybody": np.full(len(own), everybody)}
