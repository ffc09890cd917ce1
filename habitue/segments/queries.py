from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from habitue.team.rights import CHANGE_CUSTOMERS, SEE_CUSTOMERS, may

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from habitue.customers.models import Customer  # noqa: F401 - name the rows below
    from habitue.segments.models import Segment  # noqa: F401 - name the rows below
    from habitue.team.models import User


class SegmentQuerySet(models.QuerySet["Segment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Active segments that the user owns or that are shared; none without the right to see customers."""
        if not may(user, SEE_CUSTOMERS):
            return self.none()
        return self.active().filter(models.Q(owner=user.pk) | models.Q(shared=True))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Active segments that the user owns, and shared ones without an owner; none without the right to change
        customers.
        """
        if not may(user, CHANGE_CUSTOMERS):
            return self.none()
        return self.active().filter(models.Q(owner=user.pk) | models.Q(owner=None, shared=True))

    def active(self) -> Self:
        """Segments that are not removed."""
        return self.filter(removed_at=None)
