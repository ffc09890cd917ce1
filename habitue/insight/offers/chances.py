"""Calibration of scores: a logistic regression from scores to the probability of a purchase.

J. Platt (1999), "Probabilistic Outputs for Support Vector Machines", with a few facts of the customer beside the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

FEWEST = 20  # rows with a purchase, and without one: with fewer, nothing is fitted
TURNS = 25  # steps of Newton's method at most


@dataclass(frozen=True)
class Chance:
    """A fitted logistic regression: log odds = level + slopes @ (features - mean) / spread."""

    level: float
    slopes: Floats
    mean: Floats
    spread: Floats

    def of(self, features: Floats) -> npt.NDArray[np.float64]:
        """The probability of each row of `features`, which has the columns that it was fitted on."""
        log_odds = self.level + (features - self.mean) / self.spread @ self.slopes
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -30, 30))), np.float64)


def fit(features: Floats, happened: npt.NDArray[np.bool_]) -> Chance | None:
    """The logistic regression of `happened` on `features` (rows x columns), by Newton's method.

    Slopes have a ridge penalty of 1. None with fewer than FEWEST rows of either outcome.
    """
    right = int(happened.sum())
    if min(right, len(happened) - right) < FEWEST:
        return None
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    ridge = np.diag([0.0] + [1.0] * features.shape[1])
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = np.log(right / (len(happened) - right))
    for _turn in range(TURNS):
        chance = 1.0 / (1.0 + np.exp(-design @ coefficients))
        slope = design.T @ (happened - chance) - ridge @ coefficients
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        step = np.linalg.solve(curve, slope)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-9:
            break
    return Chance(float(coefficients[0]), coefficients[1:], mean, spread)
