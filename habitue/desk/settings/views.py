"""The shared settings, for managers: custom fields, tags and competitors."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habitue.customers import comparing
from habitue.customers.custom_fields import customising
from habitue.customers.models import Competitor, CustomField, Tag
from habitue.customers.tags import tagging
from habitue.desk.shell.access import DeskRequest, may_manage
from habitue.desk.shell.forms import Field, Form
from habitue.events.done import Done
from habitue.events.kinds import KINDS
from habitue.events.models import Event
from habitue.kernel import formats
from habitue.kernel.errors import InvalidFields
from habitue.reading.events import words
from habitue.team.rights import MANAGE_SETTINGS

FEW = 200  # tags or competitors on the page and in a menu; the most used come first


@may_manage
@require_safe
def settings(request: DeskRequest) -> HttpResponse:
    context = {
        "fields": CustomField.objects.annotate(uses=Count("values")).order_by("position", "pk"),
        "tags": _used(Tag.objects.annotate(uses=Count("taggings"))),
        "competitors": _used(Competitor.objects.annotate(uses=Count("comparisons"))),
        "done": _done(request),
    }
    return render(request, "settings/page.html", context)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def new_field(request: DeskRequest) -> HttpResponse:
    form = _field_form(gettext_lazy("New field"), reverse("new_field"))
    form.fields.insert(1, Field("type", gettext_lazy("Holds"), "select", options=CustomField.Type.choices))
    form.fields.append(
        Field("code", gettext_lazy("Code"), hint=gettext_lazy("its name in files; left empty, it follows the name"))
    )
    if request.method == "POST":
        form.fill(request.POST)
        choices = form["choices"].splitlines()
        done = form.attempt(
            lambda: customising.declare(form["label"], form["type"], choices, form["code"], request.user)
        )
        if done:
            return _back(done)
    return form.show(request)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def field(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CustomField, pk=pk)
    form = _field_form(row.label, reverse("field", args=[pk]), row)
    if request.method == "POST":
        form.fill(request.POST)
        choices = form["choices"].splitlines() if row.choices else []
        done = form.attempt(lambda: customising.change(row, form["label"], choices, request.user))
        if done:
            return _back(done)
    return form.show(request)


@may_manage
@require_POST
def field_order(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CustomField, pk=pk)
    return _back(customising.order(row, up="up" in request.POST, by=request.user))


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def field_removal(request: DeskRequest, pk: int) -> HttpResponse:
    row: Any = get_object_or_404(CustomField.objects.annotate(uses=Count("values")).order_by("position", "pk"), pk=pk)
    if request.method == "POST":
        return _back(customising.remove(row, request.user))
    warning = ngettext(
        "%(count)s customer has a value in it, which goes with it.",
        "%(count)s customers have a value in it, which go with it.",
        row.uses,
    )
    return _ask(request, _("Remove the field “%(name)s”?") % {"name": row.label}, warning, row.uses)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: DeskRequest, pk: int) -> HttpResponse:
    return _named(request, Tag.objects.all(), pk, "tag", tagging, tagging.LONGEST)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def tag_removal(request: DeskRequest, pk: int) -> HttpResponse:
    row: Any = get_object_or_404(Tag.objects.annotate(uses=Count("taggings")), pk=pk)
    if request.method == "POST":
        return _back(tagging.remove(row, request.user))
    warning = ngettext("It is taken off %(count)s customer.", "It is taken off %(count)s customers.", row.uses)
    return _ask(request, _("Remove the tag “%(name)s”?") % {"name": row.name}, warning, row.uses)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def competitor(request: DeskRequest, pk: int) -> HttpResponse:
    return _named(request, Competitor.objects.all(), pk, "competitor", comparing, comparing.LONGEST)


@may_manage
@require_POST
def competitor_removal(request: DeskRequest, pk: int) -> HttpResponse:
    return _back(comparing.forget(get_object_or_404(Competitor, pk=pk), request.user))


def _named(request: DeskRequest, rows: QuerySet[Any], pk: int, address: str, verbs: Any, longest: int) -> HttpResponse:
    """The form to rename a tag or competitor, or to join it into another one."""
    row = get_object_or_404(rows, pk=pk)
    others = [(str(one.pk), one.name) for one in rows.exclude(pk=pk).order_by("key")[:FEW]]
    fields = [Field("name", gettext_lazy("Name"), value=row.name, limit=longest)]
    if others:
        options = [("", "–"), *others]
        fields.append(Field("into", gettext_lazy("Or join it into"), "select", options=options))
    form = Form(row.name, reverse(address, args=[pk]), reverse("settings"), fields)
    if request.method == "POST":
        form.fill(request.POST)
        done = form.attempt(lambda: _rename_or_join(form, rows, row, verbs, request))
        if done:
            return _back(done)
    return form.show(request)


def _rename_or_join(form: Form, rows: QuerySet[Any], row: Any, verbs: Any, request: DeskRequest) -> Done[Any]:
    into = next((one.value for one in form.fields if one.name == "into"), "")
    if not into:
        renamed: Done[Any] = verbs.rename(row, form["name"], request.user)
        return renamed
    other = rows.filter(pk=into).first() if into.isdecimal() else None
    if other is None:
        raise InvalidFields({"into": _("This is not there any more. Load the page anew.")})
    joined: Done[Any] = verbs.join(row, other, request.user)
    return joined


def _field_form(title: Any, action: str, row: CustomField | None = None) -> Form:
    fields = [Field("label", gettext_lazy("Name"), value=row.label if row else "", limit=customising.LONGEST_LABEL)]
    if row is None or row.type == CustomField.Type.CHOICE:
        choices = "\n".join(row.choices) if row else ""
        fields.append(Field("choices", gettext_lazy("Choices, one a line"), "lines", choices))
    return Form(title, action, reverse("settings"), fields)


def _ask(request: DeskRequest, question: str, warning: str, uses: int) -> HttpResponse:
    """The page that asks before a removal, with the number of uses that it would delete."""
    warned = warning % {"count": formats.number(uses)} if uses else ""
    return render(request, "shell/removal.html", {"question": question, "warning": warned, "back": reverse("settings")})


def _used(rows: QuerySet[Any]) -> list[Model]:
    return list(rows.order_by("-uses", "key")[:FEW])


def _back(done: Done[Any]) -> HttpResponse:
    return redirect(f"{reverse('settings')}?done={done.event.pk}" if done.event else "settings")


def _done(request: DeskRequest) -> dict[str, Any] | None:
    """Context of the note about the change just made, with its undo; None where there is none."""
    asked = request.GET.get("done", "")
    event = Event.objects.filter(pk=asked, undone_by=None).first() if asked.isdecimal() else None
    if event is None or event.kind not in KINDS or KINDS[event.kind].right != MANAGE_SETTINGS:
        return None
    return {"pk": event.pk, "words": words(event)}
