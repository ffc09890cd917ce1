"""Queries about one customer whose SQL is composed once and reused.

The ORM takes longer to compose a dozen subqueries, or the parts of a union, than a database takes to run them. Here a
query is composed with a placeholder for the customer's id; its SQL is cached, and each time the placeholder among its
parameters is replaced by an id.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.utils import timezone

PK_PLACEHOLDER = -(2**62) - 1  # an id that no row has
KEPT = 16  # composed queries, each for one set of further arguments, mostly days


class PreparedQuery:
    """A query whose SQL is composed once and run for any customer.

    `compose(pk, *arguments)` returns it as a `values_list`; `arguments` are all that its SQL depends on beside the
    customer and the time zone.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]]) -> None:
        self._compose = compose
        self._composed = lru_cache(KEPT)(self._as_sql)

    def ask(self, pk: int, *arguments: Hashable) -> Iterator[tuple[Any, ...]]:
        """Run the query and yield its rows for the customer `pk`."""
        sql, parameters, converters = self._composed(timezone.get_current_timezone_name(), *arguments)
        with connection.cursor() as cursor:
            cursor.execute(sql, [pk if one == PK_PLACEHOLDER else one for one in parameters])
            for row in cursor:
                values = list(row)
                for at, (convert, expression) in converters.items():
                    for one in convert:
                        values[at] = one(values[at], expression, connection)
                yield tuple(values)

    def _as_sql(self, _zone: str, *arguments: Hashable) -> tuple[str, tuple[Any, ...], dict[int, Any]]:
        compiler = self._compose(PK_PLACEHOLDER, *arguments).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        if PK_PLACEHOLDER not in parameters:
            raise ValueError("The query asks for no customer: everybody would get the same rows")
        fields = [column[0] for column in compiler.select[: compiler.col_count]]
        return sql, tuple(parameters), compiler.get_converters(fields)
