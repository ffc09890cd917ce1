"""Conversion of column values between Python and the journal's JSON."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.duration import duration_iso_string

Model = type[models.Model]


def plain(value: Any) -> Any:
    """`value` in a form that JSON can hold; TypeError where there is none. `native` is the inverse."""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, dt.date | dt.time):  # a moment is a date too
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_iso_string(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    raise TypeError(f"The journal cannot keep a {type(value).__name__}: {value!r}.")


def as_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def native(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Column values of `model` in Python's types, from those that `plain` made."""
    columns = {column.attname: column for column in model._meta.concrete_fields}
    return {name: _native(columns[name], value) for name, value in values.items()}


def _native(column: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column, models.BinaryField):
        return base64.b64decode(value)
    return column.to_python(value)


def comparable(value: Any) -> Any:
    """The value, with bytes as `bytes`: databases return them in different types."""
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def spans(pks: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive ids, in the order given.

    >>> list(spans([3, 4, 5, 9]))
    [(3, 5), (9, 9)]
    """
    first = last = None
    for pk in pks:
        if last is not None and pk == last + 1:
            last = pk
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = pk
    if first is not None and last is not None:
        yield first, last
