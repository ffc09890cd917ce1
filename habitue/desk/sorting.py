"""The list in the order of anything, a page at a time, as quick far down as at its top.

Keyset paging: a page is read from the index that its order follows, from where the last one ended. Customers who lack
the value that is sorted by come last in either direction, in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.http import Http404

from habitue.customers.models import ContactPoint, Customer, CustomField

PAGE = 50
BY = "sorted_by"
TYPES: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Sort:
    """`path` leads to the value, `owner` to the id of the customer in the same table: with it the index breaks ties.

    `against`: that index runs against the value in its second column, so that either direction reads it.
    """

    path: str
    owner: str
    type: Any = str
    always: bool = False
    against: bool = False
    relation: FilteredRelation | None = None
    first: Callable[[], Any] | None = None

    def rows(self, found: QuerySet[Customer]) -> QuerySet[Customer]:
        """With the value as `sort_key`."""
        if self.relation:
            found = found.annotate(**{BY: self.relation})
        return found.annotate(sort_key=F(self.path))

    def with_value(self, found: QuerySet[Customer]) -> QuerySet[Customer]:
        if self.always:
            return self.rows(found)
        rows = self.rows(found).filter(**{f"{self.path}__isnull": False})
        if self.relation and self.type is str:
            rows = rows.filter(**{f"{self.path}__gt": ""})
        return rows.filter(~Exists(self.first())) if self.first else rows

    def without_value(self, found: QuerySet[Customer]) -> QuerySet[Customer]:
        """None of the rows that `with_value` gives."""
        if self.always:
            return found.none()
        if self.relation is None:
            return found.filter(**{f"{self.path}__isnull": True})
        return found.filter(~Exists(self.with_value(Customer.objects.filter(pk=OuterRef("pk")))))

    def order(self, falling: bool) -> tuple[str, str]:
        down = "-" if falling else ""
        tie = "" if falling == self.against else "-"
        return f"{down}{self.path}", f"{tie}{self.owner}"

    def beyond(self, falling: bool, key: Any, pk: int) -> Q:
        ahead = "lt" if falling else "gt"
        tie = "gt" if falling == self.against else "lt"
        return Q(**{f"{self.path}__{ahead}": key}) | Q(**{self.path: key, f"pk__{tie}": pk})


def customer(column: str, type_: Any = str) -> Sort:
    return Sort(column, "pk", type_, always=True)


def portrait(column: str, type_: Any, *, against: bool = False) -> Sort:
    return Sort(f"portrait__{column}", "portrait__customer", type_, against=against)


def point(kind: Literal["address", "email", "phone"], column: str) -> Sort:
    """By the first contact point of a kind that was not ended: who has several stands in the list once."""

    def earlier() -> Any:
        same = ContactPoint.objects.filter(customer=OuterRef("pk"), kind=kind, until=None, pk__lt=OuterRef(f"{BY}__pk"))
        return same.exclude(**{column: ""})

    which = Q(contact_points__kind=kind, contact_points__until=None)
    relation = FilteredRelation("contact_points", condition=which)
    return Sort(f"{BY}__{column}", f"{BY}__customer", str, relation=relation, first=earlier)


def custom(field: CustomField) -> Sort | None:
    columns: dict[str, tuple[str, Any]] = {"number": ("number", "decimal"), "flag": ("number", "decimal")}
    if field.type == CustomField.Type.CUSTOMER:
        return None
    column, type_ = columns.get(field.type, ("day", "date") if field.type == CustomField.Type.DAY else ("text", str))
    relation = FilteredRelation("custom_values", condition=Q(custom_values__field=field.pk))
    return Sort(f"{BY}__{column}", f"{BY}__customer", type_, relation=relation)


def page(
    found: QuerySet[Customer], sort: Sort, falling: bool = False, after: str = "", size: int = PAGE
) -> tuple[list[Customer], str]:
    """The rows after the cursor, and the cursor of the page that follows ("" at the end)."""
    key, pk = read_cursor(after, sort)
    rows: list[Customer] = []
    if key is not None or not after:
        with_value = sort.with_value(found).order_by(*sort.order(falling))
        if after:
            with_value = with_value.filter(sort.beyond(falling, key, pk))
            pk = 0  # those without a value start from their first
        rows = list(with_value[: size + 1])
    if len(rows) <= size and not sort.always:
        rows += sort.without_value(found).filter(pk__gt=pk).order_by("pk")[: size + 1 - len(rows)]
    following = cursor(rows[size - 1]) if len(rows) > size else ""
    return rows[:size], following


def cursor(row: Customer) -> str:
    key = getattr(row, "sort_key", None)
    text = key.isoformat() if isinstance(key, date) else "" if key is None else str(key)
    return f"{'-' if key is None else '='}{text}~{row.pk}"


def read_cursor(after: str, sort: Sort) -> tuple[Any, int]:
    if not after:
        return None, 0
    key, _tilde, pk = after.replace("\0", "").rpartition("~")
    try:
        if key == "-" and not sort.always:
            return None, int(pk)
        if not key.startswith("="):
            raise ValueError(after)
        return TYPES[sort.type](key[1:]), int(pk)
    except (ValueError, ArithmeticError) as error:
        raise Http404 from error
