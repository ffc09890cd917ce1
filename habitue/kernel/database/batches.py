from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
SIZE = 5_000  # values in one IN (...): SQLite takes 32,766 parameters


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Each value once, in lists that a query can take."""
    distinct = iter(dict.fromkeys(values))
    while batch := list(islice(distinct, SIZE)):
        yield batch
