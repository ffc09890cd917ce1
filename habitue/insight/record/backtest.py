"""Backtest: the portraits of a past day compared with what was bought after it, and with baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.days import day_name
from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.rhythm import rhythm
from habitue.insight.facts.seasons import bought_between
from habitue.insight.lifecycle.stages import STAGES, Thresholds
from habitue.insight.portraits import portraits
from habitue.insight.record import baselines, measures

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]
    Columns = dict[str, Numbers]

BANDS = (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)  # of a probability
SAID = (
    *("customer_id", "stage_rank", "elapsed_days", "first_day", "purchases", "value", "p_alive", "p_buys"),
    *("expected_purchases", "expected_purchases_low", "expected_purchases_high"),
    *("expected_value", "expected_value_low", "expected_value_high"),
)


def backtest(facts: Facts, as_of: int, days: int = 91, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """The accuracy of the portraits of the past day `as_of`, measured on the `days` after it.

    Customers are those who had bought by the end of `as_of`; models are fitted on what was known then.
    {"as_of": "2017-10-01", "days": 91, "customers": n,
    "stages": {"regular": {"customers", "bought"}, ...}: how many bought again, by stage; empty ones left out,
    "p_alive", "p_buys": [{"from", "to", "customers", "bought"}, ...]: the same by bands of the probability,
    "tenths": `measures.tenths` of p_buys,
    "chance": {"ours": {"auc", "brier"}, "recency": ..., ...}: accuracy of p_buys, and of the `baselines`,
    "right": {"customers": n, "ours": k, "everybody": k}: for how many the likelier of both outcomes came true,
    "purchases", "value": {"customers", "within": how many the 80 % interval covered, "expected", "actual": sums,
    "errors": {"ours": {"mae", "bias", "top_tenth"}, "recent": ..., ...}}, value in minor units, not discounted}.
    """
    made = portraits(facts, as_of, thresholds, discount_rate=0.0, horizon_days=days, chance_days=days)
    table = made.table.filter(made.table["purchases"].to_numpy() > 0)
    said = {name: table[name].to_numpy() for name in SAID}
    later = bought_between(facts, as_of, as_of + days, said["customer_id"], made.currency)
    recent = bought_between(facts, as_of - days, as_of, said["customer_id"], made.currency)
    again = later["purchases"] > 0
    return {
        "as_of": day_name(as_of),
        "days": days,
        "customers": len(again),
        "stages": _by_stage(said["stage_rank"], again),
        "p_alive": _bands(said["p_alive"], again),
        "p_buys": _bands(said["p_buys"], again),
        "tenths": measures.tenths(said["p_buys"], again),
        **_chances({"ours": said["p_buys"]} | _naive_chances(facts, as_of, days, said["elapsed_days"], recent), again),
        "purchases": _amounts(said, "purchases", recent, later, as_of, days),
        "value": _amounts(said, "value", recent, later, as_of, days),
    }


def _by_stage(rank: Numbers, again: Numbers) -> dict[str, dict[str, int]]:
    """How many bought, by stage."""
    return {stage: _count(again[rank == at]) for at, stage in enumerate(STAGES) if (rank == at).any()}


def _bands(chance: Numbers, again: Numbers) -> list[dict[str, Any]]:
    """How many bought, by bands of the probability."""
    bands = np.clip(np.searchsorted(BANDS, chance, side="right") - 1, 0, len(BANDS) - 2)
    return [
        {"from": BANDS[at], "to": BANDS[at + 1]} | _count(again[bands == at])
        for at in range(len(BANDS) - 1)
        if (bands == at).any()
    ]


def _count(again: Numbers) -> dict[str, int]:
    """The number of customers, and how many of them bought."""
    return {"customers": len(again), "bought": int(again.sum())}


def _naive_chances(facts: Facts, as_of: int, days: int, elapsed: Numbers, recent: Columns) -> dict[str, Numbers]:
    """The baseline probabilities, estimated on the `days` before `as_of`."""
    then = as_of - days
    known = rhythm(purchases(facts.orders, then), then).select("customer_id", "elapsed").sort("customer_id")
    table = known.collect("pyarrow")
    customers = table["customer_id"].to_numpy()
    before = {
        "recency": table["elapsed"].to_numpy(),
        "recent": bought_between(facts, then - days, then, customers)["purchases"],
    }
    bought = bought_between(facts, then, as_of, customers)["purchases"] > 0
    return baselines.chances({"recency": elapsed, "recent": recent["purchases"]}, before, bought)


def _chances(chances: dict[str, Numbers], again: Numbers) -> dict[str, Any]:
    """AUC, Brier score and hits of each forecast of who buys again."""
    return {
        "chance": {
            name: {"auc": measures.auc(said, again), "brier": measures.brier(said, again)}
            for name, said in chances.items()
        },
        "right": {"customers": len(again)}
        | {name: int(((said >= 0.5) == again).sum()) for name, said in chances.items()},
    }


def _amounts(said: Columns, what: str, recent: Columns, later: Columns, as_of: int, days: int) -> dict[str, Any]:
    """Coverage, sums and errors of the forecast of "purchases" or "value", and of the baselines."""
    mean, low, high = (said[f"expected_{what}{end}"] for end in ("", "_low", "_high"))
    was = later[what]
    naive = baselines.amounts(recent[what], said[what], as_of - said["first_day"], days)
    return {
        "customers": len(was),
        "within": int(((was >= low) & (was <= high)).sum()),
        "expected": float(mean.sum()),
        "actual": int(was.sum()),
        "errors": {
            name: {
                "mae": measures.mean_absolute_error(forecast, was),
                "bias": measures.bias(forecast, was),
                "top_tenth": measures.top_tenth_caught(forecast, was),
            }
            for name, forecast in ({"ours": mean} | naive).items()
        },
    }
