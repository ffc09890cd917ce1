"""Possible duplicates: the queue of pairs, one pair side by side, and decisions on them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from habitue.customers.contacting import normalised
from habitue.customers.duplicates.deciding import NEVER, groups, merge_pairs, never_same, open_pairs
from habitue.customers.duplicates.deduplicating import SEARCHED, SURE
from habitue.customers.duplicates.profiles import Facts
from habitue.customers.duplicates.resembling import resembling as resembling_to
from habitue.customers.events import counted
from habitue.customers.merging import proposing
from habitue.customers.merging.merging import MERGED, merge
from habitue.customers.models import Customer, Pair
from habitue.desk.duplicates import wording as wording
from habitue.desk.shell.access import DeskRequest, may_change, may_look
from habitue.events.done import Done
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError
from habitue.kernel.formats import number
from habitue.purchases.models import Order
from habitue.reading.events import words

PAGE, MOST, LATELY = 20, 200, 5
WORTH_A_LOOK = 0.2  # the probability from which a match is shown while typing: a look costs less than a second record


@may_look
def duplicates(request: DeskRequest) -> HttpResponse:
    pairs = open_pairs(Customer.objects.visible_to(request.user))
    shown, following = _page(pairs, request.GET.get("after", ""))
    context = {"pairs": _side_by_side(shown), "following": following, "sure": SURE}
    if request.htmx:
        return render(request, "duplicates/page.html#rows", context)
    counted = pairs.order_by().aggregate(all=Count("pk"), sure=Count("pk", filter=Q(score__gte=SURE)))
    context |= {"count": counted["all"], "sure_count": counted["sure"], "at": _at(request.GET.get("at", ""))}
    context |= {"run": Event.objects.filter(kind=SEARCHED).order_by("-pk").first(), "lately": _lately(request)}
    return render(request, "duplicates/page.html", context)


@may_look
def duplicate(request: DeskRequest, pk: int) -> HttpResponse:
    """The page of one pair side by side, with the record proposed to be kept and the values proposed to be taken."""
    pair = _pair(request, pk)
    kept = _kept(request, pair)
    other = pair.second if kept == pair.first else pair.first
    proposed = proposing.choices(kept, [other])
    context = {
        "pair": pair,
        "kept": kept,
        "other": other,
        "rows": [_row(name, [kept, other], proposed.get(name, kept.pk)) for name in proposing.differing([kept, other])],
        "alike": wording.alike(kept, other),
        "along": counted(proposing.rows_to_move([other])),
        "sides": _side_by_side([pair])[0],
    }
    return render(request, "duplicates/pair.html", context)


@may_change
@require_POST
def merges(request: DeskRequest, pk: int) -> HttpResponse:
    """Merge `other` (one or more ids) into this customer; each `choice` is "field=id"."""
    visible = Customer.objects.visible_to(request.user)
    kept = get_object_or_404(visible, pk=pk)
    others = [get_object_or_404(visible, pk=other) for other in _ids(request.POST.getlist("other"))]
    chosen = _choices(request.POST, kept, others)
    _say_merged(request, [merge(kept, others, chosen, request.user)])
    return redirect(_back(request, reverse("customer", args=[kept.pk])))


@may_change
@require_POST
def separation(request: DeskRequest, pk: int) -> HttpResponse:
    pair = _pair(request, pk)
    never_same(pair, request.user)
    text = _("%(first)s and %(second)s stay two, and are not asked of again.")
    messages.success(request, text % {"first": pair.first, "second": pair.second})
    return redirect(_back(request, reverse("duplicates")))


@may_change
@require_safe
def preview(request: DeskRequest) -> HttpResponse:
    """The page that shows what merging the ticked pairs would do."""
    pairs = _ticked(request, request.GET.getlist("pair"))
    merges = [(kept, others) for kept, *others in groups(pairs)]
    rows = [
        {
            "kept": kept,
            "others": others,
            "name": _proposed_name(kept, others),
            "along": counted(proposing.rows_to_move(others)),
        }
        for kept, others in merges
    ]
    records = sum(len(others) for _kept, others in merges)
    return render(request, "duplicates/preview.html", {"groups": rows, "pairs": pairs, "records": records})


@may_change
@require_POST
def merges_of_pairs(request: DeskRequest) -> HttpResponse:
    _say_merged(request, merge_pairs(_ticked(request, request.POST.getlist("pair")), request.user))
    return redirect("duplicates")


@may_look
def resembling(request: DeskRequest) -> HttpResponse:
    """A fragment for the form of a new customer: existing customers who may be the same."""
    typed = _typed(request)
    resemblances = resembling_to(typed, Customer.objects.visible_to(request.user), WORTH_A_LOOK) if typed else []
    return render(request, "duplicates/_resembling.html", {"resemblances": resemblances})


def _page(pairs: QuerySet[Pair], after: str) -> tuple[list[Pair], str]:
    """(pairs after the cursor "score~id", cursor of the next page); 404 for an invalid cursor."""
    if after:
        try:
            score, pk = after.split("~")
            pairs = pairs.filter(Q(score__lt=float(score)) | Q(score=float(score), pk__gt=int(pk)))
        except ValueError as error:
            raise Http404 from error
    counted = pairs.select_related("first", "second").prefetch_related(
        "first__contact_points", "second__contact_points"
    )
    rows = list(counted[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.score!r}~{last.pk}" if last else ""


def _side_by_side(pairs: list[Pair]) -> list[dict[str, Any]]:
    ends = {end for pair in pairs for end in (pair.first_id, pair.second_id)}
    counted = Order.objects.filter(buyer__in=ends).values_list("buyer").annotate(count=Count("pk")).order_by()
    purchases = dict(counted)
    return [
        {
            "pair": pair,
            "evidence": wording.evidence(pair),
            "kept": max((pair.second, pair.first), key=lambda one: purchases.get(one.pk, 0)),
            "sides": [wording.side(one, purchases.get(one.pk, 0)) for one in (pair.first, pair.second)],
        }
        for pair in pairs
    ]


def _lately(request: DeskRequest) -> list[tuple[Event, Customer, str]]:
    visible = Customer.objects.visible_to(request.user)
    decided = Event.objects.filter(kind__in=(MERGED, NEVER), undone_by=None, customers__in=visible).distinct()
    shown = decided.select_related("by", "undoes").prefetch_related("customers").order_by("-pk")[:LATELY]
    return [(event, event.customers.all()[0], words(event)) for event in shown]


def _at(text: str) -> int:
    """The position in the queue that gets the focus; 0 for an invalid text."""
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _pair(request: DeskRequest, pk: int) -> Pair:
    visible = Customer.objects.visible_to(request.user)
    return get_object_or_404(
        Pair.objects.select_related("first", "second"), pk=pk, first__in=visible, second__in=visible
    )


def _kept(request: DeskRequest, pair: Pair) -> Customer:
    wanted = request.GET.get("keep", "")
    for one in (pair.first, pair.second):
        if str(one.pk) == wanted:
            return one
    return proposing.keeper([pair.first, pair.second])


def _row(name: str, customers: list[Customer], chosen: int) -> dict[str, Any]:
    values = [(one.pk, wording.value(name, proposing.value_of(one, name))) for one in customers]
    return {"name": name, "label": wording.label(name), "values": values, "chosen": chosen}


def _ids(texts: list[str]) -> list[int]:
    if not all(text.isdecimal() and len(text) < 19 for text in texts):
        raise Http404
    return [int(text) for text in texts]


def _choices(posted: Any, kept: Customer, others: list[Customer]) -> dict[str, int]:
    """The values to take, as the form posted them, or as proposed where there was no such form (`proposed`)."""
    if posted.get("proposed"):
        return proposing.choices(kept, others)
    pairs = [choice.rpartition("=") for name in posted if name.startswith("choice") for choice in posted.getlist(name)]
    if not all(pk.isdecimal() for _name, _sign, pk in pairs):
        raise HabitueError(_("A choice names no record. Load the page anew."))
    return {name: int(pk) for name, _sign, pk in pairs}


def _ticked(request: DeskRequest, texts: list[str]) -> list[Pair]:
    visible = Customer.objects.visible_to(request.user)
    pks = _ids(texts)
    if not pks:
        raise HabitueError(_("Tick the pairs that are to be merged."))
    if len(pks) > MOST:
        raise HabitueError(
            _("At most %(most)s pairs at once. Untick some; the others stay in the list.") % {"most": number(MOST)}
        )
    return list(open_pairs(visible).filter(pk__in=pks).select_related("first", "second"))


def _proposed_name(kept: Customer, others: list[Customer]) -> str:
    chosen = proposing.choices(kept, others).get("name", kept.pk)
    return str(next(one for one in [kept, *others] if one.pk == chosen))


def _say_merged(request: DeskRequest, merges: list[Done[Customer]]) -> None:
    records = sum(len(done.event.data["others"]) for done in merges if done.event)
    if not records:
        messages.info(request, _("Nothing was left to merge: somebody else did it."))
        return
    said = ngettext("%(count)s record merged.", "%(count)s records merged.", records) % {"count": number(records)}
    messages.success(request, said)


def _back(request: DeskRequest, otherwise: str) -> str:
    """The address of the queue with the next pair in focus, for those who came from it; else `otherwise`."""
    at = request.POST.get("at", "")
    return f"{reverse('duplicates')}?at={_at(at)}" if at else otherwise


def _typed(request: DeskRequest) -> Facts | None:
    asked = {name: str(text).replace("\0", "").strip()[:200] for name, text in request.GET.dict().items()}
    name = asked.get("name", "") or f"{asked.get('given_name', '')} {asked.get('family_name', '')}".strip()
    points = {kind: normalised(kind, asked[kind]) for kind in ("phone", "email", "address") if asked.get(kind)}
    if len(name) < 3 and not points:
        return None
    place = points.get("address")
    return Facts(
        organisation=asked.get("kind") == Customer.Kind.ORGANISATION,
        name=name,
        given_name=asked.get("given_name", ""),
        family_name=asked.get("family_name", ""),
        birth_name=asked.get("birth_name", ""),
        born_on=wording.day(asked.get("born_on", "")),
        phones=[points["phone"].value] if "phone" in points else (),
        emails=[points["email"].value] if "email" in points else (),
        addresses=[(place.value, place.street, place.postcode, place.city)] if place else (),
    )
