"""Queries that are asked again and again, of one customer after the other.

The ORM takes longer to compose a dozen subqueries, or the parts of a union, than a database takes to answer them. Here
such a query is composed once, with a number that nobody has, and then asked with that of a customer in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.utils import timezone

SOMEBODY = -(2**62) - 1
KEPT = 16  # of each, with what else it is about: mostly days


class Prepared:
    """`compose(pk, *about)` gives the rows as `values_list` does; `about` is all else that it depends on, but for the
    time zone."""

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]]) -> None:
        self._compose = compose
        self._composed = lru_cache(KEPT)(self._as_sql)

    def ask(self, pk: int, *about: Hashable) -> Iterator[tuple[Any, ...]]:
        sql, given, converters = self._composed(timezone.get_current_timezone_name(), *about)
        with connection.cursor() as cursor:
            cursor.execute(sql, [pk if one == SOMEBODY else one for one in given])
            for row in cursor:
                values = list(row)
                for at, (convert, expression) in converters.items():
                    for one in convert:
                        values[at] = one(values[at], expression, connection)
                yield tuple(values)

    def _as_sql(self, _zone: str, *about: Hashable) -> tuple[str, tuple[Any, ...], dict[int, Any]]:
        compiler = self._compose(SOMEBODY, *about).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, given = compiler.as_sql()
        fields = [column[0] for column in compiler.select[: compiler.col_count]]
        return sql, tuple(given), compiler.get_converters(fields)
