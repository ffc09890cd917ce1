"""What BG/NBD and MBG/NBD share: a buyer buys at random at a rate of their own, and may leave after each purchase.

Rates vary between customers as Gamma(r, alpha), the chance p of leaving after a purchase as Beta(a, b). The two models
differ in one thing: whether one may leave after the very first purchase. Let m be the number of purchases after which
one could have left: m = x in BG/NBD, m = x + 1 in MBG/NBD. Both likelihoods are then

    L = B(a, b+m) / B(a, b) * Gamma(r+x) / Gamma(r) * alpha^r
        * { (alpha+T)^-(r+x)  +  [m > 0] * a / (b+m-1) * (alpha+t_x)^-(r+x) }

where the first term in braces is that of a buyer still there at T and the second that of one who left at t_x.
x, t_x and T are arrays of one length (repeat purchases; time of the last one and of observation, both since the first
purchase, in any unit); alpha and the horizon are in the same unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Fitted in logarithms: beyond these, a population is as good as uniform in what the parameter describes.
LOG_BOUNDS = (-7.0, 12.0)


@dataclass(frozen=True)
class Fit:
    """Parameters in the unit of time of the data, the log-likelihood there, and the number of customers behind them."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    fallback: bool = False

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        return self.r, self.alpha, self.a, self.b


def log_likelihood(
    parameters: tuple[float, float, float, float], x: Floats, t_x: Floats, T: Floats, m: Floats
) -> Floats:
    """The logarithm of L above for each row."""
    return _log_likelihood(parameters, x, t_x, T, m)[0]


def p_alive(parameters: tuple[float, float, float, float], x: Floats, t_x: Floats, T: Floats, m: Floats) -> Floats:
    """The share of the first term in the braces: the chance of still being a customer at T."""
    return _log_likelihood(parameters, x, t_x, T, m)[1]


def fit(
    x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None, first_may_be_last: bool
) -> Fit:
    """Maximum likelihood on rows with weights (customers behind a row), by L-BFGS-B with the analytic gradient."""
    from scipy.optimize import minimize

    x, t_x, T = (np.asarray(column, np.float64) for column in (x, t_x, T))
    weights = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not x.size or x.max() <= 0:
        raise ValueError("rows with x > 0 are needed")
    scale = float(np.average(T, weights=weights))  # a unit in which alpha is near 1, whatever the calendar
    negative = objective(x, t_x / scale, T / scale, weights, first_may_be_last)
    repeats = float(np.average(x, weights=weights))
    start = np.log([1.0, 1.0 / max(repeats, 0.1), 1.0, 3.0])
    found: Any = minimize(
        negative,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[LOG_BOUNDS] * 4,
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    customers = float(weights.sum())
    # In another unit of time the density of x purchases changes by scale^-x.
    total = -float(found.fun) * customers - float(weights @ x) * float(np.log(scale))
    return Fit(r, alpha * scale, a, b, total, round(customers))


def objective(
    x: Floats, t_x: Floats, T: Floats, weights: Floats, first_may_be_last: bool
) -> Callable[[Floats], tuple[float, Floats]]:
    """The mean negative log-likelihood and its gradient, as a function of the logarithms of r, alpha, a, b."""
    from scipy.special import digamma

    m = x + first_may_be_last
    distinct, inverse = counts(x)
    total = weights.sum()

    def negative(logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters = tuple(float(value) for value in np.exp(logs))
        logs_of_rows, alive = _log_likelihood(parameters, x, t_x, T, m)
        gone = 1.0 - alive
        most = distinct + first_may_be_last
        by_x = [(digamma(r + distinct) - digamma(r))[inverse], (digamma(b + most) - digamma(b))[inverse]]
        shared = (digamma(a + b) - digamma(a + b + most))[inverse]
        left = np.where(m > 0, gone / np.where(m > 0, b + m - 1, 1), 0)
        slopes = [
            by_x[0] + np.log(alpha) - alive * np.log(alpha + T) - gone * np.log(alpha + t_x),
            r / alpha - (r + x) * (alive / (alpha + T) + gone / (alpha + t_x)),
            shared + gone / a,
            by_x[1] + shared - left,
        ]
        gradient = np.array([weights @ slope for slope in slopes]) * np.exp(logs)
        return -float(weights @ logs_of_rows) / total, -gradient / total

    return negative


def _log_likelihood(
    parameters: tuple[float, ...], x: Floats, t_x: Floats, T: Floats, m: Floats
) -> tuple[Floats, Floats]:
    from scipy.special import betaln, expit, gammaln

    r, alpha, a, b = parameters
    distinct, inverse = counts(x)
    offset = m.flat[0] - x.flat[0] if x.size else 0
    by_x = gammaln(r + distinct) - gammaln(r) + betaln(a, b + distinct + offset) - betaln(a, b)
    alive = -(r + x) * np.log(alpha + T)
    may_have_left = m > 0
    odds = np.log(a) - np.log(np.where(may_have_left, b + m - 1, 1.0)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    odds = np.where(may_have_left, odds, -np.inf)
    return by_x[inverse] + r * np.log(alpha) + alive + np.logaddexp(0, odds), expit(-odds)


def counts(x: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The distinct whole numbers in x and where each row's is: `np.unique` without the sort."""
    whole = x.astype(np.int64)
    seen = np.bincount(whole) > 0
    return np.flatnonzero(seen).astype(np.float64), (np.cumsum(seen) - 1)[whole]


def columns(*given: npt.ArrayLike) -> tuple[Floats, ...]:
    """Arrays of floats of one shape."""
    return tuple(np.broadcast_arrays(*(np.asarray(column, np.float64) for column in given)))


def default(x: Floats, t_x: Floats, T: Floats, weights: Floats, first_may_be_last: bool) -> Fit:
    """What is assumed where too few came back for a fit: the pooled rate, held back by one imagined customer.

    Rates vary as an exponential law (r = 1) around the repeat rate pooled from first to last purchases (the silence
    after them may be a departure), to which a gap of a year is added; one in ten is taken to leave after a purchase
    (a = 1, b = 9).
    """
    alpha = (365.0 + float(weights @ t_x)) / (1.0 + float(weights @ x))
    parameters = (1.0, alpha, 1.0, 9.0)
    rows = log_likelihood(parameters, x, t_x, T, x + first_may_be_last)
    return Fit(*parameters, float(weights @ rows), round(float(weights.sum())), fallback=True)
