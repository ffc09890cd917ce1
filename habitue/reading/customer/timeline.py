"""The history of one customer, newest first: purchases, transitions between stages and what the team did, by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from habitue.customers.models import Customer
from habitue.purchases.models import Order
from habitue.reading.customer.overview_rows import EventRow, TransitionRow
from habitue.reading.errors import InvalidQuery

PAGE = 25
TABS = ("all", "purchases", "stages", "changes")
Key = tuple[date, int, int]  # day, kind of entry, id


@dataclass(frozen=True)
class Entry:
    """A line of the history: an order, a transition or an event. A transition stands above the orders of its day."""

    day: date
    order: Order | None = None
    transition: TransitionRow | None = None
    event: EventRow | None = None
    more: int = 0  # further events of the day, by the same person

    @property
    def key(self) -> Key:
        """The sort key of an entry, newest first when descending."""
        if self.order:
            return (self.day, 0, self.order.pk)
        return (self.day, 2, self.event.pk) if self.event else (self.day, 1, 0)


def history(
    customer: Customer,
    transitions: Sequence[TransitionRow],
    tab: str,
    before: str,
    events: Sequence[EventRow] = (),
) -> tuple[list[Entry], str]:
    """A page of entries older than the cursor `before`, and the cursor of the next page ("" at the end)."""
    start = _read_cursor(before)
    entries = _orders(customer, start) if tab in ("all", "purchases") else []
    others = [Entry(row.day, transition=row) for row in transitions] if tab in ("all", "stages") else []
    others += [Entry(event.day, event=event) for event in events] if tab == "changes" else []
    others += _by_day(events) if tab == "all" else []
    entries += [entry for entry in others if not start or entry.key < start]
    entries.sort(key=lambda entry: entry.key, reverse=True)
    older = _cursor(entries[PAGE - 1]) if len(entries) > PAGE else ""
    return entries[:PAGE], older


def _orders(customer: Customer, start: Key | None) -> list[Entry]:
    """Purchases from the cursor `start` on, one more than fits on a page (keyset pagination)."""
    orders = customer.orders.select_related("refund_of", "recipient").order_by("-placed_on", "-pk")
    if start:
        day, kind, pk = start
        same_day = Q(placed_on=day) if kind else Q(placed_on=day, pk__lt=pk)
        orders = orders.filter(Q(placed_on__lt=day) | same_day)
    return [Entry(order.placed_on, order=order) for order in orders[: PAGE + 1]]


def _by_day(events: Sequence[EventRow]) -> list[Entry]:
    """Entries of events, those of one day by one person together, as editing a record makes many."""
    by_day: dict[tuple[date, str], list[EventRow]] = {}
    for event in events:
        by_day.setdefault((event.day, event.by), []).append(event)
    return [Entry(day, event=some[0], more=len(some) - 1) for (day, _by), some in by_day.items()]


def _cursor(entry: Entry) -> str:
    day, kind, pk = entry.key
    return f"{day.isoformat()}.{kind}.{pk}"


def _read_cursor(text: str) -> Key | None:
    if not text:
        return None
    try:
        day, kind, pk = text.split(".")
        return date.fromisoformat(day), int(kind), int(pk)
    except ValueError as error:
        raise InvalidQuery from error
