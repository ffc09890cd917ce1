"""Pages and forms to create a customer and edit their profile."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from habitue.customers import contacting, editing
from habitue.customers.fields import PROFILE, REFERENCE_LIMIT, ProfileField
from habitue.customers.models import ContactPoint, Customer
from habitue.desk.customer.sections import to_window, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change
from habitue.desk.shell.forms import Field, Form
from habitue.events.done import Done
from habitue.kernel.errors import InvalidFields

SECTION = "profile"
INPUTS = {"text": "text", "choice": "select", "day": "date", "annual_day": "text", "flag": "check"}
LONGEST_DAY = 30  # characters of a day in words
REACHED_BY = [("email", _("E-mail")), ("phone", _("Telephone")), ("address", _("Address"))]


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = Form(_("Edit"), reverse("profile", args=[pk]), window_of(customer), _fields(customer), section=SECTION)
    form.more = {"customer": customer}
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: editing.edit(customer, request.user, **_values(form)))
        if done:
            return to_window(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """The page that creates a customer; while one types, it shows existing customers who may be the same."""
    form = Form(_("New customer"), reverse("new_customer"), reverse("customers"), _fields())
    form.fields += [Field(kind, label) for kind, label in REACHED_BY]
    form.fields.append(Field("reference", _("Reference"), hint=_("left empty, one is made"), limit=REFERENCE_LIMIT))
    form.send = _("Make the record")
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: _made(request, form))
        if done and done.event:
            return redirect(f"{window_of(done.row)}?done={done.event.pk}")
    wrong = form.error or any(one.error for one in form.fields)
    return render(request, "customer/new.html", {"form": form}, status=422 if wrong else 200)


def _made(request: DeskRequest, form: Form) -> Done[Customer]:
    return editing.create(request.user, form["reference"], _points(form), **_values(form))


def _points(form: Form) -> list[ContactPoint]:
    points, errors = [], {}
    for kind, _label in REACHED_BY:
        if form[kind].strip():
            try:
                points.append(contacting.prepared(kind, form[kind]))
            except InvalidFields as error:
                errors[kind] = " ".join(error.errors.values())
    if errors:
        raise InvalidFields(errors)
    return points


def _values(form: Form) -> dict[str, Any]:
    return {field.name: _value(form, field) for field in PROFILE}


def _value(form: Form, field: ProfileField) -> Any:
    if field.type == "day":
        return form.day(field.name)
    return bool(form[field.name]) if field.type == "flag" else form[field.name]


def _fields(of: Customer | None = None) -> list[Field]:
    return [_field(field, getattr(of, field.name) if of else field.nothing) for field in PROFILE]


def _field(field: ProfileField, value: Any) -> Field:
    typed = "on" if value is True else value.isoformat() if isinstance(value, date) else value or ""
    if field.type == "annual_day":
        typed = field.words(value)
    return Field(
        field.name,
        field.title or field.heading,
        INPUTS[field.type],
        typed,
        field.choices,
        field.hint,
        limit=LONGEST_DAY if field.type == "annual_day" else field.limit,
    )
