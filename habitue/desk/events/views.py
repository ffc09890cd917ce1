"""The page of one event of a customer: its changes, and a button to undo it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from habitue.desk.customer.sections import visible
from habitue.desk.events.undoing import kept_words, may_undo, whole_of
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.events.kinds import KINDS
from habitue.events.undoing import UNDONE
from habitue.reading.events import changes_of, differences, words

MOST = 50


@may_look
def event(request: DeskRequest, pk: int, event: int) -> HttpResponse:
    customer = visible(request, pk)
    events = customer.events.filter(kind__in=KINDS).select_related("by", "undoes", "undone_by")
    shown = get_object_or_404(events, pk=event)
    others, whole = shown.subjects.count() - 1, whole_of(shown)
    context = {
        "customer": customer,
        "event": shown,
        "words": words(shown),
        "rows": [row for change in changes_of(shown, customer)[:MOST] for row in differences(change)],
        "kept": [kept_words(*one) for one in shown.data.get("kept", [])[:MOST]] if shown.kind == UNDONE else [],
        "undone": getattr(shown, "undone_by", None),
        "others": others,
        "whole": whole,
        # What was done to many is undone where all of it is shown, not by the way.
        "undoable": not (whole and others) and may_undo(request.user, shown),
    }
    return render(request, "events/page.html#changes" if request.htmx else "events/page.html", context)
