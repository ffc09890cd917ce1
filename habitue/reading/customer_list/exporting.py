"""Export of the list as a file, read a few thousand rows at a time, so that memory does not grow with its length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from habitue.customers.list_columns import Column
from habitue.customers.models import Customer
from habitue.reading.customer_list.columns import exported
from habitue.reading.customer_list.sheets import as_csv, as_xlsx

AT_ONCE = 2_000
FORMATS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def file_of(
    format_: str, customers: QuerySet[Customer], columns: Sequence[Column], language: str
) -> tuple[Iterator[bytes], str]:
    """The pieces of a file in one of FORMATS, and its media type."""
    write, media_type = FORMATS[format_]
    return write(headings(columns), rows(customers, columns, language), language), media_type


def headings(columns: Sequence[Column]) -> list[str]:
    return [_("Reference"), _("Name"), *(heading for column in columns for heading in column.headings())]


def rows(customers: QuerySet[Customer], columns: Sequence[Column], language: str) -> Iterator[list[Any]]:
    """The rows of the file, ordered by id, so that customers added or removed meanwhile do not shift others."""
    last = 0
    while batch := list(customers.filter(pk__gt=last).select_related("portrait").order_by("pk")[:AT_ONCE]):
        with translation.override(language):  # the request is over when these are written
            written = list(exported(batch, columns))
        yield from written
        last = batch[-1].pk
