"""Proposals before a merge: the record to keep, the values to take, and how many rows would move. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from habitue.customers.fields import NAMES, PROFILE
from habitue.customers.merging.merging import CUSTOM, pointing
from habitue.customers.models import Customer, CustomValue
from habitue.events.models import EventSubject
from habitue.kernel.names import name_key


def keeper(customers: Iterable[Customer]) -> Customer:
    """The record to keep: the one with most rows pointing at it, then the oldest."""
    counted = [(-sum(rows_to_move([one]).values()), one.created_at, one.pk, one) for one in customers]
    return min(counted)[-1]


def choices(kept: Customer, others: Sequence[Customer]) -> dict[str, int]:
    """By field, the id of the customer with the fullest value, where that is not `kept`; the newer of two equals."""
    newest_first = sorted([kept, *others], key=lambda one: (one.created_at, one.pk), reverse=True)
    chosen = {}
    for name in (field.name for field in PROFILE if field.fuller_wins):
        best = max(newest_first, key=lambda one: _fullness(getattr(one, name)))
        if best != kept and _fullness(getattr(best, name)) > _fullness(getattr(kept, name)):
            chosen[name] = best.pk
    return chosen | _custom(kept, others)


def differing(customers: Sequence[Customer]) -> list[str]:
    """Names of the profile fields and custom fields ("custom:<code>") in which the customers differ."""
    own = [name for name in NAMES if len({getattr(one, name) for one in customers}) > 1]
    values: dict[str, set[Any]] = {}
    held: dict[str, int] = {}
    for one in _values(customers):
        values.setdefault(one.field.code, set()).add(_value(one))
        held[one.field.code] = held.get(one.field.code, 0) + 1
    return own + [f"{CUSTOM}{code}" for code, distinct in sorted(values.items()) if len(distinct) > 1]


def value_of(customer: Customer, name: str) -> Any:
    if not name.startswith(CUSTOM):
        return getattr(customer, name)
    matches = [one for one in _values([customer]) if one.field.code == name.removeprefix(CUSTOM)]
    return _value(matches[0]) if matches else None


def rows_to_move(others: Sequence[Customer]) -> dict[str, int]:
    """How many rows a merge would move, by model label."""
    rows: dict[str, set[int]] = {}
    for field, way in pointing():
        if way in ("moved", "joined") and field.model not in (Customer, EventSubject):
            matches = field.model._default_manager.filter(**{f"{field.name}__in": list(others)})
            rows.setdefault(field.model._meta.label_lower, set()).update(matches.values_list("pk", flat=True))
    return {label: len(pks) for label, pks in rows.items() if pks}


def _custom(kept: Customer, others: Sequence[Customer]) -> dict[str, int]:
    known = {one.field_id for one in _values([kept])}
    return {f"{CUSTOM}{one.field.code}": one.customer_id for one in _values(others) if one.field_id not in known}


def _values(customers: Sequence[Customer]) -> Sequence[CustomValue]:
    return list(CustomValue.objects.filter(customer__in=customers).select_related("field", "other").order_by("-pk"))


def _value(one: CustomValue) -> Any:
    for value in (one.text, one.number, one.day, one.other):
        if value not in (None, ""):
            return value
    return None


def _fullness(value: Any) -> tuple[int, ...]:
    """Sort key of a value: known before unknown, mixed case before all capitals or none, more words, accents, then
    length.
    """
    if value in (None, ""):
        return (0,)
    text = str(value)
    written = text not in (text.upper(), text.lower())
    accents = sum(letter != plain for letter, plain in zip(text.lower(), name_key(text), strict=False))
    return (1, int(written), len(name_key(text).split()), min(accents, 1), len(text) if accents else 0)
