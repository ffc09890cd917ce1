"""Template context of the window: what is known of a customer as words, reasons and pictures."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from habitue.customers.models import Customer
from habitue.desk.shell import drawing
from habitue.portraits import discounts, estimates, offer_wording, offering, standing, standing_wording, wording
from habitue.portraits.models import Portrait, Refresh, Standing
from habitue.portraits.reporting import reasons
from habitue.reading.customer import window
from habitue.reading.customer.overview import Overview
from habitue.reading.customer.timeline import TABS, history


def timeline(customer: Customer, overview: Overview, tab: str, before: str) -> dict[str, Any]:
    """Context of a page of the history, with its tabs and their counts."""
    entries, older = history(customer, overview.transitions, tab, before, overview.events)
    orders, stages, events = window.order_count(customer), len(overview.transitions), len(overview.events)
    portrait = window.portrait_of(customer)
    return {
        "entries": entries,
        "older": older,
        "tab": tab,
        "tabs": list(zip(TABS, (orders + stages + events, orders, stages, events), strict=True)),
        "as_of": portrait.as_of if portrait else timezone.localdate(),
    }


def assessment(customer: Customer, refresh: Refresh | None, overview: Overview) -> dict[str, Any]:
    """Context of what is computed from facts: standing, portrait, contracts and offers, each with its reason."""
    known = window.assessment(customer, refresh)
    context: dict[str, Any] = {
        "portrait": known.portrait,
        "standing": known.standing,
        "headline": standing_wording.headline(known.standing),
        "standing_reason": standing_wording.reason(known.standing),
        "contracts": _contracts(customer, refresh) if known.standing.contract else [],
    }
    context |= _year(window.year(customer, known.as_of), known)
    if known.portrait:
        context |= _portrait(known.portrait, refresh, known.standing) | _offers(customer, refresh)
        context |= {
            "since": window.in_stage_since(known.portrait, overview.transitions),
            "at_discount": discounts.at_discount(customer, known.portrait, refresh),
            "merged_since": window.merged_since(overview, refresh),
            "staged": known.standing.code not in (Standing.PAYER, Standing.RECIPIENT),
        }
    return context


def _contracts(customer: Customer, refresh: Refresh | None) -> list[dict[str, Any]]:
    """Context of the contracts, each with the forecast of its renewal and the reason for it."""
    return [
        {"contract": one, "renewal": one.renewal, "reason": estimates.renewal(one.renewal, refresh)}
        if hasattr(one, "renewal")
        else {"contract": one}
        for one in window.contracts(customer)
    ]


def _year(year: window.Year, known: window.Assessment) -> dict[str, Any]:
    """Context of the last 12 months: a picture of the rhythm, the usual place, and the most bought families."""
    days = [(day, amount) for day, amount in year.amounts.items() if amount > 0]
    families = [(one.name, one.share, drawing.scaled(one.amount, year.total)) for one in year.families]
    picture = drawing.rhythm(days, known.as_of, known.predicted)
    return {"picture": picture, "place": year.place, "families": families}


def _portrait(portrait: Portrait, refresh: Refresh | None, known: standing.ProvenStanding) -> dict[str, Any]:
    """Context of the portrait: stage, rhythm and estimates in words, each with its reason."""
    return {
        "rhythm": wording.rhythm(portrait, refresh),
        "scores_reason": wording.scores(),
        "season": wording.season(refresh),
    } | {f"{name}_reason": reason for name, reason in reasons(portrait, refresh, known).items()}


def _offers(customer: Customer, refresh: Refresh | None) -> dict[str, Any]:
    """Context of next offers and reminders, each with its reason."""
    offers, reminders = offering.read(getattr(customer, "next_offers", None), refresh)
    if refresh is None:
        return {}
    return {
        "offers": [(offer, offer_wording.offer(offer, refresh)) for offer in offers],
        "reminders": [(reminder, offer_wording.reminder(reminder, refresh)) for reminder in reminders],
    }
