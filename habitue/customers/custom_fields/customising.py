"""Custom fields, which a company defines beside the built-in ones: declare, change, order and remove them; set their
values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from habitue.customers.editing import held
from habitue.customers.fields import text, too_long
from habitue.customers.models import Customer, CustomField, CustomValue
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.kernel import parsing
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.kernel.names import name_key
from habitue.kernel.parsing import NotUnderstood

if TYPE_CHECKING:
    from habitue.team.models import User

Type = CustomField.Type
LONGEST, LONGEST_LABEL, LONGEST_CODE = 500, 80, 40
YES, NO = {"yes", "oui", "y", "o", "true", "vrai", "1", "x"}, {"no", "non", "n", "false", "faux", "0"}
NOTHING: dict[str, Any] = {"text": "", "number": None, "day": None, "other_id": None}


def declare(
    label: str, type: str, choices: Iterable[str] = (), code: str = "", by: User | None = None
) -> Done[CustomField]:
    """Create a custom field after the others. `code` is its name in files; without one it is made from the label."""
    label = _labelled(label)
    allowed = _choices(type, choices)
    with transaction.atomic():
        same = CustomField.objects.filter(label=label, type=type, choices=allowed)
        if known := (same.filter(code=code) if code else same).first():
            return Done(known)
        code = _free_code(code, label)
        if CustomField.objects.filter(code=code).exists():
            raise InvalidFields({"code": _("There is a field “%(code)s” already.") % {"code": code}})
        last = CustomField.objects.aggregate(last=Max("position"))["last"]
        row = CustomField(code=code, label=label, type=type, choices=allowed, position=0 if last is None else last + 1)
        with record("field.declared", by=by, code=code, label=label) as journal:
            journal.create(row)
    return Done(row, journal.event)


def change(field: CustomField, label: str, choices: Iterable[str] = (), by: User | None = None) -> Done[CustomField]:
    """Change the label and the choices of a custom field. Its type cannot change, as values are stored by type."""
    label = _labelled(label)
    with transaction.atomic():
        row = _present(field)
        allowed = _choices(row.type, choices)
        if (row.label, row.choices) == (label, allowed):
            return Done(row)
        _require_unused(row, set(row.choices) - set(allowed))
        with record("field.changed", by=by, field=row.pk, label=label, was=row.label) as journal:
            journal.save(row, label=label, choices=allowed)
    return Done(row, journal.event)


def order(field: CustomField, up: bool, by: User | None = None) -> Done[CustomField]:
    """Swap a custom field with the one before it (`up`) or after it."""
    with transaction.atomic():
        rows = list(CustomField.objects.select_for_update())
        at = next((index for index, row in enumerate(rows) if row.pk == field.pk), -1)
        to = at + (-1 if up else 1)
        if at < 0 or not 0 <= to < len(rows):
            return Done(field)
        rows[at], rows[to] = rows[to], rows[at]
        with record("field.ordered", by=by, field=field.pk, label=field.label) as journal:
            for position, row in enumerate(rows):
                journal.save(row, position=position)
    return Done(field, journal.event)


def remove(field: CustomField, by: User | None = None) -> Done[CustomField]:
    """Delete a custom field and all its values."""
    with transaction.atomic():
        row = CustomField.objects.select_for_update().filter(pk=field.pk).first()
        if row is None:
            return Done(field)
        with record("field.removed", by=by, field=row.pk, label=row.label) as journal:
            journal.event.data["values"] = journal.delete_many(CustomValue.objects.filter(field=row))
            journal.event.save(update_fields=["data"])
            journal.delete(row)
    return Done(field, journal.event)


def set_value(customer: Customer, field: CustomField, typed: str, by: User | None = None) -> Done[Customer]:
    """Set a customer's value of one custom field; an empty text removes the value."""
    return set_values(customer, {field: typed}, by)


def set_values(customer: Customer, typed: Mapping[CustomField, str], by: User | None = None) -> Done[Customer]:
    """Set a customer's values of several custom fields: all of them, or none and InvalidFields with each error."""
    with transaction.atomic():
        row = held(customer)
        known = {value.field_id: value for value in CustomValue.objects.select_for_update().filter(customer=row)}
        wanted = _parsed([(_present(field), words) for field, words in typed.items()])
        news = [(field, value) for field, value in wanted if not _says(known.get(field.pk), value)]
        if not news:
            return Done(row)
        labels = [field.label for field, _value in news]
        with record("value.set", by=by, customer=row, labels=labels) as journal:
            for field, value in news:
                if field.pk not in known:
                    journal.create(CustomValue(customer=row, field=field, source=journal.event, **(value or {})))
                elif value is None:
                    journal.delete(known[field.pk])
                else:
                    journal.save(known[field.pk], **value, source=journal.event)
    return Done(row, journal.event)


def parse(field: CustomField, typed: str) -> dict[str, Any] | None:
    """The columns of a CustomValue for what was typed; None for an empty text; InvalidFields where it does not fit the
    type.
    """
    typed = text(typed)
    if not typed:
        return None
    return NOTHING | _PARSERS[Type(field.type)](field, typed)


def _text(field: CustomField, typed: str) -> dict[str, Any]:
    if len(typed) > LONGEST:
        raise _wrong(field, too_long(typed, LONGEST))
    return {"text": typed}


def _number(field: CustomField, typed: str) -> dict[str, Any]:
    try:
        return {"number": parsing.number(typed)}
    except NotUnderstood as error:
        raise _wrong(field, error.message) from error


def _day(field: CustomField, typed: str) -> dict[str, Any]:
    try:
        return {"day": parsing.day(typed)}
    except NotUnderstood as error:
        raise _wrong(field, error.message) from error


def _choice(field: CustomField, typed: str) -> dict[str, Any]:
    chosen = next((choice for choice in field.choices if name_key(choice) == name_key(typed)), None)
    if chosen is None:
        words = {"typed": typed, "choices": ", ".join(field.choices)}
        raise _wrong(field, _("“%(typed)s” is none of the choices: %(choices)s.") % words)
    return {"text": chosen}


def _flag(field: CustomField, typed: str) -> dict[str, Any]:
    word = name_key(typed)
    if word not in YES | NO:
        raise _wrong(field, _("“%(typed)s” is neither yes nor no.") % {"typed": typed})
    return {"number": Decimal(word in YES)}


def _customer(field: CustomField, typed: str) -> dict[str, Any]:
    ids = Customer.objects.filter(reference=typed).values_list("merged_into_id", "pk").first()
    if ids is None:
        raise _wrong(field, _("Nobody has the reference “%(typed)s”.") % {"typed": typed})
    return {"other_id": ids[0] or ids[1]}


_PARSERS = {
    Type.TEXT: _text,
    Type.NUMBER: _number,
    Type.DAY: _day,
    Type.CHOICE: _choice,
    Type.FLAG: _flag,
    Type.CUSTOMER: _customer,
}


def _wrong(field: CustomField, message: str) -> InvalidFields:
    return InvalidFields({field.code: message})


def _parsed(typed: list[tuple[CustomField, str]]) -> list[tuple[CustomField, dict[str, Any] | None]]:
    values: list[tuple[CustomField, dict[str, Any] | None]] = []
    errors: dict[str, str] = {}
    for field, words in typed:
        try:
            values.append((field, parse(field, words)))
        except InvalidFields as error:
            errors |= error.errors
    if errors:
        raise InvalidFields(errors)
    return values


def _says(known: CustomValue | None, value: dict[str, Any] | None) -> bool:
    if known is None or value is None:
        return known is None and value is None
    return all(getattr(known, name) == new for name, new in value.items())


def _labelled(label: str) -> str:
    label = text(label)
    if not name_key(label):
        raise InvalidFields({"label": _("A field needs a name.")})
    if len(label) > LONGEST_LABEL:
        raise InvalidFields({"label": too_long(label, LONGEST_LABEL)})
    return label


def _choices(type: str, typed: Iterable[str]) -> list[str]:
    """The allowed choices of a field, in the order given, without repetitions; empty for other types."""
    if type not in Type.values:
        raise InvalidFields({"type": _("Choose what the field holds.")})
    if type != Type.CHOICE:
        return []
    choices = {name_key(choice): choice for choice in reversed([text(one) for one in typed]) if name_key(choice)}
    if len(choices) < 2:
        raise InvalidFields({"choices": _("Give at least two choices, one a line.")})
    if longest := max((choice for choice in choices.values() if len(choice) > LONGEST), key=len, default=""):
        raise InvalidFields({"choices": too_long(longest, LONGEST)})
    return list(reversed(choices.values()))


def _require_unused(field: CustomField, gone: set[str]) -> None:
    used = CustomValue.objects.filter(field=field, text__in=gone)
    if count := used.count():
        names = sorted(set(used.values_list("text", flat=True)))
        raise InvalidFields(
            {
                "choices": _("%(count)s customers have %(names)s. Give them another value first.")
                % {"count": count, "names": ", ".join(f"“{name}”" for name in names)}
            }
        )


def _free_code(code: str, label: str) -> str:
    """`code` where one was given; else one made from the label, with a number where another field has it."""
    if code:
        if not re.fullmatch(r"[a-z0-9_-]{1,40}", code):
            raise InvalidFields({"code": _("Only small letters a-z, digits, - and _, at most 40.")})
        return code
    base = name_key(label).encode("ascii", "ignore").decode().replace(" ", "_")[: LONGEST_CODE - 3] or "field"
    taken, made, number = set(CustomField.objects.values_list("code", flat=True)), base, 1
    while made in taken:
        number += 1
        made = f"{base}_{number}"
    return made


def _present(field: CustomField) -> CustomField:
    row = CustomField.objects.select_for_update().filter(pk=field.pk).first()
    if row is None:
        raise HabitueError(_("This field was removed meanwhile. Load the page anew."), status=409)
    return row
