"""The tables behind the one field. `indexing` writes them, `finding` and `misspelling` read them."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """What a customer is found by. Who is merged into another has none: their references are in that one's."""

    recomputed = True  # found anew from facts: gone with what it tells of

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, primary_key=True, related_name="entry"
    )
    words = models.TextField(help_text="Of the names, folded; with @ before them those of employers and towns.")
    marks = models.TextField(help_text="E-mail addresses, references, +digits of telephones; lower case, no spaces in.")

    def __str__(self) -> str:
        return self.words


class Word(models.Model):
    """A word of a name that somebody bears, for whoever mistypes it."""

    recomputed = True

    id = models.AutoField(primary_key=True)
    text = models.CharField(max_length=200, db_index=True)
    customers = models.PositiveIntegerField(default=0, help_text="How many bore it when the index was last made anew.")

    def __str__(self) -> str:
        return self.text


class Slip(models.Model):
    """What is left of a word without one or two of its letters, as a number: see `misspelling`."""

    recomputed = True

    pk = models.CompositePrimaryKey("key", "word_id")
    key = models.IntegerField()
    word_id = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.key} {self.word_id}"
