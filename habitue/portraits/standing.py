"""What somebody is to us, live from facts: for one customer with its proof, for many as an expression.

Whoever bought something and kept it, or holds a contract, is a customer; who has stopped, a former one. Who only
received what others bought, or only paid for it, is no customer and not a plain prospect either. Colleagues and other
departments are internal, whatever they bought. Nobody types a standing in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import JSONObject
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.kernel.database.prepared import PreparedQuery
from habitue.portraits import facts
from habitue.portraits.models import Portrait, Refresh, Stage, Standing
from habitue.purchases.models import Contract, Order

FORMER_AFTER = dt.timedelta(days=365)  # as in `insight.portraits`


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
class Found:
    """A standing and what it rests on; `apart` is what somebody internal would be if they were not."""

    code: Standing
    apart: Standing
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
    day = day or day_of_facts()
    return customers.annotate(
        standing_now=Case(When(internal=True, then=Value(Standing.INTERNAL)), default=_apart(day), output_field=_TEXT)
    )


def write_roles() -> None:
    """What the analysis of orders does not tell: of those whom it calls prospects, who paid or received."""
    asked = Portrait.objects.filter(standing=Standing.PROSPECT)  # its key is that of the customer
    asked.filter(Exists(_paid())).update(standing=Standing.PAYER)
    asked.filter(Exists(_received()) | Exists(_received_lines())).update(standing=Standing.RECIPIENT)


def of(customer: Customer, day: dt.date | None = None) -> Found:
    """The standing of one customer with its proof."""
    day = day or day_of_facts()
    (row,) = _PROOFS.ask(customer.pk, day, timezone.localdate())
    first, last, contract, paid, *received = map(Proof.read, row)
    proofs = {"first": first, "last": last, "contract": contract, "paid": paid}
    proofs["received"] = min(filter(None, received), key=lambda proof: (proof.day, proof.pk), default=None)
    apart = _decide(proofs, day, lost=_stage(customer) == Stage.LOST)
    if apart not in (Standing.CUSTOMER, Standing.FORMER):
        proofs["refunded"] = Proof.read(_wholly_refunded(customer).values_list("proof", flat=True).first())
    return Found(Standing.INTERNAL if customer.internal else apart, apart, **proofs)


def kept(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The purchases among them of which something was kept, as `insight.purchases` counts them."""
    return _netted(orders).filter(Q(given_back=None) | Q(amount__gt=-F("given_back")))


_TEXT = CharField(max_length=12)


def _decide(proofs: dict[str, Proof | None], day: dt.date, lost: bool) -> Standing:
    contract, last = proofs["contract"], proofs["last"]
    if contract and (contract.until is None or contract.until > day):
        return Standing.CUSTOMER
    if last:
        return Standing.FORMER if lost and last.day < day - FORMER_AFTER else Standing.CUSTOMER
    if contract:
        return Standing.FORMER
    if proofs["paid"]:
        return Standing.PAYER
    return Standing.RECIPIENT if proofs["received"] else Standing.PROSPECT


def _apart(day: dt.date) -> Case:
    """What `_decide` says, said to the database."""
    bought = kept(Order.objects.filter(buyer=OuterRef("pk")))
    running = _contracts(day).filter(Q(last_day=None) | Q(last_day__gt=day))
    quiet = Q(portrait__stage=Stage.LOST) & ~Exists(bought.filter(placed_on__gte=day - FORMER_AFTER))
    return Case(
        When(Exists(running), then=Value(Standing.CUSTOMER)),
        When(Exists(bought) & quiet, then=Value(Standing.FORMER)),
        When(Exists(bought), then=Value(Standing.CUSTOMER)),
        When(Exists(_contracts(day)), then=Value(Standing.FORMER)),
        When(Exists(_paid()), then=Value(Standing.PAYER)),
        When(Exists(_received()) | Exists(_received_lines()), then=Value(Standing.RECIPIENT)),
        default=Value(Standing.PROSPECT),
        output_field=_TEXT,
    )


def _contracts(day: dt.date) -> QuerySet[Contract]:
    return Contract.objects.filter(customer=OuterRef("pk"), first_day__lte=day)


def _paid() -> QuerySet[Order]:
    return kept(Order.objects.filter(payer=OuterRef("pk")).exclude(buyer=F("payer")))


def _received() -> QuerySet[Order]:
    return kept(Order.objects.filter(recipient=OuterRef("pk")).exclude(buyer=F("recipient")))


def _received_lines() -> QuerySet[Order]:
    return kept(Order.objects.filter(lines__recipient=OuterRef("pk")).exclude(buyer=F("lines__recipient")))


def _netted(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Purchases up to today (a day to come is a slip of the pen) with what was given back of each, if anything was."""
    today = timezone.localdate()
    refunds = Order.objects.filter(refund_of=OuterRef("pk"), currency=OuterRef("currency"), placed_on__lte=today)
    given_back = refunds.order_by().values("refund_of").annotate(sum=Sum("amount")).values("sum")
    return orders.filter(refund_of=None, placed_on__lte=today).annotate(given_back=Subquery(given_back))


def _proofs(pk: int, day: dt.date, today: dt.date) -> QuerySet[Any, Any]:
    """The first and the last that they bought, a contract, the first that they paid, that was for them, in part too.
    What counts is bounded by `today`, which `_netted` reads."""
    bought = kept(Order.objects.filter(buyer=OuterRef("pk")))
    contracts = _contracts(day).order_by(F("last_day").desc(nulls_first=True), "first_day", "pk")
    of_contract = JSONObject(pk="pk", number="reference", day="first_day", until="last_day")
    return Customer.objects.filter(pk=pk).values_list(
        _one(bought.order_by("placed_on", "pk")),
        _one(bought.order_by("-placed_on", "-pk")),
        Subquery(contracts.values(proof=of_contract)[:1]),
        _one(_paid().order_by("placed_on", "pk")),
        _one(_received().order_by("placed_on", "pk")),
        _one(_received_lines().order_by("placed_on", "pk")),
    )


_PROOFS = PreparedQuery(_proofs)


def _wholly_refunded(customer: Customer) -> QuerySet[Any]:
    """The first order of theirs that counts for nothing, with the day of its last refund."""
    last = Order.objects.filter(refund_of=OuterRef("pk")).order_by("-placed_on").values("placed_on")[:1]
    orders = _netted(Order.objects.filter(buyer=customer)).filter(amount__lte=-F("given_back"))
    return (
        orders.annotate(until=Subquery(last))
        .order_by("placed_on", "pk")
        .values(proof=JSONObject(pk="pk", number="number", day="placed_on", until="until"))
    )


def _one(orders: QuerySet[Order]) -> Subquery:
    return Subquery(orders.values(proof=JSONObject(pk="pk", number="number", day="placed_on", buyer="buyer_id"))[:1])


def _stage(row: Any) -> str:
    portrait = getattr(row, "portrait", None)
    return portrait.stage if portrait else ""
