from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from habitue.customers.models import Customer, Segment  # noqa: F401 - name the rows below
    from habitue.team.models import User


NO_LETTERS = re.compile(r"[^a-z0-9]+")


def name_key(name: str) -> str:
    """A name as people type it in a hurry: lower case, no accents, no punctuation.

    >>> name_key("Éloïse d'Aubigné-Roux")
    'eloise d aubigne roux'
    """
    if name.isascii():
        return NO_LETTERS.sub(" ", name.lower()).strip()
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())


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


class SegmentQuerySet(models.QuerySet["Segment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Their own and those that are shared with the team."""
        if not user.has_perm("customers.view_customer"):
            return self.none()
        return self.standing().filter(models.Q(owner=user.pk) | models.Q(shared=True))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Their own, and shared ones whose owner has gone."""
        if not user.has_perm("customers.change_customer"):
            return self.none()
        return self.standing().filter(models.Q(owner=user.pk) | models.Q(owner=None, shared=True))

    def standing(self) -> Self:
        return self.filter(removed_at=None)
