from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.segments.queries import SegmentQuerySet


class Segment(models.Model):
    """A saved segment: customers described by rules, under a name. Its members are counted from the facts."""

    name = models.CharField(max_length=120)
    rules = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="segments")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    counted_on = models.DateField(null=True)
    size = models.PositiveBigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = SegmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A period in a segment. `until`: the day on which a count found the customer outside; None while inside."""

    recomputed = True  # derived from facts: deleted with its target

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["segment", "until", "customer"], name="membership_until"),
            models.Index(fields=["segment", "since"], name="membership_since"),
        ]
        constraints = [models.UniqueConstraint(fields=["segment", "customer", "since"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id}"


class SegmentSize(models.Model):
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    on = models.DateField()
    customers = models.PositiveBigIntegerField()
    entered = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "on"], name="segment_size_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.on}: {self.customers}"
