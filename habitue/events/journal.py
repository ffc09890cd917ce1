"""What an event did to rows is written down with it, so that it can be undone: edits, imports, merges, bulk changes.

    with record("customer.edited", by=user, customer=ada) as journal:
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
from typing import Any

from django.apps import apps
from django.db import models, transaction

from habitue.customers.models import Customer, Relation
from habitue.customers.search.indexing import index
from habitue.events.models import Change, Event
from habitue.kernel.database import bulk

AT_ONCE = 5_000  # rows: SQLite takes 32,766 parameters in one statement
CHANGE = ("event", "model", "pks", "before", "after")
Model = type[models.Model]

# What follows from a verb or its undoing, in the same transaction: told whom it touched and which tables it changed.
LISTENERS: list[Callable[[set[int] | None, set[str]], None]] = []


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
        before = {names[name].attname: plain(getattr(row, names[name].attname)) for name in values}  # type: ignore[union-attr]
        self._touch([row])
        for name, value in values.items():
            setattr(row, name, value)
        after = {attname: plain(getattr(row, attname)) for attname in before}
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
        after = {name: plain(value) for name, value in values.items()}
        was: dict[tuple[Any, ...], list[int]] = {}
        for pk, *old in rows.values_list("pk", *values):
            if [plain(value) for value in old] != list(after.values()):
                was.setdefault(tuple(old), []).append(pk)
        for old, pks in was.items():
            self._note(model, pks, dict(zip(values, map(plain, old), strict=True)), after)
            for some in batches(pks):
                model._default_manager.filter(pk__in=some).update(**values)
        pks = [pk for some in was.values() for pk in some]
        self.touched.update(customers_of(model, pks))
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
        before = {column.attname: plain(getattr(row, column.attname)) for column in row._meta.concrete_fields}
        self._note(type(row), [row.pk], before, None)
        row.delete()

    def delete_many(self, rows: models.QuerySet[Any]) -> int:
        """For rows at which nothing points."""
        model, label = rows.model, rows.model._meta.label_lower
        names = [column.attname for column in model._meta.concrete_fields]
        found = [dict(zip(names, row, strict=True)) for row in rows.values_list(*names)]
        pks = [row[model._meta.pk.attname] for row in found]
        self.touched.update(customers_of(model, pks))
        self.tables.add(label)
        changes = ((self.event.pk, label, [pk], _as_json(row), None) for pk, row in zip(pks, found, strict=True))
        bulk.insert(Change, CHANGE, changes)
        for some in batches(pks):
            model._default_manager.filter(among("pk", some))._raw_delete("default")
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
def record(kind: str, by: Any = None, customer: Customer | None = None, **data: Any) -> Iterator[Journal]:
    """An event and its changes, in one transaction."""
    with (
        transaction.atomic(),
        resume(Event.objects.create(kind=kind, by=by, customer=customer, data=data)) as journal,
    ):
        yield journal
        notify(journal.touched, journal.tables)


@contextmanager
def resume(event: Event) -> Iterator[Journal]:
    """More changes of an event that has begun: an import writes them in one transaction after the other."""
    with transaction.atomic():
        journal = Journal(event)
        yield journal
        index(journal.touched)


def finish(event: Event) -> None:
    """What went on is over: those who follow are told once, of all its tables and of no customer by name."""
    notify(None, set(event.changes.values_list("model", flat=True).distinct()))


def notify(touched: set[int] | None, tables: set[str]) -> None:
    for follow in LISTENERS:
        follow(touched, tables)


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _names(row: models.Model, attnames: Iterable[str]) -> list[str]:
    return [column.name for column in row._meta.concrete_fields if column.attname in attnames]


def _follow(row: models.Model, changed: Sequence[str]) -> list[str]:
    return ["name_key"] if isinstance(row, Customer) and "name" in changed else []


def customers_of(model: Model, pks: Sequence[int]) -> set[int]:
    if model is Customer:
        return set(pks)
    if not tells_whom(model._meta.label_lower):
        return set()
    name, rows = _owner(model), model._default_manager
    return {owner for some in batches(pks) for owner in rows.filter(among("pk", some)).values_list(name, flat=True)}


def tells_whom(label: str) -> bool:
    """Whether `touched` holds those whose rows of this table changed."""
    model = apps.get_model(label)
    return model is Customer or _owner(model) in {column.attname for column in model._meta.concrete_fields}


def _owner(model: Model) -> str:
    return "of_id" if model is Relation else "customer_id"


def batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]


def among(name: str, pks: Sequence[int]) -> models.Q:
    """Rows made together have ids that follow one another: two numbers say so many times as quickly as thousands."""
    if len(pks) > 2 and pks[-1] - pks[0] == len(pks) - 1 and all(map(lt, pks, islice(pks, 1, None))):
        return models.Q(**{f"{name}__gte": pks[0], f"{name}__lte": pks[-1]})
    return models.Q(**{f"{name}__in": pks})
