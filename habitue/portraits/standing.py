"""The standing of customers, live from facts: of one with its proof, of many as an SQL expression.

Somebody with a purchase that was not refunded in full, or with a contract, is a customer, and a former one after having
stopped. Those who only received or paid for others' orders have standings of their own. Colleagues and other
departments are internal, whatever they bought. Nobody types a standing in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from habitue import insight
from habitue.customers.models import Customer
from habitue.kernel.database.prepared import PreparedQuery
from habitue.portraits import facts
from habitue.portraits.models import Portrait, Refresh, Stage, Standing
from habitue.purchases.models import Contract, Order
from habitue.purchases.queries import refunded_in_full

FORMER_AFTER = dt.timedelta(days=insight.FORMER_AFTER)


@dataclass(frozen=True)
class Proof:
    """An order or contract that proves a standing, with its day.

    `until`: end of the contract, or the last refund of the order. `buyer`: id of who placed the order.
    """

    pk: int
    number: str
    day: dt.date
    until: dt.date | None = None
    buyer: int | None = None

    @classmethod
    def read(cls, row: dict[str, Any] | None) -> Proof | None:
        if row is None:
            return None
        until = dt.date.fromisoformat(row["until"]) if row.get("until") else None
        return cls(row["pk"], row["number"], dt.date.fromisoformat(row["day"]), until, row.get("buyer"))


@dataclass(frozen=True)
class ProvenStanding:
    """A standing with its proofs; `if_external`: the standing of an internal customer if they were not internal."""

    code: Standing
    if_external: Standing
    first: Proof | None = None
    last: Proof | None = None
    contract: Proof | None = None
    paid: Proof | None = None
    received: Proof | None = None
    refunded: Proof | None = None

    @property
    def label(self) -> str:
        return str(self.code.label)


def day_of_facts(run: Refresh | None = None) -> dt.date:
    """The day as of which standings are computed: of the latest refresh, else of the last order, else today."""
    run = run or Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    return run.as_of if run else facts.last_day() or timezone.localdate()


def with_standing(customers: QuerySet[Customer], day: dt.date | None = None) -> QuerySet[Customer]:
    """Annotate customers with `standing_now`, a code of Standing, looked up for each row: for a page or a group.

    For a million at once use `portrait__standing`: the same rule as of the last refresh.
    """
    internal = When(internal=True, then=Value(Standing.INTERNAL))
    if_external = rule(day or day_of_facts(), timezone.localdate())
    return customers.annotate(standing_now=Case(internal, default=if_external, output_field=_TEXT))


def write_roles(day: dt.date, customers: Collection[int] | None = None) -> None:
    """Set the standing "payer only" or "recipient only" in portraits of prospects who paid for or received orders.

    The analysis of orders knows buyers only. `day`: orders up to it count; `customers`: ids, None for all.
    """
    prospects = Portrait.objects.filter(standing=Standing.PROSPECT)  # its key is that of the customer
    if customers is not None:
        prospects = prospects.filter(pk__in=customers)
    for standing, holds in _roles(day):
        prospects.filter(holds).update(standing=standing)


def of(customer: Customer, day: dt.date | None = None) -> ProvenStanding:
    """The standing of one customer with its proof."""
    today = timezone.localdate()
    (row,) = _PROOFS.ask(customer.pk, day or day_of_facts(), today)
    if_external, (first, last, contract, paid, *received) = Standing(row[0]), map(Proof.read, row[1:])
    proofs = {"first": first, "last": last, "contract": contract, "paid": paid}
    proofs["received"] = min(filter(None, received), key=lambda proof: (proof.day, proof.pk), default=None)
    if if_external not in (Standing.CUSTOMER, Standing.FORMER):
        proofs["refunded"] = Proof.read(_wholly_refunded(customer, today).values_list("proof", flat=True).first())
    return ProvenStanding(Standing.INTERNAL if customer.internal else if_external, if_external, **proofs)


def rule(day: dt.date, known: dt.date) -> Case:
    """The rule (docs/customers.md) as an SQL expression on customers, taking internal ones as external.

    `known`: orders dated up to it count. `day`: that of the portraits; contracts run or have ended, and a year is
    counted back, as of it. For buyers and contract holders `insight.portraits` gives the same standing.
    """
    bought = Order.objects.filter(buyer=OuterRef("pk")).kept(known)
    running = _contracts(day).filter(Q(last_day=None) | Q(last_day__gt=day))
    quiet = Q(portrait__stage=Stage.LOST) & ~Exists(bought.filter(placed_on__gte=day - FORMER_AFTER))
    cases: list[tuple[Standing, Any]] = [
        (Standing.CUSTOMER, Exists(running)),
        (Standing.FORMER, Exists(bought) & quiet),
        (Standing.CUSTOMER, Exists(bought)),
        (Standing.FORMER, Exists(_contracts(day))),
        *_roles(known),
    ]
    whens = [When(holds, then=Value(standing)) for standing, holds in cases]
    return Case(*whens, default=Value(Standing.PROSPECT), output_field=_TEXT)


def _roles(known: dt.date) -> list[tuple[Standing, Any]]:
    """(standing, condition) of those who neither bought nor hold a contract; the first that holds counts."""
    return [
        (Standing.PAYER, Exists(_paid(known))),
        (Standing.RECIPIENT, Exists(_received(known)) | Exists(_received_lines(known))),
    ]


_TEXT = CharField(max_length=12)


def _contracts(day: dt.date) -> QuerySet[Contract]:
    return Contract.objects.filter(customer=OuterRef("pk"), first_day__lte=day)


def _paid(known: dt.date) -> QuerySet[Order]:
    return Order.objects.filter(payer=OuterRef("pk")).exclude(buyer=F("payer")).kept(known)


def _received(known: dt.date) -> QuerySet[Order]:
    return Order.objects.filter(recipient=OuterRef("pk")).exclude(buyer=F("recipient")).kept(known)


def _received_lines(known: dt.date) -> QuerySet[Order]:
    return Order.objects.filter(lines__recipient=OuterRef("pk")).exclude(buyer=F("lines__recipient")).kept(known)


def _proofs(pk: int, day: dt.date, known: dt.date) -> QuerySet[Any, Any]:
    """The query of a standing and its proofs.

    In order: standing, first and last order bought, contract, first order paid for, received, received in part.
    """
    bought = Order.objects.filter(buyer=OuterRef("pk")).kept(known)
    contracts = _contracts(day).order_by(F("last_day").desc(nulls_first=True), "first_day", "pk")
    of_contract = JSONObject(pk="pk", number="reference", day="first_day", until="last_day")
    return Customer.objects.filter(pk=pk).values_list(
        rule(day, known),
        _one(bought.order_by("placed_on", "pk")),
        _one(bought.order_by("-placed_on", "-pk")),
        Subquery(contracts.values(proof=of_contract)[:1]),
        _one(_paid(known).order_by("placed_on", "pk")),
        _one(_received(known).order_by("placed_on", "pk")),
        _one(_received_lines(known).order_by("placed_on", "pk")),
    )


_PROOFS = PreparedQuery(_proofs)


def _wholly_refunded(customer: Customer, known: dt.date) -> QuerySet[Any]:
    """Orders of the customer that were refunded in full, with the day of the last refund, the earliest first."""
    refunds = Order.objects.filter(refund_of=OuterRef("pk"), currency=OuterRef("currency"), placed_on__lte=known)
    taken_back = Exists(refunded_in_full(known).filter(refund_of=OuterRef("pk")))
    return (
        customer.orders.filter(taken_back, placed_on__lte=known)
        .annotate(until=Subquery(refunds.order_by("-placed_on").values("placed_on")[:1]))
        .order_by("placed_on", "pk")
        .values(proof=JSONObject(pk="pk", number="number", day="placed_on", until="until"))
    )


def _one(orders: QuerySet[Order]) -> Subquery:
    return Subquery(orders.values(proof=JSONObject(pk="pk", number="number", day="placed_on", buyer="buyer_id"))[:1])
