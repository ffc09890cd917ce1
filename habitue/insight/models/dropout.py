"""The likelihood that BG/NBD and MBG/NBD share: Poisson purchases, and dropout (churn) after a purchase.

Purchase rates vary between customers as Gamma(r, alpha), the dropout probability p after a purchase as Beta(a, b). The
two models differ in one thing: whether a customer can drop out after the very first purchase. Let m be the number of
purchases after which dropout was possible: m = x in BG/NBD, m = x + 1 in MBG/NBD. Both likelihoods are then

    L = B(a, b+m) / B(a, b) * Gamma(r+x) / Gamma(r) * alpha^r
        * { (alpha+T)^-(r+x)  +  [m > 0] * a / (b+m-1) * (alpha+t_x)^-(r+x) }

where the first term in braces is that of a customer still alive at T and the second that of one who dropped out at t_x.
x, t_x and T are arrays of one length (repeat purchases; time of the last one and of observation, both since the first
purchase, in any unit); alpha and the horizon are in the same unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from habitue.insight.models import newton

Floats = npt.NDArray[np.float64]
Parameters = tuple[float, float, float, float]

# Of the logarithms of parameters: at a bound the population is practically homogeneous in what they describe.
LOG_BOUNDS = (-7.0, 12.0)


@dataclass(frozen=True)
class Fit:
    """Parameters in the time unit of the data, their log-likelihood, and the number of customers fitted on.

    `fallback`: not fitted, but the `default`. `covariance` is that of log r, log alpha, log a, log b (the inverse of
    the observed information); () where the likelihood has no interior maximum, and for a fallback.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    fallback: bool = False
    covariance: Sequence[Sequence[float]] = ()

    @property
    def parameters(self) -> Parameters:
        return self.r, self.alpha, self.a, self.b


def log_likelihood(parameters: Parameters, x: Floats, t_x: Floats, T: Floats, m: Floats) -> Floats:
    """log L of each row."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    distinct, inverse = counts(x)
    most = distinct + (m.flat[0] - x.flat[0] if x.size else 0)
    by_x = gammaln(r + distinct) - gammaln(r) + betaln(a, b + most) - betaln(a, b) + r * np.log(alpha)
    odds = _odds(parameters, x, t_x, T, m)
    left = np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))
    result: Floats = by_x[inverse] - (r + x) * np.log(alpha + T) + left
    return result


def p_alive(parameters: Parameters, x: Floats, t_x: Floats, T: Floats, m: Floats) -> Floats:
    """P(alive at T) of each row: the share of the first term in the braces."""
    odds = _odds(parameters, x, t_x, T, m)
    less = np.exp(-np.abs(odds))
    result: Floats = np.where(odds > 0, less, 1.0) / (1.0 + less)
    return result


def p_buys(parameters: Parameters, x: Floats, t_x: Floats, T: Floats, m: Floats, horizon: float) -> Floats:
    """P(at least one purchase in the `horizon` after T): P(alive) (1 - ((alpha+T)/(alpha+T+t))^(r+x))."""
    r, alpha, _, _ = parameters
    some = -np.expm1((r + x) * np.log1p(-horizon / (alpha + T + horizon)))
    result: Floats = p_alive(parameters, x, t_x, T, m) * some
    return result


def _odds(parameters: Parameters, x: Floats, t_x: Floats, T: Floats, m: Floats) -> Floats:
    """The log odds of having dropped out by T: the log of the second term in the braces over the first."""
    r, alpha, a, b = parameters
    may_have_left = m > 0
    odds = np.log(a) - np.log(np.where(may_have_left, b + m - 1, 1.0)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.where(may_have_left, odds, -np.inf)


def fit(
    x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None, first_may_be_last: bool
) -> Fit:
    """The maximum likelihood fit, by Newton's method, on rows with `weights` (customers with those values).

    With `first_may_be_last` m = x + 1 (MBG/NBD), else m = x (BG/NBD). The search starts on a sample of the rows and
    ends on all of them. Raises ValueError if nobody repeats.
    """
    x, t_x, T = columns(x, t_x, T)
    weights = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not x.size or x.max() <= 0:
        raise ValueError("rows with x > 0 are needed")
    customers = float(weights.sum())
    scale = float(weights @ T) / customers  # the time unit of the search: alpha is near 1 in it
    t_x, T = t_x / scale, T / scale
    start = np.log([1.0, customers / max(float(weights @ x), 0.1 * customers), 1.0, 3.0])

    def objective_of(some: slice) -> newton.Objective:
        return objective(x[some], t_x[some], T[some], weights[some], first_may_be_last)

    optimum = newton.minimise_thinned(objective_of, x.size, start, [LOG_BOUNDS] * 4)
    r, alpha, a, b = (float(value) for value in np.exp(optimum.at))
    # Back in the unit of the data the density of x purchases changes by scale^-x.
    total = -optimum.value * customers - float(weights @ x) * float(np.log(scale))
    return Fit(r, alpha * scale, a, b, total, round(customers), covariance=newton.covariance(optimum, customers))


def objective(x: Floats, t_x: Floats, T: Floats, weights: Floats, first_may_be_last: bool) -> newton.Objective:
    """The mean negative log-likelihood, with derivatives with respect to log r, log alpha, log a, log b."""
    distinct, inverse = counts(x)
    most = distinct + first_may_be_last
    at_x = np.bincount(inverse, weights, len(distinct)).astype(np.float64)
    total = float(weights.sum())

    def negative(logs: Floats) -> newton.Derivatives:
        parameters = np.exp(logs)
        leaves = np.where(most > 0, 1 / np.where(most > 0, parameters[3] + most - 1, 1), 0)
        with np.errstate(divide="ignore"):
            odds = logs[2] + np.log(leaves)

        def sums(part: slice) -> newton.Derivatives:
            here = inverse[part]
            return _over_rows(parameters, x[part], t_x[part], T[part], weights[part], odds[here], leaves[here])

        parts = [_over_counts(parameters, distinct, most, at_x), *newton.in_parts(sums, x.size)]
        value, gradient, hessian = (sum(column[1:], column[0]) / -total for column in zip(*parts, strict=True))
        return newton.in_logarithms(parameters, float(value), gradient, hessian)

    return negative


def _over_counts(parameters: Floats, x: Floats, m: Floats, weights: Floats) -> newton.Derivatives:
    """The part of log L that depends on x and m alone, summed, with its derivatives."""
    from scipy.special import betaln, digamma, gammaln, zeta

    r, alpha, a, b = parameters
    total = weights.sum()
    shared, shared_curve = digamma(a + b) - digamma(a + b + m), zeta(2, a + b) - zeta(2, a + b + m)
    value = gammaln(r + x) - gammaln(r) + betaln(a, b + m) - betaln(a, b) + r * np.log(alpha)
    slopes = [digamma(r + x) - digamma(r), shared, shared + digamma(b + m) - digamma(b)]
    curves = [zeta(2, r + x) - zeta(2, r), shared_curve, shared_curve + zeta(2, b + m) - zeta(2, b)]
    (of_r, of_a, of_b), (of_rr, of_aa, of_bb) = (np.array(some) @ weights for some in (slopes, curves))
    of_alpha = total / alpha
    gradient = np.array([of_r + total * np.log(alpha), r * of_alpha, of_a, of_b])
    hessian = np.diag([of_rr, -r * of_alpha / alpha, of_aa, of_bb])
    hessian[0, 1] = hessian[1, 0] = of_alpha
    hessian[2, 3] = hessian[3, 2] = of_aa
    return float(weights @ value), gradient, hessian


def _over_rows(
    parameters: Floats, x: Floats, t_x: Floats, T: Floats, weights: Floats, odds: Floats, leaves: Floats
) -> newton.Derivatives:
    """The rest of log L, summed, with its derivatives: -(r+x) log(alpha+T) + log(1 + exp(o)).

    o are the log odds of having dropped out. `odds` holds log a/(b+m-1), the part of o that depends on the count, and
    `leaves` 1/(b+m-1).
    """
    r, alpha, a, _ = parameters
    power, at_T, at_t_x = r + x, 1 / (alpha + T), 1 / (alpha + t_x)
    log_T = -np.log(at_T)
    log_ratio, slope = log_T + np.log(at_t_x), at_T - at_t_x
    odds = odds + power * log_ratio
    less = np.exp(-np.abs(odds))
    value = weights @ (np.maximum(odds, 0) + np.log1p(less) - power * log_T)
    gone = weights * np.where(odds > 0, 1.0, less) / (1 + less)
    torn = weights * less / (1 + less) ** 2
    of_odds = np.stack([log_ratio, power * slope, np.full_like(x, 1 / a), -leaves], axis=1)
    used = weights * at_T
    gradient = gone @ of_odds - [weights @ log_T, power @ used, 0, 0]
    hessian = (of_odds * torn[:, None]).T @ of_odds
    hessian[0, 1] = hessian[1, 0] = hessian[0, 1] - used.sum() + gone @ slope
    hessian[1, 1] += (power * used) @ at_T - (gone * power * slope) @ (at_T + at_t_x)
    hessian[2, 2] -= gone.sum() / a**2
    hessian[3, 3] += gone @ leaves**2
    return float(value), gradient, hessian


def columns(*given: npt.ArrayLike) -> tuple[Floats, ...]:
    """The columns as float arrays of one shape."""
    return tuple(np.broadcast_arrays(*(np.asarray(column, np.float64) for column in given)))


def counts(x: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The distinct whole numbers in x, rising, and the index of each row among them: `np.unique` without a sort."""
    whole = x.astype(np.int64)
    seen = np.bincount(whole) > 0
    return np.flatnonzero(seen).astype(np.float64), (np.cumsum(seen) - 1)[whole]


def default(x: Floats, t_x: Floats, T: Floats, weights: Floats, first_may_be_last: bool) -> Fit:
    """The parameters assumed where too few customers came back for a fit.

    The purchase rate is pooled from first to last purchases (the silence after them may be churn), with one imagined
    gap of a year added; it varies exponentially between customers (r = 1). One in ten drops out after a purchase (a =
    1, b = 9).
    """
    alpha = (365.0 + float(weights @ t_x)) / (1.0 + float(weights @ x))
    parameters = (1.0, alpha, 1.0, 9.0)
    rows = log_likelihood(parameters, x, t_x, T, x + first_may_be_last)
    return Fit(*parameters, float(weights @ rows), round(float(weights.sum())), fallback=True)
