"""Duplicate pairs and merges in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from habitue.customers.duplicates.wording import unlike, words
from habitue.customers.events import counted
from habitue.customers.fields import BY_NAME, PROFILE
from habitue.customers.merging.merging import CUSTOM
from habitue.customers.models import Customer, CustomField, Pair
from habitue.kernel import formats, parsing


def evidence(pair: Pair) -> list[tuple[str, bool]]:
    """(reason in words, whether it speaks against the pair being the same) of each reason."""
    return [(words(reason), unlike(reason)) for reason in pair.reasons]


def side(customer: Customer, purchases: int) -> dict[str, Any]:
    """Context of one record of a pair: birth date, number of purchases, contact points."""
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
    return BY_NAME[name].heading


def value(name: str, value: Any) -> str:
    """The value of a field in words; of a field of the company's own by the type of the value."""
    if name in BY_NAME:
        return BY_NAME[name].words(value)
    return formats.day(value) if isinstance(value, dt.date) else "" if value is None else str(value)


def alike(one: Customer, two: Customer) -> list[tuple[str, str]]:
    """Label and value of what is known and the same in both."""
    values = [(field, getattr(one, field.name), getattr(two, field.name)) for field in PROFILE]
    return [(field.heading, field.words(mine)) for field, mine, theirs in values if mine == theirs and mine]


def day(text: str) -> dt.date | None:
    """The date that a text typed so far stands for; None while it is incomplete or invalid."""
    try:
        return parsing.day(text)
    except parsing.NotUnderstood:
        return None
