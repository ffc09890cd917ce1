"""Undo an event: go through its changes backwards and restore the old values, except where something changed since.

    undo(event, by=user)

Later changes are found by row, and ordered by when they were written and not by when their event began, as an import
begins once and writes for an hour. So the cost of an undo depends on the event alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from habitue.events import subjects
from habitue.events.kinds import EventKind, kind_of
from habitue.events.listeners import Written, after_event, after_write, notify
from habitue.events.models import Change, Event
from habitue.events.values import Model, comparable, native, plain
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import SIZE, batches, pk_filter
from habitue.kernel.errors import HabitueError

UNDONE = "undone"
Reason = Literal["gone", "in_use", "changed_since", "came_since", "there_again", "orphan"]


@dataclass(frozen=True)
class Kept:
    """Something that an undo did not restore: a row, or its column `name`, which has the value `now` since.

    `reason`: "gone" (deleted since), "in_use" (other rows point at it), "changed_since", "came_since" (a later addition
    that stays), "there_again" (an equal row exists now), "orphan" (the row it belonged to is gone).
    """

    model: str
    pk: int
    reason: Reason
    name: str = ""
    was: Any = None
    now: Any = None


@dataclass
class Undone:
    """The result of an undo. `restored`: rows restored, at least in part; `touched`: ids of customers whose data
    changed.
    """

    event: Event
    restored: int = 0
    kept: list[Kept] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def undo(event: Event, by: Any = None) -> Undone:
    """Restore the state before `event`; what changed since is kept and reported.

    HabitueError (409) where it is undone already or its kind cannot be undone.
    """
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=event.pk)
        kind = _undoable_kind(event)
        done = Undone(Event.objects.create(kind=UNDONE, by=by, undoes=event))
        if kind.before_undo:
            done.kept += kind.before_undo(event)
        columns: set[str] = set()
        for changes in _alike(event.changes.order_by("-pk").iterator(chunk_size=SIZE)):
            columns |= _walk_back(done, event, changes)
        done.event.data = {
            "of": event.kind,
            "restored": done.restored,
            "kept": [[kept.model, kept.pk, kept.reason, kept.name, kept.was, kept.now] for kept in done.kept],
        }
        done.event.save(update_fields=["data"])
        subjects.add(done.event.pk, done.touched)
        written = Written(done.touched, columns)
        notify(after_event, written)
        notify(after_write, written)
        if kind.after_undo:
            kind.after_undo(event, done)
    return done


def preview(event: Event) -> Undone:
    """The result that `undo` would have: it is done and rolled back."""
    with transaction.atomic():
        done = undo(event)
        transaction.set_rollback(True)
    return done


def _undoable_kind(event: Event) -> EventKind:
    if Event.objects.filter(undoes=event).exists():
        raise HabitueError(_("This has been undone already."), status=409)
    kind = kind_of(event.kind)
    if not kind.undoable:
        raise HabitueError(_("This cannot be undone: nothing was changed, or it has been sent out."), 409)
    return kind


def _alike(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Batches of consecutive changes of one model and sort (edits or deletions), no row twice; each insertion alone."""
    some: list[Change] = []
    pks: set[int] = set()
    for change in changes:
        fits = some and _sort(change) == _sort(some[0]) and len(pks) < SIZE and change.first not in pks
        if some and (not fits or change.before is None):
            yield some
            some, pks = [], set()
        some.append(change)
        pks.add(change.first)
    if some:
        yield some


def _sort(change: Change) -> tuple[str, bool, bool]:
    return change.model, change.before is None, change.after is None


def _walk_back(done: Undone, event: Event, changes: Sequence[Change]) -> set[str]:
    """Undo changes of one model and sort; returns the columns that were written, as in `Written`."""
    label = changes[0].model
    model = apps.get_model(label)
    pks = sorted(pk for change in changes for pk in change.pks)
    done.touched |= subjects.of_stored(model, pks)
    columns = {label}
    if changes[0].before is None:
        _delete_made(done, event, model, changes[0])
    elif changes[0].after is None:
        _insert_deleted(done, model, changes)
    else:
        _put_back(done, event, model, changes)
        columns = {f"{label}.{name}" for change in changes for name in change.before or {}}
    done.touched |= subjects.of_stored(model, pks)
    return columns


def _edits_since(event: Event, change: Change, rows: models.Q) -> models.QuerySet[Change]:
    """Edits and deletions of these rows after `change`, by other events that are not undone."""
    edits = Change.objects.filter(rows, model=change.model, before__isnull=False, pk__gt=change.pk)
    return edits.filter(event__undone_by=None).exclude(event=event)


def _delete_made(done: Undone, event: Event, model: Model, change: Change) -> None:
    since = models.Q(first__gte=change.first, first__lte=change.last)
    edited = set(_edits_since(event, change, since).values_list("first", flat=True))
    free = [pk for pk in change.pks if pk not in edited]
    used = _in_use(model, free)
    for some in batches([pk for pk in free if pk not in used]):
        done.restored += len(some)
        for relation in _pointing_at(model):
            if _goes_along(relation):
                _pointers(relation, some)._raw_delete("default")
        model._default_manager.filter(pk_filter(some))._raw_delete("default")
    for pk in sorted(_present(model, change.pks)):
        done.kept.append(Kept(change.model, pk, "in_use" if pk in used else "changed_since"))


def _in_use(model: Model, pks: Sequence[int]) -> set[int]:
    """Ids of rows that others point at, apart from recomputed rows and parts of them."""
    used: set[int] = set()
    for relation in _pointing_at(model):
        if not _goes_along(relation):
            for some in batches(pks):
                used.update(_pointers(relation, some).values_list(relation.field.attname, flat=True))
    return used


def _pointing_at(model: Model) -> list[Any]:
    """All foreign keys to `model`, with those that have no reverse name, which `related_objects` omits."""
    relations = model._meta.get_fields(include_hidden=True)
    return [one for one in relations if isinstance(one, models.ManyToOneRel)]


def _goes_along(relation: Any) -> bool:
    """Whether rows of this relation are deleted with their target: recomputed ones, and parts (`part_of`)."""
    of = relation.related_model
    return getattr(of, "recomputed", False) or getattr(of, "part_of", "") == relation.field.name


def _pointers(relation: Any, pks: Sequence[int]) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = relation.related_model._default_manager.filter(pk_filter(pks, relation.field.name))
    return rows


def _insert_deleted(done: Undone, model: Model, changes: Sequence[Change]) -> None:
    label = changes[0].model
    there = _present(model, sorted(change.first for change in changes))
    rows = {change.first: _native_row(model, change.before or {}) for change in changes if change.first not in there}
    orphans = _without_target(model, rows)
    for pk, values in rows.items():
        if pk in orphans:
            done.kept.append(Kept(label, pk, "orphan"))
        elif _exists_again(model, values):
            done.kept.append(Kept(label, pk, "there_again"))
        else:
            model(**values).save(force_insert=True)
            done.restored += 1


def _native_row(model: Model, before: Mapping[str, Any]) -> dict[str, Any]:
    """The column values of a deleted row; a customer who was merged since is replaced by the canonical record."""
    values = native(model, before)
    columns = [column for column in subjects.columns_of(model) if column != model._meta.pk.attname]
    owners = {values[column] for column in columns if values.get(column) is not None}
    canonical = subjects.customer_model().objects.canonical_of(owners) if owners else {}
    return values | {column: canonical.get(values[column], values[column]) for column in columns}


def _without_target(model: Model, rows: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Ids of rows with a foreign key to a row that does not exist any more."""
    orphans: set[int] = set()
    for column in model._meta.concrete_fields:
        if isinstance(column, models.ForeignKey):
            targets = {values[column.attname] for values in rows.values() if values.get(column.attname) is not None}
            gone = targets - _present(column.related_model, sorted(targets))
            orphans.update(pk for pk, values in rows.items() if values.get(column.attname) in gone)
    return orphans


def _exists_again(model: Model, values: Mapping[str, Any]) -> bool:
    """Whether another row now has the values of a unique constraint of this one."""
    columns = {column.name: column.attname for column in model._meta.concrete_fields}
    unique: list[tuple[str, ...]] = [
        (column.name,) for column in model._meta.concrete_fields if column.unique and not column.primary_key
    ]
    unique += [tuple(one.fields) for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
    for names in unique:
        wanted = {columns[name]: values.get(columns[name]) for name in names}
        if None not in wanted.values() and model._default_manager.filter(**wanted).exists():
            return True
    return False


def _put_back(done: Undone, event: Event, model: Model, changes: Sequence[Change]) -> None:
    """Restore edited rows column by column; columns that were changed since are kept."""
    by_row = {change.first: change for change in changes}
    values: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for some in batches(sorted(by_row)):
        rows = model._default_manager.in_bulk(some)
        since = _columns_since(event, [by_row[pk] for pk in some])
        done.kept += [Kept(changes[0].model, pk, "gone") for pk in some if pk not in rows]
        for pk, row in rows.items():
            change = by_row[pk]
            kept = [
                one for name in change.after or {} if (one := _kept_column(change, row, name, since.get(pk, set())))
            ]
            done.kept += kept
            free = tuple(name for name in change.after or {} if name not in {one.name for one in kept})
            done.restored += bool(free)
            before = native(model, change.before or {})
            values.setdefault(free, []).append((*(before[name] for name in free), pk))
    for names, some_rows in values.items():
        _write(model, names, some_rows)


def _columns_since(event: Event, changes: Sequence[Change]) -> dict[int, set[str]]:
    """By row id, the columns that other events set after these changes, even to an equal value."""
    written = {change.first: change.pk for change in changes}
    earliest = min(changes, key=lambda change: change.pk)
    edits = _edits_since(event, earliest, pk_filter(sorted(written), "first")).filter(after__isnull=False)
    columns: dict[int, set[str]] = {}
    for pk, first, after in edits.values_list("pk", "first", "after").iterator():
        if pk > written[first]:
            columns.setdefault(first, set()).update(after or ())
    return columns


def _kept_column(change: Change, row: models.Model, name: str, since: set[str]) -> Kept | None:
    """A Kept where this column was changed since; None where it can be restored."""
    now = getattr(row, name)
    after = native(type(row), {name: (change.after or {})[name]})[name]
    if name not in since and comparable(now) == after:
        return None
    return Kept(change.model, row.pk, "changed_since", name, (change.before or {}).get(name), plain(now))


def _write(model: Model, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Set the columns `names` of rows (values, then id), and the fields computed from them."""
    for column, (source, compute) in getattr(model, "computed_from", {}).items():
        if source in names:
            at = names.index(source)
            names, rows = (column, *names), [(compute(row[at]), *row) for row in rows]
    if names:
        bulk.update(model, names, rows)


def _present(model: Model | Any, pks: Sequence[int]) -> set[int]:
    return {
        pk
        for some in batches(pks)
        for pk in model._default_manager.filter(pk_filter(some)).values_list("pk", flat=True)
    }
