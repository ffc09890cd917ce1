"""Model selection by backtest: the model with the least error on the company's own last season is used.

Each model is fitted on what was known a season ago and compared with what was bought since. Because habits change, the
forecast is then drawn towards the customer's purchases of the season before it, with the weight that would have been
best; and its interval is stretched so that it would have covered 80 % of the customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.seasons import bought_between, pace
from habitue.insight.models.forecast import worth
from habitue.insight.models.lifetime import Rows, fit_amounts, repeat_sum, summary
from habitue.insight.models.registry import FEWEST, MODELS
from habitue.insight.models.repurchase_hazard import thinned
from habitue.insight.record import baselines, measures

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts
    from habitue.insight.models.dropout import Floats
    from habitue.insight.models.forecast import Outlook
    from habitue.insight.models.lifetime import Columns

USUAL = "mbgnbd"  # the model without a past season, and in a tie
AT_MOST = 50_000  # customers of the sample that the choice is made on
HELD = 0.8  # coverage of an interval
STRETCH = (0.5, 4.0)  # least and largest factor on the width of an interval

Forecast = tuple["Floats", "Floats", "Floats"]  # mean, and lower and upper end of its interval


@dataclass(frozen=True)
class Choice:
    """The chosen `model` of MODELS, the baseline its forecasts are drawn `towards` with which weights, and the stretch.

    `errors`: the mean Poisson deviance of purchases (`measures.deviance`) of each model, of "ours" (the chosen one with
    its weight) and of each baseline, the smaller the better. Where a baseline beat ours it is used instead: a weight of
    1. Without a season to look back on, `as_of` is None and the usual model is used unchanged.
    """

    model: str = USUAL
    towards: str = "recent"
    weight_purchases: float = 0.0
    weight_value: float = 0.0
    stretch_purchases: float = 1.0
    stretch_value: float = 1.0
    as_of: int | None = None
    days: int = 0
    customers: int = 0
    errors: dict[str, float] = field(default_factory=dict)

    @property
    def beaten(self) -> bool:
        """Whether a baseline had a smaller error than any model."""
        return self.weight_purchases == 1.0


def choose(facts: Facts, until: int, days: int, currency: str) -> Choice:
    """The choice by a backtest of the `days` before the day `until`; amounts in `currency`."""
    as_of = until - days
    known = _some(summary(purchases(facts.orders, as_of, currency), as_of))
    if (known["x"] > 0).sum() < FEWEST:
        return Choice()
    customers = known["customer_id"]
    naive = simple_forecasts(known, bought_between(facts, as_of - days, as_of, customers, currency), days)
    later = bought_between(facts, as_of, until, customers, currency)
    rows, was = Rows.of(known), later["purchases"]
    outlooks = {name: rows.outlook(model, rows.fit(model), days) for name, model in MODELS.items()}
    errors = {name: measures.deviance(ahead.mean[rows.at], was) for name, ahead in outlooks.items()}
    model = min(errors, key=lambda name: (errors[name], name != USUAL))
    counts, value = _counts(rows, outlooks[model]), _value(rows, outlooks[model], known)
    typical = max(
        float(later["value"].sum()) / max(int(was.sum()), 1), 1.0
    )  # an amount: value is measured in typical amounts
    recent = naive["recent"]
    by_count, errors["ours"] = _weight(counts[0], recent["purchases"], was)
    by_value, _ = _weight(value[0] / typical, recent["value"] / typical, later["value"] / typical)
    errors |= {name: measures.deviance(said["purchases"], was) for name, said in naive.items()}
    towards = min(naive, key=lambda name: errors[name])
    if errors[towards] < errors["ours"]:
        by_count = by_value = 1.0
    else:
        towards = "recent"
    return Choice(
        model,
        towards,
        by_count,
        by_value,
        _stretch(drawn(counts, naive[towards]["purchases"], by_count), was),
        _stretch(drawn(value, naive[towards]["value"], by_value), later["value"]),
        as_of,
        days,
        len(customers),
        errors,
    )


def simple_forecasts(known: Columns, recent: Columns, days: int) -> dict[str, Columns]:
    """The forecasts of `baselines` for the next `days`: {name: {"purchases", "value"}}, one value a customer.

    `known`: the columns of `rhythm`; `recent`: purchases and value of the last `days`.
    """
    by_measure = {
        what: baselines.amounts(recent[what], known[what], known["T"], days) for what in ("purchases", "value")
    }
    for what, forecasts in by_measure.items():
        forecasts["recent"] = pace(recent[what], known["T"], days)
    return {name: {what: forecasts[name] for what, forecasts in by_measure.items()} for name in by_measure["value"]}


def drawn(forecast: Forecast, recent: Floats, weight: float) -> Forecast:
    """A forecast drawn towards that of the recent season; the ends of its interval change by the same factor."""
    mean, low, high = forecast
    reached = (1 - weight) * mean + weight * recent
    by = reached / np.maximum(mean, np.finfo(float).tiny)
    return reached, low * by, high * by


def stretched(forecast: Forecast, by: float) -> tuple[Floats, Floats]:
    """The ends of an interval, their distance from the mean multiplied by `by`, at least 0."""
    mean, low, high = forecast
    return np.maximum(mean - by * np.maximum(mean - low, 0), 0), mean + by * np.maximum(high - mean, 0)


def _some(known: Columns) -> Columns:
    """A sample of about AT_MOST customers, ordered by id."""
    chosen = np.flatnonzero(thinned(known["customer_id"], AT_MOST / max(len(known["customer_id"]), 1)))
    chosen = chosen[np.argsort(known["customer_id"][chosen])]
    return {name: column[chosen] for name, column in known.items()}


def _counts(rows: Rows, ahead: Outlook) -> Forecast:
    """The forecast of purchases of each customer."""
    return ahead.mean[rows.at], ahead.low[rows.at], ahead.high[rows.at]


def _value(rows: Rows, ahead: Outlook, known: Columns) -> Forecast:
    """The forecast of value of each customer, in minor units."""
    amounts = fit_amounts(known)
    brings, scale = worth(amounts.p, amounts.q, rows.x, ahead, 1.0), amounts.v + repeat_sum(known)
    return brings.mean[rows.at] * scale, brings.low[rows.at] * scale, brings.high[rows.at] * scale


def _weight(said: Floats, recent: Floats, was: Floats) -> tuple[float, float]:
    """The weight of the recent season with the least deviance (0, 0.05, ... 0.9), and that deviance."""
    tried = {n / 20: measures.deviance((1 - n / 20) * said + n / 20 * recent, was) for n in range(19)}
    best = min(tried, key=lambda weight: (tried[weight], weight))
    return best, tried[best]


def _stretch(forecast: Forecast, was: Floats) -> float:
    """The factor on the width of an interval with which it would have covered HELD of the customers."""
    mean, low, high = forecast
    width = np.where(was < mean, mean - low, high - mean)
    away = np.abs(was - mean)
    needed = np.divide(away, width, out=np.where(away > 0, np.inf, 0.0), where=width > 0)
    return float(np.clip(np.quantile(needed, HELD, method="higher"), *STRETCH))
