"""The sort order of the list, read from its URL, and the links of its headings to other orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from habitue.customers.columns import NAME
from habitue.customers.custom_fields.columns import PREFIX
from habitue.customers.list_columns import Column, Sort

DEFAULT = "-value"


@dataclass(frozen=True)
class Heading:
    """A column heading of the list: `to` is the sort that its link leads to, `now` the direction of the present one."""

    code: str
    style: str
    label: Any
    to: str = ""
    now: str = ""


@dataclass(frozen=True)
class AskedSort:
    """A sort order as given in a URL: the code of a column, with a minus before it for the opposite direction."""

    given: str
    sort: Sort
    descending: bool


def read_sort(given: str, available: Mapping[str, Column]) -> AskedSort:
    """The sort order that a URL asks for: 404 for an unknown one, the default where its custom field was removed."""
    code = given.removeprefix("-")
    if code.startswith(PREFIX) and code not in available:
        return read_sort(DEFAULT, available)
    column = NAME if code == NAME.code else available.get(code)
    if column is None or column.sort is None:
        raise Http404
    return AskedSort(given, column.sort, given.startswith("-"))


def headings(columns: Iterable[Column], asked: AskedSort) -> list[Heading]:
    """The headings of the list: the name's and each column's."""
    return [_heading(column, asked) for column in (NAME, *columns)]


def _heading(column: Column, asked: AskedSort) -> Heading:
    if not column.sort:
        return Heading(column.code, column.style, column.label)
    ascending, descending = column.code, f"-{column.code}"
    first, other = (descending, ascending) if column.descending_first else (ascending, descending)
    now = {ascending: "ascending", descending: "descending"}.get(asked.given, "")
    return Heading(column.code, column.style, column.label, other if asked.given == first else first, now)
