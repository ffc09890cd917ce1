"""How few customers make how much of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def concentration(table: pa.Table, points: int = 100) -> dict[str, Any]:
    """From a table with `purchases` and `value`: the Lorenz curve of those who have bought, largest first.

    {"customers": n, "value": sum, "top_tenth": share of the value made by the top 10 % (rounded up to whole customers),
    "points": [[share of customers, share of value], ...]} from [0, 0] to [1, 1].
    """
    bought = table["purchases"].to_numpy() > 0
    values = np.sort(table["value"].to_numpy()[bought])[::-1]
    reached = np.concatenate([[0], np.cumsum(values)])
    total = int(reached[-1])
    if total <= 0:
        return {"customers": len(values), "value": total, "top_tenth": None, "points": []}
    at = np.unique(np.ceil(np.linspace(0, len(values), points + 1)).astype(int))
    return {
        "customers": len(values),
        "value": total,
        "top_tenth": float(reached[-(-len(values) // 10)] / total),
        "points": [[float(n / len(values)), float(reached[n] / total)] for n in at],
    }
