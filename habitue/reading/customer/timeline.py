"""What happened with one customer, newest first: purchases, passages between stages and what the team did, by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404

from habitue.customers.models import Customer
from habitue.purchases.models import Order

PAGE = 25
TABS = ("all", "purchases", "stages", "changes")


@dataclass(frozen=True)
class Entry:
    """One line of the history. A stage is what the day came to, so it stands above the day's purchases."""

    day: date
    order: Order | None = None
    change: Any = None
    event: Any = None
    more: int = 0  # further events of the day, by the same person

    @property
    def place(self) -> tuple[date, int, int]:
        if self.order:
            return (self.day, 0, self.order.pk)
        return (self.day, 2, self.event.pk) if self.event else (self.day, 1, 0)


def history(
    customer: Customer, changes: Sequence[Any], tab: str, before: str, events: Sequence[Any] = ()
) -> tuple[list[Entry], str]:
    """A page of entries, and the cursor of the older ones ("" at the end). `changes` are of stages, with day, was and
    now; `events` have a day and an id."""
    place = _read(before)
    entries: list[Entry] = []
    if tab in ("all", "purchases"):
        orders = customer.orders.select_related("refund_of", "recipient").order_by("-placed_on", "-pk")
        if place:
            day, kind, pk = place
            same_day = Q(placed_on=day) if kind else Q(placed_on=day, pk__lt=pk)
            orders = orders.filter(Q(placed_on__lt=day) | same_day)
        entries += [Entry(order.placed_on, order=order) for order in orders[: PAGE + 1]]
    told = [Entry(change.on, change=change) for change in changes] if tab in ("all", "stages") else []
    told += [Entry(event.day, event=event) for event in events] if tab == "changes" else []
    told += _by_day(events) if tab == "all" else []
    entries += [entry for entry in told if not place or entry.place < place]
    entries.sort(key=lambda entry: entry.place, reverse=True)
    older = _cursor(entries[PAGE - 1]) if len(entries) > PAGE else ""
    return entries[:PAGE], older


def _by_day(events: Sequence[Any]) -> list[Entry]:
    """Whoever fills in a record does many things in a row: among purchases they are one line."""
    found: dict[tuple[date, str], list[Any]] = {}
    for event in events:
        found.setdefault((event.day, event.c), []).append(event)
    return [Entry(day, event=some[0], more=len(some) - 1) for (day, _by), some in found.items()]


def _cursor(entry: Entry) -> str:
    day, kind, pk = entry.place
    return f"{day.isoformat()}.{kind}.{pk}"


def _read(text: str) -> tuple[date, int, int] | None:
    if not text:
        return None
    try:
        day, kind, pk = text.split(".")
        return date.fromisoformat(day), int(kind), int(pk)
    except ValueError as error:
        raise Http404 from error
