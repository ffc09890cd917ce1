"""Rows of the figures of the base."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

EIGHTY_PERCENT = 1.2816  # standard deviations either side that hold 80 % of a normal distribution
FEW = 20  # customers: a share of fewer says little


class Transition(NamedTuple):
    """How many customers went from one stage to another; `was` is empty before a first purchase."""

    was: str
    now: str
    customers: int


@dataclass
class StageRow:
    """The customers of a stage, how many entered and left it in a month, and their expected value with its variance."""

    code: str
    customers: int = 0
    entered: int = 0
    left: int = 0
    expected: int = 0
    variance: float = 0.0

    @property
    def low(self) -> int:
        """The lower end of the 80 % interval of the expected value."""
        return max(round(self.expected - EIGHTY_PERCENT * math.sqrt(self.variance)), 0)

    @property
    def high(self) -> int:
        """The upper end of the 80 % interval of the expected value."""
        return round(self.expected + EIGHTY_PERCENT * math.sqrt(self.variance))


@dataclass(frozen=True)
class RecordRow:
    """A stage of the backtest: how many customers were in it, and how many of them have bought since."""

    code: str
    customers: int
    bought: int

    @property
    def share(self) -> float:
        return self.bought / self.customers


@dataclass(frozen=True)
class Cohort:
    """The customers of one month of first purchase, and how many of them bought in each later month that is over."""

    month: date
    customers: int
    bought: list[int]

    @property
    def few(self) -> bool:
        return self.customers < FEW

    def shares(self, months: int) -> list[float]:
        """The share that bought, in each of the first `months` later months."""
        return [count / self.customers for count in self.bought[:months]]
