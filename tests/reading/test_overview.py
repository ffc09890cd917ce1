"""All that is short about a customer comes in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from habitue.customers import comparing, contacting, editing, relating
from habitue.customers.custom_fields import customising
from habitue.customers.models import Customer
from habitue.customers.tags import tagging
from habitue.events.undoing import undo
from habitue.purchases.models import Order, OrderLine
from habitue.reading.customer import overview
from habitue.reading.customer.union import Union
from tests import factories


def full(ada: Customer, by) -> None:
    acme = factories.customer("Acme", "ACME", kind="organisation")
    bea = factories.customer("Bea", "B-1")
    contacting.add(ada, "email", "Ada@Example.com", by=by)
    contacting.add(ada, "phone", "06 12 34 56 78", label="work", by=by)
    contacting.add(ada, "phone", "4512", as_it_is=True, by=by)
    relating.add(ada, "employer", acme, first_day=date(2020, 1, 1), by=by)
    relating.add(bea, "carer", ada, by=by)
    tagging.put(ada, "VIP", by=by)
    tagging.put(ada, "garden", by=by)
    fields = [
        customising.declare("Shoe size", "number").row,
        customising.declare("Met on", "day").row,
        customising.declare("Wants news", "flag").row,
        customising.declare("Adviser", "customer").row,
    ]
    typed = dict(zip(fields, ["41,5", "2024-05-03", "yes", "B-1"], strict=True))
    customising.set_values(ada, typed, by=by)
    comparing.add(ada, "Léon", outcome="lost", reason="nearer", on=date(2024, 5, 3), by=by)


def test_everything_comes_in_one_query(ada, bo, django_assert_num_queries):
    full(ada, bo)
    with django_assert_num_queries(1):
        shown = overview.read(ada)
    assert [(row.kind, row.typed, row.value, row.label, row.valid, row.source_by) for row in shown.contacts] == [
        ("email", "Ada@Example.com", "ada@example.com", "", True, "bo"),
        ("phone", "06 12 34 56 78", "+33612345678", "work", True, "bo"),
        ("phone", "4512", "4512", "", False, "bo"),
    ]
    reach = {kind: row.value for kind, row in shown.reach.items()}
    assert reach == {"email": "ada@example.com", "phone": "+33612345678"}
    assert shown.contacts[0].since == timezone.localdate()
    assert [(row.kind, row.backward, row.other_name, row.first_day) for row in shown.relations] == [
        ("carer", True, "Bea", None),
        ("employer", False, "Acme", date(2020, 1, 1)),
    ]
    assert [row.name for row in shown.tags] == ["garden", "VIP"]
    assert [(row.type, row.label, row.text, row.number, row.day) for row in shown.values] == [
        ("number", "Shoe size", "", Decimal("41.5"), None),
        ("day", "Met on", "", None, date(2024, 5, 3)),
        ("flag", "Wants news", "", Decimal(1), None),
        ("customer", "Adviser", "Bea", None, None),
    ]
    assert [(row.outcome, row.reason, row.competitor, row.day) for row in shown.comparisons] == [
        ("lost", "nearer", "Léon", date(2024, 5, 3))
    ]
    assert [(row.was, row.now, row.day) for row in shown.transitions] == [
        ("new", "settling", date(2017, 11, 30)),
        ("", "new", date(2017, 10, 31)),
    ]
    assert shown.events[0].words == "Competitor considered: Léon"
    assert {row.by for row in shown.events} == {"bo"}


def test_what_was_received_and_paid_is_shown_with_its_buyer(ada):
    leo = factories.customer("Léo")
    Order.objects.filter(number__in=["1001", "1003"]).update(recipient=leo)
    OrderLine.objects.filter(order__number__in=["1002", "1003"]).update(recipient=leo)
    Order.objects.filter(number="1002").update(payer=leo)
    shown = overview.read(leo)
    assert [(row.number, row.buyer_name, row.buyer_pk) for row in shown.received] == [
        (number, "Ada Bérenger", ada.pk) for number in ("1003", "1002", "1001")
    ]
    assert [row.number for row in shown.paid] == ["1002"]
    assert overview.read(ada).received == []


def test_an_undoing_says_what_was_undone_and_marks_it(ada, bo):
    undo(editing.edit(ada, name="Eve", by=bo).event, bo)
    undoing, edit = overview.read(ada).events
    assert undoing.words == "Undone: Edited: name"
    assert (edit.words, edit.undone, undoing.undone) == ("Edited: name", True, False)


def test_somebody_of_whom_nothing_is_known_has_nothing(db):
    shown = overview.read(factories.customer("Nobody"))
    assert not any(getattr(shown, name) for name in shown.__dataclass_fields__)
    assert shown.reach == {}


@dataclass(frozen=True)
class Toy:
    pk: int
    name: str
    weight: Decimal | None


def test_a_part_of_a_union_fills_each_field_of_its_row_type_and_no_other(ada):
    union = Union({"toy": Toy})
    part = union.part("toy", Customer.objects.filter(pk=ada.pk), pk="pk", name="name", weight=None)
    assert union.read(union.compose([part])) == {"toy": [Toy(ada.pk, "Ada Bérenger", None)]}
    with pytest.raises(TypeError, match="weight"):
        union.part("toy", Customer.objects.all(), pk="pk", name="name")
    with pytest.raises(TypeError, match="colour"):
        union.part("toy", Customer.objects.all(), pk="pk", name="name", weight=None, colour="name")
