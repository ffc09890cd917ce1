"""What a segment may ask of a customer. Each room declares its conditions with `declare` when the program starts.

    declare(Condition("stage", _("Stage"), LIFE, choice_operators(_("stage"), where, choices), reads={"..."}))

A condition is asked with one of its operators; an operator names its inputs, gives the `Q` that it asks of customers,
and the words in which it reads.
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
    """A value that the reader gives. `before` and `after` are the words around its field in the builder."""

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
    """When a condition is asked, and of whom: of a few customers (`only`) no set of all is made.

    `today` is the day of the calendar, `as_of` the last day that the data covers.
    """

    today: dt.date = field(default_factory=timezone.localdate)
    as_of: dt.date = field(default_factory=lambda: data_as_of())
    only: Sequence[int] | None = None

    def having(self, rows: QuerySet[Any], owner: str = "customer_id") -> Q:
        """Those whose id stands in the column `owner` of `rows`. What EXISTS asks for PostgreSQL joins, denied too: of
        NOT IN it makes a set and tries everybody against it. SQLite, to which EXISTS is a look for each row, sets out
        from IN."""
        if self.only is not None:
            rows = rows.filter(**{f"{owner}__in": self.only})
        if connection.vendor == "postgresql" and rows.query.group_by is None:
            return Q(Exists(rows.order_by().filter(**{owner: OuterRef("pk")})))
        return Q(pk__in=rows.order_by().values(owner))


@dataclass(frozen=True)
class Operator:
    """`says(values, affirmed)` is a clause after "customers ": "who bought Pasta", or its contrary."""

    code: str
    label: Any
    filter: Callable[[Values, Scope], Q]
    says: Callable[[Values, bool], str]
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True)
class Condition:
    """`reads` names the tables that it rests on (as Django labels models): when they change it is asked anew."""

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
    """For conditions that rest on rows: they are asked for each time."""
    _providers.append(provider)


def conditions() -> dict[str, Condition]:
    """By code, in the order in which they are shown."""
    return _declared | {condition.code: condition for provider in _providers for condition in provider()}


def describe_data(as_of: Callable[[], dt.date | None], currency: Callable[[], str | None]) -> None:
    """Register what a domain above knows of the data: the last day that it covers, and the currency of its amounts."""
    _data.update(as_of=as_of, currency=currency)


def data_as_of() -> dt.date:
    """The last day that the data covers: of the latest refresh; today before the first."""
    known = _data["as_of"]() if "as_of" in _data else None
    return known or timezone.localdate()


def currency() -> str:
    """The currency of amounts in conditions: that of most orders; the setting before the first refresh."""
    known = _data["currency"]() if "currency" in _data else None
    return known or settings.CURRENCY


class ConditionError(HabitueError):
    """Why a condition cannot be asked; `rules` adds where it stands."""
