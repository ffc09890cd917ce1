"""The conditions that segments can use. Each domain declares its own with `declare` when the program starts.

    declare(Condition("stage", _("Stage"), LIFE, choice_operators(_("stage"), where, choices), reads={"..."}))

A condition is used with one of its operators. An operator has inputs, a filter (`Q`) on customers, and its words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from habitue.kernel.errors import HabitueError

Values = Mapping[str, Any]
Type = Literal["text", "number", "money", "day", "count", "choice", "choices", "customer", "segment"]


@dataclass(frozen=True)
class Input:
    """A value to enter for an operator. `before` and `after` are the words around its field in the form."""

    name: str
    type: Type
    label: Any
    before: Any = ""
    after: Any = ""
    optional: bool = False
    choices: Callable[[], Sequence[tuple[str, Any]]] | None = None
    suggests: Callable[[str], Sequence[str]] | None = None


@dataclass(frozen=True)
class Scope:
    """The days for which conditions are evaluated, and for which customers.

    `today` is the calendar day, `as_of` the last day that the data covers. `only`: ids of a few customers, so that the
    query need not read all.
    """

    today: dt.date = field(default_factory=timezone.localdate)
    as_of: dt.date = field(default_factory=lambda: data_as_of())
    only: Sequence[int] | None = None

    def having(self, rows: QuerySet[Any], owner: str = "customer_id") -> Q:
        """The condition that a customer's id is in the column `owner` of `rows`.

        PostgreSQL gets EXISTS, which it can join even when negated; for NOT IN it would scan a set for every customer.
        SQLite gets IN, from which it starts, as it would run EXISTS once a row.
        """
        if self.only is not None:
            rows = rows.filter(**{f"{owner}__in": self.only})
        if connection.vendor == "postgresql" and rows.query.group_by is None:
            return Q(Exists(rows.order_by().filter(**{owner: OuterRef("pk")})))
        return Q(pk__in=rows.order_by().values(owner))


@dataclass(frozen=True)
class Operator:
    """A way to use a condition: its inputs, its filter and its words.

    `says(values, affirmed)` is the clause after "customers ": "who bought Pasta", or its negation.
    """

    code: str
    label: Any
    filter: Callable[[Values, Scope], Q]
    says: Callable[[Values, bool], str]
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A property of customers that rules can ask for, with its operators.

    `reads`: labels of the models it depends on; after changes to them, segments with it are counted again.
    """

    code: str
    label: Any
    group: Any
    operators: tuple[Operator, ...]
    reads: frozenset[str] = field(default_factory=frozenset)

    def operator(self, code: str) -> Operator | None:
        return next((operator for operator in self.operators if operator.code == code), None)


_declared: dict[str, Condition] = {}
_providers: list[Callable[[], Iterable[Condition]]] = []
_data: dict[str, Callable[[], Any]] = {}


def declare(*conditions: Condition) -> None:
    for condition in conditions:
        _declared[condition.code] = condition


def provide(provider: Callable[[], Iterable[Condition]]) -> None:
    """Register a function whose conditions depend on rows of the database: it is called each time they are needed."""
    _providers.append(provider)


def conditions() -> dict[str, Condition]:
    """All conditions by code, in the order in which they are shown."""
    return _declared | {condition.code: condition for provider in _providers for condition in provider()}


def describe_data(as_of: Callable[[], dt.date | None], currency: Callable[[], str | None]) -> None:
    """Register functions of a higher domain: the last day that the data covers, and the currency of most orders."""
    _data.update(as_of=as_of, currency=currency)


def data_as_of() -> dt.date:
    """The last day that the data covers, by the latest refresh; today before the first refresh."""
    known = _data["as_of"]() if "as_of" in _data else None
    return known or timezone.localdate()


def currency() -> str:
    """The currency of amounts in conditions: that of most orders, or of the settings before the first refresh."""
    known = _data["currency"]() if "currency" in _data else None
    return known or settings.CURRENCY


class ConditionError(HabitueError):
    """An invalid condition in rules; `rules` adds its position to the message."""
