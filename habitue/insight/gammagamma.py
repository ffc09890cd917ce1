"""The Gamma-Gamma model of what one purchase is worth.

P. Fader, B. Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025. Amounts of a customer
are Gamma(p, nu), and nu varies between customers as Gamma(q, v). Amounts are positive: customers whose repeat
purchases sum to nothing take no part in the fit. v and the means are in the unit of the amounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.dropout import Floats, columns, counts

# In logarithms, amounts being in units of their mean: p, q, v. A mean amount exists for q > 1 only.
LOG_BOUNDS = [(-5.0, 9.0), (0.1, 9.0), (-7.0, 12.0)]


@dataclass(frozen=True)
class Fit:
    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    fallback: bool = False

    @property
    def mean(self) -> float:
        """The mean amount of the population."""
        return self.p * self.v / (self.q - 1)


def fit(x: npt.ArrayLike, mean: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """Maximum likelihood on rows of x > 0 purchases with a `mean` amount > 0 (L-BFGS-B, analytic gradient).

    Raises ValueError for other rows, or none.
    """
    from scipy.optimize import minimize

    x, mean = columns(x, mean)
    weight = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not len(x) or x.min() <= 0 or mean.min() <= 0:
        raise ValueError("rows with x > 0 and mean > 0 are needed")
    scale = float(np.average(mean, weights=weight))
    found: Any = minimize(
        objective(x, mean / scale, weight),
        np.log([3.0, 3.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=LOG_BOUNDS,
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20},
    )
    p, q, v = (float(value) for value in np.exp(found.x))
    customers = float(weight.sum())
    total = -customers * (float(found.fun) + float(np.log(scale)))
    return Fit(p, q, v * scale, total, round(customers))


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
    result: Floats = fitted.p * (fitted.v + x * mean) / (fitted.p * x + fitted.q - 1)
    return result


def objective(x: Floats, mean: Floats, weights: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    """The mean negative log-likelihood and its gradient, as a function of the logarithms of p, q, v."""
    from scipy.special import digamma

    distinct, inverse = counts(x)
    total = weights.sum()
    log_sum = np.log(x * mean)

    def negative(logs: Floats) -> tuple[float, Floats]:
        p, q, v = (float(value) for value in np.exp(logs))
        rows = log_likelihood(Fit(p, q, v, 0.0, 0), x, mean)
        posterior = digamma(p * distinct + q)
        log_scale = np.log(v + x * mean)
        slopes = [
            x * ((posterior - digamma(p * distinct))[inverse] + log_sum - log_scale),
            (posterior - digamma(q))[inverse] + np.log(v) - log_scale,
            q / v - (p * x + q) / (v + x * mean),
        ]
        gradient = np.array([weights @ slope for slope in slopes]) * np.exp(logs)
        return -float(weights @ rows) / total, -gradient / total

    return negative


def default(mean: float, customers: int) -> Fit:
    """What is assumed where too few paid twice for a fit: amounts that differ as much between customers as within.

    p = 4 and q = 5, so that an amount varies by half of its customer's mean and customers' means vary by 60 %; v puts
    the mean of the population at `mean`, that of all purchases so far. Without any, nothing is expected.
    """
    return Fit(4.0, 5.0, mean, 0.0, customers, fallback=True)
