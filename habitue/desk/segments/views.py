"""Pages of segments: all of them, and one with its rules, its size over time, and who entered and left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habitue.customers.models import Customer
from habitue.desk.segments.builder import Rules, act, blank, read_form, shown
from habitue.desk.shell import drawing
from habitue.desk.shell.access import DeskRequest, may_change, may_look, may_see
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError
from habitue.segments import counting, rules
from habitue.segments.conditions import Scope, conditions
from habitue.segments.models import Membership, Segment, SegmentSize

FIRST = 10  # members shown while editing
MOVED = 12  # customers shown who entered, and who left
DAYS = 366


@may_look
def segments(request: DeskRequest) -> HttpResponse:
    visible = Segment.objects.visible_to(request.user).select_related("owner").order_by("name", "pk")
    removed = request.GET.get("removed", "")
    gone = (
        Event.objects.filter(pk=int(removed), kind="segment.removed", by=request.user, undone_by=None).first()
        if removed.isdecimal()
        else None
    )
    mine = set(Segment.objects.editable_by(request.user).values_list("pk", flat=True))
    return render(request, "segments/page.html", {"segments": visible, "removed": gone, "mine": mine})


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def new_segment(request: DeskRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "segments/segment.html", built(request, {"match": "all", "of": [blank()]}, focus="0"))
    return _built_or_saved(request, None)


@may_see
@require_http_methods(["GET", "HEAD", "POST"])
def segment(request: DeskRequest, pk: int) -> HttpResponse:
    """The page of one segment. Those who may see it can copy it; its owner can edit it."""
    row = get_object_or_404(Segment.objects.visible_to(request.user).select_related("owner"), pk=pk)
    editable = Segment.objects.editable_by(request.user).filter(pk=pk).exists()
    if request.method == "POST":
        if not editable:
            raise Http404
        return _built_or_saved(request, row)
    facts = built(request, row.rules, row) | {"segment": row, "editable": editable} | history(row)
    facts |= {"rests": rest_on(row, Segment.objects.visible_to(request.user))}
    return render(request, "segments/segment.html", facts)


@may_change
@require_POST
def draft(request: DeskRequest) -> HttpResponse:
    """A fragment for htmx while rules are edited: the rules after a button or choice, or the matching customers.

    `part` says which, as a focused button sends its `do` with every request.
    """
    pk = request.POST.get("segment", "")
    row = Segment.objects.visible_to(request.user).filter(pk=int(pk)).first() if pk.isdecimal() else None
    built_now = read_form(request.POST)
    if request.POST.get("part") == "rules":
        focus = act(built_now, request.POST.get("do", ""))
        response = render(request, "segments/segment.html#rules", {"node": shown(built_now, focus)})
        response["HX-Trigger-After-Swap"] = "rules"
        return response
    return render(request, "segments/segment.html#result", result(request, built_now, row))


@may_look
def suggestions(request: DeskRequest) -> HttpResponse:
    """A fragment with suggestions for a text input, such as families or products. `of` is condition.operator.input."""
    code, _dot, rest = request.GET.get("of", "").partition(".")
    how, _dot, name = rest.partition(".")
    condition = conditions().get(code)
    operator = condition.operator(how) if condition else None
    asked = next((one for one in operator.inputs if one.name == name), None) if operator else None
    if asked is None or asked.suggests is None:
        raise Http404
    typed = next((str(value) for field, value in request.GET.items() if field.endswith(f".{name}")), "")
    return render(
        request, "segments/segment.html#suggestions", {"suggestions": asked.suggests(typed.replace("\0", "")[:100])}
    )


@may_change
@require_POST
def copies(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Segment.objects.visible_to(request.user), pk=pk)
    return redirect("segment", counting.copy(row, request.user).row.pk)


@may_change
@require_POST
def removal(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Segment.objects.editable_by(request.user), pk=pk)
    event = counting.remove(row, request.user).event
    response = redirect("segments")
    response["Location"] += f"?removed={event.pk}" if event else ""
    return response


def _built_or_saved(request: DeskRequest, row: Segment | None) -> HttpResponse:
    """Save the segment, or change the form as another button asks. Without JavaScript every button is posted here."""
    built_now, do = read_form(request.POST), request.POST.get("do", "")
    if do != "save":
        focus = act(built_now, do)
        facts = built(request, built_now, row, focus)
        return render(request, "segments/segment.html", facts | {"segment": row, "editable": True, "unsaved": True})
    name, shared = request.POST.get("name", ""), "shared" in request.POST
    try:
        saved = counting.save(name, built_now, request.user, shared=shared, segment=row).row
    except HabitueError as error:
        facts = built(request, built_now, row) | {"segment": row, "editable": True, "unsaved": True}
        return render(request, "segments/segment.html", facts | {"error": error.message}, status=error.status)
    messages.success(request, _("Saved: %(sentence)s.") % {"sentence": rules.sentence(rules.parse(saved.rules))})
    return redirect("segment", saved.pk)


def built(request: DeskRequest, now: Any, row: Segment | None = None, focus: str = "") -> dict[str, Any]:
    given = request.POST if request.method == "POST" else {}
    facts: dict[str, Any] = {"node": shown(now, focus), "name": given.get("name", row.name if row else "")}
    facts["shared"] = "shared" in given if given else bool(row and row.shared)
    return facts | result(request, now, row)


def result(request: DeskRequest, now: Rules, row: Segment | None) -> dict[str, Any]:
    """Context of rules being edited: their sentence, the number of matches and the first ones, or the error in them."""
    try:
        parsed = rules.parse(now, (row.pk,) if row else ())
    except HabitueError as error:
        return {"missing": error.message}
    members = Customer.objects.visible_to(request.user).filter(parsed.q(Scope()))
    first = members.order_by("pk").select_related("portrait")[:FIRST]
    return {"sentence": rules.sentence(parsed), "count": members.count(), "members": list(first)}


def history(row: Segment) -> dict[str, Any]:
    """Context of a segment's past: its size day by day as a line, and the latest to enter and leave.

    Those of the first count are left out, as nobody knows when they entered.
    """
    sizes = list(SegmentSize.objects.filter(segment=row).order_by("-on")[:DAYS])[::-1]
    stays = Membership.objects.filter(segment=row).select_related("customer")
    first = sizes[0].on if sizes else None
    came = stays.filter(since__gt=first, until=None).order_by("-since", "-pk") if first else stays.none()
    went = stays.filter(until__isnull=False).order_by("-until", "-pk")
    return {
        "sizes": sizes,
        "drawn": drawing.line(_line(sizes)) if len(sizes) > 1 else "",
        "most": max((size.customers for size in sizes), default=0),
        "came": list(came[:MOVED]),
        "went": list(went[:MOVED]),
    }


def rest_on(row: Segment, among: QuerySet[Segment]) -> list[Segment]:
    """The segments among `among` whose rules refer to this one, and break when it is removed."""
    return [one for one in among.exclude(pk=row.pk).order_by("name") if _asks_for(one.rules, row.pk)]


def _asks_for(part: Any, pk: int) -> bool:
    if not isinstance(part, dict):
        return False
    named = {str(part.get("value", "")), str(part.get("segment", ""))}
    if part.get("what") in ("segment", "related") and str(pk) in named:
        return True
    return any(_asks_for(inner, pk) for inner in part.get("of", []))


def _line(sizes: list[SegmentSize]) -> list[tuple[float, float]]:
    start, days = sizes[0].on, (sizes[-1].on - sizes[0].on).days or 1
    most = max(size.customers for size in sizes) or 1
    return [((size.on - start).days / days, size.customers / most) for size in sizes]
