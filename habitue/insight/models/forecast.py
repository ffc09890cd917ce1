"""Forecasts for a customer: the distribution of the number of purchases in a horizon, and of their value.

Given that the customer is alive, N = min(B, G) where B, the purchases that the rate alone would give, is negative
binomial (a Poisson process whose rate is Gamma(r+x, alpha+T)) and G, the purchase after which the customer drops out,
has P(G > n) = E[(1-p)^n] with p from Beta(a, b+m). The two are independent, so

    P(N > n) = P(alive) * P(B > n) * P(G > n)

and mean, second moment and quantiles follow by summing over n. The well-known closed form of E[N] holds a Gauss
hypergeometric function that loses its digits when x is in the hundreds; this sum has positive terms only and loses
none. `m` as in `dropout`: x for BG/NBD, x + 1 for MBG/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.insight.models import newton
from habitue.insight.models.dropout import Floats, Parameters

EXACT = 1e-14  # relative size of a term of the sum that is left out


@dataclass(frozen=True)
class Outlook:
    """Summary of the distribution of N, the number of purchases in the horizon; arrays with one value a row.

    `mean`; `second`: the second moment; `low`, `high`: the 10 % and 90 % quantiles (the smallest n with P(N <= n) at
    least that), so that they hold 80 % of the outcomes, or more because N is whole; `some`: P(N > 0).
    """

    mean: Floats
    second: Floats
    low: Floats
    high: Floats
    some: Floats


def outlook(parameters: Parameters, x: Floats, T: Floats, m: Floats, alive: Floats, horizon: float) -> Outlook:
    """The distribution of N for each row, by summing P(N > n) over n until the rest is negligible.

    `parameters`: r, alpha, a, b; `alive`: P(alive) of each row; T and `horizon` in the unit of alpha.
    """
    r, alpha, a, b = parameters

    def some(part: slice) -> Floats:
        size, stay = r + x[part], b + m[part]
        return _add_up(size, horizon / (alpha + T[part] + horizon), stay, a + stay, alive[part])

    parts = newton.in_parts(some, x.size)
    return Outlook(*(np.concatenate(parts, axis=1) if parts else np.empty((5, 0))))


def expected(parameters: Parameters, x: Floats, T: Floats, m: Floats, alive: Floats, horizon: float) -> Floats:
    """The expected number of purchases in the `horizon`: the mean of `outlook` alone.

    Given that a customer is alive it depends on x and T only, not on t_x, so it is computed once for many rows.
    """
    _, first, at = np.unique(x + 1j * T, return_index=True, return_inverse=True)
    given = outlook(parameters, x[first], T[first], m[first], np.ones(len(first)), horizon)
    return alive * given.mean[at]


def of_rate(size: Floats, z: Floats) -> Outlook:
    """The distribution of B alone, without dropout: negative binomial with P(B = 0) = (1 - z)^size."""
    stays = np.ones_like(size)
    parts = newton.in_parts(lambda at: _add_up(size[at], z[at], stays[at], stays[at], stays[at]), size.size)
    return Outlook(*(np.concatenate(parts, axis=1) if parts else np.empty((5, 0))))


def _add_up(size: Floats, z: Floats, stay: Floats, fatal: Floats, alive: Floats) -> Floats:
    """The five rows of an `Outlook`: B is negative binomial (`size`, z), P(G > n) = E[(1-p)^n], p ~ Beta.

    E[(1-p)^n] is the product of (stay + k) / (fatal + k) for k < n, with stay = b + m and fatal = a + b + m.
    """
    columns = np.zeros((5, size.size))
    sums, rows = np.zeros((4, size.size)), np.arange(size.size)
    mean, second, low, high = sums
    log_mass = size * np.log1p(-z)
    tail, left = -np.expm1(log_mass), alive
    columns[4] = alive * tail
    n = 0
    while rows.size:
        more = left * tail
        mean += more
        second += (2 * n + 1) * more
        low += more > 0.9
        high += more > 0.1
        left = left * ((stay + n) / (fatal + n))
        log_mass += np.log((size + n) * (z / (n + 1)))
        n += 1
        # The tail is bounded by a geometric series: without the bound the difference would end in rounding noise.
        shrink = np.maximum((size + n) * (z / (n + 1)), z)
        mass = np.exp(log_mass)
        tail = np.maximum(tail - mass, 0.0)
        np.minimum(tail, mass * shrink / np.maximum(1 - shrink, EXACT), out=tail, where=shrink < 1)
        going = (2 * n + 1) * tail * left > EXACT * second
        left *= going
        if 4 * np.count_nonzero(going) < 3 * rows.size:
            columns[:4, rows] = sums
            kept = (rows, tail, left, log_mass, z, size, fatal, stay)
            rows, tail, left, log_mass, z, size, fatal, stay = (column[going] for column in kept)
            sums = np.ascontiguousarray(sums[:, going])
            mean, second, low, high = sums
    return columns


@dataclass(frozen=True)
class Worth:
    """Summary of the value of a horizon: mean, standard deviation, 10 % and 90 % quantile, one value a row.

    In units of v + (sum of repeat amounts), the scale of the customer's Gamma-Gamma posterior.
    """

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


def worth(p: float, q: float, x: Floats, ahead: Outlook, discount: float) -> Worth:
    """Mean, standard deviation and 80 % interval of the sum of N amounts, times `discount`.

    An amount is Gamma(p, nu), and a posteriori nu is Gamma(q' = p x + q, v' = v + sum of the x repeat amounts): v' is a
    mere scale, so all else is known for each distinct x and outlook. Mean and variance are exact. The interval is that
    of a gamma distribution with the same mean and variance where N > 0, and of 0 where N = 0. A variance needs q' > 2:
    below 2.5 it is taken as that of q' = 2.5.
    """
    from scipy.special import gammaincinv

    shape = p * x + q
    unit = p / (shape - 1)
    spread = np.maximum(shape, 2.5)
    spread = (spread - 1) / (spread - 2)
    mean = unit * ahead.mean
    second = unit**2 * (ahead.second + ahead.mean / p) * spread
    some = np.maximum(ahead.some, np.finfo(float).tiny)
    mean_if_some = mean / some
    variance_if_some = np.maximum(second / some - mean_if_some**2, np.finfo(float).tiny)
    gamma = mean_if_some**2 / variance_if_some
    # A mean of 0 gets the interval from 0 to 0.
    scale = variance_if_some / np.where(mean_if_some > 0, mean_if_some, np.inf)
    low, high = (gammaincinv(gamma, np.clip((level - 1 + ahead.some) / some, 0, 1)) * scale for level in (0.1, 0.9))
    sd = np.sqrt(np.maximum(second - mean**2, 0))
    return Worth(mean * discount, sd * discount, low * discount, high * discount)


def discount_factor(rate: float, days: float) -> float:
    """The present value of 1 spread evenly over `days`, at a yearly discount `rate` (0.1 for 10 %)."""
    force = np.log1p(rate) * days / 365
    return float(-np.expm1(-force) / force) if force else 1.0
