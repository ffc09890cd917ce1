"""Whatever is done to a base in whatever order: no order is lost, sums stay, standing follows facts, undo is exact."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as habitue
from django.db import transaction
from django.db.models import ForeignObjectRel, Sum
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from habitue.customers import contacting, editing, relating
from habitue.customers.merging import merging
from habitue.customers.models import Customer
from habitue.customers.tags import tagging
from habitue.events.models import Change, Event, EventSubject
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.kernel.errors import HabitueError
from habitue.portraits.models import Standing
from habitue.portraits.standing import with_standing
from habitue.purchases.models import Order
from tests.sampling import sampled

DAY = dt.date(2024, 12, 31)
NAMES = st.sampled_from(["Ada Bérenger", "Jean-Loup d'Aubigné", "Bo", "Éloïse Roux", "Maison Roux"])
WHICH = st.integers(0, 10**6)
REFERENCES = st.sampled_from([f"R{number}" for number in range(6)])
CENTS = st.integers(1, 5_000)


@dataclass
class Done:
    event: Event
    before: str
    after: str
    orders: tuple[str, ...] = ()


def state() -> str:
    """A hash over every table of facts: all but what tells of changes, and what is derived."""
    digest = sha256()
    for name in ("customers", "purchases"):
        for model in apps.get_app_config(name).get_models():
            if model in (Event, EventSubject, Change) or getattr(model, "recomputed", False):
                continue
            names = [column.attname for column in model._meta.concrete_fields]
            for row in model._default_manager.order_by("pk").values_list(*names):
                digest.update(repr((model.__name__, row)).encode())
    return digest.hexdigest()


def canonical(customer: Customer) -> Customer:
    return canonical(customer.merged_into) if customer.merged_into else customer


class Base(RuleBasedStateMachine):
    """`amounts` and `owners` are what the orders must be: cents by number, and for whom each came in."""

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.done: list[Done] = []
        self.amounts: dict[str, int] = {}
        self.owners: dict[str, int] = {}
        self.files = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def does(self, verb: Any, orders: tuple[str, ...] = ()) -> Any:
        """A verb that is refused leaves everything as it was; one that is done can be undone."""
        before, last = state(), Event.objects.order_by("pk").last()
        try:
            result = verb()
        except HabitueError:
            assert state() == before
            return None
        events = Event.objects.filter(pk__gt=last.pk if last else 0, changes__isnull=False).distinct()
        assert events.count() <= 1, "one verb, one event"
        if event := events.first():
            self.done.append(Done(event, before, state(), orders))
        else:
            assert state() == before, "changed without an event"
        return result

    def customer(self, which: int) -> Customer:
        pks = list(Customer.objects.unmerged().order_by("pk").values_list("pk", flat=True))
        return Customer.objects.get(pk=pks[which % len(pks)])

    def some_stand(self) -> bool:
        return Customer.objects.exists()

    def bring_in(self, kind: str, headings: str, lines: list[str], orders: tuple[str, ...] = ()) -> Any:
        self.files += 1
        path = Path(habitue.HOME) / f"{kind}-{self.files}.csv"
        path.write_text("\n".join([headings, *lines]) + "\n")
        return self.does(lambda: run(kind, path), orders)

    @rule(name=NAMES, internal=st.booleans())
    def create(self, name: str, internal: bool) -> None:
        self.does(lambda: editing.create(name=name, internal=internal))

    @precondition(some_stand)
    @rule(which=WHICH, name=NAMES, internal=st.booleans())
    def edit(self, which: int, name: str, internal: bool) -> None:
        self.does(lambda: editing.edit(self.customer(which), name=name, internal=internal))

    @precondition(some_stand)
    @rule(which=WHICH, other=WHICH, end=st.sampled_from([code for code, _words in relating.ends()]))
    def relate(self, which: int, other: int, end: str) -> None:
        self.does(lambda: relating.add(self.customer(which), end, self.customer(other)))

    @precondition(some_stand)
    @rule(which=WHICH, name=st.sampled_from(["VIP", "vip", "Marché"]))
    def tag(self, which: int, name: str) -> None:
        self.does(lambda: tagging.put(self.customer(which), name))

    @precondition(some_stand)
    @rule(which=WHICH, typed=st.sampled_from(["06 12 34 56 78", "+33612345678", "01 02 03 04 05"]))
    def telephone(self, which: int, typed: str) -> None:
        self.does(lambda: contacting.add(self.customer(which), "phone", typed))

    @rule(buyer=REFERENCES, payer=REFERENCES, recipient=REFERENCES, cents=st.lists(CENTS, min_size=1, max_size=3))
    def order(self, buyer: str, payer: str, recipient: str, cents: list[int]) -> None:
        numbers = tuple(f"{self.files}-{at}" for at in range(len(cents)))
        lines = [
            f"{number},{buyer},{payer},{recipient},2024-0{at + 1}-05,bread,1,{amount / 100:.2f},EUR,"
            for at, (number, amount) in enumerate(zip(numbers, cents, strict=True))
        ]
        heading = "order,customer,payer,recipient,date,product,quantity,amount,currency,refund of"
        if self.bring_in("orders", heading, lines, numbers):
            self.learn(dict(zip(numbers, cents, strict=True)))

    def open_orders(self) -> list[Order]:
        return list(Order.objects.filter(refund_of=None, refunds=None).order_by("pk"))

    @precondition(lambda self: self.open_orders())
    @rule(which=WHICH, whole=st.booleans())
    def refund(self, which: int, whole: bool) -> None:
        orders = self.open_orders()
        of = orders[which % len(orders)]
        cents = of.amount if whole else min(of.amount, 1)
        number = f"{self.files}-back"
        line = f"{number},{of.buyer.reference},2024-11-05,bread,-1,-{cents / 100:.2f},EUR,{of.number}"
        if self.bring_in("orders", "order,customer,date,product,quantity,amount,currency,refund of", [line], (number,)):
            self.learn({number: -cents})

    def learn(self, amounts: dict[str, int]) -> None:
        """What was brought in without being refused."""
        for order in Order.objects.filter(number__in=amounts):
            self.amounts[order.number] = amounts[order.number]
            self.owners[order.number] = order.buyer_id

    @rule(references=st.lists(REFERENCES, min_size=1, max_size=3, unique=True), name=NAMES, tag=st.booleans())
    def bring_in_customers(self, references: list[str], name: str, tag: bool) -> None:
        lines = [f"{reference},{name},0612345{reference[1:]}78,{'VIP' if tag else ''}" for reference in references]
        self.bring_in("customers", "reference,name,phone,tags", lines)

    def two_stand(self) -> bool:
        return Customer.objects.unmerged().count() > 1

    @precondition(two_stand)
    @rule(kept=WHICH, other=WHICH)
    def merge(self, kept: int, other: int) -> None:
        self.does(lambda: merging.merge(self.customer(kept), [self.customer(other)], {}))

    @precondition(two_stand)
    @rule(kept=WHICH, others=st.lists(WHICH, min_size=1, max_size=3))
    def merge_several_with_the_name_of_one(self, kept: int, others: list[int]) -> None:
        rows = [self.customer(which) for which in others]
        self.does(lambda: merging.merge(self.customer(kept), rows, {"name": rows[0].pk}))

    @precondition(lambda self: self.done)
    @rule(which=st.one_of(st.just(0), WHICH))
    def undo(self, which: int) -> None:
        """Mostly the last; exact where nothing was done since, and never lossy where something was."""
        at = len(self.done) - 1 - which % len(self.done)
        done, before = self.done[at], state()
        try:
            undone = undo(done.event)
        except HabitueError:
            assert state() == before
            assert before != done.after or at != len(self.done) - 1, "what was done last can be undone"
            return
        del self.done[at]
        if before == done.after:
            assert state() == done.before, "undo is exact"
            assert not undone.kept
        stayed = set(Order.objects.filter(number__in=done.orders).values_list("number", flat=True))
        kept = {one.pk for one in undone.kept if one.model == "purchases.order"}
        assert {order.pk for order in Order.objects.filter(number__in=stayed)} <= kept, "stays without being told"
        for number in set(done.orders) - stayed:
            self.amounts.pop(number, None)
            self.owners.pop(number, None)

    @invariant()
    def no_order_is_lost_and_sums_are_equal(self) -> None:
        if hasattr(self, "amounts"):
            assert dict(Order.objects.values_list("number", "amount")) == self.amounts
            sums = dict(Customer.objects.unmerged().values_list("pk").annotate(sum=Sum("orders__amount")))
            assert sum(filter(None, sums.values())) == sum(self.amounts.values())

    @invariant()
    def every_order_is_where_its_buyer_stands(self) -> None:
        if hasattr(self, "owners"):
            rows = Customer.objects.in_bulk(self.owners.values())
            for number, buyer in Order.objects.values_list("number", "buyer_id"):
                assert canonical(rows[self.owners[number]]).pk == buyer

    @invariant()
    def nothing_hangs_on_who_is_merged(self) -> None:
        if hasattr(self, "owners"):
            for relation in Customer._meta.get_fields(include_hidden=True):
                if isinstance(relation, ForeignObjectRel) and relation.field.concrete:
                    gone = {f"{relation.field.name}__merged_into__isnull": False}
                    assert not relation.related_model._default_manager.filter(**gone).exists(), relation.field

    @invariant()
    def standing_follows_facts(self) -> None:
        if hasattr(self, "amounts"):
            by_query = dict(with_standing(Customer.objects.unmerged(), DAY).values_list("pk", "standing_now"))
            assert by_query == standings()


def standings() -> dict[int, str]:
    """The rule said plainly, on the rows themselves."""
    orders = list(Order.objects.all())
    back: dict[int, list[int]] = {}
    for order in orders:
        if order.refund_of_id:
            back.setdefault(order.refund_of_id, []).append(order.amount)
    purchases = [order for order in orders if not order.refund_of_id]
    kept = [order for order in purchases if order.pk not in back or order.amount + sum(back[order.pk]) > 0]
    roles = {
        Standing.CUSTOMER: {order.buyer_id for order in kept},
        Standing.PAYER: {order.payer_id for order in kept if order.payer_id != order.buyer_id},
        Standing.RECIPIENT: {order.recipient_id for order in kept if order.recipient_id != order.buyer_id},
        Standing.PROSPECT: set(Customer.objects.values_list("pk", flat=True)),
    }
    rows = Customer.objects.unmerged()
    return {
        row.pk: Standing.INTERNAL if row.internal else next(role for role, pks in roles.items() if row.pk in pks)
        for row in rows
    }


@pytest.mark.django_db
def test_a_base_stays_whole_whatever_is_done_to_it():
    run_state_machine_as_test(
        Base,
        settings=sampled(6, stateful_step_count=50, phases=(Phase.explicit, Phase.generate)),
    )
