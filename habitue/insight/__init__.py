"""The analysis: tables in, tables out. Knows no Django; every function takes `as_of` and never looks past it."""

from habitue.insight.backtest import backtest
from habitue.insight.base import base_analyses
from habitue.insight.cohorts import retention
from habitue.insight.concentration import concentration
from habitue.insight.contracts import Contracts, contracts
from habitue.insight.ended import after_discounts
from habitue.insight.engine import open_facts
from habitue.insight.facts import Facts, FactsError, day_number
from habitue.insight.had import Level
from habitue.insight.history import stages_at
from habitue.insight.leaving import leaving
from habitue.insight.lifetime import Lifetime, lifetime
from habitue.insight.models import MODELS
from habitue.insight.offers import Offers, offers
from habitue.insight.passages import durations, entries, passages
from habitue.insight.portraits import Portraits, portraits
from habitue.insight.price import discounts, discounts_by_customer
from habitue.insight.reading import facts_from, read_orders
from habitue.insight.repeat import second_purchase
from habitue.insight.stages import STAGES, Thresholds
from habitue.insight.tenure import spend_by_tenure
from habitue.insight.uncertainty import interval, parameter_intervals

__all__ = [
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
    "concentration",
    "contracts",
    "day_number",
    "discounts",
    "discounts_by_customer",
    "durations",
    "entries",
    "facts_from",
    "interval",
    "leaving",
    "lifetime",
    "offers",
    "open_facts",
    "parameter_intervals",
    "passages",
    "portraits",
    "read_orders",
    "retention",
    "second_purchase",
    "spend_by_tenure",
    "stages_at",
]
