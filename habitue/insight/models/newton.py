"""Maximum likelihood by Newton's method, with the Hessian that standard errors need.

One pass over the rows gives the value, the gradient and the Hessian together, so it costs little more than the value
alone, and the last pass gives the observed information.
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
FLAT = 1e-10  # largest component of the gradient at which the search stops
ROUNDING = 1e-13  # relative decrease of the value that is lost in rounding
LONGEST = 2.0  # step in a logarithm: further away the quadratic approximation is worthless
# Rows: a dozen columns of them stay in a core's cache, and sums so short make BLAS start no threads of its own.
AT_ONCE = 8_192
THREADS = 2
THINNED_TO = 20_000  # rows of the sample on which a first search is made


@dataclass(frozen=True)
class Optimum:
    """The result of a minimisation: parameters, value and Hessian at the minimum."""

    at: Floats
    value: float
    hessian: Floats
    inside: bool  # no parameter at its bound: only then does the Hessian give standard errors


def minimise(objective: Objective, start: Floats, bounds: Sequence[tuple[float, float]]) -> Optimum:
    """The minimum of `objective` within `bounds`, by damped Newton steps from `start`.

    `objective` gives value, gradient and Hessian; `bounds`: (low, high) of each parameter. It need not be convex: a
    negative eigenvalue of the Hessian is replaced by its absolute value, so that every step leads downhill.
    """
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
            # The value changes by less than rounding, but this last step squares the error of the parameters.
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
    """The minimum over all `rows`, started from the minimum over a systematic sample of them.

    `objective_of(slice)` is the objective on those rows. Rows have to be sorted, so that each n-th row is like all.
    """
    every = rows // THINNED_TO
    if every > 1:
        start = minimise(objective_of(slice(None, None, every)), start, bounds).at
    return minimise(objective_of(slice(None)), start, bounds)


def _downhill(gradient: Floats, hessian: Floats) -> Floats:
    """The Newton step with eigenvalues made positive, at most LONGEST in any component."""
    size, axes = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(size), 1e-12)
    step: Floats = -axes @ ((axes.T @ gradient) / size)
    return step * min(1.0, LONGEST / float(np.abs(step).max()))


def _shorten(
    objective: Objective, at: Floats, step: Floats, value: float, low: Floats, high: Floats
) -> tuple[Floats, Derivatives] | None:
    """The first of the step, its half, its quarter ... that lowers the value; None if only rounding is left."""
    for halved in range(30):
        trial = np.clip(at + step * 0.5**halved, low, high)
        derivatives = objective(trial)
        if np.isfinite(derivatives[0]) and derivatives[0] < value:
            return trial, derivatives
    return None


def in_logarithms(parameters: Floats, value: float, gradient: Floats, hessian: Floats) -> Derivatives:
    """Value, gradient and Hessian with respect to the logarithms of the parameters, by the chain rule."""
    slopes = parameters * gradient
    return value, slopes, np.outer(parameters, parameters) * hessian + np.diag(slopes)


def covariance(optimum: Optimum, weight: float) -> tuple[tuple[float, ...], ...]:
    """The covariance matrix of the log parameters, as a tuple of rows: the inverse of the observed information.

    `optimum` is that of a mean over `weight` customers. () if a parameter is at its bound or the Hessian is singular.
    """
    if not optimum.inside:
        return ()
    size, axes = np.linalg.eigh(optimum.hessian * weight)
    if size.min() <= 1e-12 * size.max():
        return ()
    return tuple(tuple(float(value) for value in row) for row in (axes / size) @ axes.T)


def together(one: Callable[[], Some], other: Callable[[], Another]) -> tuple[Some, Another]:
    """Both results, computed in two threads: NumPy releases the interpreter lock."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other)
        return one(), waiting.result()


def in_parts(function: Callable[[slice], Some], size: int, at_once: int = AT_ONCE) -> list[Some]:
    """`function` of each slice of `at_once` rows out of `size`, in order, computed in two threads."""
    parts = [slice(start, min(start + at_once, size)) for start in range(0, size, at_once)]
    if len(parts) < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, parts))
