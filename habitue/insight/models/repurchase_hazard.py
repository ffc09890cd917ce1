"""Who buys again, and when: the gaps between purchases as they were in this base.

Of a buyer whose rate is known from x repeat purchases in t_x days, the MBG/NBD model expects the next purchase e days
after the last one at the rate

    h(e) = (r + x) / (alpha + t_x + e) * 1 / (1 + a / (b + x) * ((alpha + t_x + e) / (alpha + t_x))^(r + x))

(the hazard of the Lomax law of `lomax` times the chance of still being a customer). Real buyers differ from that:
they shop by the week, and some pause rather than leave. So the rate is multiplied by a factor fitted on every gap of
the past, those still open included:

    exp(c0 + c1 u + c2 u^2 + c3 p + c4 u p + c5 p^2 + c6 d + c7 p d + c8 l + c9 m + c10 m l)
    u = log(1 + e)    p (pace) = log of (r + x) / (alpha + t_x + e), in 30 days
    d (drift), l (lately) = log of the same pace of the last 8, of the last 3 purchases alone, less p
    m (missed) = log(1 + the purchases that such a buyer makes in such a silence), (r + x) log(1 + e / (alpha + t_x))

The coefficients are those of a Poisson regression (Holford 1980, "The analysis of rates and of survivorship using
log-linear models", Biometrics 36) on pieces of gaps, with the integral of h as exposure, shrunk towards 0. It is done
with a = 0 (nobody leaves for good, the factor tells of long silences) and with the a and b of the model, which are kept
if they raise the log-likelihood by more than two parameters have to, log(gaps) (Schwarz 1978, "Estimating the dimension
of a model", Annals of Statistics 6): a short past has no long silences, and would call a pause the end. A gap of d days
ends in (d - 1, d].
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

SHRINK = 1.0  # the precision of the normal law, with mean 0, that the coefficients are taken from
AT_MOST = 1_000_000  # gaps that are looked at: with more, those of a share of the customers
MOST_CELLS = 10_000_000
FINENESS = 8  # gaps count as alike where pace, drift, lately and missed are, in eighths
EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 30, 36, 43, 52, 62, 75, 91, 110, 135, 165, 200, 245, 300,
         365, 450, 550, 700, 1000, 1500, 2500, 40_000)  # fmt: skip
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)

Numbers = npt.NDArray[Any]
Columns = Mapping[str, Numbers]
KNOWN = ("x", "t_x", "recent_span", "latest_span")  # what is known of a customer at a purchase
FORM = 2  # one more whenever the factor or the choice of a becomes another: the past is then told anew
FACTS, TERMS = 5, 11  # u, pace, drift, lately, missed; and what the factor is made of


@dataclass(frozen=True)
class RepurchaseHazard:
    """The parameters of the rate h (days) and the coefficients of the factor on it, fitted on `gaps` gaps.

    `least` and `most` bound u, pace, drift, lately and missed to where there were gaps: beyond, the factor stays as it
    was.
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
    """From `rhythm.columns_of_steps`: each purchase opens a gap, which the next one or the end of `as_of` closes.

    Where `fitted` (of MBG/NBD) is an assumption for want of customers, so is this: the model without a factor.
    """
    assumed = RepurchaseHazard(*fitted.parameters)
    if fitted.fallback:
        return assumed
    steps = _some(steps)
    (staying, nobody_leaves), (leaving, some_leave) = (
        _fit(steps, as_of, plain) for plain in (replace(assumed, a=0.0), assumed)
    )
    return some_leave if leaving - staying > np.log(some_leave.gaps) else nobody_leaves


def _fit(steps: Columns, as_of: int, plain: RepurchaseHazard) -> tuple[float, RepurchaseHazard]:
    ended = steps["next_day"] >= 0
    gaps = np.where(ended, steps["next_day"], as_of) - steps["day"]
    exposure, events, *shape = np.concatenate(list(_cells(steps, gaps, ended, plain)), axis=1)
    likely, coefficients = _regression(exposure, events, _basis(*shape))
    least, most = (tuple(float(edge(column)) for column in shape) for edge in (np.min, np.max))
    return likely, replace(plain, coefficients=coefficients, least=least, most=most, gaps=len(gaps))


def chance(fitted: RepurchaseHazard, rows: Columns, elapsed: Numbers, days: float) -> Floats:
    """The chance of a purchase in the `days` after `elapsed` days of silence. `rows`: the columns KNOWN, at the last
    purchase; one value a row.
    """
    at, inverse = distinct([*(rows[name] for name in KNOWN), elapsed])
    return _chances(fitted, {name: rows[name][at] for name in KNOWN}, elapsed[at], days)[inverse]


def silence_until(fitted: RepurchaseHazard, rows: Columns, level: Floats, days: float) -> Floats:
    """The whole days of silence by which the chance of a purchase in the next `days` has fallen to `level`; FAR if it
    does not. By bisection: the chance is taken to fall. It does, but for a few who bought often: theirs may rise again
    by little.
    """
    low, high = np.zeros(len(level), np.int64), np.full(len(level), int(FAR), np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        below = _chances(fitted, rows, middle, days) <= level
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return high.astype(np.float64)


def distinct(columns: Sequence[Numbers]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where each distinct row of some columns of counts first stands, and which of them each row is: many
    customers of a large base did just what others did.
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
    """Which rows belong to a `share` of the customers: those for whom a number that their id is mixed into is small."""
    mixed = customers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)
    return mixed < np.uint64(min(share, 1.0) * 2**32)


def _chances(fitted: RepurchaseHazard, rows: Columns, elapsed: Numbers, days: float) -> Floats:
    def some(part: slice) -> Floats:
        return _chance(fitted, [rows[name][part] for name in KNOWN], elapsed[part], days)

    parts = newton.in_parts(some, len(elapsed))
    return np.concatenate(parts) if parts else np.empty(0)


def _chance(fitted: RepurchaseHazard, known: Sequence[Numbers], elapsed: Numbers, days: float) -> Floats:
    """1 - exp(-integral of the hazard), by Gauss and Legendre over u: there the hazard is smooth."""
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
    """h of the module, in a form that does not overflow."""
    from scipy.special import expit

    scale, shape = fitted.alpha + t_x, fitted.r + x
    rate: Floats = shape / (scale + silent)
    if fitted.a:
        rate *= expit(np.log((fitted.b + x) / fitted.a) - shape * np.log1p(silent / scale))
    return rate


def _log_open(fitted: RepurchaseHazard, x: Numbers, t_x: Numbers, silent: Numbers | float) -> Floats:
    """The logarithm of the chance that a gap is still open: minus the integral of h."""
    log_lomax: Floats = -(fitted.r + x) * np.log1p(silent / (fitted.alpha + t_x))
    if not fitted.a:
        return log_lomax
    leaves = fitted.a / (fitted.a + fitted.b + x)
    return np.logaddexp(np.log(leaves), np.log1p(-leaves) + log_lomax)


def _shape(fitted: RepurchaseHazard, known: Sequence[Numbers], silent: Numbers | float) -> list[Floats]:
    """Pace, drift, lately and missed."""
    x, t_x, *spans = known
    shape, scale = fitted.r + x, fitted.alpha + t_x
    rate = shape / (scale + silent)
    drift, lately = (
        np.log((fitted.r + np.minimum(x, size)) / (fitted.alpha + span + silent) / rate)
        for size, span in zip((RECENT, LATEST), spans, strict=True)
    )
    return [np.log(30 * rate), drift, lately, np.log1p(shape * np.log1p(silent / scale))]


def _basis(u: Floats, pace: Floats, drift: Floats, lately: Floats, missed: Floats) -> Floats:
    terms = [
        *(np.ones_like(u), u, u * u, pace, u * pace, pace * pace),
        *(drift, pace * drift, lately, missed, missed * lately),
    ]
    return np.stack(terms, axis=-1)


def _some(steps: Columns) -> Columns:
    """The steps of as many customers as AT_MOST allows."""
    share = AT_MOST / max(len(steps["day"]), 1)
    if share >= 1:
        return steps
    chosen = thinned(steps["customer_id"], share)
    return {name: column[chosen] for name, column in steps.items()}


def _cells(steps: Columns, gaps: Numbers, ended: npt.NDArray[np.bool_], plain: RepurchaseHazard) -> Iterator[Floats]:
    """For each piece of the silence: exposure, purchases, u, pace, drift, lately and missed of the gaps there, alike
    ones in one.
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
    """The number, from 0 and in their order, of each row among the distinct rows of columns of small whole numbers:
    by counting, as sorting a million rows for each piece takes most of the time of a fit.
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
    """The highest penalised Poisson likelihood, and where: Newton's method, halving a step that does not raise it."""
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
    # With exposures of another model the constant part of the likelihood differs too.
    constant = float(events @ np.log(np.maximum(exposure, 1e-300)))
    return value + constant, tuple(float(coefficient) for coefficient in coefficients)


def _penalised(coefficients: Floats, exposure: Floats, events: Floats, basis: Floats) -> float:
    logs = np.minimum(basis @ coefficients, 50.0)
    return float(events @ logs - exposure @ np.exp(logs) - SHRINK * (coefficients @ coefficients) / 2)
