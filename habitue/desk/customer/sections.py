"""What the sections of the window share: the customer, the context, and the response after a change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.desk.shell.access import DeskRequest
from habitue.events.models import Event
from habitue.reading.customer import overview

NOTHING = 0  # no event: what was sent says what is known already
SECTIONS = ("contacts", "relations", "tags", "values", "comparisons")


def visible(request: DeskRequest, pk: int) -> Customer:
    """The customer if the user may see them, else 404."""
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def window_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def answer(request: DeskRequest, customer: Customer, section: str, event: Event | None) -> HttpResponse:
    """The section after a change, with a button to undo it; without htmx a redirect to the window, which shows both."""
    if request.htmx:
        response = show_section(request, customer, section, done=event.pk if event else NOTHING)
        response["HX-Trigger"] = "changed"  # the history is shown anew
        return response
    return to_window(request, customer, section, event)


def to_window(request: DeskRequest, customer: Customer, section: str, event: Event | None) -> HttpResponse:
    """A redirect to the window, which offers to undo `event`."""
    if event is None:
        messages.info(request, _("Nothing was to be changed."))
    query = f"?done={event.pk}" if event else ""
    where = f"{window_of(customer)}{query}#{section}"
    if not request.htmx:
        return redirect(where)
    response = HttpResponse()
    response["HX-Redirect"] = where
    return response


def show_section(request: DeskRequest, customer: Customer, section: str, done: int | None = None) -> HttpResponse:
    return render(
        request,
        f"customer/sections.html#{section}",
        {"customer": customer, "focus": section} | section_context(customer, done),
    )


def section_context(customer: Customer, done: int | None = None) -> dict[str, Any]:
    """The overview of the customer, and the event `done` that a change has just written."""
    rows = overview.read(customer)
    event = next((event for event in rows.events if event.pk == done), None)
    return {"overview": rows, "done": event, "unchanged": done == NOTHING}
