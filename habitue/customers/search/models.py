"""The tables of search. `indexing` writes them, `finding` and `misspelling` read them."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """The searchable texts of a customer. A merged record has none: its reference is in the entry of the canonical
    record.
    """

    recomputed = True  # derived from facts: deleted with its target

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, primary_key=True, related_name="entry"
    )
    words = models.TextField(help_text="Of the names, folded; with @ before them those of employers and towns.")
    marks = models.TextField(help_text="E-mail addresses, references, +digits of telephones; lower case, no spaces in.")

    def __str__(self) -> str:
        return self.words


class Word(models.Model):
    """A distinct word of customers' names, to correct mistyped words by."""

    recomputed = True

    id = models.AutoField(primary_key=True)
    text = models.CharField(max_length=200, db_index=True)
    customers = models.PositiveIntegerField(default=0, help_text="How many bore it when the index was last made anew.")

    def __str__(self) -> str:
        return self.text


class Slip(models.Model):
    """The hash of a word with up to two letters deleted, as an index of `Word`: see `misspelling`."""

    recomputed = True

    pk = models.CompositePrimaryKey("key", "word_id")
    key = models.IntegerField()
    word_id = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.key} {self.word_id}"
