from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.purchases.queries import OrderQuerySet


class Product(models.Model):
    reference = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    family = models.CharField(max_length=120, blank=True)
    is_shipping = models.BooleanField(
        db_default=False, help_text="What sending costs: a line of an order, no product to offer."
    )

    def __str__(self) -> str:
        return self.name or self.reference


class Order(models.Model):
    """A purchase, or money given back: a refund of the order `refund_of`, or a return of which no order is known.

    The amounts of refunds and returns are negative: `is_refund`.

    Amounts are integers in the minor unit of `currency`. `gross` is before any discount, `amount` is what we received,
    `paid` is what the buyer paid. `amount - paid` is what a third party reimburses (the maker, for their coupon).
    """

    on_merge = {"buyer": "moved", "payer": "moved", "recipient": "moved"}  # see `customers.merging`
    subject_columns = ("buyer_id", "payer_id", "recipient_id")

    number = models.CharField(max_length=64, unique=True)
    buyer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,
        help_text="None: a sale without a customer, of the company's turnover and of nobody's portrait.",
    )
    payer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="paid_orders",
        db_index=False,
        help_text="None: the buyer.",
    )
    recipient = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="received_orders",
        db_index=False,
        help_text="None: the buyer.",
    )
    placed_at = models.DateTimeField()
    placed_on = models.DateField(help_text="The day on the company's own calendar.")
    place = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    gross = models.BigIntegerField()
    amount = models.BigIntegerField()
    paid = models.BigIntegerField()
    line_count = models.PositiveIntegerField()
    refund_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    source = models.CharField(
        max_length=120, blank=True, db_default="", help_text="Where it is from: only this one may change it."
    )
    fingerprint = models.CharField(
        max_length=32, help_text="Of the whole content: tells a repetition from a contradiction."
    )
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["buyer", "-placed_on", "-id"], name="order_of_buyer"),
            models.Index(fields=["placed_on", "changed_at", "buyer"], name="order_changed"),
            # Few orders have them: an index of all would be as large as the table, and hold next to nothing.
            models.Index(fields=["payer"], condition=Q(payer__isnull=False), name="order_of_payer"),
            models.Index(fields=["recipient"], condition=Q(recipient__isnull=False), name="order_of_recipient"),
            models.Index(fields=["refund_of"], condition=Q(refund_of__isnull=False), name="order_of_refunded"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(refund_of=None, amount__gte=0, gross__gte=0)
                | Q(refund_of=None, amount__lt=0, gross__lte=0)
                | Q(refund_of__isnull=False, amount__lte=0, gross__lte=0),
                name="order_sign_follows_refund",
            ),
            models.CheckConstraint(condition=~Q(refund_of=F("id")), name="order_refunds_another"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_refund(self) -> bool:
        """Whether money was given back, for an order that is known or one that is not."""
        return self.refund_of_id is not None or self.amount < 0

    @property
    def discount(self) -> int:
        """The discount that the buyer got, in minor units."""
        return self.gross - self.paid


class OrderLine(models.Model):
    """A product of an order. `discounts`: amount by kind of discount, in minor units, as `{"loyalty": 55}`.

    `quantity` is in thousandths of the product's unit: 1.250 kg is 1250.
    """

    on_merge = {"recipient": "moved"}
    subject_columns = ("recipient_id",)

    part_of = "order"  # comes and goes with it

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lines", db_index=False)
    quantity = models.BigIntegerField()
    gross = models.BigIntegerField()
    amount = models.BigIntegerField()
    paid = models.BigIntegerField()
    discounts = models.JSONField(default=dict)
    recipient = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="received_lines",
        db_index=False,
        help_text="None: that of the order.",
    )

    class Meta:
        indexes = [
            models.Index(fields=["product", "order"], name="order_line_of_product"),
            models.Index(fields=["recipient"], condition=Q(recipient__isnull=False), name="order_line_of_recipient"),
        ]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_position")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def units(self) -> Decimal:
        return Decimal(self.quantity) / 1000


class Promotion(models.Model):
    """A promotion from `first_day` to `last_day`, both included.

    It is for one product, for a family or, with neither, for all products. `kind` is the company's own term for it.
    """

    reference = models.CharField(max_length=64, unique=True)
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="promotions")
    family = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="promotion_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return self.reference


class Contract(models.Model):
    """A contract or subscription: a customer pays `amount` (minor units of `currency`) every `period_days` until it
    ends.
    """

    on_merge = {"customer": "moved"}
    subject_columns = ("customer_id",)

    reference = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contracts")
    plan = models.CharField(max_length=120, blank=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True, help_text="The day on which it ended; none while it runs.")
    period_days = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="contract_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(period_days__gte=1, amount__gte=0), name="contract_is_paid_for"),
        ]

    def __str__(self) -> str:
        return self.reference
