from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from habitue.events.models import Event


class Import(models.Model):
    """The import of one file. The cursor moves in the same transaction as the rows, so that it can stop anywhere."""

    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of kind, mapping and content: the same file is known again."
    )
    mapping = models.JSONField(default=dict)
    source = models.JSONField(default=dict, help_text="Title, address and whether the names in it are invented.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    event = models.ForeignKey(
        Event, null=True, on_delete=models.SET_NULL, related_name="+", help_text="With what it changed: see journal."
    )
    undone_at = models.DateTimeField(null=True)
    undo_asked_at = models.DateTimeField(null=True, help_text="Since when it is to be undone: it does not go on.")
    undo_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    trouble = models.TextField(blank=True, help_text="Why it stopped, for whoever looks; empty while all is well.")
    cursor = models.BigIntegerField(default=0, help_text="How many groups of rows (orders, for orders) are done.")
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    notes = models.JSONField(default=dict, help_text="How many cells were kept as typed or repaired, by code.")
    findings = models.JSONField(default=dict, help_text="What is told beside the counts: see `wording.findings`.")

    known_before = False  # whether the run that gives this back found it finished

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=models.Q(undone_at=None), name="import_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class Upload(models.Model):
    """A file uploaded at the desk and not imported yet: how to read it, and the result of the dry run."""

    file_name = models.CharField(max_length=255)
    folder = models.CharField(max_length=32, db_default="", help_text="Of its own, in HOME/imports/uploads.")
    language = models.CharField(max_length=8, db_default="en", help_text="Of the messages about it.")
    content = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    size = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40, blank=True)
    about = models.JSONField(default=dict, help_text="How the file is written: form, headings, rows, samples.")
    mapping = models.JSONField(default=dict)
    mapped_by = models.CharField(max_length=120, blank=True, help_text="The name of the kept mapping it comes from.")
    dry_run = models.JSONField(default=dict, help_text="Its state (waiting, running, done, refused) and findings.")
    corrects = models.ForeignKey(
        Import,
        null=True,
        on_delete=models.SET_NULL,
        related_name="corrections",
        help_text="Whose rejections these are.",
    )
    became = models.ForeignKey(Import, null=True, on_delete=models.SET_NULL, related_name="uploads")

    def __str__(self) -> str:
        return self.file_name


class SavedMapping(models.Model):
    """A mapping for files with these headings, reused when such a file is uploaded again."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    headings = models.JSONField(default=list)
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the headings.")
    mapping = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.name


class Rejection(models.Model):
    """A row that was not imported, with the reason as a code and data; it is worded when shown."""

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
