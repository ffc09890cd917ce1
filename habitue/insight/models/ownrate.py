"""The Gamma-Poisson (NBD) model without churn: each customer's own purchase rate, shrunk towards that of all.

A. Ehrenberg (1959), "The Pattern of Consumer Purchases", Applied Statistics 8(1): Poisson purchases with rates
Gamma(r, alpha). The posterior mean of the rate of a customer with x repeat purchases in T is (r + x) / (alpha + T): x /
T, after adding r purchases in a time alpha. It is the baseline that a model with churn has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from habitue.insight.models import forecast, newton
from habitue.insight.models.dropout import LOG_BOUNDS, Floats, columns, counts
from habitue.insight.models.forecast import Outlook


@dataclass(frozen=True)
class Fit:
    """r, and alpha in the time unit of the data; `covariance` is that of their logarithms, () where there is none."""

    r: float
    alpha: float
    log_likelihood: float
    customers: int
    fallback: bool = False
    covariance: Sequence[Sequence[float]] = ()


def fit(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """The maximum likelihood fit; t_x is ignored. Raises ValueError if nobody repeats."""
    x, T = columns(x, T)
    weights = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not x.size or x.max() <= 0:
        raise ValueError("rows with x > 0 are needed")
    customers, repeats = float(weights.sum()), float(weights @ x)
    scale = float(weights @ T) / customers
    start = np.log([1.0, customers / max(repeats, 0.1 * customers)])
    optimum = newton.minimise(objective(x, T / scale, weights), start, [LOG_BOUNDS] * 2)
    r, alpha = (float(value) for value in np.exp(optimum.at))
    total = -optimum.value * customers - repeats * float(np.log(scale))
    return Fit(r, alpha * scale, total, round(customers), covariance=newton.covariance(optimum, customers))


def objective(x: Floats, T: Floats, weights: Floats) -> newton.Objective:
    """The mean negative log-likelihood, with derivatives with respect to log r and log alpha."""
    from scipy.special import digamma, gammaln, zeta

    distinct, inverse = counts(x)
    at_x = np.bincount(inverse, weights, len(distinct)).astype(np.float64)
    total = float(weights.sum())

    def negative(logs: Floats) -> newton.Derivatives:
        parameters = np.exp(logs)
        r, alpha = (float(value) for value in parameters)

        def sums(part: slice) -> Floats:
            reach, weight = 1 / (alpha + T[part]), weights[part]
            power, used = r + x[part], weight * reach
            far = -np.log(reach)
            return np.array([(weight * power) @ far, weight @ far, power @ used, used.sum(), (power * used) @ reach])

        far, log_T, rate, reach, curve = np.sum(newton.in_parts(sums, x.size), axis=0)
        value = at_x @ (gammaln(r + distinct) - gammaln(r)) + total * r * logs[1] - far
        slopes = [at_x @ (digamma(r + distinct) - digamma(r)) + total * logs[1] - log_T, total * r / alpha - rate]
        mixed = total / alpha - reach
        curves = [[at_x @ (zeta(2, r + distinct) - zeta(2, r)), mixed], [mixed, curve - total * r / alpha**2]]
        return newton.in_logarithms(parameters, -value / total, -np.array(slopes) / total, -np.array(curves) / total)

    return negative


def p_alive(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
    """P(alive) is 1 for every customer: there is no churn in this model."""
    return np.ones_like(columns(x, t_x, T)[0])


def expected_purchases(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """Expected number of purchases in the `horizon` after T: horizon (r + x) / (alpha + T)."""
    x, T = columns(x, T)
    result: Floats = horizon * (fitted.r + x) / (fitted.alpha + T)
    return result


def p_buys(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """P(at least one purchase in the `horizon` after T) of each row."""
    x, T = columns(x, T)
    result: Floats = -np.expm1((fitted.r + x) * np.log1p(-horizon / (fitted.alpha + T + horizon)))
    return result


def outlook(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Outlook:
    """The distribution of the number of purchases in the `horizon` after T (negative binomial), summarised."""
    x, T = columns(x, T)
    return forecast.of_rate(fitted.r + x, horizon / (fitted.alpha + T + horizon))


def default(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike) -> Fit:
    """The pooled rate with one imagined gap of a year (r = 1), where too few customers came back for a fit."""
    x, T = columns(x, T)
    weights = np.asarray(weights, np.float64)
    alpha = (365.0 + float(weights @ T)) / (1.0 + float(weights @ x))
    return Fit(1.0, alpha, 0.0, round(float(weights.sum())), fallback=True)
