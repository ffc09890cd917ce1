"""Reading and writing many rows of one model without the ORM: executemany on SQLite, COPY on PostgreSQL.

There are no defaults, no `save()` and no events: the caller sees to them. Whole columns are Arrow tables (`read`,
`insert_table`, `replace`), rows of Python values are tuples (`insert`).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from django.db import connection, models, transaction

ROWS = 50_000  # written at once
FETCHED = 5_000  # read at once: few enough to stay in the cache of the processor until they are columns
BYTES = 1 << 24

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Encoded(str):
    """A JSON value that is encoded already, for many rows that share it."""


class DayNumber(models.Func):
    """SQL function: days since 1970-01-01 of a date, or of a datetime in UTC."""

    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(substr(%(expressions)s, 1, 10)) - 2440587.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        (of,) = self.get_source_expressions()
        day = "%(expressions)s AT TIME ZONE 'UTC'" if isinstance(of.output_field, models.DateTimeField) else ""
        template = f"(({day or '%(expressions)s'})::date - DATE '1970-01-01')"
        return self.as_sql(compiler, connection, template=template, **context)


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, each with the values of the fields `names`, in this order.

    Values are what the database stores: ids for foreign keys, `date` and aware `datetime`, any JSON value for a
    JSONField.
    """
    fields = _fields(model, names)
    changes = [(at, change) for at, field in enumerate(fields) if (change := _adapter(field))]
    adapted = _adapted(rows, changes) if changes else rows
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {_target(model, fields)} FROM STDIN") as copy:
                for row in adapted:
                    copy.write_row(row)
        else:
            cursor.executemany(_insertion(model, fields), cast(Any, adapted))


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set the fields `names` (foreign keys as `x_id`) of rows, each given as values in this order and then its id.

    One statement per row is many times faster than Django's bulk_update, whose CASE is searched for each row.
    """
    by_name = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    fields = [by_name[name] for name in names]
    changes = [(at, change) for at, field in enumerate(fields) if (change := _adapter(field))]
    quote = connection.ops.quote_name
    settings = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(model._meta.pk.column)) if model._meta.pk else ""
    statement = f"UPDATE {quote(model._meta.db_table)} SET {settings} WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(_adapted(rows, changes) if changes else rows))


def fresh_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` unused primary keys, for rows whose ids must be known before they are inserted.

    Within a transaction: on SQLite nobody else writes until its end; on PostgreSQL they come from the sequence.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + 1 + count))


def read(rows: models.QuerySet[Any, Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a `values_list(...)` as record batches; `schema` names its columns and gives their types."""
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", parameters) as copy:
                for block in _blocks(iter(copy)):
                    yield from _parsed(block, schema)
        else:
            cursor.execute(sql, parameters)
            while batch := _fetched(cursor, schema):
                yield batch


def insert_table(model: type[models.Model], table: pa.Table) -> None:
    """Insert the rows of an Arrow table whose columns have the names of model fields.

    Days may be day numbers (days since 1970-01-01), times are timestamps in UTC, a JSONField is encoded text.
    """
    fields = _fields(model, table.column_names)
    columns = [_column(field, column) for field, column in zip(fields, table.columns, strict=True)]
    batches = pa.table(columns, table.column_names).to_batches(max_chunksize=ROWS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {_target(model, fields)} FROM STDIN (FORMAT csv)") as copy:
                for batch in batches:
                    copy.write(_as_csv(batch))
        else:
            statement = _insertion(model, fields)
            for batch in batches:
                with without_collection():
                    cursor.executemany(statement, list(zip(*map(_objects, batch.columns), strict=True)))


def replace(model: type[models.Model], table: pa.Table, old: models.QuerySet[Any, Any] | None = None) -> None:
    """Replace the rows `old` (default: all) by those of `table`, in one transaction: readers see the old ones until its
    end.

    On SQLite the indexes are dropped and created again where more rows are added than stay: sorting once is faster than
    a million insertions, and blocks nobody. On PostgreSQL that would block readers, so it is not done.
    """
    rows = model._default_manager.all()
    with transaction.atomic():
        (rows if old is None else old)._raw_delete(connection.alias)
        if old is not None and rows.count() > table.num_rows:
            insert_table(model, table)
        else:
            with indexed_afterwards(model):
                insert_table(model, table)


@contextmanager
def indexed_afterwards(model: type[models.Model]) -> Iterator[None]:
    """A context, within a transaction, in which the table has no secondary indexes on SQLite; they are created at its
    end.
    """
    indexes = _secondary_indexes(model) if connection.vendor == "sqlite" else {}
    with connection.cursor() as cursor:
        for name in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        yield
        for statement in indexes.values():
            cursor.execute(statement)


def _fields(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    return [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]


def _target(model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)})"


def _insertion(model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> str:
    return f"INSERT INTO {_target(model, fields)} VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608


def _adapter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return lambda value: str(value) if isinstance(value, Encoded) else _encode(value)
    if isinstance(field, models.BinaryField | models.UUIDField | models.DurationField):
        return lambda value: field.get_db_prep_save(value, connection)
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.TimeField):
        return connection.ops.adapt_timefield_value
    if isinstance(field, models.DateTimeField):
        return lru_cache(10_000)(connection.ops.adapt_datetimefield_value)  # many rows have the same time
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


def _blocks(rows: Iterator[Any]) -> Iterator[bytes]:
    """Single rows of COPY joined into blocks of BYTES, to be parsed together."""
    some: list[bytes] = []
    size = 0
    for row in rows:
        some.append(bytes(row))
        size += len(row)
        if size >= BYTES:
            yield b"".join(some)
            some, size = [], 0
    if some:
        yield b"".join(some)


def _parsed(block: bytes, schema: pa.Schema) -> list[pa.RecordBatch]:
    """A block of CSV as record batches. COPY writes NULL as an empty cell, and an empty text as two quotation marks."""
    parsed = pa_csv.read_csv(
        pa.BufferReader(block),
        read_options=pa_csv.ReadOptions(column_names=schema.names),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return cast("list[pa.RecordBatch]", parsed.to_batches())


def _fetched(cursor: Any, schema: pa.Schema) -> pa.RecordBatch | None:
    with without_collection():
        if not (some := cursor.fetchmany(FETCHED)):
            return None
        columns = zip(zip(*some, strict=True), schema.types, strict=True)
        return pa.record_batch([pa.array(values, type_) for values, type_ in columns], schema=schema)


@contextmanager
def without_collection() -> Iterator[None]:
    """A context without garbage collection: many rows hold no cycles, and searching for some costs half the read again.

    Also a decorator.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _column(field: models.Field[Any, Any], column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in the form the database takes: day numbers as dates; on SQLite days and times as Django's text."""
    if isinstance(field, models.DateTimeField):
        if connection.vendor != "postgresql":
            text = column.cast(pa.timestamp("us")).cast(pa.string())
            return pc.replace_substring(text, ".000000", "")
    elif isinstance(field, models.DateField):
        days = column.cast(pa.int32()).cast(pa.date32())
        return days if connection.vendor == "postgresql" else days.cast(pa.string())
    return column


def _as_csv(batch: pa.RecordBatch) -> memoryview:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(batch, sink, pa_csv.WriteOptions(include_header=False))
    return memoryview(sink.getvalue())


def _objects(column: pa.Array) -> list[Any]:
    """The values as Python objects, many times faster than `to_pylist`."""
    if pa.types.is_string(column.type) or not column.null_count:
        return cast("list[Any]", column.to_numpy(zero_copy_only=False).tolist())
    if column.null_count == len(column):
        return [None] * len(column)
    plain = column.fill_null(0).to_numpy(zero_copy_only=False).astype(object)
    plain[column.is_null().to_numpy(zero_copy_only=False)] = None
    return cast("list[Any]", plain.tolist())


def _secondary_indexes(model: type[models.Model]) -> dict[str, str]:
    """CREATE statements of the SQLite indexes that can be dropped, by name; those of constraints are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s",
            [model._meta.db_table],
        )
        return dict(cursor.fetchall())
