"""How right we were: the portraits of a past day against what was bought after it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.portraits import portraits
from habitue.insight.purchases import purchases
from habitue.insight.stages import STAGES, Thresholds

if TYPE_CHECKING:
    from habitue.insight.facts import Facts

    Numbers = npt.NDArray[Any]

EXPECTED = ("expected_purchases", "expected_purchases_low", "expected_purchases_high")
BANDS = (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)  # of P(alive)


def backtest(facts: Facts, as_of: int, days: int = 91, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """Those who had bought by the end of `as_of`: what was said of them, and what they bought in the `days` after.

    {"as_of": "2017-10-01", "days": 91,
    "stages": {"regular": {"customers": n, "bought": k}, ...}: how many bought again, by stage; empty ones left out,
    "p_alive": [{"from": 0.0, "to": 0.2, "customers": n, "bought": k}, ...]: the same by what P(alive) had been,
    "purchases": {"customers": n, "within": k, "expected": sum, "actual": sum}}: for how many the interval held the
    number of purchases (days with one). The models are fitted on what was known at `as_of`; what came later is only
    counted.
    """
    table = portraits(facts, as_of, thresholds, horizon_days=days).table
    table = table.filter(np.not_equal(table["stage_rank"].to_numpy(), STAGES.index("prospect")))
    column = {name: table[name].to_numpy() for name in ("customer_id", "stage_rank", "p_alive", *EXPECTED)}
    later = _purchases_after(facts, as_of, days, column["customer_id"])
    rank, chance = column["stage_rank"], column["p_alive"]
    mean, low, high = (column[name] for name in EXPECTED)
    bands = np.clip(np.searchsorted(BANDS, chance, side="right") - 1, 0, len(BANDS) - 2)
    return {
        "as_of": datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + as_of).isoformat(),
        "days": days,
        "stages": {stage: _count(later[rank == at]) for at, stage in enumerate(STAGES) if (rank == at).any()},
        "p_alive": [
            {"from": BANDS[at], "to": BANDS[at + 1]} | _count(later[bands == at])
            for at in range(len(BANDS) - 1)
            if (bands == at).any()
        ],
        "purchases": {
            "customers": len(later),
            "within": int(((later >= low) & (later <= high)).sum()),
            "expected": float(mean.sum()),
            "actual": int(later.sum()),
        },
    }


def _count(later: Numbers) -> dict[str, int]:
    return {"customers": len(later), "bought": int((later > 0).sum())}


def _purchases_after(facts: Facts, as_of: int, days: int, customers: Numbers) -> Numbers:
    """The days with a purchase in the `days` after `as_of`, for each of `customers` (in rising order)."""
    import narwhals as nw

    counted = (
        purchases(facts.orders, as_of + days)
        .filter(nw.col("day") > as_of)
        .group_by("customer_id")
        .agg(days=nw.len())
        .collect("pyarrow")
    )
    found, counts = counted["customer_id"].to_numpy(), counted["days"].to_numpy()
    later = np.zeros(len(customers), np.int64)
    at = np.searchsorted(customers, found)
    known = (at < len(customers)) & (np.append(customers, -1)[at] == found)
    later[at[known]] = counts[known]
    return later
