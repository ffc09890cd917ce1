"""Many rows of one model at once, past the per-object cost of the ORM: executemany on SQLite, COPY on PostgreSQL.

The caller answers for what the ORM would have done: no defaults, no `save()`, no events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from django.db import connection, models

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Encoded(str):
    """JSON that is text already: many rows that share a value need it encoded once."""


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows`, each with a value for every field of `names`, in the order given.

    Values are what the database stores: ids for foreign keys, `date` and aware `datetime` for days and times,
    any JSON value for a JSONField.
    """
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    changes = [(at, change) for at, field in enumerate(fields) if (change := _adapter(field))]
    adapted = _adapted(rows, changes) if changes else rows
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in adapted:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", cast(Any, adapted))  # noqa: S608


def _adapter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return lambda value: str(value) if isinstance(value, Encoded) else _encode(value)
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DateField):
        return connection.ops.adapt_datefield_value
    return None


def _adapted(rows: Iterable[Sequence[Any]], changes: list[tuple[int, Callable[[Any], Any]]]) -> Iterable[list[Any]]:
    for row in rows:
        values = list(row)
        for at, change in changes:
            if values[at] is not None:
                values[at] = change(values[at])
        yield values
