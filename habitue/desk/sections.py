"""What the sections of the window share: their customer, and the answer after a change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from habitue.customers.models import Customer, Event
from habitue.desk import who
from habitue.desk.access import DeskRequest
from habitue.desk.forms import Form, done_words

SECTIONS = ("contacts", "relations", "tags", "values", "comparisons")


def visible(request: DeskRequest, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def window_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def answer(request: DeskRequest, customer: Customer, section: str, event: Event | None) -> HttpResponse:
    """The section as it is now with a way to undo; without htmx the window, which says the same."""
    if request.htmx:
        response = show_section(request, customer, section, done=event.pk if event else None)
        response["HX-Trigger"] = "changed"  # the history is shown anew
        return response
    return to_window(request, customer, section, event)


def to_window(request: DeskRequest, customer: Customer, section: str, event: Event | None) -> HttpResponse:
    if event is None:
        messages.info(request, done_words(event))
    query = f"?done={event.pk}" if event else ""
    where = f"{window_of(customer)}{query}#{section}"
    if not request.htmx:
        return redirect(where)
    response = HttpResponse()
    response["HX-Redirect"] = where
    return response


def show_section(request: DeskRequest, customer: Customer, section: str, done: int | None = None) -> HttpResponse:
    return render(request, f"who.html#{section}", {"customer": customer, "focus": section} | facts(customer, done))


def facts(customer: Customer, done: int | None = None) -> dict[str, Any]:
    found = who.read(customer)
    return {"who": found, "done": next((event for event in found.events if event.pk == done), None)}


def removal(request: DeskRequest, customer: Customer, section: str, form: Form, verb: Any) -> HttpResponse:
    """After a button of its own: it has no fields that could be wrong."""
    well, event = form.attempt(verb)
    return answer(request, customer, section, event) if well else form.show(request)
