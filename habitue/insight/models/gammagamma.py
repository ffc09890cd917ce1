"""The Gamma-Gamma model of what one purchase is worth.

P. Fader, B. Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025. Amounts of a customer
are Gamma(p, nu), and nu varies between customers as Gamma(q, v). Amounts are positive: customers whose repeat
purchases sum to nothing take no part in the fit. v and the means are in the unit of the amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.models import newton
from habitue.insight.models.dropout import Floats, columns, counts

# In logarithms, amounts being in units of their mean: p, q, v. A mean amount exists for q > 1 only.
LOG_BOUNDS = [(-5.0, 9.0), (0.1, 9.0), (-7.0, 12.0)]


@dataclass(frozen=True)
class Fit:
    """Parameters; `covariance` is that of the logarithms of p, q, v, () where there is none to tell."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    fallback: bool = False
    covariance: Sequence[Sequence[float]] = ()

    @property
    def mean(self) -> float:
        """The mean amount of the population."""
        return self.p * self.v / (self.q - 1)


def fit(x: npt.ArrayLike, mean: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """Maximum likelihood on rows of x > 0 purchases with a `mean` amount > 0, by Newton's method.

    Raises ValueError for other rows, or none.
    """
    x, mean = columns(x, mean)
    weight = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not len(x) or x.min() <= 0 or mean.min() <= 0:
        raise ValueError("rows with x > 0 and mean > 0 are needed")
    customers = float(weight.sum())
    scale = float(weight @ mean) / customers
    mean = mean / scale

    def objective_of(some: slice) -> newton.Objective:
        return objective(x[some], mean[some], weight[some])

    optimum = newton.minimise_thinned(objective_of, x.size, np.log([3.0, 3.0, 1.0]), LOG_BOUNDS)
    p, q, v = (float(value) for value in np.exp(optimum.at))
    total = -customers * (optimum.value + float(np.log(scale)))
    return Fit(p, q, v * scale, total, round(customers), covariance=newton.covariance(optimum, customers))


def log_likelihood(fitted: Fit, x: npt.ArrayLike, mean: npt.ArrayLike) -> Floats:
    """Logarithm of the density of the mean z of x amounts, in the unit of the amounts:

    Gamma(px+q) / (Gamma(px) Gamma(q)) * v^q * z^(px-1) * x^(px) / (v + x z)^(px+q)
    """
    from scipy.special import gammaln

    x, mean = columns(x, mean)
    p, q, v = fitted.p, fitted.q, fitted.v
    distinct, inverse = counts(x)
    by_x = gammaln(p * distinct + q) - gammaln(p * distinct) - gammaln(q) + p * distinct * np.log(distinct)
    result: Floats = by_x[inverse] + q * np.log(v) + (p * x - 1) * np.log(mean) - (p * x + q) * np.log(v + x * mean)
    return result


def expected_amount(fitted: Fit, x: npt.ArrayLike, mean: npt.ArrayLike) -> Floats:
    """The mean amount of a customer's purchases, given x of them with that `mean`: p (v + x mean) / (p x + q - 1)."""
    x, mean = columns(x, mean)
    return expected_of_sum(fitted, x, x * mean)


def expected_of_sum(fitted: Fit, x: npt.NDArray[Any], total: npt.NDArray[Any]) -> Floats:
    """The same from the sum of the x amounts instead of their mean."""
    result: Floats = fitted.p * (fitted.v + total) / (fitted.p * x + fitted.q - 1)
    return result


def objective(x: Floats, mean: Floats, weights: Floats) -> newton.Objective:
    """The mean negative log-likelihood with its derivatives after the logarithms of p, q, v.

    All that a pass over the rows has to find are three sums for each count: of log(v + s), 1/(v + s) and 1/(v + s)^2,
    s being the sum of a customer's amounts.
    """
    distinct, inverse = counts(x)
    spent = x * mean
    total = float(weights.sum())
    at_x, known = (
        np.bincount(inverse, column, len(distinct)).astype(np.float64) for column in (weights, weights * np.log(spent))
    )
    fixed = float(weights @ np.log(mean))

    def negative(logs: Floats) -> newton.Derivatives:
        parameters = np.exp(logs)

        def sums(part: slice) -> Floats:
            reach = 1 / (parameters[2] + spent[part])
            weight = weights[part]
            columns = (-weight * np.log(reach), weight * reach, weight * reach**2)
            return np.array([np.bincount(inverse[part], column, len(distinct)) for column in columns])

        by_count = np.sum(newton.in_parts(sums, x.size), axis=0)
        value, gradient, hessian = _over_counts(parameters, distinct, at_x, known, by_count)
        return newton.in_logarithms(parameters, (fixed - value) / total, -gradient / total, -hessian / total)

    return negative


def _over_counts(parameters: Floats, x: Floats, weights: Floats, known: Floats, sums: Floats) -> newton.Derivatives:
    """log L but for its constant, `known` being the sums of log s and `sums` the three above, by count."""
    from scipy.special import digamma, gammaln, zeta

    p, q, v = parameters
    shape, logs, reach, squares = p * x + q, *sums
    total, slope, curve = weights.sum(), digamma(shape), zeta(2, shape)
    value = weights @ (gammaln(shape) - gammaln(p * x) - gammaln(q) + q * np.log(v)) + p * x @ known - shape @ logs
    gradient = np.array(
        [
            x @ (weights * (slope - digamma(p * x)) + known - logs),
            weights @ (slope - digamma(q) + np.log(v)) - logs.sum(),
            total * q / v - shape @ reach,
        ]
    )
    pq, pv, qv = (x * weights) @ curve, -x @ reach, total / v - reach.sum()
    pp, qq = (x**2 * weights) @ (curve - zeta(2, p * x)), weights @ (curve - zeta(2, q))
    hessian = np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, shape @ squares - total * q / v**2]])
    return float(value), gradient, hessian


def default(mean: float, customers: int) -> Fit:
    """What is assumed where too few paid twice for a fit: amounts that differ as much between customers as within.

    p = 4 and q = 5, so that an amount varies by half of its customer's mean and customers' means vary by 60 %; v puts
    the mean of the population at `mean`, that of all purchases so far. Without any, nothing is expected.
    """
    return Fit(4.0, 5.0, mean, 0.0, customers, fallback=True)
