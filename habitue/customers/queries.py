from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

from habitue.kernel.database.batches import pk_filter
from habitue.kernel.names import name_key
from habitue.team.rights import SEE_CUSTOMERS, may

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from habitue.customers.models import Customer  # noqa: F401 - name the rows below
    from habitue.team.models import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.unmerged() if may(user, SEE_CUSTOMERS) else self.none()

    def unmerged(self) -> Self:
        """The canonical records: without those that were merged into another."""
        return self.filter(merged_into=None)

    def merged_away(self) -> Self:
        """The records that were merged into another."""
        return self.filter(merged_into__isnull=False)

    def named(self, text: str) -> Self:
        """Customers whose name contains every word of `text`, in any order; accents and case are ignored."""
        customers = self
        for word in name_key(text).split():
            customers = customers.filter(name_key__contains=word)
        return customers

    def canonical_of(self, pks: Iterable[int]) -> dict[int, int]:
        """The id of the canonical record of each existing id: itself, or the end of its chain of merges."""
        canonical: dict[int, int] = {}
        into = {pk: pk for pk in pks}
        while into:
            rows = self.model._default_manager.filter(pk_filter(sorted(set(into.values()))))
            targets = dict(rows.values_list("pk", "merged_into"))
            canonical |= {pk: at for pk, at in into.items() if at in targets and targets[at] is None}
            into = {pk: target for pk, at in into.items() if (target := targets.get(at)) is not None}
        return canonical

    def canonical_ids(self, pks: Iterable[int]) -> set[int]:
        """The set of ids of the canonical records of these customers; ids that do not exist are left out."""
        return set(self.canonical_of(pks).values())
