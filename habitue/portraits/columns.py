"""The columns that this domain gives to the list of customers, read from the portrait that a page has loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from habitue.customers.list_columns import Cell, Column, Sort, declare
from habitue.customers.models import Customer
from habitue.kernel import formats
from habitue.portraits.models import Portrait, Stage, Standing


def gap(days: float) -> str:
    """A mean gap between purchases in words: "every 30 days"."""
    whole = max(round(days), 1)
    return ngettext("every day", "every %(days)s days", whole) % {"days": formats.number(whole)}


def _portrait(customer: Customer) -> Portrait | None:
    return getattr(customer, "portrait", None)


def _sort(column: str, type_: Any, *, tie_reversed: bool = False) -> Sort:
    rows = Portrait.objects.filter(**{f"{column}__isnull": False})
    return Sort(rows.all, column, type_, tie_reversed=tie_reversed)


def _column(code: str, label: Any, cell: Callable[[Portrait], Cell | str], **more: Any) -> Column:
    return Column(code, label, value=_portrait, cell=cell, position=10, **more)


def _day(value: date | None, as_of: date) -> Cell | str:
    if value is None:
        return ""
    title = formats.days_before(value, as_of)
    return Cell(formats.day_short(value, as_of), plain=False, day=value.isoformat(), title=title)


def _expected(portrait: Portrait) -> Cell | str:
    value, low, high = portrait.expected_value, portrait.expected_value_low, portrait.expected_value_high
    if value is None:
        return ""
    note = "" if low is None or high is None else formats.estimate_interval(low, high, portrait.currency)
    return Cell(formats.estimate(value, portrait.currency), plain=False, note=note)


def _amount(minor: int | None, currency: str) -> tuple[Decimal | None, str]:
    return None if minor is None else formats.major(minor, currency), currency


declare(
    _column(
        "stage",
        _("Stage"),
        lambda portrait: Cell(str(Stage(portrait.stage).label), plain=False, stage=portrait.stage),
        export=lambda portrait: str(Stage(portrait.stage).label),
        sort=_sort("stage_rank", int),
        empty=_("no portrait yet"),
    ),
    _column(
        "standing",
        _("Standing"),
        lambda portrait: str(Standing(portrait.standing).label),
        export=lambda portrait: str(Standing(portrait.standing).label),
        sort=_sort("standing", str),
    ),
    _column(
        "last",
        _("Last purchase"),
        lambda portrait: _day(portrait.last_day, portrait.as_of),
        export=lambda portrait: portrait.last_day,
        sort=_sort("last_day", "date", tie_reversed=True),
        descending_first=True,
    ),
    _column(
        "rhythm",
        _("Rhythm"),
        lambda portrait: "" if portrait.typical_gap is None else gap(portrait.typical_gap),
        export=lambda portrait: None if portrait.typical_gap is None else Decimal(f"{portrait.typical_gap:.1f}"),
    ),
    _column(
        "value",
        _("Value to date"),
        lambda portrait: formats.money(portrait.value, portrait.currency, whole=True),
        export=lambda portrait: _amount(portrait.value, portrait.currency),
        sort=_sort("value", int, tie_reversed=True),
        descending_first=True,
        numeric=True,
        with_currency=True,
    ),
    _column(
        "expected",
        _("Expected in 12 months"),
        _expected,
        export=lambda portrait: _amount(portrait.expected_value, portrait.currency),
        sort=_sort("expected_value", int, tie_reversed=True),
        descending_first=True,
        numeric=True,
        with_currency=True,
    ),
    _column(
        "purchases",
        _("Purchases"),
        lambda portrait: formats.number(portrait.purchases),
        export=lambda portrait: portrait.purchases,
        sort=_sort("purchases", int),
        descending_first=True,
        numeric=True,
    ),
    _column(
        "first",
        _("First purchase"),
        lambda portrait: _day(portrait.first_day, portrait.as_of),
        export=lambda portrait: portrait.first_day,
        sort=_sort("first_day", "date"),
        descending_first=True,
    ),
)
