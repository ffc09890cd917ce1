"""The one field: customers by whatever one has of them, orders by number, pages and commands by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from habitue.customers.models import Customer
from habitue.customers.search.finding import Rank
from habitue.desk.search import commands
from habitue.desk.search.commands import Command
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.kernel.names import name_key
from habitue.portraits.latest import latest_refresh
from habitue.reading.search import Found, find

CUSTOMERS, ORDERS, COMMANDS = "customers", "orders", "commands"


@may_look
def search(request: DeskRequest) -> HttpResponse:
    text = asked(request)
    found = find(Customer.objects.visible_to(request.user), text)
    offered = commands.answering(request.user, text)
    groups = in_order(found, offered, text)
    if "go" in request.GET and (first := first_address(groups, found, offered)):
        return redirect(first)
    template = "search/page.html#found" if request.htmx else "search/page.html"
    facts = {"text": text, "found": found, "commands": offered, "groups": groups, "refresh": latest_refresh()}
    return render(request, template, facts)


def asked(request: DeskRequest) -> str:
    """What was typed into the field, without what no name holds."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


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
