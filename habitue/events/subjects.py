"""Which customers a row concerns. A model names in `subject_columns` the columns that hold a customer's id.

    class Relation(models.Model):
        subject_columns = ("of_id", "to_id")

A change to a row is then in the history of each of these customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connection, models

from habitue.events.models import EventSubject
from habitue.events.values import Model
from habitue.kernel.database.batches import batches, pk_filter


def columns_of(model: Model) -> tuple[str, ...]:
    """The columns of `model` with the ids of the customers concerned; none for data of the company itself."""
    columns: tuple[str, ...] = getattr(model, "subject_columns", ())
    return columns


def names_customers(label: str) -> bool:
    """Whether the model with this label has `subject_columns`."""
    return bool(columns_of(apps.get_model(label)))


def of_rows(rows: Iterable[models.Model]) -> set[int]:
    """Ids of the customers that these rows concern."""
    customers = {getattr(row, column) for row in rows for column in columns_of(type(row))}
    return customers - {None}


def of_stored(model: Model, pks: Sequence[int]) -> set[int]:
    """Ids of the customers that the stored rows with these ids concern."""
    columns = columns_of(model)
    if columns == (model._meta.pk.attname,):
        return set(pks)
    if not columns:
        return set()
    rows = model._default_manager
    customers = {
        owner for some in batches(pks) for row in rows.filter(pk_filter(some)).values_list(*columns) for owner in row
    }
    return customers - {None}


def add(event_id: int, customers: Iterable[int]) -> None:
    """Add an event to the history of these customers: to the canonical record of a merged one, and to each once."""
    for some in batches(sorted(set(customers))):
        rows = customer_model().objects.filter(pk_filter(some))
        merged = list(rows.merged_away().values_list("pk", flat=True))
        _insert(event_id, rows.unmerged())
        if merged:
            canonical = sorted(customer_model().objects.canonical_ids(merged))
            _insert(event_id, customer_model().objects.filter(pk_filter(canonical)))


def _insert(event_id: int, customers: models.QuerySet[Any]) -> None:
    """Insert a row for each of the customers that is not there yet, in one statement."""
    compiled, parameters = customers.order_by().values_list(models.Value(event_id), "pk").query.sql_with_params()
    table = connection.ops.quote_name(EventSubject._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (event_id, customer_id) {compiled} ON CONFLICT DO NOTHING",
            parameters,
        )


def customer_model() -> Any:
    """The Customer model, looked up by name because this package is below `customers`."""
    return EventSubject._meta.get_field("customer").related_model


def check_subjects(app_configs: Any, **_options: Any) -> Iterable[checks.CheckMessage]:
    """System check: each of our models with a foreign key to a customer has valid `subject_columns`."""
    customer = customer_model()
    for model in apps.get_models():
        if not model.__module__.startswith("habitue."):
            continue
        columns = {column.attname for column in model._meta.concrete_fields}
        stated = getattr(model, "subject_columns", None)
        points = any(column.related_model is customer for column in model._meta.concrete_fields)
        if stated is None and points and not getattr(model, "recomputed", False):
            hint = 'Give it subject_columns = ("customer_id",), or () where no history should hold its changes.'
            yield checks.Error(f"{model._meta.label} points at customers.", hint=hint, id="events.E003")
        elif stated and not columns.issuperset(stated):
            yield checks.Error(f"{model._meta.label} has no column {set(stated) - columns}.", id="events.E004")
