"""Relations between two customers, with first and last day: add, edit and remove them. Each kind has words for both
ends.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers.editing import held
from habitue.customers.models import Customer, Relation
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.kernel.errors import HabitueError, InvalidFields

if TYPE_CHECKING:
    from habitue.team.models import User

Kind = Relation.Kind
# The same kinds from the other end: what `to` is to `of`.
REVERSED = {
    Kind.HOUSEHOLD: gettext_lazy("same household as"),
    Kind.EMPLOYER: pgettext_lazy("a firm", "employs"),
    Kind.PARENT: gettext_lazy("has as subsidiary"),
    Kind.REFERRED: gettext_lazy("referred"),
    Kind.BUYS_FOR: gettext_lazy("is bought for by"),
    Kind.CARER: gettext_lazy("is cared for by"),
}
SYMMETRIC = {Kind.HOUSEHOLD}
BACK = "-"  # before a kind: read from the other end


def words(kind: str, back: bool = False) -> str:
    return str(REVERSED[Kind(kind)] if back else Kind(kind).label)


def ends() -> list[tuple[str, str]]:
    """(code, words) of each kind of relation from each end: ("employer", "works for"), ("-employer", "employs")."""
    forth = [(kind.value, words(kind)) for kind in Kind]
    return forth + [(BACK + kind.value, words(kind, back=True)) for kind in Kind if kind not in SYMMETRIC]


def add(
    customer: Customer,
    end: str,
    other: Customer,
    *,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    by: User | None = None,
) -> Done[Relation]:
    """Relate `customer` to `other`; `end` is a code of `ends`. An existing relation is returned unchanged."""
    kind, back = end.removeprefix(BACK), end.startswith(BACK)
    if kind not in Kind.values:
        raise InvalidFields({"end": _("Choose what they are to each other.")})
    _require_days(first_day, last_day)
    with transaction.atomic():
        row, other = held(customer), held(other)
        if row == other:
            raise InvalidFields({"other": _("Choose somebody else: nobody is related to themselves.")})
        of, to = (other, row) if back else (row, other)
        if known := _known(of, kind, to):
            return Done(known)
        if kind == Kind.PARENT:
            _require_no_circle(of, to)
        with record("relation.added", by=by, customer=row, relation=kind, of=of.pk, to=to.pk) as journal:
            made = Relation(of=of, kind=kind, to=to, first_day=first_day, last_day=last_day, source=journal.event)
            journal.create(made)
            journal.touched.update([of.pk, to.pk])
    return Done(made, journal.event)


def edit(
    relation: Relation, first_day: dt.date | None, last_day: dt.date | None, by: User | None = None
) -> Done[Relation]:
    """Change the first and last day of a relation. For other people or another kind, add another relation."""
    _require_days(first_day, last_day)
    with transaction.atomic():
        row = _present(relation)
        if (row.first_day, row.last_day) == (first_day, last_day):
            return Done(row)
        with record("relation.edited", by=by, customer=row.of, **_of(row)) as journal:
            journal.save(row, first_day=first_day, last_day=last_day)
    return Done(row, journal.event)


def remove(relation: Relation, by: User | None = None) -> Done[Relation]:
    """Delete a relation that was entered by mistake. One that is over gets a last day instead."""
    with transaction.atomic():
        row = Relation.objects.select_for_update().select_related("of", "to").filter(pk=relation.pk).first()
        if row is None:
            return Done(relation)
        with record("relation.removed", by=by, customer=row.of, **_of(row)) as journal:
            journal.touched.update([row.of_id, row.to_id])
            journal.delete(row)
    return Done(relation, journal.event)


def _known(of: Customer, kind: str, to: Customer) -> Relation | None:
    same = Q(of=of, to=to)
    if kind in SYMMETRIC:
        same |= Q(of=to, to=of)
    return Relation.objects.filter(same, kind=kind).first()


def _require_days(first: dt.date | None, last: dt.date | None) -> None:
    if first and last and last < first:
        raise InvalidFields({"last_day": _("The last day is before the first one.")})


def _require_no_circle(of: Customer, to: Customer) -> None:
    """Raise InvalidFields where `to` already belongs to `of`, directly or through others."""
    above = {to.pk}
    while True:
        more = set(Relation.objects.filter(kind=Kind.PARENT, of__in=above).values_list("to_id", flat=True)) - above
        if of.pk in above | more:
            raise InvalidFields(
                {"other": _("%(to)s belongs to %(of)s already: remove that relation first.") % {"to": to, "of": of}}
            )
        if not more:
            return
        above |= more


def _present(relation: Relation) -> Relation:
    row = Relation.objects.select_for_update().select_related("of", "to").filter(pk=relation.pk).first()
    if row is None:
        raise HabitueError(_("This was removed meanwhile. Load the page anew."), status=409)
    return row


def _of(row: Relation) -> dict[str, Any]:
    return {"relation": row.kind, "of": row.of_id, "to": row.to_id}
