"""The one field: customers by name or reference, orders by number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from habitue.customers.models import Customer
from habitue.customers.queries import name_key
from habitue.desk.access import DeskRequest, may_look
from habitue.desk.latest import latest_refresh
from habitue.purchases.models import Order

SHOWN = 8


@may_look
def search(request: DeskRequest) -> HttpResponse:
    text = asked(request)
    found = find(Customer.objects.visible_to(request.user), text)
    if "go" in request.GET and found.first:
        return redirect(found.first)
    template = "search.html#found" if request.htmx else "search.html"
    return render(request, template, {"text": text, "found": found, "refresh": latest_refresh()})


def asked(request: DeskRequest) -> str:
    """What was typed into the field, without what no name holds."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


@dataclass(frozen=True)
class Found:
    customers: list[Customer]
    orders: list[Order]

    @property
    def first(self) -> str | None:
        """Where Enter leads: the best customer, or the order when no customer is called so."""
        if self.orders and not self.customers:
            return reverse("order", args=[self.orders[0].buyer_id, self.orders[0].pk])
        return reverse("customer", args=[self.customers[0].pk]) if self.customers else None


def find(visible: QuerySet[Customer], text: str) -> Found:
    if not text:
        return Found([], [])
    order = [When(reference__iexact=text, then=Value(0))]
    if key := name_key(text):
        order.append(When(name_key__startswith=key, then=Value(1)))
    best = Case(*order, default=Value(2))
    customers = matching(visible, text).select_related("portrait").order_by(best, "name_key", "pk")
    return Found(list(customers[:SHOWN]), orders_numbered(visible, text))


def matching(visible: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """By name (accents aside, words in any order) or by the beginning of the reference."""
    condition = Q(reference__istartswith=text)
    if key := name_key(text):
        named = Q()
        for word in key.split():
            named &= Q(name_key__contains=word)
        condition |= named
    return visible.filter(condition)


def orders_numbered(visible: QuerySet[Customer], text: str) -> list[Order]:
    """The order of that number, or the few whose number begins so."""
    if not any(letter.isdigit() for letter in text):
        return []
    orders = Order.objects.filter(buyer__in=visible).select_related("buyer")
    return list(orders.filter(number=text)) or list(orders.filter(number__startswith=text).order_by("number")[:SHOWN])


def marked(name: str, text: str) -> list[tuple[str, bool]]:
    """`name` in pieces, each with whether it is what was typed: the template sets those in bold.

    >>> marked("Éloïse Roux", "elo")
    [('Élo', True), ('ïse Roux', False)]
    """
    letters = [name_key(letter) or " " for letter in name]  # a letter of the name may be two of the key (œ, ß)
    folded = "".join(letters)
    owner = [at for at, letter in enumerate(letters) for _ in letter]
    hit = [False] * len(name)
    for word in name_key(text).split():
        start = folded.find(word)
        while start >= 0:
            for at in owner[start : start + len(word)]:
                hit[at] = True
            start = folded.find(word, start + len(word))
    pieces: list[tuple[str, bool]] = []
    for letter, bold in zip(name, hit, strict=True):
        if pieces and pieces[-1][1] == bold:
            pieces[-1] = (pieces[-1][0] + letter, bold)
        else:
            pieces.append((letter, bold))
    return pieces
