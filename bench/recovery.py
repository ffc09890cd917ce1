"""Parameter recovery: whether fits find the parameters that samples were drawn with, and whether intervals hold.

For each model 100 samples are drawn; counted is in how many the 95 % interval of a parameter contains the true value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench import simulate
from habitue.insight.models import bgnbd, gammagamma, mbgnbd, ownrate, paretonbd
from habitue.insight.models.survival import Cells, fit_beta_geometric
from habitue.insight.models.uncertainty import parameter_intervals

SEEDS = 100
CUSTOMERS = 5_000
Truth = dict[str, float]


def report() -> None:
    print(f"Of {SEEDS} samples of {CUSTOMERS:,}, those where the 95 % interval holds the true parameter")
    for name, (truth, fit) in WORLDS.items():
        held = dict.fromkeys(truth, 0)
        for seed in range(SEEDS):
            intervals = parameter_intervals(fit(np.random.default_rng(seed), tuple(truth.values())))
            for parameter, value in truth.items():
                low, high = intervals.get(parameter, (np.nan, np.nan))
                held[parameter] += low < value < high
        print(f"  {name:<24} {'  '.join(f'{parameter} {count}' for parameter, count in held.items())}")


def times(random: np.random.Generator) -> np.ndarray:
    return random.uniform(26, 78, CUSTOMERS)


def bg(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    return bgnbd.fit(*simulate.dropout(random, truth, times(random), first_may_be_last=False))


def mbg(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    return mbgnbd.fit(*simulate.dropout(random, truth, times(random), first_may_be_last=True))


def pareto(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    return paretonbd.fit(*simulate.pareto(random, truth, times(random)))


def own_rate(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    return ownrate.fit(*simulate.without_leaving(random, truth, times(random)))


def amounts(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    return gammagamma.fit(*simulate.mean_amounts(random, truth, 1.0 + random.poisson(1.5, CUSTOMERS)))


def renewals(random: np.random.Generator, truth: tuple[float, ...]) -> Any:
    """The fit of a beta-geometric model to seven simulated years of renewals with parameters `truth`."""
    years = random.geometric(random.beta(*truth, CUSTOMERS))
    ended = np.bincount(np.minimum(years, 8), minlength=9)[1:8].astype(float)
    exposed = CUSTOMERS - np.append(0, np.cumsum(ended)[:-1])
    return fit_beta_geometric(Cells(np.zeros(7, np.int64), np.arange(1, 8), exposed, ended))


WORLDS: dict[str, tuple[Truth, Callable[[np.random.Generator, tuple[float, ...]], Any]]] = {
    "BG/NBD": ({"r": 0.6, "alpha": 8.0, "a": 0.8, "b": 2.5}, bg),
    "MBG/NBD": ({"r": 0.6, "alpha": 8.0, "a": 0.8, "b": 2.5}, mbg),
    "Pareto/NBD": ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, pareto),
    "own rate (NBD)": ({"r": 0.6, "alpha": 8.0}, own_rate),
    "Gamma-Gamma": ({"p": 6.25, "q": 3.74, "v": 15.44}, amounts),
    "shifted beta-geometric": ({"a": 0.668, "b": 3.806}, renewals),
}
