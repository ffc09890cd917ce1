"""Competitors that a customer considered: the section of the window, its form and suggestions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from habitue.customers import comparing
from habitue.customers.models import Comparison, Competitor, Customer
from habitue.desk.customer.sections import answer, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change, may_look
from habitue.desk.shell.forms import Field, Form
from habitue.kernel.names import name_key

SECTION, SUGGESTED = "comparisons", 12


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def comparisons(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = _form(customer, _("Whom else did they consider?"), reverse("comparisons", args=[pk]))
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: comparing.add(customer, form["competitor"], by=request.user, **_details(form)))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def comparison(request: DeskRequest, pk: int, comparison: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.comparisons.select_related("competitor"), pk=comparison)
    form = _form(customer, _("Competitor considered"), reverse("comparison", args=[pk, comparison]), row)
    form.actions = [(_("Remove"), reverse("comparison_removal", args=[pk, comparison]))]
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: comparing.edit(row, form["competitor"], by=request.user, **_details(form)))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_POST
def comparison_removal(request: DeskRequest, pk: int, comparison: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.comparisons, pk=comparison)
    return answer(request, customer, SECTION, comparing.remove(row, request.user).event)


@may_look
def competitor_suggestions(request: DeskRequest) -> HttpResponse:
    key = name_key(request.GET.get("competitor", "")[:200])
    matches = Competitor.objects.filter(key__contains=key).order_by("key")[:SUGGESTED]
    return render(request, "shell/form.html#names", {"matches": matches})


def _details(form: Form) -> dict[str, Any]:
    return {"outcome": form["outcome"], "reason": form["reason"], "on": form.day("on")}


def _form(customer: Customer, title: Any, action: str, row: Comparison | None = None) -> Form:
    name, outcome, reason = (row.competitor.name, row.outcome, row.reason) if row else ("", "open", "")
    on = (row.on if row else timezone.localdate()).isoformat()
    suggest = reverse("competitor_suggestions")
    fields = [
        Field("competitor", _("Competitor"), value=name, suggest=suggest, limit=comparing.LONGEST),
        Field("outcome", _("Outcome"), "select", value=outcome, options=Comparison.Outcome.choices),
        Field("reason", _("Why"), value=reason, hint=_("in their words: price, nearer, no stock")),
        Field("on", _("Day"), "date", value=on),
    ]
    return Form(title, action, window_of(customer), fields, section=SECTION, more={"customer": customer})
