"""Rows of several dataclasses in one query: a UNION ALL whose parts share a few columns of each type.

The columns of the union have no meaning of their own: field after field, each dataclass takes the next column of its
field's type. Outside of this module a row is an instance of its dataclass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from django.db.models import BigIntegerField, CharField, DateField, F, Field, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

PART = "_part"  # the first column: the code of the part that a row comes from


@dataclass(frozen=True)
class ColumnType:
    """A column type of the union: its database column, its model field, and how values are read from it.

    Text columns also hold decimals and JSON.
    """

    column: str
    field: Field[Any, Any]
    read: Callable[[Any], Any]


TEXT: Field[Any, Any] = CharField()
COLUMN_TYPES: dict[type, ColumnType] = {
    str: ColumnType("text", TEXT, lambda value: value or ""),
    Decimal: ColumnType("text", TEXT, lambda value: Decimal(value) if value else None),
    dict: ColumnType("text", TEXT, lambda value: json.loads(value or "{}")),
    int: ColumnType("number", BigIntegerField(), lambda value: value),
    bool: ColumnType("flag", IntegerField(), bool),  # PostgreSQL casts a boolean to no wider integer
    date: ColumnType("day", DateField(), lambda value: value),
}


@dataclass(frozen=True)
class Part:
    """A query of the union; `columns` gives the name or the expression of each field of its row type."""

    code: str
    rows: QuerySet[Any, Any]
    columns: Mapping[str, Any]


class Union:
    """A UNION ALL of parts; `row_types` gives the dataclass of the rows of each part, by its code."""

    def __init__(self, row_types: Mapping[str, type]) -> None:
        self._row_types = row_types
        used = {column: kind.field for row in row_types.values() for column, kind in _columns(row).values()}
        self._columns = {PART: TEXT, **dict(sorted(used.items()))}

    def part(self, code: str, rows: QuerySet[Any, Any], **columns: Any) -> Part:
        """A part of the union; TypeError where `columns` are not the fields of its row type."""
        if wrong := set(_columns(self._row_types[code])) ^ set(columns):
            raise TypeError(f"The part {code} and its row type differ in {sorted(wrong)}")
        return Part(code, rows, columns)

    def compose(self, parts: Iterable[Part]) -> QuerySet[Any, Any]:
        """The query of all parts."""
        first, *others = map(self._query, parts)
        return first.union(*others, all=True)

    def read(self, tuples: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
        """The rows of a result, for each part by its code."""
        rows: dict[str, list[Any]] = {code: [] for code in self._row_types}
        for values in tuples:
            by_column = dict(zip(self._columns, values, strict=True))
            code = by_column[PART]
            rows[code].append(self._row(code, by_column))
        return rows

    def _row(self, code: str, by_column: Mapping[str, Any]) -> Any:
        row_type = self._row_types[code]
        fields = _columns(row_type).items()
        return row_type(**{name: kind.read(by_column[column]) for name, (column, kind) in fields})

    def _query(self, part: Part) -> QuerySet[Any, Any]:
        """The query of a part, with all columns of the union cast to their types, NULL where it has none."""
        fields = _columns(self._row_types[part.code])
        given = {PART: Value(part.code)} | {fields[name][0]: value for name, value in part.columns.items()}
        cast = {name: Cast(_expression(given.get(name)), field) for name, field in self._columns.items()}
        query: QuerySet[Any, Any] = part.rows.order_by().annotate(**cast).values_list(*cast)
        return query


@cache
def _columns(row_type: type) -> dict[str, tuple[str, ColumnType]]:
    """The union's column for each field of a row type: the first of its type that no earlier field took."""
    columns: dict[str, tuple[str, ColumnType]] = {}
    taken: dict[str, int] = {}
    for name, hint in get_type_hints(row_type).items():
        kind = COLUMN_TYPES[_value_type(hint)]
        taken[kind.column] = taken.get(kind.column, 0) + 1
        columns[name] = (f"_{kind.column}_{taken[kind.column]}", kind)
    return columns


def _value_type(hint: Any) -> type:
    """The class in a type hint, without None and parameters: `dict` of `dict[str, Any] | None`."""
    if isinstance(hint, UnionType):
        (hint,) = [one for one in get_args(hint) if one is not type(None)]
    value_type: type = get_origin(hint) or hint
    return value_type


def _expression(value: Any) -> Any:
    return F(value) if isinstance(value, str) else Value(None) if value is None else value
