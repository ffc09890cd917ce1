"""The window: one customer on one page, in the same number of queries however long the history is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Count, F, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from habitue.customers.merging.merging import MERGED
from habitue.customers.models import Customer
from habitue.desk.customer import sections
from habitue.desk.customer.sections import SECTIONS, show_section
from habitue.desk.shell import drawing
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.events.models import Event
from habitue.portraits import discounts, estimates, offer_wording, offering, standing, standing_wording, wording
from habitue.portraits.latest import latest_refresh
from habitue.portraits.models import Portrait, Refresh, Standing
from habitue.portraits.reporting import reasons
from habitue.purchases.models import OrderLine
from habitue.reading.customer.overview import Overview
from habitue.reading.customer.overview_rows import TransitionRow
from habitue.reading.customer.timeline import TABS, history

FAMILIES = 5


@may_look
def window(request: DeskRequest, pk: int) -> HttpResponse:
    visible = Customer.objects.visible_to(request.user).annotate(order_count=Count("orders"))
    refresh = latest_refresh()
    day = standing.day_of_facts(refresh)
    known = visible.select_related("portrait", "next_offers").filter(pk=pk).first()
    if known is None:
        return _stands_for(request, pk)
    if request.htmx and request.htmx.target in SECTIONS:
        return show_section(request, known, request.htmx.target)
    if request.htmx and request.htmx.target == "profile-form":
        return HttpResponse()
    done = request.GET.get("done", "")
    context = sections.section_context(known, int(done) if done.isdecimal() else None) | {"customer": known}
    context |= _history(request, known, context["overview"]) | {"refresh": refresh}
    if request.htmx:
        return render(
            request, f"customer/page.html#{'history' if request.htmx.target == 'history' else 'entries'}", context
        )
    return render(request, "customer/page.html", context | _derived(known, refresh, day, context["overview"]))


def _stands_for(request: DeskRequest, pk: int) -> HttpResponse:
    """Whoever was merged is found where the other stands for them."""
    merged = get_object_or_404(Customer.objects.filter(merged_into__isnull=False), pk=pk)
    visible = Customer.objects.visible_to(request.user)
    return redirect("customer", get_object_or_404(visible, pk=merged.merged_into_id).pk)


def _history(request: DeskRequest, customer: Customer, found: Overview) -> dict[str, Any]:
    tab = request.GET.get("tab", "all")
    if tab not in TABS:
        raise Http404
    entries, older = history(customer, found.transitions, tab, request.GET.get("before", ""), found.events)
    orders, stages, events = cast(Any, customer).order_count, len(found.transitions), len(found.events)
    portrait = getattr(customer, "portrait", None)
    return {
        "entries": entries,
        "older": older,
        "tab": tab,
        "tabs": list(zip(TABS, (orders + stages + events, orders, stages, events), strict=True)),
        "as_of": portrait.as_of if portrait else timezone.localdate(),
    }


def _derived(customer: Customer, refresh: Refresh | None, day: date, found: Overview) -> dict[str, Any]:
    """What follows from context. An internal customer has no portrait: they are no revenue and no prospect."""
    portrait = None if customer.internal else getattr(customer, "portrait", None)
    known = standing.of(customer, day)
    context = {"portrait": portrait, "standing": known, "headline": standing_wording.headline(known)}
    context |= {"standing_reason": standing_wording.reason(known)}
    context["contracts"] = _contracts(customer, refresh) if known.contract else []
    context |= _bought(customer, portrait, portrait.as_of if portrait else timezone.localdate())
    if portrait:
        context |= _standing(portrait, refresh, known) | {"since": _since(portrait, found.transitions)}
        context |= _offers(customer, refresh)
        context["at_discount"] = discounts.at_discount(customer, portrait, refresh)
        context["merged_since"] = _merged_since(found, refresh)
        context["staged"] = known.code not in (Standing.PAYER, Standing.RECIPIENT)
    return context


def _merged_since(found: Overview, refresh: Refresh | None) -> bool:
    """Whether the portrait knows only one of two who are one since."""
    merges = [event.pk for event in found.events if event.kind == MERGED and not event.undone]
    after = refresh.finished_at if refresh else None
    return bool(merges and after) and Event.objects.filter(pk__in=merges, at__gt=after).exists()


@may_look
def order(request: DeskRequest, pk: int, order: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    found = get_object_or_404(customer.orders.select_related("refund_of", "payer", "recipient"), pk=order)
    lines = list(found.lines.select_related("product", "recipient").order_by("position"))
    context = {
        "customer": customer,
        "order": found,
        "lines": lines,
        "discounts": _discounts(lines),
        "refunds": list(found.refunds.order_by("placed_on", "pk")),
    }
    return render(request, "customer/order.html#lines" if request.htmx else "customer/order.html", context)


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


def _standing(portrait: Portrait, refresh: Refresh | None, known: standing.Found) -> dict[str, Any]:
    """The words of where they stand, each with its reason."""
    told = {f"{name}_reason": reason for name, reason in reasons(portrait, refresh, known).items()}
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


def _since(portrait: Portrait, changes: list[TransitionRow]) -> date | None:
    """Since when the stage is what it is; unknown while the history is behind the portrait."""
    return changes[0].day if changes and changes[0].now == portrait.stage else None


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
