"""The Pareto/NBD model: a customer may drop out at any moment, whether buying or not.

D. Schmittlein, D. Morrison, R. Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?",
Management Science 33(1). Purchase rates vary between customers as Gamma(r, alpha), dropout rates as Gamma(s, beta):

    L = Gamma(r+x) / Gamma(r) * alpha^r * beta^s
        * { (alpha+T)^-(r+x) (beta+T)^-s  +  s int from t_x to T of (alpha+y)^-(r+x) (beta+y)^-(s+1) dy }

The first term in braces is that of a customer alive at T, the integral that of one who dropped out at some y since t_x.
The usual form, a difference of two Gauss hypergeometric functions, cancels when x is large. Here the integral is summed
with Gauss-Legendre nodes in u = log((c+y)/(c+t_x)), c being the smaller of alpha and beta: every term is positive, and
gradient and Hessian of log L are means over the same nodes. x, t_x, T, alpha, beta and the horizon are in one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from habitue.insight.models import newton
from habitue.insight.models.dropout import LOG_BOUNDS, Floats, columns, counts
from habitue.insight.models.forecast import Outlook

Parameters = tuple[float, float, float, float]

NODES = 24  # of the Gauss-Legendre quadrature
AT_ONCE = 320  # rows at a time: with all nodes, as many numbers as `newton` takes at once
SPENT = 45.0  # exponent beyond which the integrand is negligible: exp(-45) beside 1
LEAVING = 8  # nodes of the dropout time within the horizon, for the quantiles of an outlook


@dataclass(frozen=True)
class Fit:
    """Parameters in the time unit of the data, their log-likelihood, and the number of customers fitted on.

    `covariance` is that of log r, log alpha, log s, log beta; () where the likelihood has no interior maximum.
    """

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    customers: int
    fallback: bool = False
    covariance: Sequence[Sequence[float]] = ()

    @property
    def parameters(self) -> Parameters:
        return self.r, self.alpha, self.s, self.beta


def fit(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """The maximum likelihood fit. Arrays of one length, one row a customer, or distinct rows with `weights`.

    Raises ValueError if nobody repeats: the rate is not identified then.
    """
    x, t_x, T = columns(x, t_x, T)
    weights = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    if not x.size or x.max() <= 0:
        raise ValueError("rows with x > 0 are needed")
    customers, repeats = float(weights.sum()), float(weights @ x)
    scale = float(weights @ T) / customers
    t_x, T = t_x / scale, T / scale
    start = np.log([1.0, customers / max(repeats, 0.1 * customers), 1.0, 1.0])

    def objective_of(some: slice) -> newton.Objective:
        return objective(x[some], t_x[some], T[some], weights[some])

    optimum = newton.minimise_thinned(objective_of, x.size, start, [LOG_BOUNDS] * 4)
    r, alpha, s, beta = (float(value) for value in np.exp(optimum.at))
    total = -optimum.value * customers - repeats * float(np.log(scale))
    return Fit(
        r, alpha * scale, s, beta * scale, total, round(customers), covariance=newton.covariance(optimum, customers)
    )


def log_likelihood(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
    """log L of each row."""
    from scipy.special import gammaln

    x, t_x, T = columns(x, t_x, T)
    distinct, inverse = counts(x)
    r, alpha, s, beta = fitted.parameters
    by_x = (gammaln(r + distinct) - gammaln(r))[inverse] + r * np.log(alpha) + s * np.log(beta)
    there, gone = _there(fitted.parameters, x, T), _gone(fitted.parameters, x, t_x, T)
    result: Floats = by_x + np.logaddexp(there, gone)
    return result


def p_alive(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
    """P(alive at T) of each row: the share of the first term in the braces."""
    x, t_x, T = columns(x, t_x, T)
    odds = _gone(fitted.parameters, x, t_x, T) - _there(fitted.parameters, x, T)
    less = np.exp(-np.abs(odds))
    result: Floats = np.where(odds > 0, less, 1.0) / (1.0 + less)
    return result


def p_buys(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """P(at least one purchase in the `horizon` after T) of each row."""
    x, t_x, T = columns(x, t_x, T)
    return p_alive(fitted, x, t_x, T) * _some(fitted.parameters, x, T, horizon)


def expected_purchases(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """Expected number of purchases in the `horizon` after T: P(alive) times mean rate times mean time until dropout."""
    x, t_x, T = columns(x, t_x, T)
    stay, _ = _time_left(fitted.s, fitted.beta + T, horizon)
    result: Floats = p_alive(fitted, x, t_x, T) * (fitted.r + x) / (fitted.alpha + T) * stay
    return result


def outlook(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Outlook:
    """The distribution of the number of purchases in the `horizon` after T, summarised (`Outlook`), by row.

    Moments are in closed form, quantiles by quadrature over the dropout time.
    """
    x, t_x, T = columns(x, t_x, T)
    size, scale = fitted.r + x, fitted.alpha + T
    alive = p_alive(fitted, x, t_x, T)
    stay, squared = _time_left(fitted.s, fitted.beta + T, horizon)
    mean = alive * size / scale * stay
    second = mean + alive * size * (size + 1) / scale**2 * squared

    def some(part: slice) -> Floats:
        return _quantiles(size[part], scale[part], fitted.s, fitted.beta + T[part], alive[part], horizon)

    low, high = np.concatenate([np.empty((2, 0)), *newton.in_parts(some, x.size, AT_ONCE)], axis=1)
    return Outlook(mean, second, low, high, alive * _some(fitted.parameters, x, T, horizon))


def default(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike) -> Fit:
    """The parameters assumed where too few came back for a fit: the pooled purchase rate, a dropout rate of a tenth of
    it.
    """
    x, t_x, T, weights = columns(x, t_x, T, weights)
    alpha = (365.0 + float(weights @ t_x)) / (1.0 + float(weights @ x))
    return Fit(1.0, alpha, 1.0, 10.0 * alpha, 0.0, round(float(weights.sum())), fallback=True)


def objective(x: Floats, t_x: Floats, T: Floats, weights: Floats) -> newton.Objective:
    """The mean negative log-likelihood, with derivatives with respect to log r, log alpha, log s, log beta."""
    distinct, inverse = counts(x)
    at_x = np.bincount(inverse, weights, len(distinct)).astype(np.float64)
    total = float(weights.sum())

    def negative(logs: Floats) -> newton.Derivatives:
        parameters = np.exp(logs)

        def sums(part: slice) -> newton.Derivatives:
            return _over_rows(parameters, x[part], t_x[part], T[part], weights[part])

        parts = [_over_counts(parameters, distinct, at_x), *newton.in_parts(sums, x.size, AT_ONCE)]
        value, gradient, hessian = (sum(column[1:], column[0]) / -total for column in zip(*parts, strict=True))
        return newton.in_logarithms(parameters, float(value), gradient, hessian)

    return negative


def _over_counts(parameters: Floats, x: Floats, weights: Floats) -> newton.Derivatives:
    """The part of log L that depends on x alone, summed, with its derivatives."""

    from scipy.special import digamma, gammaln, zeta

    r, alpha, s, beta = parameters
    total = weights.sum()
    value = weights @ (gammaln(r + x) - gammaln(r)) + total * (r * np.log(alpha) + s * np.log(beta))
    of_r = weights @ (digamma(r + x) - digamma(r)) + total * np.log(alpha)
    hessian = np.diag([weights @ (zeta(2, r + x) - zeta(2, r)), -total * r / alpha**2, 0, -total * s / beta**2])
    hessian[0, 1] = hessian[1, 0] = total / alpha
    hessian[2, 3] = hessian[3, 2] = total / beta
    return float(value), np.array([of_r, total * r / alpha, total * np.log(beta), total * s / beta]), hessian


def _over_rows(parameters: Floats, x: Floats, t_x: Floats, T: Floats, weights: Floats) -> newton.Derivatives:
    """The log of the braces, summed over rows, with its derivatives.

    The braces are a sum over y: T for a customer alive, the nodes for one who dropped out. The gradient of the log of a
    sum is the weighted mean of the gradients of its log terms; its Hessian is the mean of theirs plus the covariance of
    the gradients.
    """
    r, alpha, s, beta = parameters
    y, logs = _moments(parameters, x, t_x, T)
    top = logs.max(axis=0)
    share = np.exp(logs - top)
    whole = share.sum(axis=0)
    share *= weights / whole
    left = np.ones((len(y), 1))
    left[0] = 0
    power, at_alpha, at_beta = r + x, 1 / (alpha + y), 1 / (beta + y)
    slopes = np.stack([np.log(at_alpha), -power * at_alpha, np.log(at_beta) + left / s, -(s + left) * at_beta])
    means = (slopes * share).sum(axis=1)
    flat = slopes.reshape(4, -1)
    hessian = (flat * share.ravel()) @ flat.T - (means / weights) @ means.T
    hessian[0, 1] -= (of_alpha := (share * at_alpha).sum())
    hessian[1, 0] -= of_alpha
    hessian[2, 3] -= (of_beta := (share * at_beta).sum())
    hessian[3, 2] -= of_beta
    hessian[1, 1] += (share * power * at_alpha**2).sum()
    hessian[2, 2] -= (share * left).sum() / s**2
    hessian[3, 3] += (share * (s + left) * at_beta**2).sum()
    return float(weights @ (top + np.log(whole))), means.sum(axis=1), hessian


def _moments(parameters: Floats | Parameters, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats]:
    """y and the log of each term of the braces: T first, then the nodes since t_x. Shapes (1 + NODES, rows)."""
    nodes, spacing = _nodes(parameters, x, t_x, T)
    r, alpha, s, beta = parameters
    with np.errstate(divide="ignore"):
        logs = np.log(s * spacing)  # -inf for a purchase on the day of observation: no time to drop out
    logs -= (r + x) * np.log(alpha + nodes) + (s + 1) * np.log(beta + nodes)
    return np.vstack([T, nodes]), np.vstack([_there(parameters, x, T), logs])


def _nodes(parameters: Floats | Parameters, x: Floats, start: Floats, stop: Floats) -> tuple[Floats, Floats]:
    """Quadrature nodes y between `start` and `stop` and the dy of each, where the integrand is not negligible."""
    r, alpha, s, beta = parameters
    low = min(alpha, beta) + start
    # The integrand falls at least as fast as exp(-steep u) from u = 0 on: its logarithm is concave.
    steep = (r + x) * low / (alpha + start) + (s + 1) * low / (beta + start) - 1
    span = np.log1p((stop - start) / low)
    span = np.where(steep > 0, np.minimum(span, SPENT / np.maximum(steep, SPENT / 1e3)), span)
    at, weight = _legendre()
    reach = np.expm1(at * span)
    return start + low * reach, weight * span * low * (reach + 1)


def _legendre() -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on the interval from 0 to 1, as columns."""
    at, weight = np.polynomial.legendre.leggauss(NODES)
    return (at[:, None] + 1) / 2, weight[:, None] / 2


def _there(parameters: Floats | Parameters, x: Floats, T: Floats) -> Floats:
    """The log of the first term in the braces: alive at T."""
    r, alpha, s, beta = parameters
    result: Floats = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    return result


def _gone(parameters: Parameters, x: Floats, start: Floats, stop: Floats) -> Floats:
    """The log of the second term in the braces, between `start` and `stop`; -inf where they are equal."""

    def some(part: slice) -> Floats:
        nodes, spacing = _nodes(parameters, x[part], start[part], stop[part])
        r, alpha, s, beta = parameters
        logs = -(r + x[part]) * np.log(alpha + nodes) - (s + 1) * np.log(beta + nodes)
        top = logs.max(axis=0)
        with np.errstate(divide="ignore"):
            result: Floats = top + np.log(s * (spacing * np.exp(logs - top)).sum(axis=0))
        return result

    return np.concatenate([np.empty(0), *newton.in_parts(some, x.size, AT_ONCE)])


def _some(parameters: Parameters, x: Floats, T: Floats, horizon: float) -> Floats:
    """P(a purchase in the horizon | alive at T): 1 - P(no purchase, whether still alive or dropped out)."""
    there = _there(parameters, x, T)
    silent = np.logaddexp(_there(parameters, x, T + horizon), _gone(parameters, x, T, T + horizon))
    result: Floats = -np.expm1(np.minimum(silent - there, 0.0))
    return result


def _time_left(s: float, scale: Floats, horizon: float) -> tuple[Floats, Floats]:
    """Mean and mean square of the time until dropout, capped at the horizon; it is Lomax(s, `scale`)."""
    from scipy.special import exprel

    span = np.log1p(horizon / scale)
    once, twice = span * exprel((1 - s) * span), span * exprel((2 - s) * span)
    return scale * once, 2 * scale**2 * (twice - once)


def _quantiles(size: Floats, scale: Floats, s: float, leaves: Floats, alive: Floats, horizon: float) -> Floats:
    """The 10 % and 90 % quantiles of N, by summing P(N > n) over quadrature nodes of the dropout time."""
    at, weight = np.polynomial.legendre.leggauss(LEAVING)
    stays = (1 + horizon / leaves) ** -s
    share = stays + (1 - stays) * (at[:, None] + 1) / 2
    time = np.vstack([np.full_like(size, horizon), leaves * np.expm1(-np.log(share) / s)])
    weight = np.vstack([stays, (1 - stays) * weight[:, None] / 2]) * alive
    z = time / (scale + time)
    log_mass = size * np.log1p(-z)
    tail, quantiles, n = -np.expm1(log_mass), np.zeros((2, size.size)), 0
    while ((beyond := (weight * tail).sum(axis=0)) > 0.1).any():
        quantiles += beyond > np.array([[0.9], [0.1]])
        with np.errstate(divide="ignore"):
            log_mass = log_mass + np.log((size + n) / (n + 1) * z)
        n += 1
        tail = np.maximum(tail - np.exp(log_mass), 0.0)
    return quantiles
