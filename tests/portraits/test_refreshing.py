from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.events.models import Event
from habitue.kernel.errors import HabitueError
from habitue.portraits import refreshing, tracing
from habitue.portraits.models import NextOffers, Portrait, Refresh, Stage, StageChange, Standing
from habitue.portraits.refreshing import refresh
from habitue.portraits.tracing import month_ends
from habitue.purchases.models import Order

pytestmark = pytest.mark.django_db
NEW_YEAR = dt.date(2025, 1, 1)
LAST = dt.date(2025, 12, 31)


def buys(buyer: Customer, on: dt.date, amount: int = 1000, **more) -> Order:
    values = {"gross": amount, "paid": amount, "line_count": 1, "currency": "EUR", "fingerprint": "-"} | more
    at = dt.datetime.combine(on, dt.time(12), dt.UTC)
    number = str(Order.objects.count() + 1)
    return Order.objects.create(number=number, buyer=buyer, placed_on=on, placed_at=at, amount=amount, **values)


@pytest.fixture
def base() -> list[Customer]:
    """Sixty customers, each with a pace of their own, some of whom stop; and one who never bought."""
    chance = random.Random(7)
    customers = [Customer.objects.create(reference=str(at), name=f"Customer {at}") for at in range(60)]
    for customer in customers:
        pace, day = chance.uniform(4, 40), NEW_YEAR + dt.timedelta(days=chance.randrange(60))
        stops = LAST if chance.random() < 0.7 else day + dt.timedelta(days=chance.randrange(200))
        while day <= stops:
            buys(customer, day, chance.randrange(500, 9000))
            day += dt.timedelta(days=1 + round(chance.expovariate(1 / pace)))
    buys(customers[0], LAST)
    Customer.objects.create(reference="never")
    return customers


def state() -> tuple:
    return (
        sorted(Portrait.objects.values_list()),
        sorted(StageChange.objects.values_list("customer", "on", "was", "now")),
    )


def test_everybody_has_a_portrait_as_of_the_last_day_of_the_facts(base):
    run = refresh()
    assert run.as_of == LAST
    assert Portrait.objects.count() == run.customers == 61
    assert set(Portrait.objects.values_list("as_of", flat=True)) == {LAST}
    for customer in base:
        assert customer.portrait.value == sum(order.amount for order in customer.orders.all())
        assert customer.portrait.purchases == customer.orders.values("placed_on").distinct().count()
        assert customer.portrait.last_day == customer.orders.latest("placed_on").placed_on
    assert Portrait.objects.get(customer__reference="never").standing == Standing.PROSPECT
    assert Event.objects.filter(kind="portraits.refreshed").count() == 1


def test_the_stages_of_the_base_add_up_to_the_portraits(base):
    kept = refresh().base["stages"]
    assert sum(row["customers"] for row in kept.values()) == 61
    for stage, row in kept.items():
        portraits = Portrait.objects.filter(stage=stage)
        assert row["customers"] == portraits.count()
        assert row["expected"] == sum(of.expected_value or 0 for of in portraits)
        assert row["variance"] == pytest.approx(sum((of.expected_value_sd or 0) ** 2 for of in portraits))


def test_stage_changes_chain_from_the_first_purchase_to_the_stage_of_now(base):
    refresh()
    for customer in base:
        changes = list(customer.stage_changes.order_by("on"))
        assert changes[0].was == ""
        assert all(one.now == next_.was for one, next_ in pairwise(changes))
        assert changes[-1].now == customer.portrait.stage


def test_a_second_refresh_of_the_same_facts_changes_nothing(base):
    refresh()
    first = state()
    refresh()
    assert state() == first


def test_a_late_order_retraces_the_past_as_if_it_had_always_been_there(base):
    refresh()
    for customer in base[:20]:
        buys(customer, dt.date(2025, 1, 31))
    refresh()
    late = state()
    for model in (Refresh, StageChange, Portrait):
        model.objects.all().delete()
    refresh()
    assert state() == late


def test_closed_months_are_kept_when_a_new_day_comes(base):
    refresh(dt.date(2025, 11, 30))
    closed = sorted(StageChange.objects.filter(on__lt=dt.date(2025, 11, 1)).values_list("id", flat=True))
    assert closed
    refresh()
    assert sorted(StageChange.objects.filter(on__lt=dt.date(2025, 11, 1)).values_list("id", flat=True)) == closed
    for customer in base:
        changes = list(customer.stage_changes.order_by("on"))
        assert all(one.now == next_.was for one, next_ in pairwise(changes))


def test_another_threshold_tells_the_whole_past_anew(base, settings):
    refresh()
    settings.STAGE_SLOWING = 0.6
    refresh()
    changed = state()
    for model in (Refresh, StageChange, Portrait):
        model.objects.all().delete()
    refresh()
    assert state() == changed


def test_what_an_earlier_version_told_of_the_past_is_told_anew(base):
    refresh()
    first, run = state(), Refresh.objects.get()
    run.parameters["returning"].pop("form")  # as before it had a number
    run.save(update_fields=["parameters"])
    StageChange.objects.filter(on__lt=dt.date(2025, 11, 1), now=Stage.SLOWING).update(now=Stage.LOST)
    assert state() != first
    refresh()
    assert state() == first


def test_a_first_purchase_refunded_in_full_makes_a_prospect_again(base):
    eve = Customer.objects.create(reference="eve")
    order = buys(eve, dt.date(2025, 12, 1), 4200)
    refresh()
    assert Portrait.objects.get(customer=eve).standing == Standing.CUSTOMER
    buys(eve, dt.date(2025, 12, 5), -4200, refund_of=order)
    refresh()
    portrait = Portrait.objects.get(customer=eve)
    assert (portrait.standing, portrait.stage, portrait.value) == (Standing.PROSPECT, Stage.PROSPECT, 0)


def stage_table(*rows: tuple[int, int, str]) -> pa.Table:
    return pa.table(dict(zip(("customer_id", "day", "stage"), zip(*rows, strict=True), strict=True)))


def passed(stages: pa.Table, before: dict[int, str]) -> list[tuple[int, int, str, str]]:
    customers = np.array(sorted(before), np.int64)
    codes = np.array([Stage.values.index(before[customer]) for customer in sorted(before)], np.int8)
    return [tuple(row.values()) for row in tracing.transitions(stages, customers, codes).to_pylist()]


def test_transitions_tell_a_return_to_prospect_but_not_that_one_is_a_prospect_from_the_start():
    stages = stage_table((1, 20454, "prospect"), (1, 20482, "new"), (1, 20513, "prospect"), (1, 20543, "new"))
    assert passed(stages, {}) == [
        (1, 20482, "", "new"),
        (1, 20513, "new", "prospect"),
        (1, 20543, "prospect", "new"),
    ]


def test_transitions_go_on_from_the_stage_that_is_stored():
    stages = stage_table(
        (3, 20482, "new"), (3, 20513, "new"), (5, 20482, "lost"), (5, 20513, "won_back"), (6, 20482, "prospect"),
        (9, 20513, "lost"),
    )  # fmt: skip
    assert passed(stages, {2: "lost", 3: "new", 5: "at_risk", 6: "new"}) == [
        (5, 20482, "at_risk", "lost"),
        (5, 20513, "lost", "won_back"),
        (6, 20482, "new", "prospect"),
        (9, 20513, "", "lost"),
    ]
    assert passed(stages.slice(0, 0), {3: "new"}) == []


@pytest.mark.parametrize("seed", range(5))
def test_transitions_are_those_that_reading_row_by_row_finds(seed, monkeypatch):
    monkeypatch.setattr(tracing, "AT_ONCE", 3 + 20 * seed)
    chance = random.Random(seed)
    rows = [
        (customer, day, chance.choice(["prospect", "new", "lost"]))
        for customer in range(40)
        for day in range(6)
        if chance.random() < 0.8
    ]
    before = {customer: chance.choice(["prospect", "new", "lost"]) for customer in range(0, 50, 3)}
    expected, stage = [], dict(before)
    for customer, day, now in rows:
        was = stage.get(customer, "")
        if now != was and (was or now != "prospect"):
            expected.append((customer, day, was, now))
            stage[customer] = now
    assert passed(stage_table(*rows), before) == expected


def test_a_failure_while_writing_leaves_the_old_portraits(base):
    refresh()
    before = state()
    buys(base[0], LAST, 99_999)

    def fail(execute, sql, params, many, context):
        if "stagechange" in sql and sql.startswith("DELETE"):
            raise RuntimeError("disk full")
        return execute(sql, params, many, context)

    with pytest.raises(RuntimeError, match="disk full"), connection.execute_wrapper(fail):
        refresh()
    assert state() == before
    refresh()
    assert state() != before


def test_a_customer_who_goes_while_a_refresh_computes_stays_away(base, monkeypatch):
    gone = base[3]

    def computed(work: refreshing.Work) -> None:
        refreshing.trace_stages(work)
        gone.orders.all().delete()
        gone.delete()

    steps = [(name, computed if step is refreshing.trace_stages else step) for name, step in refreshing.STEPS]
    monkeypatch.setattr(refreshing, "STEPS", tuple(steps))
    refresh()
    assert Portrait.objects.count() == 60
    for model in (Portrait, StageChange, NextOffers):
        assert not model.objects.exclude(customer_id__in=Customer.objects.values("id")).exists()


def test_two_refreshes_at_once_are_refused(base):
    with refreshing.alone(), pytest.raises(HabitueError, match="running already") as refused:
        refresh()
    assert refused.value.status == 409
    refresh()


def test_an_empty_base_is_refreshed_without_complaint():
    run = refresh()
    assert (run.customers, run.orders) == (0, 0)
    assert run.as_of == timezone.localdate()


def test_orders_in_another_currency_count_for_the_rhythm_but_not_for_the_amounts(base):
    before = base[0].orders.count()
    buys(base[0], dt.date(2025, 12, 30), 5_000_000, currency="JPY")
    run = refresh()
    assert (run.currency, run.other_currency_orders) == ("EUR", 1)
    euros = sum(order.amount for order in base[0].orders.filter(currency="EUR"))
    assert base[0].portrait.value == euros
    assert base[0].portrait.purchases >= before


def test_month_ends_run_from_the_first_month_to_the_day_itself():
    assert month_ends(dt.date(2025, 1, 1), dt.date(2025, 3, 15)) == [
        dt.date(2025, 1, 31),
        dt.date(2025, 2, 28),
        dt.date(2025, 3, 15),
    ]
    assert month_ends(dt.date(2025, 3, 1), dt.date(2025, 3, 31)) == [dt.date(2025, 3, 31)]


@pytest.mark.parametrize("day", [dt.date(2024, 12, 31), dt.date(2100, 1, 1)])
def test_a_day_of_which_nothing_is_known_is_refused_and_the_portraits_kept(base, day):
    refresh()
    before = state()
    with pytest.raises(HabitueError, match="Nothing is known of"):
        refresh(day)
    assert state() == before


def test_a_backtest_whose_days_are_not_over_is_refused(base):
    with pytest.raises(HabitueError, match="are not over"):
        refreshing.backtest(dt.date(2025, 12, 1), 91)
