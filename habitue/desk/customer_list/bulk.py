"""Bulk change of ticked customers or of the whole list, in three steps: choose, preview, change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from habitue.customers.fields import BY_NAME
from habitue.customers.models import Customer, CustomField, Tag
from habitue.desk.shell.access import DeskRequest, may_change
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError
from habitue.reading.customer_list.filters import Filters
from habitue.segments import bulk_changes
from habitue.segments.bulk_changes import TITLES

MOST_TICKED = 5_000


@may_change
@require_POST
def bulk(request: DeskRequest) -> HttpResponse:
    """The view of all three steps, chosen by `do`; an error is shown on the page."""
    customers = picked(request)
    context: dict[str, Any] = {"total": customers.count(), "edits": TITLES, "given": request.POST}
    context["hidden_inputs"] = hidden_inputs(request)
    context |= {"tags": Tag.objects.order_by("key"), "fields": CustomField.objects.all()}
    context |= {"choices": {code: choices() for code, choices in bulk_changes.CHOICES.items()}}
    do = request.POST.get("do", "choose")
    if do == "choose":
        return render(request, "customer_list/bulk.html", context)
    try:
        edit = bulk_changes.read_edit(request.POST.get("edit", ""), request.POST.dict())
    except HabitueError as error:
        return render(request, "customer_list/bulk.html", context | {"error": error.message}, status=400)
    if do == "change":
        event = bulk_changes.apply(customers, edit, request.user).event
        if event:
            return redirect("bulk_done", event.pk)
        messages.info(request, _("Nothing was to be changed."))
        return redirect("customers")
    context |= {"edit": edit, "preview": bulk_changes.preview(customers, edit)}
    context["examples"] = worded(context["preview"], edit)
    return render(request, "customer_list/bulk.html", context)


@may_change
@require_safe
def done(request: DeskRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(Event.objects.select_related("by"), pk=pk, kind=bulk_changes.KIND)
    undone = Event.objects.filter(undoes=event).first()
    return render(
        request, "customer_list/bulk_done.html", {"event": event, "undone": undone, "edit": TITLES[event.data["edit"]]}
    )


def picked(request: DeskRequest, otherwise: str = "") -> QuerySet[Customer]:
    """The customers to change: the ticked ones, or the whole list where `who` is "all".

    Without ticks the whole list where `otherwise` is "all", else nobody.
    """
    visible, ticked = Customer.objects.visible_to(request.user), request.POST.getlist("pick")
    if request.POST.get("who") == "all" or (not ticked and otherwise == "all"):
        return Filters.read(QueryDict(request.POST.get("found", "")), request.user).apply(visible, probed=True)
    if not ticked:
        raise HabitueError(_("Nobody is ticked: go back, tick lines of the list or choose all that were found."))
    if len(ticked) > MOST_TICKED or not all(pk.isdecimal() for pk in ticked):
        raise Http404
    return visible.filter(pk__in=[int(pk) for pk in ticked])


def hidden_inputs(request: DeskRequest) -> list[tuple[str, str]]:
    """(name, value) of the hidden inputs that pass the choice of customers on to the next step's form."""
    names = ("who", "found", "sort", "pick")
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def worded(preview: bulk_changes.Preview, edit: bulk_changes.Edit) -> list[tuple[Customer, Any, Any]]:
    """The examples of a preview, with the values before and after in words."""
    words = _words(edit)
    return [(customer, words(old), words(new)) for customer, old, new in preview.examples]


def _words(edit: bulk_changes.Edit) -> Callable[[Any], Any]:
    type_ = getattr(edit.target, "type", "")
    if edit.code in BY_NAME:
        return lambda value: BY_NAME[edit.code].words(value)
    if type_ == CustomField.Type.FLAG:
        return lambda value: None if value is None else _("yes") if value else _("no")
    if type_ == CustomField.Type.CUSTOMER:
        return lambda pk: Customer.objects.filter(pk=pk).first()
    return lambda value: value
