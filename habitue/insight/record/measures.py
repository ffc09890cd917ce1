"""How right a forecast was: each measure takes what was said and what happened, arrays of one length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


def auc(said: Numbers, happened: Flags) -> float | None:
    """The chance that of one to whom it happened and one to whom it did not, the first was said to be likelier; ties
    count half (Mann and Whitney). None where it happened to all, or to nobody.
    """
    yes = int(happened.sum())
    no = len(happened) - yes
    if not yes or not no:
        return None
    _, inverse, counts = np.unique(said, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # the mean rank of equal values, from 1
    return float((middle[inverse][happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(chances: Numbers, happened: Flags) -> float:
    """The mean squared distance of a chance from 1 where it happened and 0 where not (Brier 1950)."""
    return float(np.mean((chances - happened) ** 2)) if len(chances) else 0.0


def mean_absolute_error(said: Numbers, was: Numbers) -> float:
    """In the unit of the values."""
    return float(np.abs(said - was).mean()) if len(said) else 0.0


def bias(said: Numbers, was: Numbers) -> float:
    """The mean of what was said too much."""
    return float((said - was).mean()) if len(said) else 0.0


def top_tenth_caught(said: Numbers, was: Numbers) -> float | None:
    """What the tenth of whom most was said brought, as a share of what the best tenth brought. None for nothing."""
    tenth = -(-len(said) // 10)
    best = np.sort(was)[::-1][:tenth].sum()
    caught = was[np.argsort(-said, kind="stable")[:tenth]].sum()
    return float(caught / best) if best > 0 else None


def tenths(chances: Numbers, happened: Flags) -> list[dict[str, Any]]:
    """From the least likely tenth of the customers to the likeliest: {"customers", "said": mean chance, "bought"}."""
    order = np.argsort(chances, kind="stable")
    return [
        {"customers": len(part), "said": float(chances[part].mean()), "bought": int(happened[part].sum())}
        for part in np.array_split(order, 10)
        if len(part)
    ]


def deviance(said: Numbers, was: Numbers) -> float:
    """The mean deviance of counts from what was expected, as of a Poisson law: it is least for the true mean, also
    where most bought nothing. An expectation counts as at least a hundredth of the mean of all.
    """
    if not len(said):
        return 0.0
    least = max(float(np.mean(was)), 0.01) / 100
    said = np.maximum(said, least)
    logs = np.log(np.where(was > 0, was, 1) / said)
    return float(2 * np.mean(np.where(was > 0, was * logs, 0.0) - (was - said)))
