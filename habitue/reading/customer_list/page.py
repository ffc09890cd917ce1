"""A page of the list of customers in any sort order, as fast far down as at the top."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from habitue.customers.list_columns import Sort
from habitue.customers.models import Customer
from habitue.reading.customer_list.plan import ListQuery
from habitue.reading.customer_list.query import Cursor, along_index, cursor_after, looked_up, without_key

PAGE = 50
Keys = dict[int, Any]  # sort keys by customer id, in order


def page(
    query: ListQuery, sort: Sort, descending: bool = False, after: str = "", size: int = PAGE
) -> tuple[list[Customer], str]:
    """The customers after the cursor, and the cursor of the next page ("" at the end)."""
    keys = _keys_after(query, sort, Cursor.read(after, sort, descending), size + 1)
    customers = _customers(query.visible, keys)
    rows = customers[:size]
    following = cursor_after(rows[-1].pk, keys[rows[-1].pk]) if len(customers) > size else ""
    return rows, following


def _keys_after(query: ListQuery, sort: Sort, cursor: Cursor, wanted: int) -> Keys:
    """Sort keys by customer id of the first `wanted` after the cursor, in order, read in the cheapest way.

    That is: from a small filter, from a window of the index filtered in memory, or along the index, and then from
    customers without a sort key.
    """
    if small := query.small_filter:
        return _keys(looked_up(sort, query, small, cursor)[:wanted])
    keys = _prefetched(query, sort, cursor, wanted)
    if len(keys) == wanted:
        return keys
    keys = {}
    for rows in () if cursor.past_keys else along_index(sort, query, cursor):
        if len(keys) < wanted:
            keys |= _keys(rows[: wanted - len(keys)])
    if len(keys) < wanted:
        rest = without_key(sort, query, cursor)[: wanted - len(keys)]
        keys |= dict.fromkeys(rest.values_list("pk", flat=True))
    return keys


def _prefetched(query: ListQuery, sort: Sort, cursor: Cursor, wanted: int) -> Keys:
    """Matches among the next rows of the index, filtered in memory: as a rule a whole page."""
    window = query.prefetch_window(wanted)
    if not window or cursor.past_keys:
        return {}
    keys: Keys = {}
    for rows in along_index(sort, replace(query, filters=()), cursor):
        if len(keys) < window:
            keys |= _keys(rows[: window - len(keys)])
    matching = set(keys)
    for one in query.filters:
        matching &= one.passing([*matching])
    return dict([pair for pair in keys.items() if pair[0] in matching][:wanted])


def _keys(rows: QuerySet[Any]) -> Keys:
    return dict(rows.values_list("sort_owner", "sort_key"))


def _customers(visible: QuerySet[Customer], keys: Keys) -> list[Customer]:
    by_pk = visible.select_related("portrait").in_bulk(list(keys))
    return [by_pk[pk] for pk in keys if pk in by_pk]
