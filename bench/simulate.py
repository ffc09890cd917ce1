"""Simulated customers with known parameters: their purchases until T under each model, as x and t_x."""

from __future__ import annotations

import numpy as np

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


def dropout(
    random: np.random.Generator, parameters: tuple[float, ...], T: np.ndarray, first_may_be_last: bool
) -> Columns:
    """(x, t_x, T) of customers under BG/NBD, or under MBG/NBD where the first purchase may be the last."""
    r, alpha, a, b = parameters
    size = len(T)
    rate, leaves = random.gamma(r, 1 / alpha, size), random.beta(a, b, size)
    x, t_x, time = np.zeros((3, size))
    still = np.flatnonzero(random.random(size) > leaves) if first_may_be_last else np.arange(size)
    while len(still):
        time[still] += random.exponential(1 / np.maximum(rate[still], 1e-300))
        still = still[time[still] <= T[still]]
        x[still] += 1
        t_x[still] = time[still]
        still = still[random.random(len(still)) > leaves[still]]
    return x, t_x, T


def pareto(random: np.random.Generator, parameters: tuple[float, ...], T: np.ndarray) -> Columns:
    """(x, t_x, T) of customers under Pareto/NBD; given their number, purchase times are uniform until the customer
    leaves.
    """
    r, alpha, s, beta = parameters
    size = len(T)
    rate, leaves = random.gamma(r, 1 / alpha, size), random.gamma(s, 1 / beta, size)
    until = np.minimum(T, random.exponential(1 / np.maximum(leaves, 1e-300)))
    return _spread(random, rate, until, T)


def without_leaving(random: np.random.Generator, parameters: tuple[float, ...], T: np.ndarray) -> Columns:
    r, alpha = parameters
    return _spread(random, random.gamma(r, 1 / alpha, len(T)), T, T)


def _spread(random: np.random.Generator, rate: np.ndarray, until: np.ndarray, T: np.ndarray) -> Columns:
    x = random.poisson(rate * until).astype(float)
    last = until * random.random(len(T)) ** (1 / np.maximum(x, 1))  # the largest of x even draws
    return x, np.where(x > 0, last, 0.0), T


def mean_amounts(
    random: np.random.Generator, parameters: tuple[float, ...], x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(mean amounts, x) under the Gamma-Gamma model, for the customers with x > 0."""
    p, q, v = parameters
    x = x[x > 0]
    return x, random.gamma(p * x, 1 / random.gamma(q, 1 / v, len(x))) / x
