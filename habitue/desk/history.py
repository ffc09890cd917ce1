"""What happened with one customer, newest first: purchases and passages between stages, in one order by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import Http404

from habitue.customers.models import Customer
from habitue.portraits.models import StageChange
from habitue.purchases.models import Order

PAGE = 25
TABS = ("all", "purchases", "stages")


@dataclass(frozen=True)
class Entry:
    """One line of the history. A stage is what the day came to, so it stands above the day's purchases."""

    day: date
    order: Order | None = None
    change: StageChange | None = None

    @property
    def place(self) -> tuple[date, int, int]:
        return (self.day, 0, self.order.pk) if self.order else (self.day, 1, 0)


def history(customer: Customer, changes: list[StageChange], tab: str, before: str) -> tuple[list[Entry], str]:
    """A page of entries, and the cursor of the older ones ("" at the end)."""
    place = _read(before)
    entries: list[Entry] = []
    if tab != "stages":
        orders = customer.orders.select_related("refund_of").order_by("-placed_on", "-pk")
        if place:
            day, kind, pk = place
            same_day = Q(placed_on=day) if kind == 1 else Q(placed_on=day, pk__lt=pk)
            orders = orders.filter(Q(placed_on__lt=day) | same_day)
        entries += [Entry(order.placed_on, order=order) for order in orders[: PAGE + 1]]
    if tab != "purchases":
        passages = [Entry(change.on, change=change) for change in changes]
        entries += [entry for entry in passages if not place or entry.place < place]
    entries.sort(key=lambda entry: entry.place, reverse=True)
    older = _cursor(entries[PAGE - 1]) if len(entries) > PAGE else ""
    return entries[:PAGE], older


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
