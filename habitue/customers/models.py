from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from habitue.customers.queries import CustomerQuerySet
from habitue.customers.search.models import Entry, Slip, Word  # noqa: F401 - Django looks for models here
from habitue.kernel.names import name_key


class Customer(models.Model):
    """Anybody in the base, a person or an organisation. Their standing is derived: see `portraits`."""

    on_merge = {"merged_into": "moved"}  # see `merging`
    subject_columns = ("id",)
    computed_from = {"name_key": ("name", name_key)}

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")

    reference = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(max_length=200, blank=True, help_text="As it is shown.")
    name_key = models.CharField(max_length=200, blank=True, editable=False, db_index=True)
    given_name = models.CharField(max_length=100, blank=True, db_default="")
    family_name = models.CharField(max_length=100, blank=True, db_default="")
    birth_name = models.CharField(
        max_length=100, blank=True, db_default="", help_text="The family name before a marriage."
    )
    born_on = models.DateField(null=True, blank=True, db_index=True)
    birthday = models.CharField(
        max_length=7, blank=True, db_default="", help_text="Of a birth whose year is not known: --MM-DD (ISO 8601)."
    )
    internal = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A colleague or another department: served like anybody, never revenue.",
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="merged",
        help_text="The canonical record, since two were found to be the same; the row keeps its reference.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        # Of the few who are merged: SQLite would use an index of all to look for those who are not.
        indexes = [
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="customer_merged")
        ]

    def __str__(self) -> str:
        return self.name or self.reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)


class ContactPoint(models.Model):
    """A way to reach a customer, or their id in another system; a customer can have several of each kind."""

    on_merge = {"customer": "joined"}
    subject_columns = ("customer_id",)

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail address")
        PHONE = "phone", _("telephone")
        ADDRESS = "address", _("postal address")
        REFERENCE = "reference", _("outside reference")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    typed = models.CharField(max_length=500, help_text="As it was given.")
    value = models.CharField(
        max_length=320, help_text="One writing for all: E.164, lower case, a folded address; what is compared."
    )
    label = models.CharField(
        max_length=40, blank=True, db_default="", help_text="Home, work; of a reference: the system."
    )
    street = models.CharField(max_length=200, blank=True, db_default="")
    postcode = models.CharField(max_length=16, blank=True, db_default="")
    city = models.CharField(max_length=100, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="")
    valid = models.BooleanField(default=True, db_default=True, help_text="Whether it is well formed.")
    since = models.DateField(null=True)
    until = models.DateField(null=True, help_text="The day from which it was of no use any more.")
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            # With whose it is and whether it was ended: the list is read along them (`reading.customer_list.query`).
            models.Index(fields=["kind", "value", "customer", "until"], include=["id"], name="contact_point_by_value"),
            models.Index(fields=["kind", "city", "customer", "until"], include=["id"], name="contact_point_by_city"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value", "label"], name="contact_point_once")
        ]

    def __str__(self) -> str:
        return self.typed


class Identifier(models.Model):
    """A reference that a source has for a customer who bears another one here; see `identifiers`.

    Their e-mail addresses and telephones identify them too: these are ContactPoints, each with what it came with.
    """

    on_merge = {"customer": "moved"}
    subject_columns = ("customer_id",)

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=40, blank=True, help_text="The program or shop that gives it; empty: unknown.")
    value = models.CharField(max_length=64)
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["value"], name="identifier_by_value")]
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="identifier_once")]

    def __str__(self) -> str:
        return self.value


class UnreadValue(models.Model):
    """What a file says of a fact and could not be read, kept as it was typed until somebody knows better."""

    on_merge = {"customer": "joined"}
    subject_columns = ("customer_id",)

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="unread_values")
    fact = models.CharField(max_length=40)
    typed = models.CharField(max_length=500)
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "fact"], name="unread_value_once")]

    def __str__(self) -> str:
        return self.typed


class Relation(models.Model):
    """What `of` is to `to`: in the same household, works for, belongs to, was referred by, buys for, cares for."""

    on_merge = {"of": "joined", "to": "joined"}
    subject_columns = ("of_id", "to_id")

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", _("same household as")
        EMPLOYER = "employer", _("works for")
        PARENT = "parent", _("belongs to")
        REFERRED = "referred", _("was referred by")
        BUYS_FOR = "buys_for", _("buys for")
        CARER = "carer", _("cares for")

    of = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    to = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations_to")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "kind", "to"], name="relation_once"),
            models.CheckConstraint(condition=~models.Q(of=models.F("to")), name="relation_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id} {self.kind} {self.to_id}"


class Tag(models.Model):
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60, unique=True, editable=False, help_text="`name_key` of the name.")

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    on_merge = {"customer": "joined"}
    subject_columns = ("customer_id",)

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="taggings")
    at = models.DateTimeField(default=timezone.now)
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="tagging_once")]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.customer_id}"


class CustomField(models.Model):
    """A field that this company added to the profile of its customers."""

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DAY = "day", _("date")
        CHOICE = "choice", _("choice")
        FLAG = "flag", _("yes or no")
        CUSTOMER = "customer", _("another customer")

    code = models.SlugField(max_length=40, unique=True, help_text="Its name in files and programs.")
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=12, choices=Type.choices)
    choices = models.JSONField(default=list, help_text="Of a choice: the texts that are allowed.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label


class CustomValue(models.Model):
    """A customer's value of a CustomField, in the column for its type; "yes" is the number 1, "no" is 0."""

    on_merge = {"customer": "joined", "other": "joined"}
    subject_columns = ("customer_id",)

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="values")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="custom_values")
    text = models.CharField(max_length=500, blank=True, db_default="")
    number = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    day = models.DateField(null=True)
    other = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["field", "text", "customer"], name="custom_value_text"),
            models.Index(fields=["field", "number", "customer"], name="custom_value_number"),
            models.Index(fields=["field", "day", "customer"], name="custom_value_day"),
        ]
        constraints = [models.UniqueConstraint(fields=["customer", "field"], name="custom_value_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.field_id}"


class Competitor(models.Model):
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, unique=True, editable=False, help_text="`name_key` of the name.")

    def __str__(self) -> str:
        return self.name


class Comparison(models.Model):
    """A competitor that a customer considered, on which day, who was chosen and why."""

    on_merge = {"customer": "moved"}
    subject_columns = ("customer_id",)

    class Outcome(models.TextChoices):
        OPEN = "open", _("not decided yet")
        WON = "won", _("chose us")
        LOST = "lost", _("chose them")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="comparisons")
    competitor = models.ForeignKey(Competitor, on_delete=models.PROTECT, related_name="comparisons")
    on = models.DateField()
    outcome = models.CharField(max_length=4, choices=Outcome.choices, default=Outcome.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    source = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.competitor_id} {self.outcome}"


class Pair(models.Model):
    """Two records that may be the same customer, and what was decided about them."""

    recomputed = True  # derived from facts: deleted with its target
    on_merge = {"first": "paired", "second": "paired"}
    subject_columns = ("first_id", "second_id")

    class Verdict(models.TextChoices):
        OPEN = "open", _("to be looked at")
        SAME = "same", _("the same")
        NEVER = "never", _("never the same")

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="pairs")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="pairs_to")
    score = models.FloatField(help_text="The chance that they are the same.")
    reasons = models.JSONField(default=list, help_text="Codes with their facts, worded when shown.")
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default=Verdict.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    decided = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["verdict", "-score"], name="pair_to_look_at")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id} {self.score:.3f}"
