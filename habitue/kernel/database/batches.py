"""Many keys or values at once, in queries that a database can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import TypeVar

from django.db.models import Q

T = TypeVar("T")
SIZE = 5_000  # values in one IN (...): SQLite takes 32,766 parameters


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Each value once, in lists that a query can take."""
    distinct = iter(dict.fromkeys(values))
    while batch := list(islice(distinct, SIZE)):
        yield batch


def pk_filter(pks: Sequence[int], name: str = "pk") -> Q:
    """Rows of these keys. Rows made together have keys that follow one another: two numbers say so many times as
    quickly as thousands."""
    if len(pks) > 2 and pks[-1] - pks[0] == len(pks) - 1 and all(map(lt, pks, islice(pks, 1, None))):
        return Q(**{f"{name}__gte": pks[0], f"{name}__lte": pks[-1]})
    return Q(**{f"{name}__in": list(pks)})
