from __future__ import annotations

import datetime as dt
import os

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.portraits import facts
from habitue.purchases.models import Order

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
