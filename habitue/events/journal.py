"""The journal: each change to rows is stored with its event (edits, imports, merges, bulk changes).

    with record("customer.edited", by=user, customer=ada) as journal:
        journal.save(ada, name="Ada Roux")

A verb changes rows through its Journal, in one transaction with its Event. `undoing` restores the former values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from habitue.events import subjects
from habitue.events.kinds import kind_of
from habitue.events.listeners import Written, after_event, after_write, notify
from habitue.events.models import Change, Event
from habitue.events.values import Model, as_plain, plain, spans
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches, pk_filter

CHANGE = ("event", "model", "first", "last", "before", "after")


@dataclass
class Journal:
    """Writes rows and records the changes of one event.

    `touched`: ids of the customers whose data it changed, and in whose history it will be. `columns`: what it wrote, as
    in `listeners.Written`.
    """

    event: Event
    touched: set[int] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    def create(self, row: models.Model) -> Any:
        """Insert `row` and return it."""
        row.save(force_insert=True)
        self.created(type(row), [row.pk], [row])
        return row

    def created(self, model: Model, pks: Sequence[int], rows: Iterable[models.Model] = ()) -> None:
        """Record rows that were inserted in bulk.

        The caller adds the customers concerned to `touched`, or gives the `rows` from which they follow.
        """
        self._note(model, ((first, last, None, {}) for first, last in spans(pks)), [])
        self.touched |= subjects.of_rows(rows)

    def save(self, row: models.Model, **values: Any) -> bool:
        """Set the values that differ and save them; returns whether any did. Foreign keys are objects or `x_id`."""
        names = {name: row._meta.get_field(name) for name in values}
        before = {names[name].attname: plain(getattr(row, names[name].attname)) for name in values}  # type: ignore[union-attr]
        owners = subjects.of_rows([row])
        for name, value in values.items():
            setattr(row, name, value)
        after = {attname: plain(getattr(row, attname)) for attname in before}
        changed = [attname for attname in before if before[attname] != after[attname]]
        if not changed:
            return False
        row.save(update_fields=[*_names(row, changed), *follow_up(type(row), changed)])
        was, now = {name: before[name] for name in changed}, {name: after[name] for name in changed}
        self._note(type(row), [(row.pk, row.pk, was, now)], changed)
        self.touched |= owners | subjects.of_rows([row])
        return True

    def update(self, rows: models.QuerySet[Any], **values: Any) -> int:
        """Set the same values in many rows (foreign keys as `x_id`); returns how many rows changed."""
        model = rows.model
        after = {name: plain(value) for name, value in values.items()}
        changes = []
        for pk, *old in rows.order_by("pk").values_list("pk", *values):
            was = dict(zip(values, map(plain, old), strict=True))
            if was != after:
                changes.append((pk, pk, was, after))
        pks = [pk for pk, *_change in changes]
        self.touched |= subjects.of_stored(model, pks)
        self._note(model, changes, values)
        for some in batches(pks):
            model._default_manager.filter(pk_filter(some)).update(**values)
        self.touched |= subjects.of_stored(model, pks)
        return len(pks)

    def changed_many(self, model: Model, changes: Iterable[tuple[int, dict[str, Any], dict[str, Any]]]) -> None:
        """Record (id, values before, values after) of rows edited in bulk; the caller adds the customers to `touched`.

        Nothing is written to the rows themselves.
        """
        noted = [(pk, pk, as_plain(before), as_plain(after)) for pk, before, after in changes]
        self._note(model, noted, {name for _first, _last, before, _after in noted for name in before})

    def delete(self, row: models.Model) -> None:
        self.touched |= subjects.of_rows([row])
        before = {column.attname: plain(getattr(row, column.attname)) for column in row._meta.concrete_fields}
        self._note(type(row), [(row.pk, row.pk, before, None)], [])
        row.delete()

    def delete_many(self, rows: models.QuerySet[Any]) -> int:
        """Delete rows that nothing points at; returns how many."""
        model = rows.model
        names = [column.attname for column in model._meta.concrete_fields]
        gone = [as_plain(dict(zip(names, row, strict=True))) for row in rows.order_by("pk").values_list(*names)]
        pks = [row[model._meta.pk.attname] for row in gone]
        self.touched |= subjects.of_stored(model, pks)
        self._note(model, ((pk, pk, row, None) for pk, row in zip(pks, gone, strict=True)), [])
        for some in batches(pks):
            model._default_manager.filter(pk_filter(some))._raw_delete("default")
        return len(pks)

    def _note(self, model: Model, changes: Iterable[tuple[int, int, Any, Any]], columns: Iterable[str]) -> None:
        """Insert a Change for each (first id, last id, before, after) of `changes`; `columns` are the edited ones."""
        label = model._meta.label_lower
        rows = [(self.event.pk, label, *change) for change in changes]
        if rows:
            bulk.insert(Change, CHANGE, rows)
            self.columns.update([f"{label}.{column}" for column in columns] or [label])


@contextmanager
def record(kind: str, by: Any = None, customer: Any = None, **data: Any) -> Iterator[Journal]:
    """A context for an event and its changes, in one transaction; gives the Journal.

    `customer`: whom the event concerns, even where none of their data changes. ValueError for an undeclared kind.
    """
    with transaction.atomic(), resume(begin(kind, by, **data)) as journal:
        if customer is not None:
            journal.touched.add(customer.pk)
        yield journal
        notify(after_event, Written(journal.touched, journal.columns))


def begin(kind: str, by: Any = None, **data: Any) -> Event:
    """Create an event whose changes follow in one or more `resume`; ValueError for an undeclared kind."""
    return Event.objects.create(kind=kind_of(kind).code, by=by, data=data)


@contextmanager
def resume(event: Event) -> Iterator[Journal]:
    """A context for further changes of an event, in one transaction: an import writes its chunks in several."""
    with transaction.atomic():
        journal = Journal(event)
        yield journal
        subjects.add(event.pk, journal.touched)
        notify(after_write, Written(journal.touched, journal.columns))


def finish(event: Event) -> None:
    """Notify the listeners that an event of several transactions is complete, with its tables but no customer ids."""
    notify(after_event, Written(None, set(event.changes.values_list("model", flat=True).distinct())))


def follow_up(model: Model, changed: Iterable[str]) -> list[str]:
    """Fields computed from the changed ones, as declared on the model: `computed_from = {"name_key": ("name",
    name_key)}`.
    """
    computed: dict[str, tuple[str, Any]] = getattr(model, "computed_from", {})
    return [name for name, (source, _compute) in computed.items() if source in changed]


def _names(row: models.Model, attnames: Iterable[str]) -> list[str]:
    return [column.name for column in row._meta.concrete_fields if column.attname in attnames]
