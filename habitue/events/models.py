from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Event(models.Model):
    """An entry of the audit log: who did what and when, as a code with ids. Timeline, audit and webhooks read it.

    `kind` is declared in the events.py of its domain (see `kinds`), with its words.
    """

    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="undone_by", help_text="Once, by one event."
    )
    customers = models.ManyToManyField("customers.Customer", through="EventSubject", related_name="events")

    class Meta:
        indexes = [models.Index(fields=["kind", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class EventSubject(models.Model):
    """A customer whose data an event changed, so that the event is in that customer's history.

    The journal writes it from the changed rows: `subject_columns` of a model names the columns with customers.
    """

    on_merge = {"customer": "joined"}
    part_of = "customer"
    subject_columns = ()

    event = models.ForeignKey(Event, on_delete=models.CASCADE, db_index=False, related_name="subjects")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, db_index=False, related_name="event_subjects"
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "event"], name="event_subject_history")]
        constraints = [models.UniqueConstraint(fields=["event", "customer"], name="event_subject_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.customer_id}"


class Change(models.Model):
    """The change of an event to rows, so that it can be undone.

    `before` is null for inserted rows, `after` for a deleted one. Inserted rows with consecutive ids share one Change
    (`first` to `last`); each edited or deleted row has its own.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=64, help_text="As Django labels it: customers.customer.")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            # What was edited after it was made: an undo asks for its own rows only, however much came since.
            models.Index(fields=["model", "first"], condition=models.Q(before__isnull=False), name="change_of_row")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(before__isnull=True) | models.Q(first=models.F("last")), name="change_of_one_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} ×{len(self.pks)}"

    @property
    def pks(self) -> range:
        return range(self.first, self.last + 1)
