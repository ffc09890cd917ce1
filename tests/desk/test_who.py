"""All that is short about a customer comes in one query."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import timezone

from habitue.customers import comparing, contacting, editing, relating
from habitue.customers.custom_fields import customising
from habitue.customers.models import Customer
from habitue.customers.tags import tagging
from habitue.events.undoing import undo
from habitue.purchases.models import Order, OrderLine
from habitue.reading.customer import overview
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
        found = overview.read(ada)
    assert [(row.a, row.b, row.c, row.d, row.flag, row.f) for row in found.contacts] == [
        ("email", "Ada@Example.com", "ada@example.com", "", 1, "bo"),
        ("phone", "06 12 34 56 78", "+33612345678", "work", 1, "bo"),
        ("phone", "4512", "4512", "", 0, "bo"),
    ]
    assert {kind: row.c for kind, row in found.reach.items()} == {"email": "ada@example.com", "phone": "+33612345678"}
    assert found.contacts[0].day == timezone.localdate()
    assert [(row.a, row.flag, row.c, row.day) for row in found.relations] == [
        ("carer", 1, "Bea", None),
        ("employer", 0, "Acme", date(2020, 1, 1)),
    ]
    assert [row.a for row in found.tags] == ["garden", "VIP"]
    assert [(row.a, row.b, row.c, row.number, row.day) for row in found.values] == [
        ("number", "Shoe size", "", Decimal("41.5"), None),
        ("day", "Met on", "", None, date(2024, 5, 3)),
        ("flag", "Wants news", "", Decimal(1), None),
        ("customer", "Adviser", "Bea", None, None),
    ]
    assert [(row.a, row.b, row.c, row.day) for row in found.comparisons] == [
        ("lost", "nearer", "Léon", date(2024, 5, 3))
    ]
    assert [(row.was, row.now, row.on) for row in found.stages] == [
        ("new", "settling", date(2017, 11, 30)),
        ("", "new", date(2017, 10, 31)),
    ]
    assert found.events[0].told == "Competitor considered: Léon"
    assert {row.c for row in found.events} == {"bo"}


def test_what_was_received_and_paid_is_told_with_its_buyer(ada):
    leo = factories.customer("Léo")
    Order.objects.filter(number__in=["1001", "1003"]).update(recipient=leo)
    OrderLine.objects.filter(order__number__in=["1002", "1003"]).update(recipient=leo)
    Order.objects.filter(number="1002").update(payer=leo)
    found = overview.read(leo)
    assert [(row.a, row.c, row.x) for row in found.received] == [
        (number, "Ada Bérenger", ada.pk) for number in ("1003", "1002", "1001")
    ]
    assert [row.a for row in found.paid] == ["1002"]
    assert overview.read(ada).received == []


def test_an_undoing_says_what_was_undone_and_marks_it(ada, bo):
    undo(editing.edit(ada, name="Eve", by=bo).event, bo)
    undoing, edit = overview.read(ada).events
    assert undoing.told == "Undone: Edited: name"
    assert (edit.told, edit.flag, undoing.flag) == ("Edited: name", 1, 0)


def test_somebody_of_whom_nothing_is_known_has_nothing(db):
    found = overview.read(factories.customer("Nobody"))
    assert not any(getattr(found, name) for name in found.__dataclass_fields__)
    assert found.reach == {}
