"""Tags of a customer: the section of the window, its form and suggestions."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from habitue.customers.models import Tag, Tagging
from habitue.customers.tags import tagging
from habitue.desk.customer.sections import answer, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change, may_look
from habitue.desk.shell.forms import Field, Form
from habitue.events.done import Done
from habitue.kernel.errors import InvalidFields
from habitue.kernel.names import name_key

SECTION, SUGGESTED = "tags", 12


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    field = Field("tag", _("Tag"), suggest=reverse("tag_suggestions"), limit=tagging.LONGEST)
    form = Form(_("Add a tag"), reverse("tags", args=[pk]), window_of(customer), [field], section=SECTION)
    form.more = {"customer": customer}
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: _put(request, pk, form["tag"]))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


@may_change
@require_POST
def tag_removal(request: DeskRequest, pk: int, tagging_pk: int) -> HttpResponse:
    customer = visible(request, pk)
    row = get_object_or_404(customer.taggings, pk=tagging_pk)
    return answer(request, customer, SECTION, tagging.take(row, request.user).event)


@may_look
def tag_suggestions(request: DeskRequest) -> HttpResponse:
    key = name_key(request.GET.get("tag", "")[:100])
    matches = Tag.objects.filter(key__contains=key).order_by("key")[:SUGGESTED]
    return render(request, "shell/form.html#names", {"matches": matches})


def _put(request: DeskRequest, pk: int, name: str) -> Done[Tagging]:
    try:
        return tagging.put(visible(request, pk), name, by=request.user)
    except InvalidFields as error:
        raise InvalidFields({"tag": error.errors["name"]}) from error
