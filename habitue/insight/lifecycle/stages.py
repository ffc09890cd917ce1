"""The life-cycle stage of a customer. The rules with their reasons are in docs/stages.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.models.dropout import Floats
from habitue.insight.models.lomax import quantile
from habitue.insight.models.repurchase_hazard import (
    KNOWN,
    Columns,
    Numbers,
    RepurchaseHazard,
    chance,
    distinct,
    silence_until,
)

STAGES = ("prospect", "new", "settling", "regular", "slowing", "at_risk", "lost", "won_back")
LOYALTY = ("new", "won_back", "settling", "slowing", "at_risk", "lost", "regular")  # the order of churn by price
SETTLED = 4  # repeat purchases: from here on the standard error of the own rate is at most half of it (1 / sqrt(4))
WON_BACK_FOR = 4  # purchases for which a customer counts as won back, the first one back included
OVERDUE = 0.5  # quantile of the gap before which nobody is at risk
LOST_OF_FRESH = 0.5  # a lost customer has at most this share of the probability right after the last purchase

SEASON_OF_GAPS = 0.8  # a season is this quantile of all gaps,
SEASON = (91, 365)  # but between 13 weeks and a year, in days


@dataclass(frozen=True)
class Thresholds:
    """Where stages begin, as shares between 0 and 1; ValueError otherwise.

    `slowing`: the quantile of the gap to the next purchase, of the customer and of all customers, that the silence has
    exceeded. `at_risk`: what is left of the probability of buying again within a season, relative to that right after
    the last purchase. `lost`: that probability itself.
    """

    slowing: float = 0.80
    at_risk: float = 0.90
    lost: float = 0.25

    def __post_init__(self) -> None:
        if not all(0 < share < 1 for share in asdict(self).values()):
            raise ValueError("thresholds are shares between 0 and 1")


@dataclass(frozen=True)
class Yardstick:
    """The parameters of stages: the hazard of the next purchase, the length of a season in days, the thresholds."""

    hazard: RepurchaseHazard
    season: int
    thresholds: Thresholds

    @classmethod
    def of(cls, parameters: Mapping[str, Any], thresholds: Thresholds) -> Yardstick:
        """The yardstick of `Portraits.parameters`, also when they have been stored as JSON."""
        fitted = dict(parameters["returning"])
        for name in ("coefficients", "least", "most"):
            fitted[name] = tuple(fitted[name])
        return cls(RepurchaseHazard(**fitted), parameters["season_days"], thresholds)

    def gap(self, share: float, x: Numbers, t_x: Numbers) -> Floats:
        """The quantile of the gap to the next purchase at `share`, in days, for each row.

        The Lomax quantile of the customer, or that of all gaps if it is longer. A customer with one purchase has no
        rate of their own yet, and gets that of all.
        """
        base = of_base(share, self.hazard.r, self.hazard.alpha)
        own = quantile(share, self.hazard.r + x, self.hazard.alpha + t_x)
        return np.where(x > 0, np.maximum(own, base), base)

    def chance(self, rows: Columns, elapsed: Numbers) -> Floats:
        """P(a purchase within a season) after `elapsed` days of silence, for each row."""
        return chance(self.hazard, rows, elapsed, self.season)

    def marks(self, rows: Columns) -> dict[str, Floats]:
        """The days of silence after which a customer becomes slowing, at risk and lost (FAR: never).

        {"slowing_after", "at_risk_after", "lost_after"}: one value a row of the columns KNOWN.
        """
        at, inverse = distinct([rows[name] for name in KNOWN])
        rows = {name: rows[name][at] for name in KNOWN}
        overdue, slowing = (self.gap(share, rows["x"], rows["t_x"]) for share in (OVERDUE, self.thresholds.slowing))
        fresh = self.chance(rows, np.zeros_like(rows["x"]))
        at_risk, lost = (
            np.maximum(silence_until(self.hazard, rows, level, self.season), np.floor(overdue) + 1)
            for level in self._levels(fresh)
        )
        return {
            name: column[inverse]
            for name, column in (("slowing_after", slowing), ("at_risk_after", at_risk), ("lost_after", lost))
        }

    def decline(self, rows: Columns, elapsed: Numbers) -> npt.NDArray[np.int8]:
        """How far a customer has declined after `elapsed` days: 0 in rhythm, 1 slowing, 2 at risk, 3 lost."""
        decline = (elapsed > self.gap(self.thresholds.slowing, rows["x"], rows["t_x"])).astype(np.int8)
        overdue = np.flatnonzero(elapsed > self.gap(OVERDUE, rows["x"], rows["t_x"]))
        silent = {name: rows[name][overdue] for name in KNOWN}
        now = self.chance(silent, elapsed[overdue])
        at_risk, lost = self._levels(self.chance(silent, np.zeros(len(overdue), np.int64)))
        decline[overdue] = np.select([now <= lost, now <= at_risk], [3, 2], decline[overdue])
        return decline

    def _levels(self, fresh: Floats) -> tuple[Floats, Floats]:
        """The probabilities at which customers become at risk and lost, from those right after the purchase."""
        return self.thresholds.at_risk * fresh, np.minimum(self.thresholds.lost, LOST_OF_FRESH * fresh)


def season_of(r: float, alpha: float) -> int:
    """The length of a season in days: the time in which four of five gaps end, at least 13 weeks, at most a year."""
    return min(max(math.ceil(of_base(SEASON_OF_GAPS, r, alpha)), SEASON[0]), SEASON[1])


def of_base(share: float, r: float, alpha: float) -> float:
    """The quantile at `share` of all gaps between purchases in the base, in days.

    Frequent buyers have more gaps: the rate behind a gap drawn from all of them is Gamma(r + 1, alpha), so the gap has
    a Lomax distribution of shape r + 1 and scale alpha.
    """
    return float(quantile(share, r + 1.0, alpha))


def comebacks(yardstick: Yardstick, steps: Columns) -> npt.NDArray[np.int64]:
    """For each purchase, the length in days of the gap after which the customer was won back; -1 if they were not.

    `steps`: of `rhythm.columns_of_steps`, ordered by customer and day. A customer is won back who had settled, had
    become at risk or lost, and bought again; it holds for WON_BACK_FOR purchases.
    """
    before = {name: steps[name][:-1] for name in KNOWN}
    same = steps["customer_id"][1:] == steps["customer_id"][:-1]
    silence = np.where(same, steps["day"][1:] - steps["day"][:-1] - 1, 0)
    back = np.zeros(len(steps["day"]), bool)
    back[1:] = (yardstick.decline(before, silence) >= 2) & (before["x"] >= SETTLED)
    row = np.arange(len(back))
    latest = np.maximum.accumulate(np.where(back, row, -1))
    of_same_customer = latest >= np.maximum(row - steps["x"], 0)
    gaps = np.append(0, silence + 1)
    return np.where(of_same_customer & (row - latest < WON_BACK_FOR), gaps[latest], -1)


def ranks(x: Numbers, decline: Numbers, won_back: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """The index in STAGES of customers who have bought: the first rule of docs/stages.md that holds."""
    rules = [
        (decline == 3, "lost"),
        (decline == 2, "at_risk"),
        (decline == 1, "slowing"),
        (won_back, "won_back"),
        (x == 0, "new"),
        (x < SETTLED, "settling"),
    ]
    conditions, names = zip(*rules, strict=True)
    first_that_holds = np.select(conditions, [STAGES.index(name) for name in names], STAGES.index("regular"))
    return first_that_holds.astype(np.int8)
