from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Import(models.Model):
    """One file brought in. The cursor moves in the same transaction as the rows, so an import can stop anywhere."""

    kind = models.CharField(max_length=16)
    file_name = models.CharField(max_length=255)
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of kind, mapping and content: the same file is known again."
    )
    mapping = models.JSONField(default=dict)
    source = models.JSONField(default=dict, help_text="Title, address and whether the names in it are invented.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(default=0, help_text="How many groups of rows (orders, for orders) are done.")
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)

    known_before = False  # whether the run that gives this back found it finished

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="import_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class Rejection(models.Model):
    """A row that could not be taken, with the reason as a code and its facts; worded when shown."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejections")
    line = models.BigIntegerField(help_text="Line in the file, the heading being line 1.")
    column = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    code = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    row = models.JSONField(default=list, help_text="The whole row as it was read: pairs of heading and cell, in order.")

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["of", "line"], name="rejection_once_a_line")]

    def __str__(self) -> str:
        return f"{self.of_id}:{self.line} {self.code}"
