"""The one field: customers by whatever one has of them, orders by number, pages and commands by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from habitue.customers import finding
from habitue.customers.finding import Hit, Rank
from habitue.customers.models import Customer
from habitue.customers.queries import name_key
from habitue.desk import commands
from habitue.desk.access import DeskRequest, may_look
from habitue.desk.commands import Command
from habitue.desk.latest import latest_refresh
from habitue.desk.marking import marked
from habitue.purchases.models import Order

__all__ = ["asked", "find", "marked", "matching", "orders_numbered", "search"]

SHOWN = 8
CUSTOMERS, ORDERS, COMMANDS = "customers", "orders", "commands"


@may_look
def search(request: DeskRequest) -> HttpResponse:
    text = asked(request)
    found = find(Customer.objects.visible_to(request.user), text)
    offered = commands.answering(request.user, text)
    groups = in_order(found, offered, text)
    if "go" in request.GET and (first := first_address(groups, found, offered)):
        return redirect(first)
    template = "search.html#found" if request.htmx else "search.html"
    facts = {"text": text, "found": found, "commands": offered, "groups": groups, "refresh": latest_refresh()}
    return render(request, template, facts)


def asked(request: DeskRequest) -> str:
    """What was typed into the field, without what no name holds."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


@dataclass(frozen=True)
class Found:
    hits: list[Hit]
    orders: list[Order]
    told: dict[int, str]

    @property
    def customers(self) -> list[Customer]:
        return [hit.customer for hit in self.hits]

    @property
    def lines(self) -> list[tuple[Customer, str]]:
        """Each customer with what it was that answered, where the name does not show it."""
        return [(hit.customer, self.told.get(hit.customer.pk, hit.customer.reference)) for hit in self.hits]

    @property
    def more(self) -> bool:
        return len(self.hits) == SHOWN


def find(visible: QuerySet[Customer], text: str) -> Found:
    hits = finding.find(visible.select_related("portrait"), text, SHOWN)
    return Found(hits, orders_numbered(visible, text), finding.told(hits, text))


def matching(visible: QuerySet[Customer], text: str, *, counting: bool = False) -> QuerySet[Customer]:
    """All customers that answer, for the list."""
    return finding.matching(visible, text, counting=counting)


def orders_numbered(visible: QuerySet[Customer], text: str) -> list[Order]:
    """The order of that number, or the few whose number begins so."""
    if not any(letter.isdigit() for letter in text):
        return []
    found = list(_orders().filter(number=text)) or list(_orders().filter(finding.beginning("number", text))[:SHOWN])
    seen = set(visible.filter(pk__in=[order.buyer_id for order in found]).values_list("pk", flat=True))
    return [order for order in found if order.buyer_id in seen]


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("buyer").order_by("number")


def in_order(found: Found, offered: Sequence[Command], text: str) -> list[str]:
    """The groups, that with the best answer first."""
    ranks: dict[str, Any] = {}
    if found.hits:
        ranks[CUSTOMERS] = found.hits[0].rank
    if found.orders:
        ranks[ORDERS] = Rank.EXACT if found.orders[0].number == text else Rank.MARK
    if offered:
        ranks[COMMANDS] = Rank.BEGINNINGS if offered[0].begins(name_key(text)) else Rank.PIECE
    return sorted(ranks, key=lambda group: ranks[group])


def first_address(groups: Sequence[str], found: Found, offered: Sequence[Command]) -> str | None:
    """Where Enter leads: to the best of all, unless that changes a state."""
    if not groups:
        return None
    if groups[0] == ORDERS:
        return reverse("order", args=[found.orders[0].buyer_id, found.orders[0].pk])
    return reverse("customer", args=[found.hits[0].customer.pk]) if groups[0] == CUSTOMERS else offered[0].link or None
