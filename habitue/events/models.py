from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Event(models.Model):
    """What happened, as codes and ids: timeline, audit and (later) webhooks read this one table. Worded when shown."""

    on_merge = {"customer": "moved"}

    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.CASCADE, related_name="events")
    data = models.JSONField(default=dict)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="undone_by", help_text="Once, by one event."
    )

    class Meta:
        indexes = [models.Index(fields=["kind", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Change(models.Model):
    """What an event did to rows, so that it can be undone: see `journal`.

    Rows of one model for which the same values came in the place of the same others share a Change. `before` is null
    where the rows were made, `after` where they were taken away.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=64, help_text="As Django labels it: customers.customer.")
    pks = models.JSONField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.model} ×{len(self.pks)}"
