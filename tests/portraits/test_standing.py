"""Standing follows facts: one at a time, many at once, and in the portraits; each told with its proof."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.portraits import standing, standing_wording
from habitue.portraits.models import Portrait, Stage, Standing
from habitue.portraits.refreshing import refresh
from habitue.purchases.models import Contract, OrderLine
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = dt.date(2017, 12, 31)
OWN = ("nothing", "kept", "old", "back", "partly", "refunded")
CONTRACT = ("none", "running", "ended")
ROLES = ("none", "paid", "received", "line", "paid and received", "returned")
CASES = list(product(OWN, CONTRACT, ROLES, (False, True)))


def buys(customer: Customer, own: str) -> None:
    if own == "nothing":
        return
    if own == "back":
        factories.order(customer, dt.date(2015, 3, 1))
    bought = factories.order(customer, dt.date(2015, 3, 1) if own == "old" else dt.date(2017, 12, 1))
    if own in ("partly", "refunded"):
        back = -320 if own == "refunded" else -100
        factories.order(customer, dt.date(2017, 12, 9), [("Bread", "Bakery", -1, back)], refund_of=bought)


def holds(customer: Customer, contract: str) -> None:
    if contract != "none":
        last = dt.date(2017, 6, 1) if contract == "ended" else None
        terms = {"period_days": 30, "amount": 100, "currency": "EUR", "first_day": dt.date(2016, 1, 1)}
        Contract.objects.create(reference=f"K{customer.pk}", customer=customer, last_day=last, **terms)


def plays(customer: Customer, role: str, other: Customer) -> None:
    for one in {"paid and received": ("paid", "received")}.get(role, (role,)):
        if one == "none":
            continue
        order = factories.order(other, dt.date(2017, 12, 5))
        if one == "line":
            OrderLine.objects.filter(order=order).update(recipient=customer)
            continue
        if one == "returned":
            factories.order(other, dt.date(2017, 12, 7), [("Bread", "Bakery", -1, -320)], refund_of=order)
        setattr(order, "payer" if one == "paid" else "recipient", customer)
        order.save(update_fields=["payer", "recipient"])


def expected(own: str, contract: str, role: str) -> Standing:
    """In the words of the rule, apart from the code."""
    if contract == "running" or own in ("kept", "back", "partly"):
        return Standing.CUSTOMER
    if own == "old" or contract == "ended":
        return Standing.FORMER
    if role in ("paid", "paid and received"):
        return Standing.PAYER
    return Standing.RECIPIENT if role in ("received", "line") else Standing.PROSPECT


@pytest.fixture
def everybody() -> dict[int, tuple[str, str, str, bool]]:
    other, cases = factories.customer("Somebody else"), {}
    for own, contract, role, internal in CASES:
        customer = factories.customer(f"{own}, {contract}, {role}, {internal}", internal=internal)
        buys(customer, own)
        holds(customer, contract)
        plays(customer, role, other)
        cases[customer.pk] = (own, contract, role, internal)
        if own in ("old", "back"):  # the latest refresh knew of no purchase since
            factories.portrait(customer, stage=Stage.LOST, last_day=dt.date(2015, 3, 1))
    return cases


def test_one_and_many_say_the_same_of_every_combination(everybody):
    many = dict(standing.with_standing(Customer.objects.all(), TODAY).values_list("pk", "standing_now"))
    assert len(everybody) == 216
    for customer in Customer.objects.filter(pk__in=everybody):
        own, contract, role, internal = everybody[customer.pk]
        proven = standing.of(customer, TODAY)
        assert proven.if_external == expected(own, contract, role), customer.name
        assert proven.code == (Standing.INTERNAL if internal else proven.if_external), customer.name
        assert many[customer.pk] == proven.code, customer.name


def test_the_portraits_say_the_same_and_tell_nothing_of_who_is_internal(everybody):
    Portrait.objects.all().delete()
    run = refresh()
    now = dict(standing.with_standing(Customer.objects.all(), run.as_of).values_list("pk", "standing_now"))
    stored = dict(Portrait.objects.values_list("customer_id", "standing"))
    external = {pk for pk, (_own, _contract, _role, internal) in everybody.items() if not internal}
    assert stored.keys() & everybody.keys() == external
    assert {pk: stored[pk] for pk in external} == {pk: now[pk] for pk in external}
    assert set(stored.values()) == set(Standing.values) - {"internal"}


def test_one_customer_takes_one_query(django_assert_num_queries):
    ada = Customer.objects.select_related("portrait").get(pk=factories.ada().pk)
    with django_assert_num_queries(1):
        proven = standing.of(ada, TODAY)
    assert proven.first
    assert proven.last
    assert (proven.first.number, proven.first.day) == ("1001", dt.date(2017, 10, 2))
    assert (proven.last.number, proven.last.day) == ("1003", dt.date(2017, 12, 1))


def test_an_order_refunded_in_full_makes_nobody_a_customer_and_is_the_proof():
    ada, first = factories.customer("Ada"), dt.date(2017, 5, 3)
    order = factories.order(ada, first, number="7")
    factories.order(ada, dt.date(2017, 5, 5), [("Bread", "Bakery", -1, -320)], refund_of=order)
    proven = standing.of(ada, TODAY)
    assert proven.code == Standing.PROSPECT
    assert proven.refunded
    assert (proven.refunded.number, proven.refunded.day, proven.refunded.until) == ("7", first, dt.date(2017, 5, 5))


def test_what_came_for_nothing_was_handed_over_all_the_same():
    ada = factories.customer("Ada")
    factories.order(ada, dt.date(2017, 5, 3), [("Bread", "Bakery", 1, 0)])
    assert standing.of(ada, TODAY).code == Standing.CUSTOMER


def test_an_order_of_a_day_to_come_proves_nothing_yet():
    ada = factories.customer("Ada")
    factories.order(ada, timezone.localdate() + dt.timedelta(days=3))
    assert standing.of(ada, TODAY).code == Standing.PROSPECT
    assert standing.with_standing(Customer.objects.all(), TODAY).get().standing_now == Standing.PROSPECT


def test_the_day_is_that_of_the_portraits_or_of_the_last_order():
    assert standing.day_of_facts() == timezone.localdate()
    factories.ada()
    assert standing.day_of_facts() == dt.date(2017, 12, 1)
    factories.refresh()
    assert standing.day_of_facts() == factories.AS_OF


def said(customer: Customer) -> str:
    proven = standing.of(customer, TODAY)
    reason = standing_wording.reason(proven)
    return f"{standing_wording.headline(proven)} | {reason.facts} {reason.rule}".replace("\u00a0", " ")


def test_a_customer_is_told_with_the_first_and_the_last_order():
    assert said(factories.ada()) == (
        "Customer since 2 October 2017 | First purchase on 2 October 2017 (order 1001). Last purchase on 1 December "
        "2017 (order 1003). A purchase that was not refunded in full makes a customer; nobody types it in."
    )


def test_who_only_received_is_not_prospected_and_reads_why():
    leo, ada = factories.customer("Léo"), factories.ada()
    ada.orders.filter(number="1002").update(recipient=leo)
    assert said(leo) == (
        "Received, never bought | No purchase so far. Received from order 1002 of 3 November 2017, which somebody else "
        "placed. Who only receives is not a customer and not a prospect either: they asked us for nothing. No offers "
        "to them without a consent of their own. A purchase of their own makes a customer."
    )


def test_who_only_paid_is_told_for_which_order():
    aunt, ada = factories.customer("Aunt"), factories.ada()
    ada.orders.filter(number="1002").update(payer=aunt)
    assert said(aunt).startswith(
        "Paid for others, never bought | No purchase so far. Paid for order 1002 of 3 November 2017"
    )


def test_a_colleague_is_internal_and_reads_what_they_would_be():
    ada = factories.ada(internal=True)
    assert said(ada).startswith("Internal: served like anybody, never revenue | First purchase on 2 October 2017")
    assert said(ada).endswith("If they were not internal: customer.")


def test_whose_only_order_was_refunded_never_became_a_customer():
    ada = factories.customer("Ada")
    order = factories.order(ada, dt.date(2017, 5, 3), number="7")
    factories.order(ada, dt.date(2017, 5, 5), [("Bread", "Bakery", -1, -320)], refund_of=order)
    assert said(ada) == (
        "Not a customer yet | Order 7 of 3 May 2017 was refunded in full by 5 May 2017, and nothing else was kept. "
        "They never became a customer: a purchase that was refunded in full does not count."
    )
