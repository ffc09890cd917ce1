"""What somebody is to us, live from facts: for one customer with its proof, for many as an expression.

Whoever bought something and kept it, or holds a contract, is a customer; who has stopped, a former one. Who only
received what others bought, or only paid for it, is no customer and not a plain prospect either. Colleagues and other
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
    """An order or a contract, and its day; of an order that somebody else placed, who that was."""

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
    """A standing and what it rests on; `if_external` is what somebody internal would be if they were not."""

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
    """The day as of which a standing is told: that of the portraits, or of the last order where there are none yet."""
    run = run or Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    return run.as_of if run else facts.last_day() or timezone.localdate()


def with_standing(customers: QuerySet[Customer], day: dt.date | None = None) -> QuerySet[Customer]:
    """Annotates `standing_now`, a code of Standing. It looks at orders for each row: good for a page or a group.

    For a million at once there is `portrait__standing`: the same rule, as of the last refresh.
    """
    internal = When(internal=True, then=Value(Standing.INTERNAL))
    if_external = rule(day or day_of_facts(), timezone.localdate())
    return customers.annotate(standing_now=Case(internal, default=if_external, output_field=_TEXT))


def write_roles(day: dt.date, customers: Collection[int] | None = None) -> None:
    """Update the portraits of those whom the analysis of orders calls prospects and who paid or received by a day.

    `customers`: their ids; None: of everybody.
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
    """The rule (docs/customers.md) as an expression on customers, internal ones as if they were not.

    `known`: orders dated up to it count. `day`: that of the portraits, whose stage is read; contracts run or have ended
    and a year is counted back as of it. Of who has bought or holds a contract the portraits of a refresh say the same,
    from `insight.portraits`.
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
    """Of those who neither bought nor hold a contract: the first that holds."""
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
    """The standing; the first and the last order that they bought, a contract, the first order that they paid, that was
    for them, in part too."""
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
    """The first order of theirs that counts for nothing, with the day of its last refund."""
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
