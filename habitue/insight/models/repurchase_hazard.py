"""The hazard of the next purchase, fitted on all past gaps between purchases, censored ones included.

For a customer with x repeat purchases in t_x days, the MBG/NBD model expects the next purchase e days after the last
one at the rate

    h(e) = (r + x) / (alpha + t_x + e) * 1 / (1 + a / (b + x) * ((alpha + t_x + e) / (alpha + t_x))^(r + x))

(the hazard of the Lomax distribution of `lomax` times P(alive)). Real customers differ from that: they shop by the
week, and some pause rather than drop out. So the rate is multiplied by a factor with time-varying covariates:

    exp(c0 + c1 u + c2 u^2 + c3 p + c4 u p + c5 p^2 + c6 d + c7 p d + c8 l + c9 m + c10 m l)
    u = log(1 + e)    p (pace) = log of (r + x) / (alpha + t_x + e), in 30 days
    d (drift), l (lately) = log of the same rate over the last 8, over the last 3 purchases alone, less p
    m (missed) = log(1 + expected purchases of such a customer in such a silence), (r + x) log(1 + e / (alpha + t_x))

The coefficients are those of a Poisson regression (Holford 1980, "The analysis of rates and of survivorship using
log-linear models", Biometrics 36) on pieces of gaps, with the integral of h as exposure, shrunk towards 0. It is fitted
with a = 0 (no dropout, the factor models long silences) and with the a and b of MBG/NBD, which are kept if they raise
the log-likelihood by more than two parameters have to, log(gaps) (Schwarz 1978, "Estimating the dimension of a model",
Annals of Statistics 6): a short past has no long silences, and would take a pause for the end. A gap of d days ends in
(d - 1, d].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.rhythm import LATEST, RECENT
from habitue.insight.models import newton
from habitue.insight.models.dropout import Fit, Floats
from habitue.insight.models.lomax import FAR

SHRINK = 1.0  # precision of the normal prior, with mean 0, of the coefficients
AT_MOST = 1_000_000  # gaps fitted on: with more, those of a sample of the customers
MOST_CELLS = 10_000_000  # cells that are numbered by counting; beyond, by sorting
FINENESS = 8  # pieces of gaps are pooled where pace, drift, lately and missed agree in eighths
EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 30, 36, 43, 52, 62, 75, 91, 110, 135, 165, 200, 245, 300,
         365, 450, 550, 700, 1000, 1500, 2500, 40_000)  # fmt: skip
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)

Numbers = npt.NDArray[Any]
Columns = Mapping[str, Numbers]
KNOWN = ("x", "t_x", "recent_span", "latest_span")  # the state of a customer at a purchase, see `rhythm.steps`
FORM = 2  # version of the factor and of the choice of a: with another one past stages are computed again
FACTS, TERMS = 5, 11  # covariates: u, pace, drift, lately, missed; and terms of the factor


@dataclass(frozen=True)
class RepurchaseHazard:
    """The fitted hazard: parameters of the rate h (in days), coefficients of its factor, number of `gaps` fitted on.

    `least` and `most`: the range of u, pace, drift, lately and missed in the data; beyond it the factor is constant.
    """

    r: float
    alpha: float
    a: float
    b: float
    coefficients: tuple[float, ...] = (0.0,) * TERMS
    least: tuple[float, ...] = (0.0,) * FACTS
    most: tuple[float, ...] = (0.0,) * FACTS
    gaps: int = 0
    form: int = FORM


def fit(steps: Columns, as_of: int, fitted: Fit) -> RepurchaseHazard:
    """The hazard fitted on purchase histories, as known at the end of `as_of`.

    `steps`: the columns of `rhythm.columns_of_steps`. Each purchase opens a gap, which ends with the next purchase or
    is censored at `as_of`. `fitted`: the MBG/NBD fit of the same day; where it is a fallback, no factor is fitted.
    """
    assumed = RepurchaseHazard(*fitted.parameters)
    if fitted.fallback:
        return assumed
    steps = _some(steps)
    (likelihood_without, without_dropout), (likelihood_with, with_dropout) = (
        _fit(steps, as_of, plain) for plain in (replace(assumed, a=0.0), assumed)
    )
    return with_dropout if likelihood_with - likelihood_without > np.log(with_dropout.gaps) else without_dropout


def _fit(steps: Columns, as_of: int, plain: RepurchaseHazard) -> tuple[float, RepurchaseHazard]:
    """The penalised log-likelihood and the hazard, given r, alpha, a and b."""
    ended = steps["next_day"] >= 0
    gaps = np.where(ended, steps["next_day"], as_of) - steps["day"]
    exposure, events, *shape = np.concatenate(list(_cells(steps, gaps, ended, plain)), axis=1)
    likely, coefficients = _regression(exposure, events, _basis(*shape))
    least, most = (tuple(float(edge(column)) for column in shape) for edge in (np.min, np.max))
    return likely, replace(plain, coefficients=coefficients, least=least, most=most, gaps=len(gaps))


def chance(fitted: RepurchaseHazard, rows: Columns, elapsed: Numbers, days: float) -> Floats:
    """P(a purchase in the next `days`), after `elapsed` days of silence, one value a row.

    `rows`: the columns KNOWN at the last purchase of each customer; `elapsed`: an array of as many whole days.
    """
    at, inverse = distinct([*(rows[name] for name in KNOWN), elapsed])
    return _chances(fitted, {name: rows[name][at] for name in KNOWN}, elapsed[at], days)[inverse]


def silence_until(fitted: RepurchaseHazard, rows: Columns, level: Floats, days: float) -> Floats:
    """The whole days of silence after which P(a purchase in the next `days`) has fallen to `level`; FAR if never.

    By bisection, which takes the probability to fall with the silence. It does, but for a few very frequent buyers,
    for whom it may rise again a little.
    """
    low, high = np.zeros(len(level), np.int64), np.full(len(level), int(FAR), np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        below = _chances(fitted, rows, middle, days) <= level
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return high.astype(np.float64)


def distinct(columns: Sequence[Numbers]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The first row of each distinct combination of integer columns, and the index of each row among them.

    Many customers of a large base have the same values, so that they are computed once.
    """
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        size = int(column.max(initial=0)) + 1
        if int(key.max(initial=0)) + 1 > np.iinfo(np.int64).max // size:
            key = np.unique(key, return_inverse=True)[1]
        key = key * size + column
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first, inverse


def thinned(customers: Numbers, share: float) -> npt.NDArray[np.bool_]:
    """Which rows belong to a sample of a `share` of the customers, chosen by a hash of their id."""
    mixed = customers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)
    return mixed < np.uint64(min(share, 1.0) * 2**32)


def _chances(fitted: RepurchaseHazard, rows: Columns, elapsed: Numbers, days: float) -> Floats:
    """`chance` of rows that are distinct, in parts."""

    def some(part: slice) -> Floats:
        return _chance(fitted, [rows[name][part] for name in KNOWN], elapsed[part], days)

    parts = newton.in_parts(some, len(elapsed))
    return np.concatenate(parts) if parts else np.empty(0)


def _chance(fitted: RepurchaseHazard, known: Sequence[Numbers], elapsed: Numbers, days: float) -> Floats:
    """1 - exp(-integral of the hazard), by Gauss-Legendre quadrature over u: there the hazard is smooth."""
    start, end = np.log1p(elapsed), np.log1p(elapsed + days)
    total = np.zeros(len(elapsed))
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        u = (start + end) / 2 + (end - start) / 2 * node
        silent = np.expm1(u)
        shape = [u, *_shape(fitted, known, silent)]
        bounded = [np.clip(*edges) for edges in zip(shape, fitted.least, fitted.most, strict=True)]
        factor = np.exp(_basis(*bounded) @ np.array(fitted.coefficients))
        total += weight * _rate(fitted, known[0], known[1], silent) * factor * (1 + silent)
    result: Floats = -np.expm1(-total * (end - start) / 2)
    return result


def _rate(fitted: RepurchaseHazard, x: Numbers, t_x: Numbers, silent: Floats) -> Floats:
    """The rate h of the module, in a form that does not overflow."""
    from scipy.special import expit

    scale, shape = fitted.alpha + t_x, fitted.r + x
    rate: Floats = shape / (scale + silent)
    if fitted.a:
        rate *= expit(np.log((fitted.b + x) / fitted.a) - shape * np.log1p(silent / scale))
    return rate


def _log_open(fitted: RepurchaseHazard, x: Numbers, t_x: Numbers, silent: Numbers | float) -> Floats:
    """The log survival function of a gap under h: minus the integral of h."""
    log_lomax: Floats = -(fitted.r + x) * np.log1p(silent / (fitted.alpha + t_x))
    if not fitted.a:
        return log_lomax
    leaves = fitted.a / (fitted.a + fitted.b + x)
    return np.logaddexp(np.log(leaves), np.log1p(-leaves) + log_lomax)


def _shape(fitted: RepurchaseHazard, known: Sequence[Numbers], silent: Numbers | float) -> list[Floats]:
    """The time-varying covariates pace, drift, lately and missed after `silent` days."""
    x, t_x, *spans = known
    shape, scale = fitted.r + x, fitted.alpha + t_x
    rate = shape / (scale + silent)
    drift, lately = (
        np.log((fitted.r + np.minimum(x, size)) / (fitted.alpha + span + silent) / rate)
        for size, span in zip((RECENT, LATEST), spans, strict=True)
    )
    return [np.log(30 * rate), drift, lately, np.log1p(shape * np.log1p(silent / scale))]


def _basis(u: Floats, pace: Floats, drift: Floats, lately: Floats, missed: Floats) -> Floats:
    """The terms of the factor as a matrix: rows x TERMS."""
    terms = [
        *(np.ones_like(u), u, u * u, pace, u * pace, pace * pace),
        *(drift, pace * drift, lately, missed, missed * lately),
    ]
    return np.stack(terms, axis=-1)


def _some(steps: Columns) -> Columns:
    """The steps of a sample of customers, with about AT_MOST gaps."""
    share = AT_MOST / max(len(steps["day"]), 1)
    if share >= 1:
        return steps
    chosen = thinned(steps["customer_id"], share)
    return {name: column[chosen] for name, column in steps.items()}


def _cells(steps: Columns, gaps: Numbers, ended: npt.NDArray[np.bool_], plain: RepurchaseHazard) -> Iterator[Floats]:
    """For each piece of the time since a purchase, the cells of similar gaps at risk in it.

    Rows of the array: exposure, purchases, u, pace, drift, lately, missed; columns: cells.
    """
    columns = [steps[name] for name in KNOWN]
    for low, high in pairwise(EDGES):
        there = gaps > low
        if low and not there.any():
            return
        x, t_x, *_ = columns = [column[there] for column in columns]
        gaps, ended = gaps[there], ended[there]
        exposure = _log_open(plain, x, t_x, low) - _log_open(plain, x, t_x, np.minimum(gaps, high))
        middle = (low + min(high, 2 * low + 1)) / 2
        shape = _shape(plain, columns, middle)
        at = _alike([np.floor(FINENESS * column) for column in shape])
        size = np.bincount(at)
        yield np.stack(
            [
                np.bincount(at, exposure),
                np.bincount(at, ended & (gaps <= high)),
                np.full(len(size), np.log1p(middle)),
                *(np.bincount(at, column) / size for column in shape),
            ]
        )


def _alike(columns: Sequence[Floats]) -> npt.NDArray[np.int64]:
    """The number of each row among the distinct rows of columns of small whole numbers, in their order from 0.

    By counting: sorting a million rows for each piece would take most of the time of a fit.
    """
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        place = column.astype(np.int64)
        place -= place.min(initial=0)
        key = key * (int(place.max(initial=0)) + 1) + place
    if key.max(initial=0) > MOST_CELLS:
        return np.unique(key, return_inverse=True)[1]
    numbers: npt.NDArray[np.int64] = np.cumsum(np.bincount(key) > 0) - 1
    return numbers[key]


def _regression(exposure: Floats, events: Floats, basis: Floats) -> tuple[float, tuple[float, ...]]:
    """The maximum of the penalised Poisson likelihood, and the coefficients there.

    Newton's method; a step that does not raise the likelihood is halved.
    """
    coefficients = np.zeros(basis.shape[1])
    value = _penalised(coefficients, exposure, events, basis)
    for _ in range(100):
        expected = exposure * np.exp(basis @ coefficients)
        slope = basis.T @ (events - expected) - SHRINK * coefficients
        curve = (basis * expected[:, None]).T @ basis + SHRINK * np.eye(len(coefficients))
        step = np.linalg.solve(curve, slope)
        while (reached := _penalised(coefficients + step, exposure, events, basis)) < value and np.abs(
            step
        ).max() > 1e-12:
            step = step / 2
        coefficients, value = coefficients + step, reached
        if np.abs(step).max() < 1e-10:
            break
    # The constant of the likelihood depends on the exposures, which differ between the two models.
    constant = float(events @ np.log(np.maximum(exposure, 1e-300)))
    return value + constant, tuple(float(coefficient) for coefficient in coefficients)


def _penalised(coefficients: Floats, exposure: Floats, events: Floats, basis: Floats) -> float:
    """The penalised Poisson log-likelihood, without its constant."""
    logs = np.minimum(basis @ coefficients, 50.0)
    return float(events @ logs - exposure @ np.exp(logs) - SHRINK * (coefficients @ coefficients) / 2)
