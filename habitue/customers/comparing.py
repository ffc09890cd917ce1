"""Competitors that customers considered: add, edit and remove such comparisons; rename, join and remove competitors."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers.editing import held
from habitue.customers.fields import text, too_long
from habitue.customers.models import Comparison, Competitor, Customer
from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.kernel.names import name_key

if TYPE_CHECKING:
    from habitue.team.models import User

LONGEST, LONGEST_REASON = 120, 500


def add(
    customer: Customer,
    competitor: str,
    *,
    outcome: str = Comparison.Outcome.OPEN,
    reason: str = "",
    on: dt.date | None = None,
    by: User | None = None,
) -> Done[Comparison]:
    """Record that `customer` considered a competitor, who is created where none has that name.

    The same comparison on the same day is returned and not added twice.
    """
    name, key = _named(competitor)
    values = _cleaned(outcome, reason, on or timezone.localdate())
    with transaction.atomic():
        row = held(customer)
        known = Comparison.objects.filter(customer=row, competitor__key=key, **values).first()
        if known:
            return Done(known)
        with record("comparison.added", by=by, customer=row, competitor=name, outcome=outcome) as journal:
            made = Comparison(customer=row, competitor=_competitor(journal, name, key), source=journal.event, **values)
            return Done(journal.create(made), journal.event)


def edit(
    comparison: Comparison,
    competitor: str,
    *,
    outcome: str,
    reason: str = "",
    on: dt.date | None = None,
    by: User | None = None,
) -> Done[Comparison]:
    name, key = _named(competitor)
    values = _cleaned(outcome, reason, on or comparison.on)
    with transaction.atomic():
        held(comparison.customer)
        row = Comparison.objects.select_for_update().select_related("competitor").filter(pk=comparison.pk).first()
        if row is None:
            raise HabitueError(_("This was removed meanwhile. Load the page anew."), status=409)
        if row.competitor.key == key and all(getattr(row, field) == value for field, value in values.items()):
            return Done(row)
        data = {"competitor": name, "outcome": outcome}
        with record("comparison.edited", by=by, customer=comparison.customer, **data) as journal:
            journal.save(row, competitor=_competitor(journal, name, key), **values)
    return Done(row, journal.event)


def remove(comparison: Comparison, by: User | None = None) -> Done[Comparison]:
    with transaction.atomic():
        held(comparison.customer)
        row = Comparison.objects.select_related("competitor").filter(pk=comparison.pk).first()
        if row is None:
            return Done(comparison)
        data = {"competitor": row.competitor.name, "outcome": row.outcome}
        with record("comparison.removed", by=by, customer=comparison.customer, **data) as journal:
            journal.delete(row)
    return Done(comparison, journal.event)


def rename(competitor: Competitor, name: str, by: User | None = None) -> Done[Competitor]:
    name, key = _named(name, "name")
    with transaction.atomic():
        row = _present(competitor)
        if row.name == name:
            return Done(row)
        if Competitor.objects.filter(key=key).exclude(pk=row.pk).exists():
            raise InvalidFields(
                {"name": _("There is a competitor “%(name)s” already. Join the two instead.") % {"name": name}}
            )
        with record("competitor.renamed", by=by, competitor=row.pk, was=row.name, now=name) as journal:
            journal.save(row, name=name, key=key)
    return Done(row, journal.event)


def join(competitor: Competitor, into: Competitor, by: User | None = None) -> Done[Competitor]:
    """Move all comparisons of `competitor` to `into` and delete `competitor`."""
    if competitor.pk == into.pk:
        raise InvalidFields({"into": _("Choose another competitor than itself.")})
    with transaction.atomic():
        row = Competitor.objects.select_for_update().filter(pk=competitor.pk).first()
        if row is None:
            return Done(into)
        into = _present(into)
        with record("competitor.joined", by=by, competitor=row.pk, name=row.name, into=into.name) as journal:
            journal.update(Comparison.objects.filter(competitor=row), competitor_id=into.pk)
            journal.delete(row)
    return Done(into, journal.event)


def forget(competitor: Competitor, by: User | None = None) -> Done[Competitor]:
    """Delete a competitor that no comparison names; refused (409) where one does."""
    with transaction.atomic():
        row = Competitor.objects.select_for_update().filter(pk=competitor.pk).first()
        if row is None:
            return Done(competitor)
        if count := row.comparisons.count():
            raise HabitueError(
                _("%(name)s is named by %(count)s comparisons. Join it into another one, or remove those first.")
                % {"name": row.name, "count": count},
                status=409,
            )
        with record("competitor.removed", by=by, competitor=row.pk, name=row.name) as journal:
            journal.delete(row)
    return Done(competitor, journal.event)


def _competitor(journal: Journal, name: str, key: str) -> Competitor:
    return Competitor.objects.filter(key=key).first() or journal.create(Competitor(name=name, key=key))


def _named(name: str, field: str = "competitor") -> tuple[str, str]:
    name = text(name)
    key = name_key(name)
    if not key:
        raise InvalidFields({field: _("Name the competitor.")})
    if max(len(name), len(key)) > LONGEST:
        raise InvalidFields({field: too_long(name, LONGEST)})
    return name, key


def _cleaned(outcome: str, reason: str, on: dt.date) -> dict[str, Any]:
    reason = text(reason)
    errors = {}
    if outcome not in Comparison.Outcome.values:
        errors["outcome"] = _("Choose how it ended, or that it is open.")
    if len(reason) > LONGEST_REASON:
        errors["reason"] = too_long(reason, LONGEST_REASON)
    if on > timezone.localdate():
        errors["on"] = _("This day is still to come.")
    if errors:
        raise InvalidFields(errors)
    return {"outcome": outcome, "reason": reason, "on": on}


def _present(competitor: Competitor) -> Competitor:
    row = Competitor.objects.select_for_update().filter(pk=competitor.pk).first()
    if row is None:
        raise HabitueError(_("This competitor was removed meanwhile. Load the page anew."), status=409)
    return row
