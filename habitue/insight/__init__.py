"""The analysis of customers: tables in, tables out.

A library of its own: it knows no Django and nothing else of this program. Every function takes a day number `as_of` and
uses nothing that became known after the end of that day. docs/insight.md shows it in a notebook.
"""

from habitue.insight.base import base_analyses
from habitue.insight.concentration import concentration
from habitue.insight.days import day_number
from habitue.insight.facts.engine import open_facts
from habitue.insight.facts.reading import facts_from, read_orders
from habitue.insight.facts.tables import Facts, FactsError
from habitue.insight.lifecycle.cohorts import retention
from habitue.insight.lifecycle.contracts import Contracts, contracts
from habitue.insight.lifecycle.history import stages_at
from habitue.insight.lifecycle.second_purchase import second_purchase
from habitue.insight.lifecycle.stages import STAGES, Thresholds
from habitue.insight.lifecycle.tenure import spend_by_tenure
from habitue.insight.lifecycle.transitions import durations, entries, transitions
from habitue.insight.models.lifetime import Lifetime, lifetime
from habitue.insight.models.registry import MODELS
from habitue.insight.models.uncertainty import interval, parameter_intervals
from habitue.insight.offers.offers import Offers, offers
from habitue.insight.offers.ownership import Level
from habitue.insight.portraits import FORMER_AFTER, Portraits, portraits, portraits_as_fitted
from habitue.insight.prices.after_promotion import after_discounts
from habitue.insight.prices.churn_by_price import churn_by_price
from habitue.insight.prices.discounts import discounts, discounts_by_customer
from habitue.insight.record.backtest import backtest

__all__ = [
    "FORMER_AFTER",
    "MODELS",
    "STAGES",
    "Contracts",
    "Facts",
    "FactsError",
    "Level",
    "Lifetime",
    "Offers",
    "Portraits",
    "Thresholds",
    "after_discounts",
    "backtest",
    "base_analyses",
    "churn_by_price",
    "concentration",
    "contracts",
    "day_number",
    "discounts",
    "discounts_by_customer",
    "durations",
    "entries",
    "facts_from",
    "interval",
    "lifetime",
    "offers",
    "open_facts",
    "parameter_intervals",
    "portraits",
    "portraits_as_fitted",
    "read_orders",
    "retention",
    "second_purchase",
    "spend_by_tenure",
    "stages_at",
    "transitions",
]
