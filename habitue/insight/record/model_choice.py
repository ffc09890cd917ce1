"""Which model to believe: the one that was most right about the company's own last season.

Each model is fitted on what was known a season ago and held against what was bought since. Because habits change, the
forecast is then drawn towards what the customer did in the season before it, by the weight that would have been best;
and its interval is stretched so that it would have held for 80 % of the customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.seasons import bought_between, pace
from habitue.insight.models.forecast import worth
from habitue.insight.models.lifetime import Rows, fit_amounts, summary
from habitue.insight.models.registry import FEWEST, MODELS
from habitue.insight.models.repurchase_hazard import thinned
from habitue.insight.record import baselines, measures

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts
    from habitue.insight.models.dropout import Floats
    from habitue.insight.models.forecast import Outlook
    from habitue.insight.models.lifetime import Columns

USUAL = "mbgnbd"
AT_MOST = 50_000  # customers who are looked at: more would tell the same
HELD = 0.8  # share of the customers that an interval is to hold for
STRETCH = (0.5, 4.0)

Forecast = tuple["Floats", "Floats", "Floats"]  # mean and the ends of its interval


@dataclass(frozen=True)
class Choice:
    """The `model` of MODELS to use, which of `baselines` its forecasts are drawn `towards` and by what weights, and the
    stretch of their intervals.

    `errors`: for each model, for "ours" (the chosen one with that weight) and for each of `baselines`, the mean
    deviance of the purchases (`measures.deviance`), the smaller the better. Where a baseline was better than ours, it
    is told instead: a weight of 1. Without a season to look back on, as_of is None and the usual model is taken as it
    is.
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
        """Whether a baseline was better than any model."""
        return self.weight_purchases == 1.0


def choose(facts: Facts, until: int, days: int, currency: str) -> Choice:
    """From the forecasts that would have been made `days` before `until`, and what was bought since."""
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
    typical = max(float(later["value"].sum()) / max(int(was.sum()), 1), 1.0)  # an amount, to count value in
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
    """What `baselines` expect of the next `days`, in purchases and in value; `recent`: what was bought in the last."""
    by_measure = {
        what: baselines.amounts(recent[what], known[what], known["T"], days) for what in ("purchases", "value")
    }
    for what, forecasts in by_measure.items():
        forecasts["recent"] = pace(recent[what], known["T"], days)
    return {name: {what: forecasts[name] for what, forecasts in by_measure.items()} for name in by_measure["value"]}


def drawn(forecast: Forecast, recent: Floats, weight: float) -> Forecast:
    """A forecast drawn towards the recent season, its interval by as much."""
    mean, low, high = forecast
    reached = (1 - weight) * mean + weight * recent
    by = reached / np.maximum(mean, np.finfo(float).tiny)
    return reached, low * by, high * by


def stretched(forecast: Forecast, by: float) -> tuple[Floats, Floats]:
    """The ends of an interval, moved away from the mean or nearer to it; nothing is below 0."""
    mean, low, high = forecast
    return np.maximum(mean - by * np.maximum(mean - low, 0), 0), mean + by * np.maximum(high - mean, 0)


def _some(known: Columns) -> Columns:
    """At most about AT_MOST customers, whoever they are, in the order of their ids."""
    chosen = np.flatnonzero(thinned(known["customer_id"], AT_MOST / max(len(known["customer_id"]), 1)))
    chosen = chosen[np.argsort(known["customer_id"][chosen])]
    return {name: column[chosen] for name, column in known.items()}


def _counts(rows: Rows, ahead: Outlook) -> Forecast:
    return ahead.mean[rows.at], ahead.low[rows.at], ahead.high[rows.at]


def _value(rows: Rows, ahead: Outlook, known: Columns) -> Forecast:
    """In minor units."""
    amounts = fit_amounts(known)
    brings, scale = worth(amounts.p, amounts.q, rows.x, ahead, 1.0), amounts.v + known["repeat_value"]
    return brings.mean[rows.at] * scale, brings.low[rows.at] * scale, brings.high[rows.at] * scale


def _weight(said: Floats, recent: Floats, was: Floats) -> tuple[float, float]:
    """The weight of the recent season with the least deviance, in twentieths up to 0.9, and that deviance."""
    tried = {n / 20: measures.deviance((1 - n / 20) * said + n / 20 * recent, was) for n in range(19)}
    best = min(tried, key=lambda weight: (tried[weight], weight))
    return best, tried[best]


def _stretch(forecast: Forecast, was: Floats) -> float:
    """What an interval has to be stretched by to have held for HELD of the customers."""
    mean, low, high = forecast
    width = np.where(was < mean, mean - low, high - mean)
    away = np.abs(was - mean)
    needed = np.divide(away, width, out=np.where(away > 0, np.inf, 0.0), where=width > 0)
    return float(np.clip(np.quantile(needed, HELD, method="higher"), *STRETCH))
