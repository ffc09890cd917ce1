"""Where a customer stands in their own life cycle. The rules with their reasons are in docs/stages.md."""

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
SETTLED = 4  # repeat purchases: from here on the own rate is known to within half of itself (1 / sqrt(4))
WON_BACK_FOR = 4  # purchases, the one that came back included: as many as it takes to settle
OVERDUE = 0.5  # of the gaps: before that nobody is at risk
LOST_OF_FRESH = 0.5  # who is lost has at most this share left of the chance that the last purchase gave

SEASON_OF_GAPS = 0.8  # the time in which that share of all gaps ends,
SEASON = (91, 365)  # between 13 weeks and a year


@dataclass(frozen=True)
class Thresholds:
    """`slowing`: a silence longer than that share of the gaps that the own rhythm predicts, and of the gaps of all.
    `at_risk`: what is left of the chance of buying again within a season, of 1 right after the last purchase.
    `lost`: that chance itself.
    """

    slowing: float = 0.80
    at_risk: float = 0.90
    lost: float = 0.25

    def __post_init__(self) -> None:
        if not all(0 < share < 1 for share in asdict(self).values()):
            raise ValueError("thresholds are shares between 0 and 1")


@dataclass(frozen=True)
class Yardstick:
    """What stages are measured with: the gaps of the base, a season in days, and the thresholds."""

    hazard: RepurchaseHazard
    season: int
    thresholds: Thresholds

    @classmethod
    def of(cls, parameters: Mapping[str, Any], thresholds: Thresholds) -> Yardstick:
        """That of `Portraits.parameters`, also after a journey through JSON."""
        fitted = dict(parameters["returning"])
        for name in ("coefficients", "least", "most"):
            fitted[name] = tuple(fitted[name])
        return cls(RepurchaseHazard(**fitted), parameters["season_days"], thresholds)

    def gap(self, share: float, x: Numbers, t_x: Numbers) -> Floats:
        """The days by which a `share` of the gaps that the own rhythm predicts has ended, or of all gaps where those
        are longer. Who bought once has no rhythm of their own yet: that of all.
        """
        base = of_base(share, self.hazard.r, self.hazard.alpha)
        own = quantile(share, self.hazard.r + x, self.hazard.alpha + t_x)
        return np.where(x > 0, np.maximum(own, base), base)

    def chance(self, rows: Columns, elapsed: Numbers) -> Floats:
        """Of buying within a season, after `elapsed` days of silence."""
        return chance(self.hazard, rows, elapsed, self.season)

    def marks(self, rows: Columns) -> dict[str, Floats]:
        """The days of silence after which a customer is slowing, at risk, lost (FAR: never), as columns."""
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
        """0 in rhythm, 1 slowing, 2 at risk, 3 lost."""
        decline = (elapsed > self.gap(self.thresholds.slowing, rows["x"], rows["t_x"])).astype(np.int8)
        overdue = np.flatnonzero(elapsed > self.gap(OVERDUE, rows["x"], rows["t_x"]))
        silent = {name: rows[name][overdue] for name in KNOWN}
        now = self.chance(silent, elapsed[overdue])
        at_risk, lost = self._levels(self.chance(silent, np.zeros(len(overdue), np.int64)))
        decline[overdue] = np.select([now <= lost, now <= at_risk], [3, 2], decline[overdue])
        return decline

    def _levels(self, fresh: Floats) -> tuple[Floats, Floats]:
        return self.thresholds.at_risk * fresh, np.minimum(self.thresholds.lost, LOST_OF_FRESH * fresh)


def season_of(r: float, alpha: float) -> int:
    """The days in which who still buys should be seen: those that end four of five gaps, at least 13 weeks."""
    return min(max(math.ceil(of_base(SEASON_OF_GAPS, r, alpha)), SEASON[0]), SEASON[1])


def of_base(share: float, r: float, alpha: float) -> float:
    """The days by which a `share` of all gaps of the base has ended.

    Who buys more often has more gaps: the rate behind a gap drawn from all of them is Gamma(r + 1, alpha), so the gap
    has a Lomax law of shape r + 1 and scale alpha.
    """
    return float(quantile(share, r + 1.0, alpha))


def comebacks(yardstick: Yardstick, steps: Columns) -> npt.NDArray[np.int64]:
    """For each purchase of `rhythm.steps` (in the order of customer and day): the gap in days that was closed by coming
    back from at risk or lost after having settled, for as long as it still counts as won back; else -1.
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
    """The place in STAGES of buyers: the first rule that holds, from the top of docs/stages.md."""
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
