"""What stands in a cell of the list, in the reader's words: a page has hundreds, so the template only sets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.desk.templatetags import desk, lists
from habitue.kernel import formats
from habitue.portraits.models import Portrait, Stage, Standing
from habitue.reading.customer_list.columns import Column


@dataclass(frozen=True)
class Cell:
    """A text; `plain` unless it is a stage, a day, an estimate with its `note`, or tags."""

    style: str
    text: str = ""
    plain: bool = True
    stage: str = ""
    day: str = ""
    title: str = ""
    note: str = ""
    tags: Sequence[str] = ()


def set_cells(rows: Sequence[Customer], columns: Sequence[Column]) -> None:
    for row in rows:
        portrait = getattr(row, "portrait", None)
        row.cells = [_cell(row, portrait, column) for column in columns]  # type: ignore[attr-defined]


def _cell(row: Customer, portrait: Portrait | None, column: Column) -> Cell:
    code, told = column.code, row.told  # type: ignore[attr-defined]
    if code == "tags":
        return Cell(column.style, plain=False, tags=told[code] or ())
    if code in told:
        return Cell(column.style, lists.worded(told[code]) or "")
    if code in OWN:
        return Cell(column.style, OWN[code](row))
    if portrait is None:
        return Cell(column.style, _("no portrait yet") if code == "stage" else "")
    found = DERIVED[code](portrait)
    return Cell(column.style, found) if isinstance(found, str) else Cell(column.style, plain=False, **found)


def _stage(portrait: Portrait) -> dict[str, Any]:
    return {"text": str(Stage(portrait.stage).label), "stage": portrait.stage}


def _day(value: date | None, portrait: Portrait) -> dict[str, Any] | str:
    if value is None:
        return ""
    title = formats.days_before(value, portrait.as_of)
    return {"text": formats.day_short(value, portrait.as_of), "day": value.isoformat(), "title": title}


def _expected(portrait: Portrait) -> dict[str, Any] | str:
    value, low, high = portrait.expected_value, portrait.expected_value_low, portrait.expected_value_high
    if value is None:
        return ""
    note = "" if low is None or high is None else formats.estimate_interval(low, high, portrait.currency)
    return {"text": formats.estimate(value, portrait.currency), "note": note}


OWN: dict[str, Callable[[Customer], str]] = {
    "kind": lambda row: str(Customer.Kind(row.kind).label),
    "created": lambda row: formats.day_short(timezone.localtime(row.created_at).date()),
    "reference": lambda row: row.reference,
}
DERIVED: dict[str, Callable[[Portrait], dict[str, Any] | str]] = {
    "stage": _stage,
    "standing": lambda portrait: str(Standing(portrait.standing).label),
    "last": lambda portrait: _day(portrait.last_day, portrait),
    "first": lambda portrait: _day(portrait.first_day, portrait),
    "rhythm": lambda portrait: "" if portrait.typical_gap is None else desk.gap(portrait.typical_gap),
    "purchases": lambda portrait: formats.number(portrait.purchases),
    "value": lambda portrait: formats.money(portrait.value, portrait.currency, whole=True),
    "expected": _expected,
}
