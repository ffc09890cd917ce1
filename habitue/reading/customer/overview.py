"""All that is short about one customer, in one query: how to reach them, to whom they are related, tags, fields,
competitors, what they received, stages and events. Ten tables with a few rows each, so a union of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    Exists,
    F,
    Field,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncDate

from habitue.customers.models import Comparison, ContactPoint, Customer, CustomValue, Relation, Tagging
from habitue.events.kinds import KINDS
from habitue.events.models import Event, EventSubject
from habitue.kernel.database.prepared import Prepared
from habitue.portraits.models import StageChange
from habitue.purchases.models import Order, OrderLine
from habitue.reading.events import say

COLUMNS: dict[str, Field[Any, Any]] = {
    **dict.fromkeys(("what", "a", "b", "c", "d", "e", "f"), CharField()),
    **dict.fromkeys(("pk", "x"), BigIntegerField()),
    "flag": IntegerField(),
    **dict.fromkeys(("day", "until"), DateField()),
}
MOST_EVENTS, MOST_ORDERS = 200, 6


@dataclass(frozen=True)
class Row:
    """What the columns hold is told where each kind is asked for, below."""

    what: str
    pk: int
    a: str = ""
    b: str = ""
    c: str = ""
    d: str = ""
    e: str = ""
    f: str = ""
    x: int | None = None
    flag: int | None = None
    day: date | None = None
    until: date | None = None

    # as StageChange names them
    @property
    def on(self) -> date | None:
        return self.day

    @property
    def was(self) -> str:
        return self.a

    @property
    def now(self) -> str:
        return self.b

    @property
    def number(self) -> Decimal | None:
        return Decimal(self.d) if self.d else None

    @property
    def told(self) -> str:
        """An event in words."""
        return say(self.a, json.loads(self.b or "{}"), self.e, json.loads(self.d or "{}"))


@dataclass(frozen=True)
class Who:
    contacts: list[Row]
    relations: list[Row]
    tags: list[Row]
    values: list[Row]
    comparisons: list[Row]
    received: list[Row]
    paid: list[Row]
    stages: list[Row]
    events: list[Row]

    @property
    def reach(self) -> dict[str, Row]:
        """The first of each kind that is in use and well formed."""
        return {row.a: row for row in reversed(self.contacts) if row.flag and not row.until}


def read(customer: Customer) -> Who:
    found: dict[str, list[Row]] = {}
    for values in _ALL.ask(customer.pk):
        row = Row(**{name: value for name, value in zip(COLUMNS, values, strict=True) if value is not None})
        found.setdefault(row.what, []).append(row)
    return Who(
        contacts=sorted(found.get("contact", []), key=lambda row: (bool(row.until), _KINDS.index(row.a), row.pk)),
        relations=sorted(found.get("relation", []), key=lambda row: (bool(row.until), row.a, row.flag, row.c)),
        tags=sorted(found.get("tag", []), key=lambda row: row.a.casefold()),
        values=sorted(found.get("value", []), key=lambda row: (row.flag or 0, row.pk)),
        comparisons=_newest(found.get("comparison", [])),
        received=_newest({row.pk: row for row in found.get("received", [])}.values())[: MOST_ORDERS - 1],
        paid=_newest(found.get("paid", []))[: MOST_ORDERS - 1],
        stages=_newest(found.get("stage", [])),
        events=_newest(found.get("event", [])),
    )


_KINDS = [kind.value for kind in ContactPoint.Kind]


def _asked(pk: int) -> Iterator[tuple[str, QuerySet[Any], dict[str, Any]]]:
    # a: kind, b: as typed, c: one writing, d: label, e: kind of event it came with, f: by whom; flag: well formed
    yield (
        "contact",
        ContactPoint.objects.filter(customer=pk),
        {"a": "kind", "b": "typed", "c": "value", "d": "label", "e": "source__kind"}
        | {"f": "source__by__username", "flag": "valid", "day": "since", "until": "until"},
    )
    # a: kind, c: the other's name, d: their reference, x: the other; flag: told from the other end
    for end, other, back in (("of", "to", 0), ("to", "of", 1)):
        yield (
            "relation",
            Relation.objects.filter(**{end: pk}),
            {"a": "kind", "c": f"{other}__name", "d": f"{other}__reference", "x": f"{other}_id"}
            | {"flag": Value(back), "day": "first_day", "until": "last_day"},
        )
    yield "tag", Tagging.objects.filter(customer=pk), {"a": "tag__name", "x": "tag_id"}
    # a: type, b: label, c: text or the other's name, d: number, x: the other; flag: place
    told = Coalesce(NullIf("other__name", Value("")), "text")
    yield (
        "value",
        CustomValue.objects.filter(customer=pk),
        {"a": "field__type", "b": "field__label", "c": told, "d": "number", "x": "other_id"}
        | {"flag": "field__position", "day": "day"},
    )
    yield (
        "comparison",
        Comparison.objects.filter(customer=pk),
        {"a": "outcome", "b": "reason", "c": "competitor__name", "day": "on"},
    )
    # a: number, c: the buyer's name, x: the buyer
    bought = {"a": "number", "c": "buyer__name", "d": "buyer__reference", "x": "buyer_id", "day": "placed_on"}
    lines = OrderLine.objects.filter(recipient=pk).order_by("-order_id").values("order_id")[:MOST_ORDERS]
    yield "received", _latest_orders(recipient=pk), bought
    yield "received", Order.objects.filter(pk__in=lines).exclude(buyer=pk), bought
    yield "paid", _latest_orders(payer=pk), bought
    yield "stage", StageChange.objects.filter(customer=pk), {"a": "was", "b": "now", "day": "on"}
    # a: kind, b: data, c: by whom, d: data of what was undone, e: its kind; flag: undone since
    history = EventSubject.objects.filter(customer=pk, event__kind__in=list(KINDS))
    latest = history.order_by("-event_id").values("event_id")
    undone = Exists(Event.objects.filter(undoes=OuterRef("pk")))
    yield (
        "event",
        Event.objects.filter(pk__in=latest[:MOST_EVENTS]),
        {"a": "kind", "b": "data", "c": "by__username", "d": "undoes__data", "e": "undoes__kind"}
        | {"flag": undone, "day": TruncDate("at")},
    )


def _union(pk: int) -> QuerySet[Any, Any]:
    first, *others = (_columns(rows, what, **columns) for what, rows, columns in _asked(pk))
    return first.union(*others, all=True)


_ALL = Prepared(_union)


def _latest_orders(**who: int) -> QuerySet[Order]:
    """Bought by somebody else. A union takes no limit in its parts, a condition does."""
    latest = Order.objects.filter(refund_of=None, **who).exclude(buyer__in=who.values())
    return Order.objects.filter(pk__in=latest.order_by("-placed_on", "-pk").values("pk")[:MOST_ORDERS])


def _columns(rows: QuerySet[Any], what: str, **columns: Any) -> QuerySet[Any]:
    """Each column in the type that all parts of a union have, also where it is empty."""
    values = {"what": Value(what), "pk": "pk"} | columns
    told = {f"_{name}": Cast(_expression(values.get(name)), field) for name, field in COLUMNS.items()}
    columns_of: QuerySet[Any] = rows.order_by().annotate(**told).values_list(*told)
    return columns_of


def _expression(value: Any) -> Any:
    return F(value) if isinstance(value, str) else Value(None) if value is None else value


def _newest(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.day or date.min, row.pk), reverse=True)
