"""Relations of a customer with others: the section of the window, its forms and suggestions."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from habitue.customers import relating
from habitue.customers.models import Customer, Relation
from habitue.desk.customer.sections import answer, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change, may_look
from habitue.desk.shell.forms import Field, Form
from habitue.events.done import Done
from habitue.reading import search

SECTION, SUGGESTED = "relations", 8


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def relations(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = _form(customer, gettext_lazy("Add a relation"), reverse("relations", args=[pk]))
    form.fields[:0] = [
        Field("end", str(customer), "select", options=relating.ends()),
        Field(
            "other", gettext_lazy("Whom"), hint=gettext_lazy("a name or a reference"), suggest=reverse("suggestions")
        ),
    ]
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: _add(request, customer, form))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def relation(request: DeskRequest, pk: int, relation: int) -> HttpResponse:
    customer = visible(request, pk)
    row = _of(customer, relation)
    back = row.to_id == customer.pk
    title = f"{relating.words(row.kind, back)} {row.of if back else row.to}"
    form = _form(customer, title, reverse("relation", args=[pk, relation]), row)
    form.actions = [(gettext_lazy("Never was so: remove"), reverse("relation_removal", args=[pk, relation]))]
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: relating.edit(row, form.day("first_day"), form.day("last_day"), by=request.user))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_POST
def relation_removal(request: DeskRequest, pk: int, relation: int) -> HttpResponse:
    customer = visible(request, pk)
    return answer(request, customer, SECTION, relating.remove(_of(customer, relation), request.user).event)


@may_look
def suggestions(request: DeskRequest) -> HttpResponse:
    """Options for a field that asks for a customer, by the text typed so far."""
    text = request.GET.get(request.GET.get("field", "other"), "").replace("\0", "").strip()[:100]
    visible_ones = Customer.objects.visible_to(request.user)
    matches = search.matching(visible_ones, text) if text else visible_ones.none()
    return render(request, "shell/form.html#suggestions", {"matches": matches.order_by("name_key", "pk")[:SUGGESTED]})


def _add(request: DeskRequest, customer: Customer, form: Form) -> Done[Relation]:
    days = {"first_day": form.day("first_day"), "last_day": form.day("last_day")}
    other = search.customer_named(Customer.objects.visible_to(request.user), form["other"], field="other")
    return relating.add(customer, form["end"], other, by=request.user, **days)


def _form(customer: Customer, title: Any, action: str, row: Relation | None = None) -> Form:
    days = (row.first_day, row.last_day) if row else (None, None)
    labels = (gettext_lazy("First day, if known"), gettext_lazy("Last day, if it has ended"))
    fields = [
        Field(name, label, "date", value=day.isoformat() if day else "")
        for name, label, day in zip(("first_day", "last_day"), labels, days, strict=True)
    ]
    return Form(title, action, window_of(customer), fields, section=SECTION, more={"customer": customer})


def _of(customer: Customer, pk: int) -> Relation:
    rows = Relation.objects.select_related("of", "to").filter(Q(of=customer) | Q(to=customer))
    return get_object_or_404(rows, pk=pk)
