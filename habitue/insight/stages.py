"""Where a customer stands in their own life cycle. The rules with their reasons are in docs/stages.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from habitue.insight.waiting import FAR

if TYPE_CHECKING:
    import narwhals as nw

    from habitue.insight.dropout import Fit
    from habitue.insight.engine import Frame

STAGES = ("prospect", "new", "settling", "regular", "slowing", "at_risk", "lost", "won_back")
SETTLED = 4  # repeat purchases: from here on the own rate is known to within half of itself (1 / sqrt(4))
WON_BACK_FOR = 4  # purchases, the one that came back included: as many as it takes to settle

_PACK = 1_000_000  # above any number of days between two purchases


@dataclass(frozen=True)
class Thresholds:
    """Shares of the gaps that the customer's own rhythm predicts: beyond them one is slowing, at risk, lost."""

    slowing: float = 0.80
    at_risk: float = 0.94
    lost: float = 0.99

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


def stage(elapsed: nw.Expr) -> nw.Expr:
    """The stage of a row of `marks(...)` after `elapsed` days without another purchase."""
    import narwhals as nw

    settling = nw.when(nw.col("x") < SETTLED).then(nw.lit("settling")).otherwise(nw.lit("regular"))
    bought_once = nw.when(nw.col("x") == 0).then(nw.lit("new")).otherwise(settling)
    in_rhythm = nw.when(~nw.col("returned_after").is_null()).then(nw.lit("won_back")).otherwise(bought_once)
    slowing = nw.when(elapsed > nw.col("slowing_after")).then(nw.lit("slowing")).otherwise(in_rhythm)
    at_risk = nw.when(elapsed > nw.col("at_risk_after")).then(nw.lit("at_risk")).otherwise(slowing)
    return nw.when(elapsed > nw.col("lost_after")).then(nw.lit("lost")).otherwise(at_risk)


def _after(share: float, fitted: Fit, x: nw.Expr, t_x: nw.Expr) -> nw.Expr:
    """`waiting.quantile` on the engine."""
    exponent = (-math.log1p(-share) / (fitted.r + x)).clip(upper_bound=50.0)
    return ((fitted.alpha + t_x) * (exponent.exp() - 1)).clip(upper_bound=FAR)
