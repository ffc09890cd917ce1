"""The window: one customer on one page, in the same number of queries however long the history is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Count, F, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.desk import drawing
from habitue.desk.access import DeskRequest, may_look
from habitue.desk.history import TABS, history
from habitue.desk.latest import latest_refresh
from habitue.portraits import estimates, offer_wording, offering, wording
from habitue.portraits.models import Portrait, Refresh
from habitue.portraits.reading import reasons
from habitue.purchases.models import OrderLine

FAMILIES = 5


@may_look
def window(request: DeskRequest, pk: int) -> HttpResponse:
    visible = Customer.objects.visible_to(request.user).annotate(order_count=Count("orders"))
    customer = get_object_or_404(visible.select_related("portrait", "next_offers"), pk=pk)
    tab = request.GET.get("tab", "all")
    if tab not in TABS:
        raise Http404
    changes = list(customer.stage_changes.order_by("-on"))
    entries, older = history(customer, changes, tab, request.GET.get("before", ""))
    portrait = getattr(customer, "portrait", None)
    facts = {"customer": customer, "entries": entries, "older": older, "tab": tab}
    facts["as_of"] = as_of = portrait.as_of if portrait else timezone.localdate()
    if request.htmx and request.htmx.target != "history":
        return render(request, "window.html#entries", facts)
    orders = cast(Any, customer).order_count
    facts["tabs"] = list(zip(TABS, (orders + len(changes), orders, len(changes)), strict=True))
    if request.htmx:
        return render(request, "window.html#history", facts)
    refresh = latest_refresh()
    facts["contracts"] = _contracts(customer, refresh)
    facts |= _bought(customer, portrait, as_of) | {"portrait": portrait, "refresh": refresh}
    if portrait:
        facts |= _standing(portrait, refresh) | {"since": _since(portrait, changes)}
        facts |= _offers(customer, refresh)
    return render(request, "window.html", facts)


@may_look
def order(request: DeskRequest, pk: int, order: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    found = get_object_or_404(customer.orders.select_related("refund_of"), pk=order)
    lines = list(found.lines.select_related("product").order_by("position"))
    facts = {
        "customer": customer,
        "order": found,
        "lines": lines,
        "discounts": _discounts(lines),
        "refunds": list(found.refunds.order_by("placed_on", "pk")),
    }
    return render(request, "order.html#lines" if request.htmx else "order.html", facts)


def _bought(customer: Customer, portrait: Portrait | None, as_of: date) -> dict[str, Any]:
    """The last 12 months: the rhythm picture, the usual shop, and what they buy most."""
    year = {"placed_on__gt": as_of - timedelta(days=drawing.YEAR), "placed_on__lte": as_of}
    daily = customer.orders.filter(**year).values_list("placed_on", "place").order_by("placed_on")
    rows = list(daily.annotate(amount=Sum("amount"), count=Count("pk")))
    days: dict[date, int] = {}
    places: dict[str, int] = {}
    for day, place, amount, count in rows:
        days[day] = days.get(day, 0) + amount
        if place:
            places[place] = places.get(place, 0) + count
    lines = OrderLine.objects.filter(order__buyer=customer, **{f"order__{name}": day for name, day in year.items()})
    families = lines.values_list("product__family").annotate(amount=Sum("amount")).order_by("-amount")
    total = sum(days.values())
    return {
        "picture": drawing.rhythm([item for item in days.items() if item[1] > 0], as_of, _predicted(portrait)),
        "place": max(places, key=lambda place: places[place]) if places else "",
        "families": [
            (family, amount / total, drawing.scaled(amount, total))
            for family, amount in families[:FAMILIES]
            if total > 0 and amount > 0
        ],
    }


def _contracts(customer: Customer, refresh: Refresh | None) -> list[dict[str, Any]]:
    """Those that run first, each with what is expected of it."""
    held = customer.contracts.select_related("renewal").order_by(F("last_day").desc(nulls_first=True), "-first_day")
    return [
        {"contract": one, "renewal": one.renewal, "reason": estimates.renewal(one.renewal, refresh)}
        if hasattr(one, "renewal")
        else {"contract": one}
        for one in held
    ]


def _standing(portrait: Portrait, refresh: Refresh | None) -> dict[str, Any]:
    """The words of where they stand, each with its reason."""
    told = {f"{name}_reason": reason for name, reason in reasons(portrait, refresh).items()}
    return {
        "rhythm": wording.rhythm(portrait, refresh),
        "scores_reason": wording.scores(),
        "season": wording.season(refresh),
    } | told


def _offers(customer: Customer, refresh: Refresh | None) -> dict[str, Any]:
    """What they may take up next, and what they are due to buy again, each with its reason."""
    offers, reminders = offering.read(getattr(customer, "next_offers", None), refresh)
    if refresh is None:
        return {}
    return {
        "offers": [(offer, offer_wording.offer(offer, refresh)) for offer in offers],
        "reminders": [(reminder, offer_wording.reminder(reminder, refresh)) for reminder in reminders],
    }


def _since(portrait: Portrait, changes: list[Any]) -> date | None:
    """Since when the stage is what it is; unknown while the history is behind the portrait."""
    return changes[0].on if changes and changes[0].now == portrait.stage else None


def _predicted(portrait: Portrait | None) -> tuple[date, date, date] | None:
    if portrait is None or not portrait.foreseeable:
        return None
    return cast("tuple[date, date, date]", (portrait.next_early, portrait.next_middle, portrait.next_late))


def _discounts(lines: list[OrderLine]) -> dict[str, int]:
    """Each kind of discount with its sum over the order."""
    sums: dict[str, int] = {}
    for line in lines:
        for kind, amount in line.discounts.items():
            sums[kind] = sums.get(kind, 0) + amount
    return sums
