"""The columns that this domain gives to the list of customers: profile fields, contact points, tags, custom fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from habitue.customers.custom_fields.columns import field_columns
from habitue.customers.fields import PROFILE, ProfileField
from habitue.customers.list_columns import Cell, Column, Sort, declare, provide
from habitue.customers.models import ContactPoint, Customer, Tagging


def first_points(kind: str, column: str) -> Callable[[], QuerySet[ContactPoint]]:
    """A function that returns the contact points of a kind that are in use and have a value in `column`.

    Of several of one customer, the list shows and sorts by the one with the lowest id.
    """
    return lambda: ContactPoint.objects.filter(kind=kind, until=None).exclude(**{column: ""})


def _profile(field: ProfileField) -> Column:
    def value(customer: Customer) -> str:
        return field.words(getattr(customer, field.name))

    return Column(field.name, capfirst(field.label), value=value, position=20)


def point_column(code: str, label: Any, kind: str, sorted_by: str, shown: str = "") -> Column:
    """A column that shows the first contact point of a kind that is in use."""
    rows = first_points(kind, sorted_by)

    def look_up(pks: Sequence[int], columns: Sequence[Column]) -> Mapping[str, Mapping[int, Any]]:
        last_first = rows().filter(customer__in=pks).order_by("-pk")  # so that the first is what remains
        return {code: dict(last_first.values_list("customer_id", shown or sorted_by))}

    sort = Sort(rows, sorted_by, many_per_customer=True)
    return Column(code, label, look_up=look_up, sort=sort, position=20)


def _tags(pks: Sequence[int], columns: Sequence[Column]) -> Mapping[str, Mapping[int, Any]]:
    names: dict[int, list[str]] = {}
    rows = Tagging.objects.filter(customer__in=pks).order_by("tag__key")
    for pk, name in rows.values_list("customer_id", "tag__name"):
        names.setdefault(pk, []).append(name)
    return {"tags": names}


def _own(column: str, type_: Any = str) -> Sort:
    return Sort(Customer.objects.all, column, type_, "pk", not_null=True)


NAME = Column("name", _("Name"), value=lambda customer: customer.name, sort=_own("name_key"))

declare(
    point_column("city", _("City"), "address", "city"),
    point_column("email", _("E-mail"), "email", "value"),
    point_column("phone", _("Telephone"), "phone", "value", shown="typed"),
    Column(
        "tags",
        _("Tags"),
        look_up=_tags,
        cell=lambda names: Cell(plain=False, tags=names),
        export=", ".join,
        position=20,
    ),
    *map(_profile, [field for field in PROFILE if field.in_list]),
    Column(
        "created",
        _("In the base since"),
        value=lambda customer: timezone.localtime(customer.created_at).date(),
        sort=_own("created_at", "datetime"),
        descending_first=True,
        position=20,
    ),
    Column(
        "reference",
        _("Reference"),
        value=lambda customer: customer.reference,
        sort=_own("reference"),
        position=20,
    ),
)
provide(field_columns)
