"""Create a customer and edit their profile fields (see `fields`). The event keeps the former values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from habitue.customers import fields
from habitue.customers.models import ContactPoint, Customer
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError, InvalidFields

if TYPE_CHECKING:
    from habitue.team.models import User

ATTEMPTS = 5


def create(
    by: User | None = None, reference: str = "", points: Sequence[ContactPoint] = (), **values: Any
) -> Done[Customer]:
    """Create a customer with these `values` of profile fields, and `points` made by `contacting.prepared`.

    Without a reference they get one: "H" and a free number.
    """
    row = Customer(reference=fields.text(reference), **fields.complete(fields.cleaned(values)))
    _require_name(row.name)
    if len(row.reference) > fields.REFERENCE_LIMIT:
        raise InvalidFields({"reference": fields.too_long(row.reference, fields.REFERENCE_LIMIT)})
    return _with_own_reference(row, points, by) if not row.reference else _written(row, points, by)


def edit(customer: Customer, by: User | None = None, **values: Any) -> Done[Customer]:
    """Set profile fields of a customer to `values`; without a difference there is no event.

    `name` is the displayed name. Left empty it is composed of given and family name, and it is composed again when
    those change unless somebody typed a name of their own.
    """
    new = fields.cleaned(values)
    with transaction.atomic():
        row = held(customer)
        changed = fields.differences(fields.values_of(row), new)
        _require_name(changed.get("name", row.name))
        if not changed:
            return Done(customer)
        with record("customer.edited", by=by, customer=row, fields=sorted(changed)) as journal:
            journal.save(row, **changed)
    customer.refresh_from_db()
    return Done(customer, journal.event)


def held(customer: Customer) -> Customer:
    """The current row of a customer, locked until the transaction ends. Merged (409) and missing (404) are refused."""
    row = Customer.objects.select_for_update().filter(pk=customer.pk).first()
    if row is None:
        raise HabitueError(_("This customer is not there any more."), status=404)
    if row.merged_into_id:
        raise HabitueError(
            _("%(name)s has been merged into another record. Change that one.") % {"name": row}, status=409
        )
    return row


def _require_name(name: str) -> None:
    if not name:
        raise InvalidFields({"name": _("Give a name: as it is shown, or the given or the family name.")})


def _written(row: Customer, points: Sequence[ContactPoint], by: User | None) -> Done[Customer]:
    try:
        with transaction.atomic():
            return Done(row, _write(row, points, by))
    except IntegrityError as error:
        raise InvalidFields({"reference": _taken(row.reference)}) from error


def _with_own_reference(row: Customer, points: Sequence[ContactPoint], by: User | None) -> Done[Customer]:
    """Create the customer with the next free reference "H…", trying again where somebody else takes it meanwhile."""
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
