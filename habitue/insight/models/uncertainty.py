"""Confidence intervals of fitted parameters, and of anything computed from them.

The logarithms of the parameters are taken as normal around the fit, with the inverse of the observed information as
covariance (`covariance` of each Fit). This is the uncertainty about the population; the randomness of one customer's
future comes on top (`forecast.Outlook`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from habitue.insight.models.dropout import Floats

DRAWS = 400  # parameter sets that an interval is made from
AnyFit = TypeVar("AnyFit", bound=Any)


def parameter_intervals(fitted: Any, level: float = 0.95) -> dict[str, tuple[float, float]]:
    """The confidence interval of each parameter, {name: (low, high)}, at `level`; {} without a covariance."""
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2))
    intervals = {}
    for name, variance in zip(_names(fitted), np.diagonal(_covariance(fitted)), strict=True):
        value, factor = getattr(fitted, name), float(np.exp(reach * np.sqrt(variance)))
        intervals[name] = (value / factor, value * factor)
    return intervals


def interval(
    fitted: AnyFit, statistic: Callable[[AnyFit], Floats], level: float = 0.95, seed: int = 0
) -> tuple[Floats, Floats]:
    """The confidence interval of `statistic(fit)`, row by row, at `level`, by drawing fits around `fitted`.

    `interval(fitted, lambda fit: mbgnbd.p_alive(fit, x, t_x, T))` returns two arrays, the lower and the upper ends. The
    draws are the same in every call with the same `seed`. Raises ValueError for a fit without a covariance.
    """
    covariance = _covariance(fitted)
    if not covariance.size:
        raise ValueError("the fit has no covariance: too little is known to say how sure it is")
    names = _names(fitted)
    logs = np.log([getattr(fitted, name) for name in names])
    random = np.random.default_rng(seed)
    drawn = np.exp(random.multivariate_normal(logs, covariance, DRAWS, method="eigh"))
    values = [statistic(replace(fitted, **dict(zip(names, map(float, some), strict=True)))) for some in drawn]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _names(fitted: Any) -> list[str]:
    """The names of the parameters: the first fields of every Fit."""
    return [field.name for field in fields(fitted)][: len(fitted.covariance)]


def _covariance(fitted: Any) -> Floats:
    """The covariance of the fit as a square array."""
    size = len(fitted.covariance)
    return np.array(fitted.covariance, np.float64).reshape(size, size)
