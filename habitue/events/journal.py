"""What an event does to rows is written down with it: edits, imports, merges, bulk changes.

    with record("customer.edited", by=user, customer=ada) as journal:
        journal.save(ada, name="Ada Roux")

A verb changes rows through its Journal, in one transaction with its Event. `undoing` puts back what was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from habitue.events import subjects
from habitue.events.kinds import kind_of
from habitue.events.listeners import Written, after_event, after_write, tell
from habitue.events.models import Change, Event
from habitue.events.values import Model, as_plain, plain, spans
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches, pk_filter

CHANGE = ("event", "model", "first", "last", "before", "after")


@dataclass
class Journal:
    """The changes of one event. `touched`: the customers whose data it changed, in whose history it will stand."""

    event: Event
    touched: set[int] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    def create(self, row: models.Model) -> Any:
        """Insert `row`; it is given back."""
        row.save(force_insert=True)
        self.created(type(row), [row.pk], [row])
        return row

    def created(self, model: Model, pks: Sequence[int], rows: Iterable[models.Model] = ()) -> None:
        """Note rows that were inserted in bulk; add to `touched` whose they are, or give the `rows`."""
        self._note(model, ((first, last, None, {}) for first, last in spans(pks)), [])
        self.touched |= subjects.of_rows(rows)

    def save(self, row: models.Model, **values: Any) -> bool:
        """Set what differs; whether anything did. Foreign keys may be given by object or as `x_id`."""
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
        """Set the same values in many rows (foreign keys as `x_id`); how many differed."""
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
        """Note rows that were edited in bulk, each with what was and what is; add to `touched` whose they are."""
        noted = [(pk, pk, as_plain(before), as_plain(after)) for pk, before, after in changes]
        self._note(model, noted, {name for _first, _last, before, _after in noted for name in before})

    def delete(self, row: models.Model) -> None:
        self.touched |= subjects.of_rows([row])
        before = {column.attname: plain(getattr(row, column.attname)) for column in row._meta.concrete_fields}
        self._note(type(row), [(row.pk, row.pk, before, None)], [])
        row.delete()

    def delete_many(self, rows: models.QuerySet[Any]) -> int:
        """Delete rows at which nothing points; how many."""
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
        """`changes`: first and last key, before, after. `columns`: those that were edited."""
        label = model._meta.label_lower
        rows = [(self.event.pk, label, *change) for change in changes]
        if rows:
            bulk.insert(Change, CHANGE, rows)
            self.columns.update([f"{label}.{column}" for column in columns] or [label])


@contextmanager
def record(kind: str, by: Any = None, customer: Any = None, **data: Any) -> Iterator[Journal]:
    """An event and its changes, in one transaction. `customer`: whom it is about, also where nothing of theirs changes.

    ValueError for a kind that nobody declared.
    """
    with transaction.atomic(), resume(begin(kind, by, **data)) as journal:
        if customer is not None:
            journal.touched.add(customer.pk)
        yield journal
        tell(after_event, Written(journal.touched, journal.columns))


def begin(kind: str, by: Any = None, **data: Any) -> Event:
    """An event whose changes are written by one or more `resume`; ValueError for a kind that nobody declared."""
    return Event.objects.create(kind=kind_of(kind).code, by=by, data=data)


@contextmanager
def resume(event: Event) -> Iterator[Journal]:
    """More changes of an event that has begun: an import writes them in one transaction after the other."""
    with transaction.atomic():
        journal = Journal(event)
        yield journal
        subjects.add(event.pk, journal.touched)
        tell(after_write, Written(journal.touched, journal.columns))


def finish(event: Event) -> None:
    """An event of several transactions is complete: listeners are told once of all its tables, of no customer by id."""
    tell(after_event, Written(None, set(event.changes.values_list("model", flat=True).distinct())))


def follow_up(model: Model, changed: Iterable[str]) -> list[str]:
    """Fields that follow from the changed ones, as a model says: `computed_from = {"name_key": ("name", name_key)}`."""
    computed: dict[str, tuple[str, Any]] = getattr(model, "computed_from", {})
    return [name for name, (source, _compute) in computed.items() if source in changed]


def _names(row: models.Model, attnames: Iterable[str]) -> list[str]:
    return [column.name for column in row._meta.concrete_fields if column.attname in attnames]
