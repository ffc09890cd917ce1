"""How likely two records are the same person, and not a household's two or two strangers.

A model of Fellegi and Sunter (1969) with a third class. Each level of each comparison has a share among pairs of the
same person, of a household and of strangers; taken as independent within a class, their products, times how many
pairs of each class there are, give the chances. Shared names count by their frequency. How many pairs of each class
there are, and how the same person's records differ, is estimated on the base by expectation maximisation.
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
    """`same` and `strangers` by comparison and level; `records`, and the pairs of the same person and of households."""

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
        """The share of the records that a value has which hardly anybody else has."""
        return RAREST / max(self.records, SMALLEST)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def usual(records: int) -> Model:
    """Before anything was estimated."""
    return Model(
        records=max(records, 2),
        pairs_same=USUAL_SAME * records + 1,
        pairs_household=USUAL_HOUSEHOLD * records + 1,
        same=[[level.same for level in one.levels] for one in COMPARISONS],
        strangers=[[level.strangers for level in one.levels] for one in COMPARISONS],
    )


def with_strangers(model: Model, seen: Mapping[str, Mapping[int, int]], agree: Mapping[str, float]) -> Model:
    """The shares among strangers: counted on random pairs (`seen`: level, from 1, to pairs) on top of what is usual;
    at the first level of a comparison by term, the chance that two records have the same one (`agree`)."""
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
    """`patterns`: one row for each way in which pairs compare, a column a comparison, levels from 1 (0: not known)."""
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
    """The chance of each pair. `shared`: by comparison, the share of records with the value that the pair has in
    common, where it is at the first level."""
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
    """Of the records, how many have this value; what usually is before anything was counted."""
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
