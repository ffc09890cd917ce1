from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from habitue.kernel.names import name_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from habitue.customers.models import Customer  # noqa: F401 - name the rows below
    from habitue.segments.models import Segment  # noqa: F401 - name the rows below
    from habitue.team.models import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.standing_alone() if user.has_perm("customers.view_customer") else self.none()

    def standing_alone(self) -> Self:
        """Without those for whom another stands since a merge."""
        return self.filter(merged_into=None)

    def merged(self) -> Self:
        """Those for whom another stands."""
        return self.filter(merged_into__isnull=False)

    def named(self, text: str) -> Self:
        """Every word of `text` is in the name, in any order, accents and case aside."""
        found = self
        for word in name_key(text).split():
            found = found.filter(name_key__contains=word)
        return found
