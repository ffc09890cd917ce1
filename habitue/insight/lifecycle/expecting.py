"""Forecasts of each customer: expected purchases and value in a horizon, and the days of the next purchase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from habitue.insight.models import mbgnbd, ownrate, paretonbd
from habitue.insight.models.dropout import Fit, Floats
from habitue.insight.models.forecast import worth
from habitue.insight.models.gammagamma import Fit as Amounts
from habitue.insight.models.lifetime import Rows, fit_amounts, repeat_sum
from habitue.insight.models.lomax import quantile
from habitue.insight.models.registry import MODELS
from habitue.insight.record.model_choice import Choice, drawn, simple_forecasts, stretched

if TYPE_CHECKING:
    from habitue.insight.models.lifetime import Columns

FITS: dict[str, type[Any]] = {"bgnbd": Fit, "mbgnbd": Fit, "paretonbd": paretonbd.Fit, "own_rate": ownrate.Fit}


@dataclass(frozen=True)
class Models:
    """The models fitted as of a day: MBG/NBD (`rhythm`), the `chosen` model of purchases, and Gamma-Gamma.

    `means`: the purchases and the value of the last season, a customer on average, for a choice drawn towards them.
    """

    rhythm: Fit
    choice: Choice
    chosen: Any
    amounts: Amounts
    means: Mapping[str, float]

    @classmethod
    def fit(cls, rows: Rows, rhythm: Fit, known: Columns, choice: Choice, means: Mapping[str, float]) -> Models:
        """The models by `choice`, fitted on the distinct rows of the customers `known`."""
        chosen = rhythm if choice.model == "mbgnbd" else rows.fit(MODELS[choice.model])
        return cls(rhythm, choice, chosen, fit_amounts(known), means)

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Models:
        """The models of `parameters`, also when they have been stored as JSON."""
        choice = Choice(**parameters["choice"])
        chosen = FITS[choice.model](**parameters[choice.model])
        amounts = Amounts(**parameters["gammagamma"])
        return cls(Fit(**parameters["mbgnbd"]), choice, chosen, amounts, parameters["means"])

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by model name, ready for JSON."""
        return {
            "mbgnbd": asdict(self.rhythm),
            self.choice.model: asdict(self.chosen),
            "gammagamma": asdict(self.amounts),
            "choice": asdict(self.choice),
            "means": dict(self.means),
        }


def expected(
    models: Models, rows: Rows, known: Columns, recent: Columns, season: int, horizon: float, discount: float
) -> dict[str, Any]:
    """The forecast columns of a portrait, for the `horizon` (days) to come; one value a customer.

    `known`: columns of `rhythm`; `recent`: purchases and value of the last `season` (days), towards which the forecast
    is drawn (`model_choice`); `discount`: the factor on the value. p_alive; expected_purchases, expected_value (minor
    units) with _low and _high (80 %); expected_amount of a purchase; expected_value_sd. Computed for each distinct row,
    then given to its customers; only the scale of amounts is each customer's own.
    """
    model, choice, amounts = MODELS[models.choice.model], models.choice, models.amounts
    ahead = rows.outlook(model, models.chosen, horizon)
    soon = ahead if horizon == season else rows.outlook(model, models.chosen, season)
    brings = worth(amounts.p, amounts.q, rows.x, ahead, discount)
    scale = amounts.v + repeat_sum(known)
    amount = (amounts.p / (amounts.p * rows.x + amounts.q - 1))[rows.at] * scale
    simple = simple_forecasts(known, recent, season)[choice.towards]
    if choice.towards == "everybody":  # the mean of the base, whoever `known` holds
        simple = {what: np.full(len(known["x"]), mean) for what, mean in models.means.items()}
    more = _drawn_by(soon.mean[rows.at], simple["purchases"], choice.weight_purchases)
    richer = _drawn_by(soon.mean[rows.at] * amount, simple["value"], choice.weight_value)
    counts = (ahead.mean[rows.at] * more, ahead.low[rows.at] * more, ahead.high[rows.at] * more)
    value = tuple(column[rows.at] * scale * richer for column in (brings.mean, brings.low, brings.high))
    each = np.divide(richer, more, out=np.ones_like(more), where=more > 0)
    low, high = stretched(counts, choice.stretch_purchases)
    least, most = stretched((value[0], value[1], value[2]), choice.stretch_value)
    return {
        "p_alive": mbgnbd.p_alive(models.rhythm, rows.x, rows.t_x, rows.T)[rows.at],
        "expected_purchases": counts[0],
        "expected_purchases_low": np.floor(low).astype(np.int64),
        "expected_purchases_high": np.ceil(high).astype(np.int64),
        "expected_amount": np.rint(amount * each).astype(np.int64),
        "expected_value": np.rint(value[0]).astype(np.int64),
        "expected_value_low": np.rint(least).astype(np.int64),
        "expected_value_high": np.rint(most).astype(np.int64),
        "expected_value_sd": brings.sd[rows.at] * scale * richer,
    }


def waits(rhythm: Fit, rows: Rows, as_of: int) -> dict[str, Any]:
    """The 10 %, 50 % and 90 % quantiles of the day of the next purchase, for a customer who is alive.

    {"next_early", "next_middle", "next_late"}: day numbers, one a customer.
    """
    return {
        name: (as_of + np.ceil(quantile(share, rhythm.r + rows.x, rhythm.alpha + rows.T)).astype(np.int32))[rows.at]
        for name, share in (("next_early", 0.1), ("next_middle", 0.5), ("next_late", 0.9))
    }


def _drawn_by(said: Floats, recent: Floats, weight: float) -> Floats:
    """The factor by which a forecast changes when it is drawn towards the recent season."""
    reached, _, _ = drawn((said, said, said), recent, weight)
    return np.divide(reached, said, out=np.ones_like(said), where=said > 0)
