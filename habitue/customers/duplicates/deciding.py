"""What people decide about possible duplicates: never the same, or merged, one pair or many at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from habitue.customers.merging import proposing
from habitue.customers.merging.merging import merge
from habitue.customers.models import Customer, Pair
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.kernel.errors import HabitueError

if TYPE_CHECKING:
    from habitue.team.models import User

NEVER = "pair.never"


def open_pairs(among: QuerySet[Customer]) -> QuerySet[Pair]:
    """Pairs of customers in `among` that nobody has decided on yet, the likeliest duplicates first."""
    return Pair.objects.filter(verdict=Pair.Verdict.OPEN, first__in=among, second__in=among).order_by("-score", "pk")


def never_same(pair: Pair, by: User | None = None) -> Done[Pair]:
    """Record that the two customers are different, so that the pair is never proposed again. Refused (409) after a
    merge.
    """
    with transaction.atomic():
        pair = Pair.objects.select_for_update().get(pk=pair.pk)
        if pair.verdict == Pair.Verdict.NEVER:
            return Done(pair)
        if pair.verdict == Pair.Verdict.SAME:
            raise HabitueError(_("These two are merged. Undo the merge first."), status=409)
        data = {"first": pair.first_id, "second": pair.second_id}
        with record(NEVER, by=by, customer=pair.first, **data) as journal:
            journal.save(pair, verdict=Pair.Verdict.NEVER, decided=journal.event)
    return Done(pair, journal.event)


def groups(pairs: Iterable[Pair]) -> list[list[Customer]]:
    """Connected groups of the customers in `pairs`, each with the proposed canonical record first.

    A group that holds two customers who were declared never the same is refused (409).
    """
    clusters: list[dict[int, Customer]] = []
    for pair in pairs:
        joined = {pair.first_id: pair.first, pair.second_id: pair.second}
        for group in [group for group in clusters if group.keys() & joined.keys()]:
            joined |= group
            clusters.remove(group)
        clusters.append(joined)
    for group in clusters:
        _require_no_never(group)
    return [_with_keeper_first(list(group.values())) for group in clusters]


def merge_pairs(pairs: Iterable[Pair], by: User | None = None) -> list[Done[Customer]]:
    """Merge each group of connected pairs as proposed (record to keep, values to take): all groups or none."""
    with transaction.atomic():
        return [merge(kept, others, proposing.choices(kept, others), by) for kept, *others in groups(pairs)]


def _with_keeper_first(group: list[Customer]) -> list[Customer]:
    kept = proposing.keeper(group)
    return [kept, *(one for one in group if one != kept)]


def _require_no_never(group: dict[int, Customer]) -> None:
    never = Pair.objects.filter(first__in=group, second__in=group, verdict=Pair.Verdict.NEVER).first()
    if never:
        raise HabitueError(
            _("%(first)s and %(second)s are never the same, yet these pairs would make them one. Untick one of them.")
            % {"first": group[never.first_id], "second": group[never.second_id]},
            status=409,
        )
