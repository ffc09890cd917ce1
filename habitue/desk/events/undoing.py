"""What somebody did is undone, from wherever it was told: the note after a change, the history, the settings."""

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
from habitue.events import wording
from habitue.events.models import Event
from habitue.events.undoing import Undone, undo
from habitue.kernel import formats

SETTINGS = ("field.", "competitor.", "tag.renamed", "tag.joined", "tag.removed")


@may_change
@require_POST
def undoing(request: DeskRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(undoable(request), pk=pk)
    if event.kind.startswith(SETTINGS) and not request.user.has_perm("customers.change_customfield"):
        raise Http404
    done = undo(event, request.user)
    messages.success(request, said(done))
    return redirect(_back(request, event))


def undoable(request: DeskRequest) -> Any:
    """Events with changes, of customers whom one may see; those of nobody are of the settings, or of many."""
    visible = Customer.objects.visible_to(request.user)
    events = Event.objects.filter(changes__isnull=False, kind__in=wording.WORDS).distinct()
    return events.filter(customer__in=visible) | events.filter(customer=None)


def said(done: Undone) -> str:
    text = str(_("Undone."))
    if kept := len(done.kept):
        told = "; ".join(kept_words(*astuple(one)) for one in done.kept[:5])
        text += " " + ngettext(
            "%(count)s thing stays as it is, because it was changed or used since: %(told)s",
            "%(count)s things stay as they are, because they were changed or used since: %(told)s",
            kept,
        ) % {"count": formats.number(kept), "told": told}
    return text


def kept_words(model: str, pk: int, reason: str, name: str = "", was: Any = None, now: Any = None) -> str:
    """What an undo left alone, in words; the columns of a Kept."""
    if reason == "changed_since" and name:
        field = wording.field_name(model, name)
        return _("%(field)s is “%(now)s” now") % {"field": field, "now": now}
    words = {"gone": _("gone"), "in_use": _("in use"), "came_since": _("came since")}
    return f"{wording.model_name(model)} ({words.get(reason, _('changed'))})"


def _back(request: DeskRequest, event: Event) -> str:
    """To where one came from, or to the customer, if they are still there."""
    asked = request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    owner = event.customer_id
    there = owner and Customer.objects.visible_to(request.user).filter(pk=owner).exists()
    return reverse("customer", args=[owner]) if there else reverse("customers")
