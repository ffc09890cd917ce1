"""Global search: customers by name, contact point or reference, orders by number, pages and commands by name."""

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
from habitue.portraits.freshness import of_refresh
from habitue.portraits.latest import latest_refresh
from habitue.reading.search import Results, find

CUSTOMERS, ORDERS, COMMANDS = "customers", "orders", "commands"


@may_look
def search(request: DeskRequest) -> HttpResponse:
    """The results in groups; with `go` a redirect to the best one."""
    text = typed_text(request)
    results = find(Customer.objects.visible_to(request.user), text)
    offered = commands.matching(request.user, text)
    groups = groups_by_rank(results, offered, text)
    if "go" in request.GET and (first := first_address(groups, results, offered)):
        return redirect(first)
    template = "search/page.html#results" if request.htmx else "search/page.html"
    refresh = latest_refresh()
    context = {"text": text, "results": results, "commands": offered, "groups": groups, "refresh": refresh}
    context["freshness"] = of_refresh(refresh)
    return render(request, template, context)


def typed_text(request: DeskRequest) -> str:
    """What was typed into the field, without NUL, which no database takes."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def groups_by_rank(results: Results, offered: Sequence[Command], text: str) -> list[str]:
    """Names of the groups that have results, the one with the best result first."""
    ranks: dict[str, Any] = {}
    if results.hits:
        ranks[CUSTOMERS] = results.hits[0].rank
    if results.orders:
        ranks[ORDERS] = Rank.EXACT if results.orders[0].number == text else Rank.MARK
    if offered:
        ranks[COMMANDS] = Rank.BEGINNINGS if offered[0].begins(name_key(text)) else Rank.PIECE
    return sorted(ranks, key=lambda group: ranks[group])


def first_address(groups: Sequence[str], results: Results, offered: Sequence[Command]) -> str | None:
    """The address that Enter opens: that of the best result, unless opening it would change something."""
    if not groups:
        return None
    if groups[0] == ORDERS:
        return reverse("order", args=[results.orders[0].buyer_id, results.orders[0].pk])
    return (
        reverse("customer", args=[results.hits[0].customer.pk]) if groups[0] == CUSTOMERS else offered[0].link or None
    )
