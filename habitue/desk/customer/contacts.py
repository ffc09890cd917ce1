"""Contact points of a customer: the section of the window and its forms."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from habitue.customers import contacting
from habitue.customers.models import ContactPoint, Customer
from habitue.desk.customer.sections import answer, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change
from habitue.desk.shell.forms import Field, Form
from habitue.reading.events import came_words

SECTION = "contacts"


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = _form(customer, _("Add a way to reach them"), reverse("contacts", args=[pk]))
    form.fields.insert(0, Field("kind", _("What"), "select", options=ContactPoint.Kind.choices))
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(
            lambda: contacting.add(customer, form["kind"], form["typed"], by=request.user, **_how(request, form))
        )
        if done:
            return answer(request, customer, SECTION, done.event)
        _offer_to_keep(form)
    return form.show(request)


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: DeskRequest, pk: int, point: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.contact_points.select_related("source__by"), pk=point)
    form = _form(customer, row.get_kind_display().capitalize(), reverse("contact", args=[pk, point]), row)
    ended = [] if row.until else [(_("Not in use any more"), reverse("contact_end", args=[pk, point]))]
    form.actions = [*ended, (_("Never was theirs: remove"), reverse("contact_removal", args=[pk, point]))]
    form.about = source(row)
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: contacting.edit(row, form["typed"], by=request.user, **_how(request, form)))
        if done:
            return answer(request, customer, SECTION, done.event)
        _offer_to_keep(form)
    return form.show(request)


@may_change
@require_POST
def contact_end(request: DeskRequest, pk: int, point: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.contact_points, pk=point)
    return answer(request, customer, SECTION, contacting.end(row, request.user).event)


@may_change
@require_POST
def contact_removal(request: DeskRequest, pk: int, point: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.contact_points, pk=point)
    return answer(request, customer, SECTION, contacting.remove(row, request.user).event)


def source(row: ContactPoint) -> str:
    came = row.source
    return came_words(came.kind if came else "", came.by.get_username() if came and came.by else "", row.since)


def _form(customer: Customer, title: Any, action: str, row: ContactPoint | None = None) -> Form:
    hint = _("12 rue des Lilas, 69003 Lyon") if row and row.kind == "address" else ""
    return Form(
        title,
        action,
        window_of(customer),
        [
            Field("typed", _("As it is written"), value=row.typed if row else "", hint=hint),
            Field("label", _("Label"), value=row.label if row else "", hint=_("home, work, system"), limit=40),
        ],
        section=SECTION,
        more={"customer": customer},
    )


def _how(request: DeskRequest, form: Form) -> dict[str, Any]:
    return {"label": form["label"], "as_it_is": "keep" in request.POST}


def _offer_to_keep(form: Form) -> None:
    """Add a box to save a value that is not well formed: an extension within a firm, an address without a number."""
    if any(one.name == "typed" and one.error for one in form.fields) and form["typed"].strip():
        form.fields.append(Field("keep", _("Keep it as it is written"), "check"))
