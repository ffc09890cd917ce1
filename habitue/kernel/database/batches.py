"""Queries with many ids or values, within the limits of both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import TypeVar

from django.db.models import Q

from habitue.kernel.database import any_of  # noqa: F401 - the lookup

T = TypeVar("T")
SIZE = 5_000  # values in one IN (...): SQLite takes 32,766 parameters


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """The distinct values in lists of at most SIZE, each small enough for one query."""
    distinct = iter(dict.fromkeys(values))
    while batch := list(islice(distinct, SIZE)):
        yield batch


def pk_filter(pks: Sequence[int], name: str = "pk") -> Q:
    """The condition that column `name` is one of `pks`; a range where they are consecutive, which is faster."""
    if len(pks) > 2 and pks[-1] - pks[0] == len(pks) - 1 and all(map(lt, pks, islice(pks, 1, None))):
        return Q(**{f"{name}__gte": pks[0], f"{name}__lte": pks[-1]})
    return Q(**{f"{name}__any_of": pks})
