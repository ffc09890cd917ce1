"""A customer is made and edited: names, kind, birthday, internal or not. What was before is kept with the event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers.models import ContactPoint, Customer
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError, InvalidFields

if TYPE_CHECKING:
    from habitue.team.models import User

NAMES = ("given_name", "family_name", "birth_name", "name")
FIELDS = ("kind", *NAMES, "born_on", "internal")
EARLIEST = dt.date(1880, 1, 1)
ATTEMPTS = 5


def create(
    by: User | None = None, reference: str = "", points: Sequence[ContactPoint] = (), **values: Any
) -> Done[Customer]:
    """`values` are of FIELDS, `points` as `contacting.prepared` makes them.

    Without a reference one is made: "H", and the number of the row.
    """
    row = blank(**cleaned(values))
    row.name = row.name or composed(row)
    row.reference = text(reference)
    _require_name(row)
    if len(row.reference) > 64:
        raise InvalidFields({"reference": _("A reference has at most 64 characters.")})
    return _with_own_reference(row, points, by) if not row.reference else _written(row, points, by)


def edit(customer: Customer, by: User | None = None, **values: Any) -> Done[Customer]:
    """Set `values` (of FIELDS); nothing changes where they say what is known already.

    `name` is what is shown. Left empty it is put together from its parts, and so it is anew where it was before.
    """
    with transaction.atomic():
        row = held(customer)
        new = cleaned(values)
        if not new.get("name", row.name) or (row.name == composed(row) and new.get("name", row.name) == row.name):
            new["name"] = composed(blank(**{name: new.get(name, getattr(row, name)) for name in NAMES[:2]}))
        new = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not new:
            return Done(customer)
        with record("customer.edited", by=by, customer=row, fields=sorted(new)) as journal:
            journal.save(row, **new)
            _require_name(row)
    customer.refresh_from_db()
    return Done(customer, journal.event)


def blank(**values: Any) -> Customer:
    """One that is yet to be made, without the marks that stand for what the database fills in."""
    return Customer(**(dict.fromkeys(NAMES, "") | {"internal": False} | values))


def held(customer: Customer) -> Customer:
    """The row as it is now, kept from other writers until the transaction ends; nobody changes a merged one."""
    row = Customer.objects.select_for_update().filter(pk=customer.pk).first()
    if row is None:
        raise HabitueError(_("This customer is not there any more."), status=404)
    if row.merged_into_id:
        raise HabitueError(
            _("%(name)s has been merged into another record. Change that one.") % {"name": row}, status=409
        )
    return row


def cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """As they are stored, or what is wrong with each."""
    found, errors = dict(values), {}
    for name in NAMES:
        if name in values:
            found[name] = text(values[name])
            longest = getattr(Customer._meta.get_field(name), "max_length", 0)
            if len(found[name]) > longest:
                errors[name] = too_long(found[name], longest)
    if values.get("kind", Customer.Kind.PERSON) not in Customer.Kind.values:
        errors["kind"] = _("Choose a person or an organisation.")
    born = values.get("born_on")
    if born and not EARLIEST <= born <= timezone.localdate():
        errors["born_on"] = _("Nobody among us is born on %(day)s. Check the year.") % {"day": born}
    if errors:
        raise InvalidFields(errors)
    return found


def text(typed: str) -> str:
    """Without what no name holds: control characters, and spaces at the ends or in a row."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in typed).split())


def too_long(typed: str, longest: int) -> str:
    return _("At most %(count)s characters; these are %(given)s.") % {"count": longest, "given": len(typed)}


def composed(row: Customer) -> str:
    return " ".join(part for part in (row.given_name, row.family_name) if part)


def _require_name(row: Customer) -> None:
    if not row.name:
        raise InvalidFields({"name": _("Give a name: as it is shown, or the given or the family name.")})


def _written(row: Customer, points: Sequence[ContactPoint], by: User | None) -> Done[Customer]:
    try:
        with transaction.atomic():
            return Done(row, _write(row, points, by))
    except IntegrityError as error:
        raise InvalidFields({"reference": _taken(row.reference)}) from error


def _with_own_reference(row: Customer, points: Sequence[ContactPoint], by: User | None) -> Done[Customer]:
    """Somebody else may take the number meanwhile: then the next one is tried."""
    number = Customer.objects.aggregate(last=Max("pk"))["last"] or 0
    for _attempt in range(ATTEMPTS):
        number += 1
        while Customer.objects.filter(reference=f"H{number}").exists():
            number += 1
        row.reference = f"H{number}"
        try:
            with transaction.atomic():
                return Done(row, _write(row, points, by))
        except IntegrityError:
            row.pk = None
    raise HabitueError(_("Too many customers are being made at once. Try again."), status=409)


def _write(row: Customer, points: Sequence[ContactPoint], by: User | None) -> Event:
    with record("customer.created", by=by) as journal:
        journal.create(row)
        for point in points:
            point.customer, point.source = row, journal.event
            journal.create(point)
    return journal.event


def _taken(reference: str) -> str:
    owner = Customer.objects.filter(reference=reference).select_related("merged_into").first()
    return _("The reference “%(reference)s” is that of %(name)s already. Choose another, or leave it empty.") % {
        "reference": reference,
        "name": (owner.merged_into or owner) if owner else "?",
    }
