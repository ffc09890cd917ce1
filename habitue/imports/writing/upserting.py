"""The default writer: rows by key are created when new, updated where the file differs, else unchanged.

Contracts and promotions write their rows with it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.apps import apps
from django.db import models

from habitue.events import subjects
from habitue.imports.writing.walking import Chunk, Outcome, Run
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches

Group = dict[str, Any]
Row = TypeVar("Row", bound=models.Model)


def write(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk of a kind that has a `model`, whose fields have the names of the kind's fields."""
    kind = run.staged.kind
    model = apps.get_model(kind.model)
    key, names = kind.key.name, [field.name for field in kind.fields if field is not kind.key]
    return upsert(run, model, key, names, chunk.groups, stored(run, model._default_manager.all(), key, chunk.groups))


def stored(run: Run, rows: models.QuerySet[Row], key: str, groups: list[Group]) -> dict[str, Row]:
    """The stored rows for these groups, by key, locked until the transaction ends."""
    return {
        getattr(row, key): row
        for batch in batches(group[key] for group in groups)
        for row in locked(run, rows).filter(**{f"{key}__in": batch})
    }


def upsert(
    run: Run, model: type[Row], key: str, names: Sequence[str], groups: list[Group], stored: dict[str, Row]
) -> Outcome:
    """Create the groups that are not stored, and update those that are."""
    new = [group for group in groups if group[key] not in stored]
    outcome = change(run, model, [(stored[g[key]], g) for g in groups if g[key] in stored], names)
    outcome.created = len(new)
    if new and not run.dry_run:
        make(run, model, [key, *names], ([group[name] for name in (key, *names)] for group in new))
    return outcome


def locked(run: Run, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The rows, to be locked when they are read; without a lock in a dry run."""
    return rows if run.dry_run else rows.select_for_update(of=("self",))


def make(run: Run, model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[int]:
    """Insert rows of values for the fields `names` and return their ids. None becomes "" in a text field."""
    texts = {at for at, name in enumerate(names) if isinstance(model._meta.get_field(name), models.CharField)}
    values: list[list[Any]] = [[value or "" if at in texts else value for at, value in enumerate(row)] for row in rows]
    pks = bulk.fresh_ids(model, len(values))
    bulk.insert(model, ["id", *names], ([pk, *row] for pk, row in zip(pks, values, strict=True)))
    run.written.created(model, pks)
    whose = [at for at, name in enumerate(names) if model._meta.get_field(name).attname in subjects.columns_of(model)]  # type: ignore[union-attr]
    run.written.touched.update(row[at] for row in values for at in whose if row[at] is not None)
    return pks


def change(run: Run, model: type[models.Model], pairs: Iterable[tuple[Any, Group]], names: Sequence[str]) -> Outcome:
    """Update stored rows, given in pairs with their groups, where the file differs. An empty cell changes nothing."""
    outcome = Outcome()
    changes: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
    for row, group in pairs:
        after = {name: group[name] for name in names if group[name] not in (None, "", getattr(row, name))}
        before = {name: getattr(row, name) for name in after}
        for name, value in after.items():
            setattr(row, name, value)
        if after:
            changes.append((row.pk, before, after))
            outcome.note(str(row), {name: (before[name], value) for name, value in after.items()})
        else:
            outcome.unchanged += 1
    if changes and not run.dry_run:
        save(run, model, changes)
    return outcome


def save(run: Run, model: type[models.Model], changes: list[tuple[int, dict[str, Any], dict[str, Any]]]) -> None:
    """Write (id, values before, values after) of many rows, one statement for each set of fields, and journal them."""
    by_names: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for pk, _before, after in changes:
        by_names.setdefault(tuple(after), []).append((*after.values(), pk))
    for names, rows in by_names.items():
        bulk.update(model, names, rows)
    run.written.changed_many(model, changes)
    run.written.touched.update(subjects.of_stored(model, [pk for pk, *_change in changes]))
