"""Undo what an event did: walk its changes backwards and put back what was, but never over what somebody changed since.

undo(event, by=user)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.customers.search.indexing import index
from habitue.events.journal import AT_ONCE, Model, among, batches, customers_of, notify, plain
from habitue.events.models import Change, Event
from habitue.kernel.database import bulk
from habitue.kernel.errors import HabitueError
from habitue.kernel.names import name_key

# By kind of event: what raises where its undoing would make no sense, and tells what else that will leave alone.
BEFORE_UNDOING: dict[str, Callable[[Event], list[Kept]]] = {}


@dataclass(frozen=True)
class Kept:
    """What an undo left alone: a row that is gone, in use or came since, or `name` in it, which is `now` since then."""

    model: str
    pk: int
    reason: Literal["gone", "in_use", "changed_since", "came_since"]
    name: str = ""
    was: Any = None
    now: Any = None


@dataclass
class Undone:
    event: Event
    restored: int = 0
    kept: list[Kept] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def undo(event: Event, by: Any = None) -> Undone:
    """Put back what was before `event`, all of it or, for what was changed since, nothing of it."""
    with transaction.atomic():
        Event.objects.select_for_update().get(pk=event.pk)
        if Event.objects.filter(undoes=event).exists():
            raise HabitueError(_("This has been undone already."), status=409)
        done = Undone(Event.objects.create(kind="undone", by=by, customer=_subject(event), undoes=event))
        done.kept += BEFORE_UNDOING.get(event.kind, _nothing)(event)
        later = _touched_since(event)
        for changes in _alike(event.changes.order_by("-pk").iterator(chunk_size=AT_ONCE)):
            model, pks = apps.get_model(changes[0].model), [pk for change in changes for pk in change.pks]
            owners = customers_of(model, pks)
            if changes[0].before is None:
                _take_away(done, model, changes[0], later)
            elif changes[0].after is None:
                _bring_back(done, model, changes)
            else:
                _put_back(done, model, changes)
            done.touched |= owners | customers_of(model, pks)
        done.event.data = {
            "of": event.kind,
            "restored": done.restored,
            "kept": [[kept.model, kept.pk, kept.reason, kept.name, kept.was, kept.now] for kept in done.kept],
        }
        done.event.save(update_fields=["data"])
        notify(done.touched, set(event.changes.values_list("model", flat=True).distinct()))
        index(done.touched | ({event.customer_id} if event.customer_id else set()))
    return done


def _alike(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes of one sort to rows of one model that follow one another, no row twice: to be undone together."""
    some: list[Change] = []
    pks: set[int] = set()
    for change in changes:
        fits = some and _sort(change) == _sort(some[0]) and len(pks) < AT_ONCE and pks.isdisjoint(change.pks)
        if some and (not fits or change.before is None):
            yield some
            some, pks = [], set()
        some.append(change)
        pks.update(change.pks)
    if some:
        yield some


def _sort(change: Change) -> tuple[str, bool, bool]:
    return change.model, change.before is None, change.after is None


def _subject(event: Event) -> Customer | None:
    """Whom it was about: who stands for them by now."""
    customer = event.customer
    while customer and customer.merged_into:
        customer = customer.merged_into
    return customer


def _nothing(event: Event) -> list[Kept]:
    return []


def _touched_since(event: Event) -> set[tuple[str, int]]:
    """The rows that later events changed and that still stand."""
    later = Change.objects.filter(event__gt=event, event__undone_by=None).exclude(before=None)
    return {(change.model, pk) for change in later.only("model", "pks").iterator() for pk in change.pks}


def _take_away(done: Undone, model: Model, change: Change, later: set[tuple[str, int]]) -> None:
    free = [pk for pk in change.pks if (change.model, pk) not in later]
    used = _in_use(model, free)
    for some in batches([pk for pk in free if pk not in used]):
        done.restored += len(some)
        for relation in _pointing_at(model):
            if relation.related_model is Event:  # this undoing may be one of them: they stay, of nobody
                _pointers(relation, some).update(**{relation.field.name: None})
            elif _goes_along(relation):
                _pointers(relation, some)._raw_delete("default")
        model._default_manager.filter(among("pk", some))._raw_delete("default")
    there = set(_present(model, change.pks))
    for pk in change.pks:
        if pk in there:
            done.kept.append(Kept(change.model, pk, "in_use" if pk in used else "changed_since"))


def _in_use(model: Model, pks: Sequence[int]) -> set[int]:
    """Those that other rows point at, but for what is derived from them or tells of them."""
    used: set[int] = set()
    for relation in _pointing_at(model):
        if not _goes_along(relation):
            for some in batches(pks):
                used.update(_pointers(relation, some).values_list(relation.field.attname, flat=True))
    return used


def _pointing_at(model: Model) -> list[Any]:
    """Those without a name on our side too: `related_objects` leaves them out."""
    found = model._meta.get_fields(include_hidden=True)
    return [one for one in found if isinstance(one, models.ForeignObjectRel) and one.field.concrete]


def _goes_along(relation: Any) -> bool:
    """Rows that are computed anew (`derived`), parts of a whole (`part_of`) and events go with what they tell of."""
    of = relation.related_model
    return of is Event or getattr(of, "derived", False) or getattr(of, "part_of", "") == relation.field.name


def _pointers(relation: Any, pks: Sequence[int]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = relation.related_model._default_manager.filter(among(relation.field.name, pks))
    return rows


def _bring_back(done: Undone, model: Model, changes: Sequence[Change]) -> None:
    there = set(_present(model, [pk for change in changes for pk in change.pks]))
    for change in changes:
        for pk in change.pks:
            if pk not in there:
                model(**_native(model, change.before or {})).save(force_insert=True)
                done.restored += 1


def _put_back(done: Undone, model: Model, changes: Sequence[Change]) -> None:
    """Field by field, so that what somebody changed since stays as they left it."""
    wanted = {pk: change for change in changes for pk in change.pks}
    label = model._meta.label_lower
    values: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for some in batches(list(wanted)):
        rows = model._default_manager.in_bulk(some)
        done.kept += [Kept(label, pk, "gone") for pk in some if pk not in rows]
        for pk, row in rows.items():
            was = wanted[pk].before or {}
            before, after = _native(model, was), _native(model, wanted[pk].after or {})
            now = {name: getattr(row, name) for name in after}
            free = tuple(name for name in after if now[name] == after[name])
            done.kept += [
                Kept(label, pk, "changed_since", name, was[name], plain(now[name]))
                for name in after
                if name not in free
            ]
            done.restored += bool(free)
            values.setdefault(free, []).append((*(before[name] for name in free), pk))
    for names, some_rows in values.items():
        _write(model, names, some_rows)


def _write(model: Model, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of values for `names`, and the primary key at the end."""
    if model is Customer and "name" in names:
        at = names.index("name")
        names, rows = ("name_key", *names), [(name_key(row[at]), *row) for row in rows]
    if names:
        bulk.update(model, names, rows)


def _native(model: Model, values: dict[str, Any]) -> dict[str, Any]:
    columns = {column.attname: column for column in model._meta.concrete_fields}
    return {name: None if value is None else columns[name].to_python(value) for name, value in values.items()}


def _present(model: Model, pks: Sequence[int]) -> Iterator[int]:
    for some in batches(pks):
        yield from model._default_manager.filter(among("pk", some)).values_list("pk", flat=True)
