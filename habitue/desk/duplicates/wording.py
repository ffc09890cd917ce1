"""Pairs and merges in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.customers.duplicates.wording import unlike, words
from habitue.customers.events import counted
from habitue.customers.merging.merging import CHOSEN, CUSTOM
from habitue.customers.models import Customer, CustomField, Pair
from habitue.kernel import formats

LABELS = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "birth_name": gettext_lazy("Birth name"),
    "born_on": gettext_lazy("Date of birth"),
    "internal": gettext_lazy("Colleague"),
}


def evidence(pair: Pair) -> list[tuple[str, bool]]:
    """What was found in words, each with whether it speaks against."""
    return [(words(reason), unlike(reason)) for reason in pair.reasons]


def side(customer: Customer, purchases: int) -> dict[str, Any]:
    """One of two, as far as it helps to tell whether they are the same."""
    points = customer.contact_points.all()
    lines = [value("born_on", customer.born_on)] if customer.born_on else []
    return {
        "customer": customer,
        "lines": [*lines, *counted({"purchases.order": purchases})] if purchases else lines,
        "points": [point.typed for point in points if point.kind != "reference"],
    }


def label(name: str) -> str:
    if name.startswith(CUSTOM):
        return CustomField.objects.get(code=name.removeprefix(CUSTOM)).label
    return str(LABELS[name])


def value(name: str, found: Any) -> str:
    if found is None or found == "":
        return ""
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, dt.date):
        return formats.day(found)
    return str(Customer.Kind(found).label) if name == "kind" else str(found)


def alike(one: Customer, two: Customer) -> list[tuple[str, str]]:
    """Label and value of what is known and the same in both."""
    return [
        (str(LABELS[name]), value(name, getattr(one, name)))
        for name in CHOSEN
        if getattr(one, name) == getattr(two, name) and getattr(one, name) not in (None, "", False)
    ]


def day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
