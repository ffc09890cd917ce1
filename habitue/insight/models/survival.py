"""Models of contract renewal: shifted beta-geometric, discrete-time hazard by logistic regression, constant hazard.

The hazard at t is the probability that the t-th renewal (t = 1, 2, ...) is not made, given that all before it were.
Models are fitted on cells: for each plan and t, the number at risk (`exposed`) and the number that `ended`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.models import newton
from habitue.insight.models.dropout import LOG_BOUNDS, Floats

FEWEST = 20  # contracts that ended: with fewer, a plan is pooled with all others
RIDGE = 1.0  # precision of the normal prior around 0 of slope, first renewal and each plan's effect
STEEPEST = 15.0  # bound of a coefficient: a logit of a probability of one in three million


@dataclass(frozen=True)
class Cells:
    """Counts by plan (a code from 0) and renewal number t: four arrays of one length."""

    plan: npt.NDArray[np.int64]
    t: npt.NDArray[np.int64]
    exposed: Floats
    ended: Floats

    def of(self, plan: int) -> Cells:
        """The cells of one plan."""
        here = self.plan == plan
        return Cells(self.plan[here], self.t[here], self.exposed[here], self.ended[here])


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """The shifted beta-geometric model: a customer's churn probability is constant, and Beta(a, b) between customers.

    P. Fader, B. Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing 21(1), where a, b
    are alpha, beta. The hazard a / (a + b + t - 1) falls with t, because those likely to churn churn first.
    `covariance` is that of log a, log b; () where the likelihood has no interior maximum.
    """

    a: float
    b: float
    log_likelihood: float
    covariance: Sequence[Sequence[float]] = ()

    def hazard(self, t: npt.ArrayLike) -> Floats:
        """The hazard at each renewal number t."""
        result: Floats = self.a / (self.a + self.b + np.asarray(t, np.float64) - 1)
        return result


def fit_beta_geometric(cells: Cells) -> ShiftedBetaGeometric:
    """The maximum likelihood fit. Raises ValueError if no contract ended or none was renewed."""
    ended, stayed = float(cells.ended.sum()), float((cells.exposed - cells.ended).sum())
    if not ended or not stayed:
        raise ValueError("both contracts that ended and renewals are needed")
    total = float(cells.exposed.sum())

    def negative(logs: Floats) -> newton.Derivatives:
        a, b = parameters = np.exp(logs)
        stay, whole = b + cells.t - 1, a + b + cells.t - 1
        kept, shared = cells.exposed - cells.ended, cells.exposed / whole
        value = ended * logs[0] + kept @ np.log(stay) - cells.exposed @ np.log(whole)
        gradient = np.array([ended / a, (kept / stay).sum()]) - shared.sum()
        hessian = np.diag([-ended / a**2, -(kept / stay**2).sum()]) + (shared / whole).sum()
        return newton.in_logarithms(parameters, -float(value) / total, -gradient / total, -hessian / total)

    optimum = newton.minimise(negative, np.log([1.0, stayed / ended]), [LOG_BOUNDS] * 2)
    a, b = (float(value) for value in np.exp(optimum.at))
    return ShiftedBetaGeometric(a, b, -float(optimum.value) * total, newton.covariance(optimum, total))


@dataclass(frozen=True)
class Constant:
    """The baseline: one hazard for every renewal, shrunk towards one in ten by ten imagined renewals."""

    rate: float

    def hazards(self, plan: npt.NDArray[Any], t: npt.NDArray[Any]) -> Floats:
        """The hazard of each row of plan code and renewal number."""
        return np.full(len(t), self.rate)


@dataclass(frozen=True)
class BetaGeometricByPlan:
    """A shifted beta-geometric model for each plan with enough ended contracts, and `all` for the others."""

    all: ShiftedBetaGeometric
    plans: Mapping[int, ShiftedBetaGeometric]

    def hazards(self, plan: npt.NDArray[Any], t: npt.NDArray[Any]) -> Floats:
        """The hazard of each row of plan code and renewal number."""
        hazards = self.all.hazard(t)
        for code, fitted in self.plans.items():
            here = plan == code
            hazards[here] = fitted.hazard(t[here])
        return hazards


@dataclass(frozen=True)
class Hazard:
    """Discrete-time logistic hazard: logit = level + slope log t + [t = 1] first + plan effect (shrunk towards 0).

    P. Allison (1982), "Discrete-Time Methods for the Analysis of Event Histories", Sociological Methodology 13. A plan
    that was not in the data has effect 0. `covariance` is that of (level, slope, first, plans in order).
    """

    level: float
    slope: float
    first: float
    plans: tuple[float, ...]
    covariance: Sequence[Sequence[float]] = ()

    def hazards(self, plan: npt.NDArray[Any], t: npt.NDArray[Any]) -> Floats:
        """The hazard of each row of plan code and renewal number."""
        own = np.append(self.plans, 0.0)[np.minimum(plan, len(self.plans))]
        logit = self.level + self.slope * np.log(t) + self.first * (t == 1) + own
        result: Floats = 1 / (1 + np.exp(-logit))
        return result


Model = Constant | BetaGeometricByPlan | Hazard


def fit_constant(cells: Cells) -> Constant:
    """The constant hazard of the cells."""
    return Constant(float((1 + cells.ended.sum()) / (10 + cells.exposed.sum())))


def fit_by_plan(cells: Cells) -> BetaGeometricByPlan:
    """The beta-geometric models by plan. Raises ValueError if no contract ended or none was renewed."""
    many = [int(code) for code in np.unique(cells.plan) if cells.of(code).ended.sum() >= FEWEST]
    fits = {code: fit_beta_geometric(cells.of(code)) for code in many if _both(cells.of(code))}
    return BetaGeometricByPlan(fit_beta_geometric(cells), fits)


def fit_hazard(cells: Cells) -> Hazard:
    """The logistic hazard, by penalised maximum likelihood with Newton's method."""
    plans = int(cells.plan.max(initial=-1)) + 1
    t = cells.t.astype(np.float64)
    own = cells.plan[:, None] == np.arange(plans)
    design = np.hstack([np.stack([np.ones_like(t), np.log(t), t == 1], axis=1), own])
    ridge = np.r_[0.0, RIDGE, RIDGE, np.full(plans, RIDGE)]
    total = max(float(cells.exposed.sum()), 1.0)

    def negative(at: Floats) -> newton.Derivatives:
        logit = design @ at
        chance = 1 / (1 + np.exp(-logit))
        value = cells.exposed @ np.logaddexp(0, logit) - cells.ended @ logit + ridge @ at**2 / 2
        gradient = design.T @ (cells.exposed * chance - cells.ended) + ridge * at
        hessian = (design.T * (cells.exposed * chance * (1 - chance))) @ design + np.diag(ridge)
        return value / total, gradient / total, hessian / total

    optimum = newton.minimise(negative, np.zeros(3 + plans), [(-STEEPEST, STEEPEST)] * (3 + plans))
    level, slope, first, *levels = (float(value) for value in optimum.at)
    return Hazard(level, slope, first, tuple(levels), newton.covariance(optimum, total))


def log_loss(model: Model, cells: Cells) -> float:
    """The mean log-loss of a model over the renewals of the cells: -log of the probability of what happened."""
    chance = np.clip(model.hazards(cells.plan, cells.t), 1e-12, 1 - 1e-12)
    loss = cells.ended @ np.log(chance) + (cells.exposed - cells.ended) @ np.log1p(-chance)
    return -float(loss) / float(cells.exposed.sum())


def _both(cells: Cells) -> bool:
    """Whether some contracts ended and some were renewed."""
    return bool(0 < cells.ended.sum() < cells.exposed.sum())
