"""Where a customer stands in their own life cycle. The rules with their reasons are in docs/stages.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.waiting import FAR, quantile

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.dropout import Fit
    from habitue.insight.facts import Frame

Numbers = npt.NDArray[Any]

STAGES = ("prospect", "new", "settling", "regular", "slowing", "at_risk", "lost", "won_back")
SETTLED = 4  # repeat purchases: from here on the own rate is known to within half of itself (1 / sqrt(4))
WON_BACK_FOR = 4  # purchases, the one that came back included: as many as it takes to settle

_PACK = 1_000_000  # above any number of days between two purchases


@dataclass(frozen=True)
class Thresholds:
    """Shares of gaps: a silence longer than that share of the gaps that the customer's own rhythm predicts, and of the
    gaps of the whole base, is slowing, at risk, lost.

    The second half keeps apart what is unusual for a customer and what is long: somebody who buys every other day and
    is silent for a week is not lost.
    """

    slowing: float = 0.80
    at_risk: float = 0.95
    lost: float = 0.995

    def __post_init__(self) -> None:
        if not 0 < self.slowing < self.at_risk < self.lost < 1:
            raise ValueError("thresholds must rise: 0 < slowing < at_risk < lost < 1")


def marks(steps: Frame, fitted: Fit, thresholds: Thresholds) -> Frame:
    """Add to `rhythm.steps(...)` what each purchase says about the wait that follows it.

    slowing_after, at_risk_after, lost_after: days after the purchase. returned_after: the gap in days that was closed
    by coming back from beyond `lost`, for as long as it still counts as won back; else null.
    """
    import narwhals as nw

    x, t_x, gap = nw.col("x"), nw.col("t_x"), nw.col("gap")
    came_back = gap > _after(thresholds.lost, fitted, x - 1, t_x - gap)
    # One running maximum carries both which purchase came back last and the gap that it closed.
    latest = nw.when(came_back).then(x * _PACK + gap).otherwise(nw.lit(-1)).cast(nw.Int64())
    recent = (nw.col("latest") >= 0) & (x - nw.col("latest") // _PACK < WON_BACK_FOR)
    return (
        steps.with_columns(latest=latest)
        .with_columns(latest=nw.col("latest").cum_max().over("customer_id", order_by="day"))
        .with_columns(
            slowing_after=_after(thresholds.slowing, fitted, x, t_x),
            at_risk_after=_after(thresholds.at_risk, fitted, x, t_x),
            lost_after=_after(thresholds.lost, fitted, x, t_x),
            returned_after=nw.when(recent).then(nw.col("latest") % _PACK),
        )
        .drop("latest")
    )


def of_base(share: float, r: float, alpha: float) -> float:
    """The days by which a `share` of all gaps of the base has ended.

    Who buys more often has more gaps: the rate behind a gap drawn from all of them is Gamma(r + 1, alpha), so the gap
    has a Lomax law of shape r + 1 and scale alpha.
    """
    return float(quantile(share, r + 1.0, alpha))


def ranks(
    x: Numbers,
    elapsed: Numbers,
    slowing_after: Numbers,
    at_risk_after: Numbers,
    lost_after: Numbers,
    won_back: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int8]:
    """The place in STAGES of buyers `elapsed` days after their last purchase, whose marks the other columns are."""
    rules = [
        (elapsed > lost_after, "lost"),
        (elapsed > at_risk_after, "at_risk"),
        (elapsed > slowing_after, "slowing"),
        (won_back, "won_back"),
        (x == 0, "new"),
        (x < SETTLED, "settling"),
    ]
    conditions, names = zip(*rules, strict=True)
    first_that_holds = np.select(conditions, [STAGES.index(name) for name in names], STAGES.index("regular"))
    return first_that_holds.astype(np.int8)


def _after(share: float, fitted: Fit, x: nw.Expr, t_x: nw.Expr) -> nw.Expr:
    """`waiting.quantile` of the own rhythm on the engine, or that of the base where it is longer."""
    exponent = (-math.log1p(-share) / (fitted.r + x)).clip(upper_bound=50.0)
    return ((fitted.alpha + t_x) * (exponent.exp() - 1)).clip(of_base(share, fitted.r, fitted.alpha), FAR)
