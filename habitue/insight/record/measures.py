"""Measures of forecast accuracy. Each takes the forecasts (`said`) and what happened, arrays of one length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


def auc(said: Numbers, happened: Flags) -> float | None:
    """The area under the ROC curve (Mann and Whitney): P(a case is ranked above a non-case), ties counted half.

    None if it happened to all, or to nobody.
    """
    yes = int(happened.sum())
    no = len(happened) - yes
    if not yes or not no:
        return None
    _, inverse, counts = np.unique(said, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # the mean rank (from 1) of equal values
    return float((middle[inverse][happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(chances: Numbers, happened: Flags) -> float:
    """The Brier score (1950): the mean squared difference between a probability and the outcome, 1 or 0."""
    return float(np.mean((chances - happened) ** 2)) if len(chances) else 0.0


def mean_absolute_error(said: Numbers, was: Numbers) -> float:
    """The mean absolute error, in the unit of the values."""
    return float(np.abs(said - was).mean()) if len(said) else 0.0


def bias(said: Numbers, was: Numbers) -> float:
    """The mean error, forecast less outcome: above 0 where the forecasts are too high."""
    return float((said - was).mean()) if len(said) else 0.0


def top_tenth_caught(said: Numbers, was: Numbers) -> float | None:
    """The outcome of the tenth with the highest forecasts, as a share of that of the best tenth. None if that is 0."""
    tenth = -(-len(said) // 10)
    best = np.sort(was)[::-1][:tenth].sum()
    caught = was[np.argsort(-said, kind="stable")[:tenth]].sum()
    return float(caught / best) if best > 0 else None


def tenths(chances: Numbers, happened: Flags) -> list[dict[str, Any]]:
    """Calibration by deciles of the probability, lowest first: [{"customers", "said": mean probability, "bought"}]."""
    order = np.argsort(chances, kind="stable")
    return [
        {"customers": len(part), "said": float(chances[part].mean()), "bought": int(happened[part].sum())}
        for part in np.array_split(order, 10)
        if len(part)
    ]


def deviance(said: Numbers, was: Numbers) -> float:
    """The mean Poisson deviance of counts from their forecasts: least for the true mean, also where most are 0.

    A forecast counts as at least a hundredth of the mean of all.
    """
    if not len(said):
        return 0.0
    least = max(float(np.mean(was)), 0.01) / 100
    said = np.maximum(said, least)
    logs = np.log(np.where(was > 0, was, 1) / said)
    return float(2 * np.mean(np.where(was > 0, was * logs, 0.0) - (was - said)))
