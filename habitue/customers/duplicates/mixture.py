"""The probability that two records are the same person, rather than two of a household or two strangers.

The record linkage model of Fellegi and Sunter (1969) with a third class. Each level of each comparison has a share in
each class; levels are taken as independent within a class, so that Bayes' rule gives the probabilities from their
products and the number of pairs of each class. At the first level the frequency of the shared value counts. The number
of pairs of each class, and the shares of the same person, are estimated by expectation maximisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.customers.duplicates.levels import COMPARISONS

ROUNDS = 25
PSEUDO_SAME = 300.0  # pairs of the same person that the shares we begin with are worth
PSEUDO_STRANGERS = 20_000.0
USUAL_SAME, USUAL_HOUSEHOLD = 0.02, 0.3  # pairs a record, where nothing is known yet
FEWEST_HOUSEHOLD = 0.003  # pairs a record: a base may have none to show, and twins all the same
SMALLEST = 2_000  # records: the people that a small base might as well hold are strangers too
RAREST = 2.0  # records: a value that one pair shares
HOUSEHOLD = [[level.household for level in one.levels] for one in COMPARISONS]  # what the class means: not estimated
NAMES = [one.name for one in COMPARISONS]

Gammas = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


@dataclass
class Model:
    """Parameters of the duplicate model: the numbers of records and of pairs in two classes, and the shares by class.

    `same` and `strangers`: by comparison, then by level, in the order of `COMPARISONS`; each comparison sums to 1.
    """

    records: int
    pairs_same: float
    pairs_household: float
    same: list[list[float]]
    strangers: list[list[float]]
    terms: dict[str, dict[str, float]] = field(default_factory=dict)
    """The share of records that have a value, by comparison; what is not in it is rare."""

    @property
    def pairs_strangers(self) -> float:
        records = max(self.records, SMALLEST)
        return records * (records - 1) / 2

    @property
    def rarest(self) -> float:
        """The share of the records that a rare value is taken to have."""
        return RAREST / max(self.records, SMALLEST)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def usual(records: int) -> Model:
    """The model with its default parameters, for so many records, before anything is estimated."""
    return Model(
        records=max(records, 2),
        pairs_same=USUAL_SAME * records + 1,
        pairs_household=USUAL_HOUSEHOLD * records + 1,
        same=[[level.same for level in one.levels] for one in COMPARISONS],
        strangers=[[level.strangers for level in one.levels] for one in COMPARISONS],
    )


def with_strangers(model: Model, seen: Mapping[str, Mapping[int, int]], agree: Mapping[str, float]) -> Model:
    """Set the shares among strangers, from random pairs counted on top of the defaults. `model` is changed and
    returned.

    `seen`: by comparison, how many random pairs are at each level (from 1). `agree`: by comparison with a `term`, the
    chance that two records have the same value, which is the share of its first level.
    """
    for at, one in enumerate(COMPARISONS):
        counts = seen.get(one.name, {})
        total = sum(count for level, count in counts.items() if level) + PSEUDO_STRANGERS
        shares = [
            (counts.get(level, 0) + PSEUDO_STRANGERS * usually.strangers) / total
            for level, usually in enumerate(one.levels, start=1)
        ]
        if one.name in agree:
            shares[0] = max(agree[one.name], 1 / model.records**2)
        model.strangers[at] = [share / sum(shares) for share in shares]
    return model


def estimate(model: Model, patterns: Gammas, counts: Floats) -> Model:
    """Estimate the numbers of pairs and the shares of the same person by expectation maximisation; `model` is changed.

    `patterns`: distinct patterns × comparisons, levels from 1 (0: not comparable). `counts`: pairs of each pattern.
    """
    logs_household = _sum(patterns, HOUSEHOLD)
    logs_strangers = np.log(model.pairs_strangers) + _sum(patterns, model.strangers)
    first = usual(model.records)
    for _round in range(ROUNDS):
        same = np.log(model.pairs_same) + _sum(patterns, model.same)
        household = np.log(model.pairs_household) + logs_household
        whole = np.logaddexp(np.logaddexp(same, household), logs_strangers)
        of_same, of_household = counts * np.exp(same - whole), counts * np.exp(household - whole)
        model.pairs_same = float(of_same.sum()) + 1
        model.pairs_household = float(of_household.sum()) + FEWEST_HOUSEHOLD * model.records + 1
        for at in range(len(COMPARISONS)):
            model.same[at] = _shares(patterns[:, at], of_same, first.same[at])
    return model


def scores(model: Model, gammas: Gammas, shared: Mapping[str, Floats]) -> Floats:
    """The probability that each pair is the same person, as an array of n.

    `gammas`: n × comparisons, levels from 1 (0: not comparable). `shared`: by comparison, n shares of the records that
    have the value of the pair, read at the first level only.
    """
    same = np.log(model.pairs_same) + _sum(gammas, model.same)
    household = np.log(model.pairs_household) + _sum(gammas, HOUSEHOLD)
    strangers = np.log(model.pairs_strangers) + _sum(gammas, model.strangers)
    for at, one in enumerate(COMPARISONS):
        if one.name in shared:
            first = gammas[:, at] == 1
            usually = np.log(model.strangers[at][0])
            strangers[first] += np.log(np.maximum(shared[one.name][first], model.rarest)) - usually
    against = np.logaddexp(household, strangers)
    chances: Floats = 1 / (1 + np.exp(np.minimum(against - same, 700)))
    return chances


def share_of(model: Model, name: str, value: str) -> float:
    """The share of the records that have this value; the default share where frequencies were not counted."""
    if name not in model.terms:
        return model.strangers[NAMES.index(name)][0]
    return model.terms[name].get(value, model.rarest)


def _sum(patterns: Gammas, shares: list[list[float]]) -> Floats:
    total = np.zeros(len(patterns))
    for at, of_levels in enumerate(shares):
        total += np.log(np.array([1.0, *of_levels]))[patterns[:, at]]
    return total


def _shares(levels: npt.NDArray[np.int8], weights: Floats, usually: list[float]) -> list[float]:
    counted = np.bincount(levels, weights=weights, minlength=len(usually) + 1)[1:] + PSEUDO_SAME * np.array(usually)
    return [float(share) for share in counted / counted.sum()]
