"""Maximum likelihood by Newton's method: few passes over the rows, and the curvature that standard errors need.

A pass gives the value, the slope and the curvature together, so a pass costs little more than the value alone, and
the last one says how sure the parameters are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Derivatives = tuple[float, Floats, Floats]  # value, gradient, Hessian
Objective = Callable[[Floats], Derivatives]
Some = TypeVar("Some")
Another = TypeVar("Another")

MOST = 200  # steps
FLAT = 1e-10  # of the slope
ROUNDING = 1e-13  # of the value
LONGEST = 2.0  # step in a logarithm: beyond it the parabola says nothing any more
# Rows: a dozen columns of them stay in a core's cache, and sums so short make BLAS start no threads of its own.
AT_ONCE = 8_192
THREADS = 2
THINNED_TO = 20_000  # rows


@dataclass(frozen=True)
class Optimum:
    at: Floats
    value: float
    hessian: Floats
    inside: bool  # away from the bounds, where the curvature can be read as an error


def minimise(objective: Objective, start: Floats, bounds: Sequence[tuple[float, float]]) -> Optimum:
    """The minimum within `bounds`. Convex or not: where the curvature is negative its size is taken."""
    low, high = np.array(bounds).T
    at = np.clip(start, low, high)
    value, gradient, hessian = objective(at)
    for _ in range(MOST):
        free = ~(((at <= low) & (gradient > 0)) | ((at >= high) & (gradient < 0)))
        if not free.any() or np.abs(gradient[free]).max() < FLAT:
            break
        step = np.zeros_like(at)
        step[free] = _downhill(gradient[free], hessian[np.ix_(free, free)])
        if -float(gradient @ step) < ROUNDING * (1 + abs(value)):
            # Too little is left to be seen in the value, but this step squares what is left in the parameters.
            at = np.clip(at + step, low, high)
            value, gradient, hessian = objective(at)
            break
        better = _shorten(objective, at, step, value, low, high)
        if better is None:
            break
        at, (value, gradient, hessian) = better
    return Optimum(at, value, hessian, bool(np.all((at > low) & (at < high))))


def minimise_thinned(
    objective_of: Callable[[slice], Objective], rows: int, start: Floats, bounds: Sequence[tuple[float, float]]
) -> Optimum:
    """The minimum over all rows, sought first on every so-manieth: rows in order, thinned so, look like the whole."""
    every = rows // THINNED_TO
    if every > 1:
        start = minimise(objective_of(slice(None, None, every)), start, bounds).at
    return minimise(objective_of(slice(None)), start, bounds)


def _downhill(gradient: Floats, hessian: Floats) -> Floats:
    size, axes = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(size), 1e-12)
    step: Floats = -axes @ ((axes.T @ gradient) / size)
    return step * min(1.0, LONGEST / float(np.abs(step).max()))


def _shorten(
    objective: Objective, at: Floats, step: Floats, value: float, low: Floats, high: Floats
) -> tuple[Floats, Derivatives] | None:
    """The first of the step, its half, its quarter ... that leads down; None where only rounding is left."""
    for halved in range(30):
        trial = np.clip(at + step * 0.5**halved, low, high)
        derivatives = objective(trial)
        if np.isfinite(derivatives[0]) and derivatives[0] < value:
            return trial, derivatives
    return None


def in_logarithms(parameters: Floats, value: float, gradient: Floats, hessian: Floats) -> Derivatives:
    """The derivatives after the logarithms of the parameters, from those after the parameters themselves."""
    slopes = parameters * gradient
    return value, slopes, np.outer(parameters, parameters) * hessian + np.diag(slopes)


def covariance(optimum: Optimum, weight: float) -> tuple[tuple[float, ...], ...]:
    """Of the logarithms of the parameters, the value being a mean over `weight` customers; () if none can be told."""
    if not optimum.inside:
        return ()
    size, axes = np.linalg.eigh(optimum.hessian * weight)
    if size.min() <= 1e-12 * size.max():
        return ()
    return tuple(tuple(float(value) for value in row) for row in (axes / size) @ axes.T)


def together(one: Callable[[], Some], other: Callable[[], Another]) -> tuple[Some, Another]:
    """Both at once, in two threads: NumPy lets go of the interpreter."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other)
        return one(), waiting.result()


def in_parts(function: Callable[[slice], Some], size: int, at_once: int = AT_ONCE) -> list[Some]:
    """`function` of each stretch of rows, in order, in two threads."""
    parts = [slice(start, min(start + at_once, size)) for start in range(0, size, at_once)]
    if len(parts) < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, parts))
