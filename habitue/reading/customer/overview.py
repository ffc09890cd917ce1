"""The overview of one customer in one query: contact points, relations, tags, custom fields, unread facts, competitors,
received and paid orders, stages and events.

These are eleven tables with a few rows each, so the query is a union of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf, TruncDate

from habitue.customers.models import Comparison, ContactPoint, Customer, CustomValue, Relation, Tagging, UnreadValue
from habitue.events.kinds import KINDS
from habitue.events.models import Event, EventSubject
from habitue.kernel.database.prepared import PreparedQuery
from habitue.portraits.models import StageChange
from habitue.purchases.models import Order, OrderLine
from habitue.reading.customer.overview_rows import (
    ComparisonRow,
    ContactRow,
    EventRow,
    OrderRow,
    RelationRow,
    TagRow,
    TransitionRow,
    UnreadRow,
    ValueRow,
)
from habitue.reading.customer.union import Part, Union

MOST_EVENTS, MOST_ORDERS = 200, 6
CONTACT_KINDS = [kind.value for kind in ContactPoint.Kind]


@dataclass(frozen=True)
class Overview:
    """The rows of one customer, each kind in the order in which it is shown."""

    contacts: list[ContactRow]
    relations: list[RelationRow]
    tags: list[TagRow]
    values: list[ValueRow]
    unread: list[UnreadRow]
    comparisons: list[ComparisonRow]
    received: list[OrderRow]
    paid: list[OrderRow]
    transitions: list[TransitionRow]
    events: list[EventRow]

    @property
    def reach(self) -> dict[str, ContactRow]:
        """The first contact point of each kind that is in use and well formed."""
        return {row.kind: row for row in reversed(self.contacts) if row.valid and row.in_use}


def read(customer: Customer) -> Overview:
    """The overview of one customer, in one query."""
    rows = UNION.read(_QUERY.ask(customer.pk))
    return Overview(
        contacts=sorted(rows["contact"], key=lambda row: (not row.in_use, CONTACT_KINDS.index(row.kind), row.pk)),
        relations=sorted(
            rows["relation"], key=lambda row: (bool(row.last_day), row.kind, row.backward, row.other_name)
        ),
        tags=sorted(rows["tag"], key=lambda row: row.name.casefold()),
        values=sorted(rows["value"], key=lambda row: (row.position, row.pk)),
        unread=sorted(rows["unread"], key=lambda row: row.pk),
        comparisons=_newest(rows["comparison"]),
        received=_newest({row.pk: row for row in rows["received"]}.values())[: MOST_ORDERS - 1],
        paid=_newest(rows["paid"])[: MOST_ORDERS - 1],
        transitions=_newest(rows["transition"]),
        events=_newest(rows["event"]),
    )


UNION = Union(
    {
        "contact": ContactRow,
        "relation": RelationRow,
        "tag": TagRow,
        "value": ValueRow,
        "unread": UnreadRow,
        "comparison": ComparisonRow,
        "received": OrderRow,
        "paid": OrderRow,
        "transition": TransitionRow,
        "event": EventRow,
    }
)


def _parts(pk: int) -> Iterator[Part]:
    yield _contacts(pk)
    yield from _relations(pk)
    yield UNION.part("tag", Tagging.objects.filter(customer=pk), pk="pk", name="tag__name")
    yield _values(pk)
    yield UNION.part("unread", UnreadValue.objects.filter(customer=pk), pk="pk", fact="fact", typed="typed")
    yield UNION.part(
        "comparison",
        Comparison.objects.filter(customer=pk),
        pk="pk",
        competitor="competitor__name",
        outcome="outcome",
        reason="reason",
        day="on",
    )
    yield from _orders_of_others(pk)
    changes = StageChange.objects.filter(customer=pk)
    yield UNION.part("transition", changes, pk="pk", was="was", now="now", day="on")
    yield _events(pk)


def _query(pk: int) -> QuerySet[Any, Any]:
    return UNION.compose(_parts(pk))


_QUERY = PreparedQuery(_query)


def _contacts(pk: int) -> Part:
    return UNION.part(
        "contact",
        ContactPoint.objects.filter(customer=pk),
        pk="pk",
        kind="kind",
        typed="typed",
        value="value",
        label="label",
        source_kind="source__kind",
        source_by="source__by__username",
        valid="valid",
        since="since",
        until="until",
    )


def _relations(pk: int) -> Iterator[Part]:
    """Relations declared from either end."""
    for end, other, backward in (("of", "to", False), ("to", "of", True)):
        yield UNION.part(
            "relation",
            Relation.objects.filter(**{end: pk}),
            pk="pk",
            kind="kind",
            backward=Value(backward),
            other_pk=f"{other}_id",
            other_name=f"{other}__name",
            other_reference=f"{other}__reference",
            first_day="first_day",
            last_day="last_day",
        )


def _values(pk: int) -> Part:
    return UNION.part(
        "value",
        CustomValue.objects.filter(customer=pk),
        pk="pk",
        type="field__type",
        label="field__label",
        position="field__position",
        text=Coalesce(NullIf("other__name", Value("")), "text"),
        number="number",
        day="day",
        other_pk="other_id",
    )


def _orders_of_others(pk: int) -> Iterator[Part]:
    """Orders of somebody else that the customer received as a whole, received lines of, or paid."""
    columns = {"pk": "pk", "number": "number", "day": "placed_on", "buyer_pk": "buyer_id"}
    columns |= {"buyer_name": "buyer__name", "buyer_reference": "buyer__reference"}
    lines = OrderLine.objects.filter(recipient=pk).order_by("-order_id").values("order_id")[:MOST_ORDERS]
    yield UNION.part("received", _latest_orders(recipient=pk), **columns)
    yield UNION.part("received", Order.objects.filter(pk__in=lines).exclude(buyer=pk), **columns)
    yield UNION.part("paid", _latest_orders(payer=pk), **columns)


def _latest_orders(**role: int) -> QuerySet[Order]:
    """The latest orders of somebody else in which the customer has this role (such as `payer=pk`).

    In a subquery, as a part of a union takes no LIMIT.
    """
    latest = Order.objects.sales().filter(**role).exclude(buyer__in=role.values())
    return Order.objects.filter(pk__in=latest.order_by("-placed_on", "-pk").values("pk")[:MOST_ORDERS])


def _events(pk: int) -> Part:
    history = EventSubject.objects.filter(customer=pk, event__kind__in=list(KINDS))
    latest = history.order_by("-event_id").values("event_id")
    return UNION.part(
        "event",
        Event.objects.filter(pk__in=latest[:MOST_EVENTS]),
        pk="pk",
        kind="kind",
        data="data",
        by="by__username",
        day=TruncDate("at"),
        undone_kind="undoes__kind",
        undone_data="undoes__data",
        undone=Exists(Event.objects.filter(undoes=OuterRef("pk"))),
    )


class _Dated(Protocol):
    @property
    def pk(self) -> int: ...
    @property
    def day(self) -> date: ...


DatedRow = TypeVar("DatedRow", bound=_Dated)


def _newest(rows: Iterable[DatedRow]) -> list[DatedRow]:
    return sorted(rows, key=lambda row: (row.day, row.pk), reverse=True)
