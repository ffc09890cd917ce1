"""A column of the list for each custom field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from habitue.customers.list_columns import Column, Sort
from habitue.customers.models import CustomField, CustomValue

Type = CustomField.Type
PREFIX = "field."


def field_columns() -> Iterator[Column]:
    """The columns of all custom fields, in the fields' order."""
    for field in CustomField.objects.all():
        yield Column(
            f"{PREFIX}{field.code}",
            field.label,
            look_up=_values,
            sort=_sort(field),
            numeric=field.type == Type.NUMBER,
            css_class="custom",
            position=30,
            source=field,
        )


def _values(pks: Sequence[int], columns: Sequence[Column]) -> Mapping[str, Mapping[int, Any]]:
    """Values of several custom fields in one query: by column code, then by customer id."""
    values: dict[str, dict[int, Any]] = {column.code: {} for column in columns}
    by_field = {column.source.pk: column for column in columns}
    rows = CustomValue.objects.filter(customer__in=pks, field__in=list(by_field)).select_related("other")
    for row in rows:
        column = by_field[row.field_id]
        values[column.code][row.customer_id] = value_of(row, column.source.type)
    return values


def value_of(row: CustomValue, type_: str) -> Any:
    """The value of a custom field, from the database column that its type uses."""
    match type_:
        case Type.NUMBER:
            return row.number
        case Type.DAY:
            return row.day
        case Type.FLAG:
            return None if row.number is None else bool(row.number)
        case Type.CUSTOMER:
            return row.other
    return row.text


def _sort(field: CustomField) -> Sort | None:
    if field.type == Type.CUSTOMER:
        return None
    columns: dict[str, tuple[str, Any]] = {
        "number": ("number", "decimal"),
        "flag": ("number", "decimal"),
        "day": ("day", "date"),
    }
    column, type_ = columns.get(field.type, ("text", str))
    nothing = {column: ""} if column == "text" else {f"{column}__isnull": True}
    return Sort(lambda: CustomValue.objects.filter(field=field.pk).exclude(**nothing), column, type_)
