from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from habitue.customers.models import Customer
from habitue.purchases.models import Contract

FORESEEABLE_DAYS = 730


class Stage(models.TextChoices):
    """The stage of a customer in their life cycle. Rules: `insight.lifecycle.stages`; reasons: docs/stages.md."""

    PROSPECT = "prospect", pgettext_lazy("stage", "prospect")
    NEW = "new", pgettext_lazy("stage", "new")
    SETTLING = "settling", pgettext_lazy("stage", "settling in")
    REGULAR = "regular", pgettext_lazy("stage", "regular")
    SLOWING = "slowing", pgettext_lazy("stage", "slowing")
    AT_RISK = "at_risk", pgettext_lazy("stage", "at risk")
    LOST = "lost", pgettext_lazy("stage", "lost")
    WON_BACK = "won_back", pgettext_lazy("stage", "won back")


# The nearer to a habit the better: a transition up is good news, one down needs a person. "" is before any purchase.
NEARNESS = ("lost", "at_risk", "slowing", "", "new", "settling", "won_back", "regular")


class Standing(models.TextChoices):
    """What somebody is to the company, by facts alone: a purchase not refunded in full makes a customer.

    The rule is in `standing`.
    """

    PROSPECT = "prospect", _("prospect")
    CUSTOMER = "customer", _("customer")
    FORMER = "former", _("former customer")
    RECIPIENT = "recipient", _("recipient only")
    PAYER = "payer", _("payer only")
    INTERNAL = "internal", _("internal")


class Refresh(models.Model):
    """One computation of all portraits: its day, the fitted models and their backtest."""

    as_of = models.DateField()
    currency = models.CharField(max_length=3, blank=True)
    other_currency_orders = models.PositiveBigIntegerField(default=0)
    customers = models.PositiveBigIntegerField(default=0)
    orders = models.PositiveBigIntegerField(default=0)
    parameters = models.JSONField(default=dict, help_text="Parameters and log-likelihood by model.")
    thresholds = models.JSONField(default=dict)
    record = models.JSONField(default=dict, help_text="The backtest by stage: customers, and how many bought again.")
    facts = models.JSONField(default=dict, help_text="The manifest of the facts it rests on.")
    base = models.JSONField(default=dict, help_text="Retention by cohort and concentration of value.")
    offers = models.JSONField(default=dict, help_text="Which way of ordering offers is used, how right it was.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d}"


class FactsVersion(models.Model):
    """A single row: counts the changes of facts, and says which of them the portraits know; see `freshness`."""

    recomputed = True

    version = models.PositiveBigIntegerField(default=0)
    computed = models.PositiveBigIntegerField(default=0, help_text="The version that the portraits know.")
    changed_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(null=True, help_text="Of the first change that they do not know.")
    queued_at = models.DateTimeField(null=True, help_text="When a refresh was queued that has not begun.")

    def __str__(self) -> str:
        return f"{self.version}, {self.computed} computed"


class Portrait(models.Model):
    """All that is derived about a customer; `refreshing` replaces it as a whole. Amounts are in minor units."""

    recomputed = True  # derived from facts: deleted with its target

    # What is derived is written anew each night and read through its customer: a database that looks up each of a
    # million customers once more finds nothing and takes as long as the writing. So it is for what is below.
    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="portrait", db_constraint=False
    )
    as_of = models.DateField()
    currency = models.CharField(max_length=3, blank=True)
    standing = models.CharField(max_length=12, choices=Standing.choices)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    stage_rank = models.PositiveSmallIntegerField(help_text="Order of the life cycle, for sorting.")

    # rhythm: facts
    purchases = models.PositiveIntegerField(default=0, help_text="Days with a purchase.")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    elapsed_days = models.PositiveIntegerField(null=True, help_text="Since the last purchase.")
    typical_gap = models.FloatField(null=True, help_text="Mean days between purchases so far.")
    value = models.BigIntegerField(default=0, help_text="Received to date, refunds taken off.")

    # known at the last purchase (where the stages begin, in days after it)
    slowing_after = models.FloatField(null=True)
    at_risk_after = models.FloatField(null=True)
    lost_after = models.FloatField(null=True)
    returned_after = models.PositiveIntegerField(null=True, help_text="Won back: the gap in days that was closed.")
    p_buys = models.FloatField(null=True, help_text="The chance of a purchase within a season, as of the day.")
    p_buys_fresh = models.FloatField(null=True, help_text="What it was right after the last purchase.")

    # predicted as of the portrait's day
    next_early = models.DateField(null=True)
    next_middle = models.DateField(null=True)
    next_late = models.DateField(null=True)
    p_alive = models.FloatField(null=True)
    expected_purchases = models.FloatField(null=True)
    expected_purchases_low = models.PositiveIntegerField(null=True)
    expected_purchases_high = models.PositiveIntegerField(null=True)
    expected_amount = models.BigIntegerField(null=True, help_text="For one purchase.")
    expected_value = models.BigIntegerField(null=True, help_text="In the next 12 months, discounted.")
    expected_value_low = models.BigIntegerField(null=True)
    expected_value_high = models.BigIntegerField(null=True)
    expected_value_sd = models.FloatField(null=True)

    # 1 (low) to 5 (high) among all who have bought
    recency_score = models.PositiveSmallIntegerField(null=True)
    frequency_score = models.PositiveSmallIntegerField(null=True)
    value_score = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-value", "customer"], name="portrait_by_value"),
            models.Index(fields=["-expected_value", "customer"], name="portrait_by_expected"),
            models.Index(fields=["-last_day", "customer"], name="portrait_by_last"),
            models.Index(fields=["stage_rank", "customer"], name="portrait_by_stage"),
            models.Index(fields=["standing", "customer"], name="portrait_by_standing"),
            models.Index(fields=["first_day", "customer"], name="portrait_by_first"),
            models.Index(fields=["purchases", "customer"], name="portrait_by_purchases"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.stage}"

    @property
    def foreseeable(self) -> bool:
        """Whether the 90 % bound of the next purchase is within two years, so that a prediction is worth showing."""
        return self.next_late is not None and (self.next_late - self.as_of).days <= FORESEEABLE_DAYS


class Renewal(models.Model):
    """The forecast of a running contract; `refreshing` replaces it as a whole. Amounts are in minor units."""

    recomputed = True  # derived from facts: deleted with its target

    contract = models.OneToOneField(Contract, primary_key=True, on_delete=models.CASCADE, related_name="renewal")
    renewals = models.PositiveIntegerField(help_text="Made so far.")
    next_renewal = models.DateField()
    p_renews = models.FloatField(help_text="The chance that the next one is made.")
    expected_value = models.BigIntegerField(help_text="In the next 12 months, discounted.")
    expected_value_low = models.BigIntegerField()
    expected_value_high = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.contract_id} {self.next_renewal}"


class StageChange(models.Model):
    """A transition between stages, observed at the end of a month (of the running month: at the last refresh)."""

    recomputed = True  # derived from facts: deleted with its target

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="stage_changes", db_index=False, db_constraint=False
    )
    on = models.DateField()
    was = models.CharField(max_length=12, choices=Stage.choices, blank=True)
    now = models.CharField(max_length=12, choices=Stage.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "on"], name="stage_change_once_a_day")]
        indexes = [models.Index(fields=["on"], name="stage_change_on")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.was} -> {self.now}"


class NextOffers(models.Model):
    """Next offers to a customer, and reminders of what they are due to buy again; `offering` replaces all of them.

    An item is a product id (for a family, the smallest of its products); chances, shares and gaps are in thousandths.
    offers: [item, chance, support, [[item, share, customers, bought], ...]]; reminders: [item, chance, times, elapsed
    days, gap in thousandths of a day].
    """

    recomputed = True  # derived from facts: deleted with its target

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="next_offers", db_constraint=False
    )
    offers = models.JSONField(default=list)
    reminders = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.customer_id}: {len(self.offers)}, {len(self.reminders)}"
