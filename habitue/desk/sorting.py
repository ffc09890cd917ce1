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

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue

PAGE = 50
TYPES: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Sort:
    """`column` leads from a row to the value, `owner` to the id of the customer in the same table: with it the index
    breaks ties. `against`: that index runs against the value in its second column, so that either direction reads it.

    Where the value stands in a row of its own, `rows` gives those rows, one for each customer who has the value.
    """

    column: str
    owner: str = "pk"
    type: Any = str
    always: bool = False
    against: bool = False
    rows: Callable[[], QuerySet[Any]] | None = None

    def with_value(self, found: QuerySet[Customer], *, few: bool = False) -> QuerySet[Any]:
        """Rows with `sort_key` and `sort_owner`. Of `few` each is looked up; of many one walks along the order."""
        rows: QuerySet[Any] = found
        if self.rows and few:
            rows = self.rows().filter(customer__in=found.order_by().values("pk"))
        elif self.rows:
            rows = self.rows().filter(Exists(found.order_by().filter(pk=OuterRef("customer_id"))))
        elif not self.always:
            rows = found.filter(**{f"{self.column}__isnull": False})
        keyed: QuerySet[Any] = rows.annotate(sort_key=F(self.column), sort_owner=F(self.owner))
        return keyed

    def without_value(self, found: QuerySet[Customer]) -> QuerySet[Customer]:
        if self.rows:
            return found.filter(~Exists(self.rows().filter(customer=OuterRef("pk"))))
        return found.none() if self.always else found.filter(**{f"{self.column}__isnull": True})

    def order(self, falling: bool) -> tuple[str, str]:
        return f"{'-' if falling else ''}{self.column}", f"{'' if falling == self.against else '-'}{self.owner}"

    def beyond(self, falling: bool, key: Any, pk: int) -> Q:
        """The first part says nothing new: by it alone a database enters its index in the right place."""
        ahead, tie = "lt" if falling else "gt", "gt" if falling == self.against else "lt"
        after = Q(**{f"{self.column}__{ahead}": key}) | Q(**{self.column: key, f"{self.owner}__{tie}": pk})
        return Q(**{f"{self.column}__{ahead}e": key}) & after


def customer(column: str, type_: Any = str) -> Sort:
    return Sort(column, type=type_, always=True)


def portrait(column: str, type_: Any, *, against: bool = False) -> Sort:
    return Sort(f"portrait__{column}", "portrait__customer", type_, against=against)


def point(kind: Literal["address", "email", "phone"], column: str) -> Sort:
    """By the first contact point of a kind that was not ended: who has several stands in the list once."""

    def rows() -> QuerySet[ContactPoint]:
        current = ContactPoint.objects.filter(kind=kind, until=None).exclude(**{column: ""})
        return current.filter(~Exists(current.filter(customer=OuterRef("customer"), pk__lt=OuterRef("pk"))))

    return Sort(column, "customer", rows=rows)


def custom(field: CustomField) -> Sort | None:
    if field.type == CustomField.Type.CUSTOMER:
        return None
    columns: dict[str, tuple[str, Any]] = {
        "number": ("number", "decimal"),
        "flag": ("number", "decimal"),
        "day": ("day", "date"),
    }
    column, type_ = columns.get(field.type, ("text", str))
    nothing = {column: ""} if column == "text" else {f"{column}__isnull": True}
    return Sort(column, "customer", type_, rows=lambda: CustomValue.objects.filter(field=field.pk).exclude(**nothing))


def page(
    found: QuerySet[Customer],
    sort: Sort,
    falling: bool = False,
    after: str = "",
    size: int = PAGE,
    *,
    few: bool = False,
) -> tuple[list[Customer], str]:
    """The rows after the cursor, and the cursor of the page that follows ("" at the end)."""
    key, pk = read_cursor(after, sort)
    rows: list[Customer] = []
    if key is not None or not after:
        ordered = sort.with_value(found, few=few).order_by(*sort.order(falling))
        if after:
            ordered = ordered.filter(sort.beyond(falling, key, pk))
            pk = 0  # those without a value start from their first
        rows = _customers(ordered[: size + 1], sort)
    if len(rows) <= size and not sort.always:
        rows += sort.without_value(found).filter(pk__gt=pk).order_by("pk")[: size + 1 - len(rows)]
    following = cursor(rows[size - 1]) if len(rows) > size else ""
    return rows[:size], following


def _customers(ordered: QuerySet[Any], sort: Sort) -> list[Customer]:
    if not sort.rows:
        return list(ordered)
    keys = dict(ordered.values_list("sort_owner", "sort_key"))
    found = Customer.objects.select_related("portrait").in_bulk(list(keys))
    for pk, key in keys.items():
        found[pk].sort_key = key  # type: ignore[attr-defined]
    return [found[pk] for pk in keys]


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
