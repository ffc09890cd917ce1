"""Concentration of value: the Lorenz curve over customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.intervals import SMALL_SAMPLE, Z

if TYPE_CHECKING:
    import pyarrow as pa


def concentration(table: pa.Table, points: int = 100) -> dict[str, Any]:
    """The Lorenz curve of value over customers who have bought, largest first, and the share of the top tenth.

    `table` has columns `purchases` and `value` (minor units), one row a customer. {"customers", "value": sum,
    "top_tenth": share of the value made by the top 10 % (rounded up to whole customers), "top_tenth_low",
    "top_tenth_high": its 95 % interval, "few": fewer than 20 customers, "points": about `points` pairs [share of
    customers, share of value] from [0, 0] to [1, 1]}. Without any value the shares are None and there are no points.
    """
    bought = table["purchases"].to_numpy() > 0
    values = np.sort(table["value"].to_numpy()[bought])[::-1]
    reached = np.concatenate([[0], np.cumsum(values)])
    total = int(reached[-1])
    stats: dict[str, Any] = {"customers": len(values), "value": total, "few": len(values) < SMALL_SAMPLE}
    if total <= 0:
        return stats | {"top_tenth": None, "top_tenth_low": None, "top_tenth_high": None, "points": []}
    at = np.unique(np.ceil(np.linspace(0, len(values), points + 1)).astype(int))
    top = -(-len(values) // 10)
    share = float(reached[top] / total)
    half = _half_width(values, top, share)
    return stats | {
        "top_tenth": share,
        "top_tenth_low": max(share - half, 0.0),
        "top_tenth_high": min(share + half, 1.0),
        "points": [[float(n / len(values)), float(reached[n] / total)] for n in at],
    }


def _half_width(values: npt.NDArray[Any], top: int, share: float) -> float:
    """Half the width of the interval of the share of the `top` largest, by its influence function.

    With q the quantile that cuts them off and mu the mean, a customer with value v moves the share by ((v - q)+ - share
    v) / mu plus a constant (C. Beach & R. Davidson 1983, Review of Economic Studies 50: the variance of Lorenz
    ordinates). Customers are taken as a random sample of a population.
    """
    size, cut = len(values), float(values[top - 1])
    moved = (np.maximum(values - cut, 0) - share * values) / values.mean()
    return float(Z * moved.std() / np.sqrt(size))
