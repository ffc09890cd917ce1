"""One event of a customer: what was before and after, and a way to undo it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from habitue.desk.customer.sections import visible
from habitue.desk.events.undoing import kept_words
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.events import wording
from habitue.events.models import Change, Event
from habitue.kernel import formats

MOST = 50


@dataclass(frozen=True)
class Difference:
    field: str
    before: str
    after: str


@may_look
def event(request: DeskRequest, pk: int, event: int) -> HttpResponse:
    customer = visible(request, pk)
    told = customer.events.filter(kind__in=wording.WORDS)
    found = get_object_or_404(told.select_related("by", "undoes", "undone_by"), pk=event)
    changes = list(found.changes.order_by("pk")[:MOST])
    facts = {
        "customer": customer,
        "event": found,
        "told": words(found),
        "rows": [row for change in changes for row in differences(change)],
        "kept": [kept_words(*one) for one in found.data.get("kept", [])] if found.kind == "undone" else [],
        "undone": getattr(found, "undone_by", None),
        "undoable": bool(changes),
    }
    return render(request, "events/page.html#changes" if request.htmx else "events/page.html", facts)


def words(event: Event) -> str:
    data = event.data | ({"told": event.undoes.data} if event.undoes else {})
    return wording.told(event.kind, data)


def differences(change: Change) -> Iterator[Difference]:
    """Of what a person knows by name, each column that is not the same."""
    before, after = change.before or {}, change.after or {}
    for name in dict.fromkeys([*before, *after]):
        if name in wording.FIELDS and (was := before.get(name)) != (now := after.get(name)):
            field = wording.field_name(change.model, name)
            yield Difference(field, shown(change.model, name, was), shown(change.model, name, now))


def shown(model: str, name: str, value: Any) -> str:
    """A stored value as a person reads it: choices by their label, days and numbers in the reader's way."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    field: Any = apps.get_model(model)._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.get_internal_type() == "DateField":
        return formats.day(date.fromisoformat(value))
    if field.get_internal_type() == "DecimalField":
        return formats.number(float(value), digits=4)
    return str(value)
