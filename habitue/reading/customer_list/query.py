"""The queries of a page of the list (keyset pagination): rows with `sort_key` and `sort_owner`, in order, after a
cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from habitue.customers.list_columns import Sort
from habitue.customers.models import Customer
from habitue.reading.customer_list.plan import IdFilter, ListQuery
from habitue.reading.errors import InvalidQuery

READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Cursor:
    """The position where a page begins: after the customer `pk` with sort key `key`, or at the top."""

    descending: bool = False
    key: Any = None
    pk: int | None = None

    @property
    def past_keys(self) -> bool:
        """Whether the cursor is among the customers without a sort key, which come last."""
        return self.pk is not None and self.key is None

    @classmethod
    def read(cls, text: str, sort: Sort, descending: bool) -> Cursor:
        if not text:
            return cls(descending)
        key, _tilde, pk = text.replace("\0", "").rpartition("~")
        try:
            if key == "-" and not sort.not_null:
                return cls(descending, None, int(pk))
            if not key.startswith("="):
                raise ValueError(text)
            return cls(descending, READERS[sort.type](key[1:]), int(pk))
        except (ValueError, ArithmeticError) as error:
            raise InvalidQuery from error


def cursor_after(pk: int, key: Any) -> str:
    """The cursor after a customer with this sort key, as text for a URL."""
    text = key.isoformat() if isinstance(key, date) else "" if key is None else str(key)
    return f"{'-' if key is None else '='}{text}~{pk}"


def along_index(sort: Sort, query: ListQuery, cursor: Cursor) -> Iterator[QuerySet[Any]]:
    """Queries of customers with a sort key along its index: those with the cursor's own key, then those beyond it.

    Two queries, so that a database enters the index at the very row.
    """
    rows = query.matching(sort.rows(), sort.owner)
    if sort.many_per_customer:
        rows = rows.filter(~Exists(sort.rows().filter(customer=OuterRef("customer"), pk__lt=OuterRef("pk"))))
    rows = rows.annotate(sort_key=F(sort.column), sort_owner=F(sort.owner))
    tie = tie_break(sort, sort.owner, cursor)
    if cursor.pk is not None:
        yield rows.filter(after_tie(sort, sort.owner, cursor), **{sort.column: cursor.key}).order_by(tie)
        rows = rows.filter(**{f"{sort.column}__{'lt' if cursor.descending else 'gt'}": cursor.key})
    yield rows.order_by(f"{'-' if cursor.descending else ''}{sort.column}", tie)


def looked_up(sort: Sort, query: ListQuery, small: IdFilter, cursor: Cursor) -> QuerySet[Any]:
    """The customers of a small filter, the sort key of each looked up; those without one come last."""
    keys = sort.rows().filter(**{sort.owner: OuterRef(small.owner)}).order_by("pk").values(sort.column)
    keyed = query.matching(small.rows, small.owner, but=small)
    keyed = keyed.annotate(sort_key=Subquery(keys[:1]), sort_owner=F(small.owner))
    if cursor.past_keys:
        keyed = keyed.filter(after_tie(sort, small.owner, cursor), sort_key=None)
    elif cursor.key is not None:
        beyond = Q(**{f"sort_key__{'lt' if cursor.descending else 'gt'}": cursor.key})
        same_key = Q(sort_key=cursor.key) & after_tie(sort, small.owner, cursor)
        keyed = keyed.filter(beyond | Q(sort_key=None) | same_key)
    key = F("sort_key")
    order = key.desc(nulls_last=True) if cursor.descending else key.asc(nulls_last=True)
    ordered: QuerySet[Any] = keyed.order_by(order, tie_break(sort, small.owner, cursor))
    return ordered


def without_key(sort: Sort, query: ListQuery, cursor: Cursor) -> QuerySet[Customer]:
    """Customers without a sort key, after the cursor."""
    if sort.not_null:
        return Customer.objects.none()
    rows = query.matching(Customer.objects.all(), "pk")
    rows = rows.filter(~Exists(sort.rows().filter(**{sort.owner: OuterRef("pk")})))
    if cursor.past_keys:
        rows = rows.filter(after_tie(sort, "pk", cursor))
    return rows.order_by(tie_break(sort, "pk", cursor))


def tie_break(sort: Sort, owner: str, cursor: Cursor) -> str:
    """The last key of the order: the customer's id, in the direction of the index."""
    return owner if cursor.descending == sort.tie_reversed else f"-{owner}"


def after_tie(sort: Sort, owner: str, cursor: Cursor) -> Q:
    """The condition for rows with the cursor's sort key and a later customer."""
    return Q(**{f"{owner}__{'gt' if cursor.descending == sort.tie_reversed else 'lt'}": cursor.pk})
