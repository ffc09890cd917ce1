"""The analysis: tables in, tables out. Knows no Django; every function takes `as_of` and never looks past it."""

from habitue.insight.backtest import backtest
from habitue.insight.cohorts import retention
from habitue.insight.concentration import concentration
from habitue.insight.engine import open_facts
from habitue.insight.facts import Facts, FactsError, day_number
from habitue.insight.history import stages_at
from habitue.insight.portraits import Portraits, portraits
from habitue.insight.reading import facts_from, read_orders
from habitue.insight.stages import STAGES, Thresholds

__all__ = [
    "STAGES",
    "Facts",
    "FactsError",
    "Portraits",
    "Thresholds",
    "backtest",
    "concentration",
    "day_number",
    "facts_from",
    "open_facts",
    "portraits",
    "read_orders",
    "retention",
    "stages_at",
]
