"""Cells of the list and of exported files: the values of columns for many customers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from habitue.customers.list_columns import Cell, Column
from habitue.customers.models import Customer

Values = Callable[[Customer], Any]


def cells(customers: Sequence[Customer], columns: Sequence[Column]) -> Iterator[list[tuple[str, Cell]]]:
    """For each customer a cell for each column, with the column's style."""
    readers = read_values(customers, columns)
    shown = [(column.style, column.shown, read) for column, read in zip(columns, readers, strict=True)]
    for customer in customers:
        yield [(style, words(read(customer))) for style, words, read in shown]


def exported(customers: Sequence[Customer], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """For each customer the row of an exported file: reference, name, and one or two cells for each column."""
    readers = read_values(customers, columns)
    pairs = list(zip(columns, readers, strict=True))
    for customer in customers:
        values = [value for column, read in pairs for value in column.exported(read(customer))]
        yield [customer.reference, customer.name, *values]


def read_values(customers: Sequence[Customer], columns: Sequence[Column]) -> list[Values]:
    """For each column a function from a customer to the value. Columns with the same `look_up` share one call of it."""
    pks = [customer.pk for customer in customers]
    shared: dict[Any, list[Column]] = {}
    for column in columns:
        if column.look_up:
            shared.setdefault(column.look_up, []).append(column)
    looked_up: dict[str, Any] = {}
    for look_up, group in shared.items():
        looked_up |= look_up(pks, group)
    return [_reader(column, looked_up) for column in columns]


def _reader(column: Column, looked_up: dict[str, Any]) -> Values:
    if column.value:
        return column.value
    by_customer = looked_up[column.code]
    return lambda customer: by_customer.get(customer.pk)
