"""The one view that undoes an event, from wherever it was offered: the note after a change, the history, an import, a
bulk change, a removed segment, the settings.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from habitue.customers.models import Customer
from habitue.desk.shell.access import DeskRequest, may_change
from habitue.events.kinds import KINDS, undoable_codes
from habitue.events.models import Event
from habitue.events.undoing import Undone, undo
from habitue.kernel import formats
from habitue.reading.events import field_name, model_name
from habitue.team.models import User
from habitue.team.rights import UNDO_OTHERS, may

REASONED = 5  # kept things that are listed one by one


@may_change
@require_POST
def undoing(request: DeskRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(Event, pk=pk)
    if not may_undo(request.user, event):
        raise Http404
    subject = event.customers.order_by("pk").first()
    done = undo(event, request.user)
    address = _back(request, subject)
    if address != whole_of(event):  # a page of its own says so itself
        messages.success(request, words(done))
    return redirect(address)


def may_undo(user: User, event: Event) -> bool:
    """Whether `user` may undo this event.

    Its kind can be undone and the user has the right that the kind requires; it is their own event, or they may undo
    others' work; and they see a customer whom it concerns, or it concerns none.
    """
    if event.kind not in undoable_codes() or not may(user, KINDS[event.kind].right):
        return False
    if event.by_id != user.pk and KINDS[event.kind].own_only:
        return False
    if event.by_id not in (None, user.pk) and not may(user, UNDO_OTHERS):
        return False
    about = event.subjects.all()
    visible = about.filter(customer__in=Customer.objects.visible_to(user))
    return event.changes.exists() and (visible.exists() or not about.exists())


def whole_of(event: Event) -> str:
    """The address of the page about the whole of an event that concerns many customers; "" where there is none."""
    if event.kind.startswith("import.") and "import" in event.data:
        return reverse("import", args=[event.data["import"]])
    return reverse("bulk_done", args=[event.pk]) if event.kind == "customers.changed" else ""


def words(done: Undone) -> str:
    """The result of an undo in one sentence: what it restored and what it kept."""
    text = str(_("Undone."))
    if kept := len(done.kept):
        reasons = "; ".join(kept_words(*astuple(one)) for one in done.kept[:REASONED])
        if kept > REASONED:
            reasons += "…"
        text += " " + ngettext(
            "%(count)s thing stays as it is, because it was changed or used since: %(told)s",
            "%(count)s things stay as they are, because they were changed or used since: %(told)s",
            kept,
        ) % {"count": formats.number(kept), "told": reasons}
    return text


def kept_words(model: str, pk: int, reason: str, name: str = "", was: Any = None, now: Any = None) -> str:
    """Something that an undo did not restore, in words. The arguments are the fields of a Kept."""
    if reason == "changed_since" and name:
        return _("%(field)s is “%(now)s” now") % {"field": field_name(model, name), "now": now}
    return f"{model_name(model)} ({reason_words(reason)})"


def reason_words(reason: str) -> str:
    """The reason of a Kept in words."""
    words = {
        "gone": _("gone"),
        "in_use": _("in use"),
        "came_since": _("came since"),
        "there_again": _("there again"),
        "orphan": _("what it belonged to is gone"),
    }
    return words.get(reason, _("changed"))


def _back(request: DeskRequest, subject: Customer | None) -> str:
    """The address to go back to: the page one came from, else the customer if they still exist, else the list."""
    asked = request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    there = subject and Customer.objects.visible_to(request.user).filter(pk=subject.pk).exists()
    return reverse("customer", args=[subject.pk]) if subject and there else reverse("customers")
