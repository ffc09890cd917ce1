"""What an event did to rows is written down with it, so that it can be undone: edits, imports, merges, bulk changes.

    with writing("customer.edited", by=user, customer=ada) as journal:
        journal.save(ada, name="Ada Roux")

    undo(event, by=user)

A verb changes rows through its Journal, in one transaction with its Event. `undo` walks the changes backwards and puts
back what was, but never over what somebody changed since: that is kept, and told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from operator import lt
from typing import Any, Literal

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from habitue.customers.models import Customer, Relation
from habitue.customers.search.indexing import index
from habitue.events.models import Change, Event
from habitue.kernel.database import bulk
from habitue.kernel.errors import HabitueError
from habitue.kernel.names import name_key

AT_ONCE = 5_000  # rows: SQLite takes 32,766 parameters in one statement
CHANGE = ("event", "model", "pks", "before", "after")
Model = type[models.Model]

# By kind of event: what raises where its undoing would make no sense, and tells what else that will leave alone.
BEFORE_UNDOING: dict[str, Callable[[Event], list[Kept]]] = {}

# What follows from a verb or its undoing, in the same transaction: told whom it touched and which tables it changed.
FOLLOWING: list[Callable[[set[int] | None, set[str]], None]] = []


@dataclass
class Journal:
    """The changes of one event. `touched`: the customers whose own rows, contact points or relations it changed."""

    event: Event
    touched: set[int] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)

    def create(self, row: models.Model) -> Any:
        row.save(force_insert=True)
        self.created(type(row), [row.pk], [row])
        return row

    def created(self, model: Model, pks: Sequence[int], rows: Iterable[models.Model] = ()) -> None:
        """For rows that were written in bulk; tell `touched` what they change of whom, or give the `rows`."""
        if pks:
            self._note(model, pks, None, {})
        self._touch(rows)

    def save(self, row: models.Model, **values: Any) -> bool:
        """Set what differs, write it down; whether anything did. Foreign keys may be given by object or as `x_id`."""
        names = {name: row._meta.get_field(name) for name in values}
        before = {names[name].attname: _plain(getattr(row, names[name].attname)) for name in values}  # type: ignore[union-attr]
        self._touch([row])
        for name, value in values.items():
            setattr(row, name, value)
        after = {attname: _plain(getattr(row, attname)) for attname in before}
        changed = [attname for attname in before if before[attname] != after[attname]]
        if not changed:
            return False
        row.save(update_fields=[*_names(row, changed), *_follow(row, changed)])
        self._note(
            type(row), [row.pk], {name: before[name] for name in changed}, {name: after[name] for name in changed}
        )
        self._touch([row])
        return True

    def update(self, rows: models.QuerySet[Any], **values: Any) -> int:
        """Set the same values in many rows (foreign keys as `x_id`); what was the same before shares a Change."""
        model = rows.model
        after = {name: _plain(value) for name, value in values.items()}
        was: dict[tuple[Any, ...], list[int]] = {}
        for pk, *old in rows.values_list("pk", *values):
            if [_plain(value) for value in old] != list(after.values()):
                was.setdefault(tuple(old), []).append(pk)
        for old, pks in was.items():
            self._note(model, pks, dict(zip(values, map(_plain, old), strict=True)), after)
            for some in _batches(pks):
                model._default_manager.filter(pk__in=some).update(**values)
        pks = [pk for some in was.values() for pk in some]
        self.touched.update(_customers_of(model, pks))
        return len(pks)

    def changed(self, model: Model, pk: int, before: dict[str, Any], after: dict[str, Any]) -> None:
        """For a row that was changed in bulk."""
        self.changed_many(model, [(pk, before, after)])

    def changed_many(self, model: Model, changes: Iterable[tuple[int, dict[str, Any], dict[str, Any]]]) -> None:
        """For rows that were changed in bulk, each with what was and what is; tell `touched` of whom."""
        label = model._meta.label_lower
        self.tables.add(label)
        rows = ((self.event.pk, label, [pk], _as_json(before), _as_json(after)) for pk, before, after in changes)
        bulk.insert(Change, CHANGE, rows)

    def delete(self, row: models.Model) -> None:
        self._touch([row])
        before = {column.attname: _plain(getattr(row, column.attname)) for column in row._meta.concrete_fields}
        self._note(type(row), [row.pk], before, None)
        row.delete()

    def delete_many(self, rows: models.QuerySet[Any]) -> int:
        """For rows at which nothing points."""
        model, label = rows.model, rows.model._meta.label_lower
        names = [column.attname for column in model._meta.concrete_fields]
        found = [dict(zip(names, row, strict=True)) for row in rows.values_list(*names)]
        pks = [row[model._meta.pk.attname] for row in found]
        self.touched.update(_customers_of(model, pks))
        self.tables.add(label)
        changes = ((self.event.pk, label, [pk], _as_json(row), None) for pk, row in zip(pks, found, strict=True))
        bulk.insert(Change, CHANGE, changes)
        for some in _batches(pks):
            model._default_manager.filter(_among("pk", some))._raw_delete("default")
        return len(pks)

    def _note(self, model: Model, pks: Sequence[int], before: Any, after: Any) -> None:
        self.tables.add(model._meta.label_lower)
        Change.objects.create(
            event=self.event, model=model._meta.label_lower, pks=list(pks), before=before, after=after
        )

    def _touch(self, rows: Iterable[models.Model]) -> None:
        for row in rows:
            if owner := row.pk if isinstance(row, Customer) else getattr(row, _owner(type(row)), None):
                self.touched.add(owner)


@contextmanager
def writing(kind: str, by: Any = None, customer: Customer | None = None, **data: Any) -> Iterator[Journal]:
    """An event and its changes, in one transaction."""
    with (
        transaction.atomic(),
        going_on(Event.objects.create(kind=kind, by=by, customer=customer, data=data)) as journal,
    ):
        yield journal
        _tell(journal.touched, journal.tables)


@contextmanager
def going_on(event: Event) -> Iterator[Journal]:
    """More changes of an event that has begun: an import writes them in one transaction after the other."""
    with transaction.atomic():
        journal = Journal(event)
        yield journal
        index(journal.touched)


def ended(event: Event) -> None:
    """What went on is over: those who follow are told once, of all its tables and of no customer by name."""
    _tell(None, set(event.changes.values_list("model", flat=True).distinct()))


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
            owners = _customers_of(model, pks)
            if changes[0].before is None:
                _take_away(done, model, changes[0], later)
            elif changes[0].after is None:
                _bring_back(done, model, changes)
            else:
                _put_back(done, model, changes)
            done.touched |= owners | _customers_of(model, pks)
        done.event.data = {
            "of": event.kind,
            "restored": done.restored,
            "kept": [[kept.model, kept.pk, kept.reason, kept.name, kept.was, kept.now] for kept in done.kept],
        }
        done.event.save(update_fields=["data"])
        _tell(done.touched, set(event.changes.values_list("model", flat=True).distinct()))
        index(done.touched | ({event.customer_id} if event.customer_id else set()))
    return done


def _tell(touched: set[int] | None, tables: set[str]) -> None:
    for follow in FOLLOWING:
        follow(touched, tables)


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
    for some in _batches([pk for pk in free if pk not in used]):
        done.restored += len(some)
        for relation in _pointing_at(model):
            if relation.related_model is Event:  # this undoing may be one of them: they stay, of nobody
                _pointers(relation, some).update(**{relation.field.name: None})
            elif _goes_along(relation):
                _pointers(relation, some)._raw_delete("default")
        model._default_manager.filter(_among("pk", some))._raw_delete("default")
    there = set(_present(model, change.pks))
    for pk in change.pks:
        if pk in there:
            done.kept.append(Kept(change.model, pk, "in_use" if pk in used else "changed_since"))


def _in_use(model: Model, pks: Sequence[int]) -> set[int]:
    """Those that other rows point at, but for what is derived from them or tells of them."""
    used: set[int] = set()
    for relation in _pointing_at(model):
        if not _goes_along(relation):
            for some in _batches(pks):
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
    rows: models.QuerySet[Any] = relation.related_model._default_manager.filter(_among(relation.field.name, pks))
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
    for some in _batches(list(wanted)):
        rows = model._default_manager.in_bulk(some)
        done.kept += [Kept(label, pk, "gone") for pk in some if pk not in rows]
        for pk, row in rows.items():
            was = wanted[pk].before or {}
            before, after = _native(model, was), _native(model, wanted[pk].after or {})
            now = {name: getattr(row, name) for name in after}
            free = tuple(name for name in after if now[name] == after[name])
            done.kept += [
                Kept(label, pk, "changed_since", name, was[name], _plain(now[name]))
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


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _names(row: models.Model, attnames: Iterable[str]) -> list[str]:
    return [column.name for column in row._meta.concrete_fields if column.attname in attnames]


def _follow(row: models.Model, changed: Sequence[str]) -> list[str]:
    return ["name_key"] if isinstance(row, Customer) and "name" in changed else []


def _customers_of(model: Model, pks: Sequence[int]) -> set[int]:
    if model is Customer:
        return set(pks)
    if not tells_whom(model._meta.label_lower):
        return set()
    name, rows = _owner(model), model._default_manager
    return {owner for some in _batches(pks) for owner in rows.filter(_among("pk", some)).values_list(name, flat=True)}


def tells_whom(label: str) -> bool:
    """Whether `touched` holds those whose rows of this table changed."""
    model = apps.get_model(label)
    return model is Customer or _owner(model) in {column.attname for column in model._meta.concrete_fields}


def _owner(model: Model) -> str:
    return "of_id" if model is Relation else "customer_id"


def _present(model: Model, pks: Sequence[int]) -> Iterator[int]:
    for some in _batches(pks):
        yield from model._default_manager.filter(_among("pk", some)).values_list("pk", flat=True)


def _batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]


def _among(name: str, pks: Sequence[int]) -> models.Q:
    """Rows made together have ids that follow one another: two numbers say so many times as quickly as thousands."""
    if len(pks) > 2 and pks[-1] - pks[0] == len(pks) - 1 and all(map(lt, pks, islice(pks, 1, None))):
        return models.Q(**{f"{name}__gte": pks[0], f"{name}__lte": pks[-1]})
    return models.Q(**{f"{name}__in": pks})
