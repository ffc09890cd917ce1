"""The Gamma-Gamma model: the distribution of the amount of a purchase, for each customer.

P. Fader, B. Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025. Amounts of a customer
are Gamma(p, nu), and nu varies between customers as Gamma(q, v). Amounts are positive: customers whose repeat
purchases sum to 0 are left out of the fit. v and the means are in the unit of the amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.models import newton
from habitue.insight.models.dropout import Floats, columns, counts

# Of log p, log q, log v, for amounts in units of their mean. The mean amount exists for q > 1 only.
LOG_BOUNDS = [(-5.0, 9.0), (0.1, 9.0), (-7.0, 12.0)]


@dataclass(frozen=True)
class Fit:
    """Parameters, log-likelihood, and the number of customers fitted on.

    `covariance` is that of log p, log q, log v; () where there is none. `fallback`: not fitted, but the `default`.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    fallback: bool = False
    covariance: Sequence[Sequence[float]] = ()

    @property
    def mean(self) -> float:
        """The mean amount of the population, in the unit of the amounts."""
        return self.p * self.v / (self.q - 1)


def fit(x: npt.ArrayLike, mean: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """The maximum likelihood fit on rows of `x` > 0 purchases with `mean` amount > 0, by Newton's method.

    Arrays of one length; `weights`: customers with those values. Raises ValueError for other rows, or none.
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
    """The log density of the mean amount z of x purchases, for each row, in the unit of the amounts:

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
    """Posterior mean of a customer's amount, given x purchases of that `mean`: p (v + x mean) / (p x + q - 1)."""
    x, mean = columns(x, mean)
    return expected_of_sum(fitted, x, x * mean)


def expected_of_sum(fitted: Fit, x: npt.NDArray[Any], total: npt.NDArray[Any]) -> Floats:
    """Posterior mean of a customer's amount, given the sum `total` of x purchases."""
    result: Floats = fitted.p * (fitted.v + total) / (fitted.p * x + fitted.q - 1)
    return result


def objective(x: Floats, mean: Floats, weights: Floats) -> newton.Objective:
    """The mean negative log-likelihood, with derivatives with respect to log p, log q, log v.

    A pass over the rows needs only three sums for each count: of log(v + s), 1/(v + s) and 1/(v + s)^2, s being the
    sum of a customer's amounts.
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
    """The sum of log L without its constant, with its derivatives, from sums by count.

    `known`: sums of log s; `sums`: the three of `objective`.
    """
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
    """The parameters assumed where too few customers paid twice for a fit: variation between customers as within.

    p = 4 and q = 5: amounts vary by half of their customer's mean, and the means of customers by 60 %. v makes the mean
    of the population `mean`, that of all purchases so far; with 0 nothing is expected.
    """
    return Fit(4.0, 5.0, mean, 0.0, customers, fallback=True)
