from __future__ import annotations

from django.db import models
from django.utils import timezone


class Job(models.Model):
    """Work for the worker, from when it is queued until it is done; what was given up stays, to be told.

    A worker that does it holds the lock of its `key` (see `leasing`): one that has begun and whose lock is free was
    left by a worker that died.
    """

    work = models.CharField(max_length=120, help_text="The dotted path of its function.")
    arguments = models.JSONField(default=list)
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of work and arguments.")
    queued_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True)
    deaths = models.PositiveSmallIntegerField(default=0, help_text="How many workers died in it.")
    given_up_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.work} {self.arguments}"
