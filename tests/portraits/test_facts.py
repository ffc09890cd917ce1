from __future__ import annotations

import datetime as dt
import os

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from habitue import insight
from habitue.customers.models import Customer
from habitue.portraits import facts
from habitue.purchases.models import Contract, Order, OrderLine, Product, Promotion

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


@pytest.fixture
def ada() -> Customer:
    return Customer.objects.create(reference="ada", name="Ada Lovelace")


def buys(buyer: Customer, on: dt.date, amount: int = 1000, **more) -> Order:
    values = {"gross": amount, "paid": amount, "line_count": 1, "currency": "EUR", "fingerprint": "-"} | more
    at = dt.datetime.combine(on, dt.time(12), dt.UTC)
    number = str(Order.objects.count() + 1)
    return Order.objects.create(number=number, buyer=buyer, placed_on=on, placed_at=at, amount=amount, **values)


def orders(month: dt.date) -> list[dict]:
    return pq.read_table(facts.partition(month)).to_pylist()


def test_orders_are_copied_by_month_without_names(ada):
    first = buys(ada, dt.date(2026, 1, 31), 1234)
    refund = buys(ada, FEBRUARY, -1234, refund_of=first)
    facts.copy()
    kept = {"customer_id": ada.id, "currency": "EUR"}
    assert orders(JANUARY) == [kept | {"order_id": first.id, "day": 20484, "amount": 1234, "refund_of": None}]
    assert orders(FEBRUARY) == [kept | {"order_id": refund.id, "day": 20485, "amount": -1234, "refund_of": first.id}]
    assert all(b"Lovelace" not in path.read_bytes() for path in facts.folder().rglob("*.parquet"))


def lines(month: dt.date) -> list[dict]:
    return pq.read_table(facts.partition(month, "lines")).to_pylist()


def adds_line(order: Order, product: Product, position: int = 1, **more) -> None:
    values = {"quantity": 1000, "gross": 500, "amount": 450, "paid": 400} | more
    OrderLine.objects.create(order=order, product=product, position=position, **values)


def test_lines_are_copied_with_the_buyer_the_day_and_the_currency_of_their_order(ada):
    bread = Product.objects.create(reference="bread", family="Bakery")
    order = buys(ada, dt.date(2026, 1, 31), 900, currency="CHF")
    adds_line(order, bread)
    adds_line(order, bread, 2, quantity=1250, gross=-1, amount=-2, paid=-3)
    adds_line(buys(ada, FEBRUARY), bread)
    facts.copy()
    line = {"order_id": order.id, "customer_id": ada.id, "day": 20484, "product_id": bread.id, "currency": "CHF"}
    assert lines(JANUARY) == [
        line | {"quantity": 1000, "gross": 500, "amount": 450, "paid": 400},
        line | {"quantity": 1250, "gross": -1, "amount": -2, "paid": -3},
    ]
    assert len(lines(FEBRUARY)) == 1


def test_months_without_an_order_and_orders_without_a_line_have_empty_parts(ada):
    buys(ada, JANUARY)
    buys(ada, dt.date(2026, 3, 1))
    assert list(facts.copy()) == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert orders(FEBRUARY) == lines(FEBRUARY) == lines(JANUARY) == []
    facts.partition(FEBRUARY, "lines").unlink()
    facts.copy()
    assert lines(FEBRUARY) == []


def test_products_promotions_and_contracts_are_facts_too(ada):
    bread = Product.objects.create(reference="bread", family="Bakery")
    water = Product.objects.create(reference="water")
    week = {"first_day": JANUARY, "last_day": dt.date(2026, 1, 7)}
    offers = [
        Promotion.objects.create(reference="P1", product=bread, kind="discount", **week),
        Promotion.objects.create(reference="P2", family='Milk, "fresh"\n& more', **week),
    ]
    terms = {"customer": ada, "plan": "gold", "first_day": JANUARY, "period_days": 30, "amount": 990, "currency": "EUR"}
    running = Contract.objects.create(reference="K1", **terms)
    ended = Contract.objects.create(reference="K2", last_day=FEBRUARY, **terms)
    facts.copy()

    assert fact_rows("products") == [
        {"product_id": bread.id, "family": "Bakery"},
        {"product_id": water.id, "family": None},
    ]
    days = {"first_day": 20454, "last_day": 20460}
    assert fact_rows("promotions") == [
        {"promotion_id": offers[0].id, "product_id": bread.id, "family": None, "kind": "discount"} | days,
        {"promotion_id": offers[1].id, "product_id": None, "family": 'Milk, "fresh"\n& more', "kind": ""} | days,
    ]
    kept = {"customer_id": ada.id, "plan": "gold", "first_day": 20454, "period_days": 30, "amount": 990}
    assert fact_rows("contracts") == [
        kept | {"contract_id": running.id, "last_day": None, "currency": "EUR"},
        kept | {"contract_id": ended.id, "last_day": 20485, "currency": "EUR"},
    ]


def test_the_files_are_what_the_contract_of_the_analysis_says(ada):
    adds_line(buys(ada, JANUARY), Product.objects.create(reference="bread"))
    facts.copy()
    known = insight.open_facts(facts.folder())
    for name, schema in facts.SCHEMAS.items():
        assert getattr(known, name).collect_schema().names() == schema.names, name


def test_days_before_1970_and_moments_near_midnight_are_counted_as_the_calendar_does(ada):
    buys(ada, dt.date(1969, 12, 31))
    Customer.objects.filter(id=ada.id).update(created_at=dt.datetime(2026, 1, 31, 23, 59, 59, 999_999, dt.UTC))
    facts.copy()
    assert orders(dt.date(1969, 12, 1))[0]["day"] == -1
    (customer,) = pq.read_table(facts.folder() / "customers" / "part.parquet").to_pylist()
    assert customer == {"customer_id": ada.id, "created_day": 20484}


def test_a_slip_of_the_pen_into_another_century_does_not_open_a_thousand_files_at_once(ada, monkeypatch):
    monkeypatch.setattr(facts, "MONTHS_AT_ONCE", 5)
    buys(ada, dt.date(2024, 6, 30))
    buys(ada, JANUARY)
    assert len(facts.copy()) == 20
    assert [len(run) for run in facts.neighbours(facts.month_starts())] == [5, 5, 5, 5]
    assert len(orders(JANUARY)) == len(orders(dt.date(2024, 6, 1))) == 1


def test_only_months_that_follow_one_another_are_copied_in_one_pass():
    months = [dt.date(2025, 11, 1), dt.date(2025, 12, 1), JANUARY, dt.date(2026, 3, 1)]
    assert facts.neighbours(months) == [months[:3], months[3:]]


def test_only_the_months_that_changed_are_written_again(ada):
    buys(ada, JANUARY)
    late = buys(ada, FEBRUARY)
    before = facts.copy()
    for month in (JANUARY, FEBRUARY):
        os.utime(facts.partition(month), (0, 0))
    Order.objects.filter(id=late.id).update(amount=900, changed_at=timezone.now())
    after = facts.copy()
    assert facts.partition(JANUARY).stat().st_mtime == 0
    assert orders(FEBRUARY)[0]["amount"] == 900
    assert facts.changed_months(before, after) == [FEBRUARY]


def test_a_deleted_order_leaves_the_facts(ada):
    buys(ada, JANUARY)
    gone = buys(ada, FEBRUARY)
    before = facts.copy()
    gone.delete()
    after = facts.copy()
    assert not facts.partition(FEBRUARY).exists()
    assert facts.changed_months(before, after) == [FEBRUARY]


def test_an_order_committed_late_with_an_older_time_stamp_is_seen(ada):
    buys(ada, JANUARY, changed_at=timezone.now())
    facts.copy()
    buys(ada, JANUARY, changed_at=timezone.now() - dt.timedelta(hours=1))
    facts.copy()
    assert len(orders(JANUARY)) == 2


def test_a_crash_while_writing_leaves_the_old_file(ada, monkeypatch):
    buys(ada, JANUARY)
    facts.copy()
    buys(ada, JANUARY)
    with monkeypatch.context() as crash:
        crash.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            facts.copy()
    assert len(orders(JANUARY)) == 1
    facts.copy()
    assert len(orders(JANUARY)) == 2


def test_files_that_are_gone_or_a_manifest_that_cannot_be_read_are_made_anew(ada):
    buys(ada, JANUARY)
    facts.copy()
    facts.partition(JANUARY).unlink()
    facts.copy()
    assert len(orders(JANUARY)) == 1
    (facts.folder() / "manifest.json").write_text("")
    assert list(facts.copy()) == ["2026-01-01"]


def test_an_order_dated_in_the_future_does_not_move_the_day_that_the_facts_speak_of(ada):
    buys(ada, JANUARY)
    buys(ada, timezone.localdate() + dt.timedelta(days=400))
    assert facts.last_day() == JANUARY


def test_an_empty_base_has_no_orders_and_no_last_day(ada):
    assert facts.copy() == {}
    assert facts.last_day() is None
    assert pq.read_table(facts.folder() / "customers" / "part.parquet").num_rows == 1


def internal_and_not() -> tuple[Customer, Customer]:
    cy = Customer.objects.create(reference="cy", name="Cy", internal=True)
    return cy, Customer.objects.create(reference="bea", name="Bea")


def fact_rows(name: str) -> list[dict]:
    return pq.read_table(facts.folder() / name / "part.parquet").to_pylist()


def test_internal_customers_are_told_of_in_no_fact(ada):
    cy, _bea = internal_and_not()
    bread = Product.objects.create(reference="bread", family="Bakery")
    for buyer in (ada, cy):
        adds_line(buys(buyer, JANUARY), bread)
        terms = {"first_day": JANUARY, "period_days": 30, "amount": 100, "currency": "EUR"}
        Contract.objects.create(reference=buyer.reference, customer=buyer, **terms)
    facts.copy()
    assert cy.id not in {row["customer_id"] for row in fact_rows("customers")}
    for rows in (orders(JANUARY), lines(JANUARY), fact_rows("contracts")):
        assert [row["customer_id"] for row in rows] == [ada.id]


def test_a_month_is_copied_anew_when_a_buyer_becomes_internal_or_is_no_more(ada):
    cy, bea = internal_and_not()
    for buyer in (ada, cy, bea):
        buys(buyer, JANUARY)
    facts.copy()
    assert [row["customer_id"] for row in orders(JANUARY)] == [ada.id, bea.id]
    Customer.objects.filter(pk=cy.pk).update(internal=False)
    Customer.objects.filter(pk=bea.pk).update(internal=True)  # as many rows as before
    facts.copy()
    assert [row["customer_id"] for row in orders(JANUARY)] == [ada.id, cy.id]


def test_a_row_for_which_another_stands_is_not_told_of(ada):
    _cy, bea = internal_and_not()
    Customer.objects.filter(pk=bea.pk).update(merged_into=ada)
    facts.copy()
    assert [row["customer_id"] for row in fact_rows("customers")] == [ada.id]
