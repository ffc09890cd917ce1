"""The diary says what the engine's own groups and windows say, to the last unit."""

from __future__ import annotations

import numpy as np
import pytest

from habitue.insight.facts.diary import Diary
from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.rhythm import columns_of_steps
from habitue.insight.models.lifetime import buyers, summary
from tests.insight.conftest import day

END = day("2017-09-30")
ODD = [
    (1, 7, "2017-03-01", 500),
    (2, 7, "2017-03-01", 250),
    (3, 7, "2017-03-04", 300),
    (4, 7, "2017-03-05", -300, 3),
    (5, 7, "2017-03-09", 0),
    (6, 3, "2017-03-09", 900, None, "JPY"),
    (7, 3, "2017-03-11", 100),
    (8, 9, "2017-10-01", 100),
    (9, 5, "2017-03-11", 100),
    (10, 5, "2017-03-12", -100, 9),
]


def assert_same(orders, as_of: int, currency: str | None) -> None:
    diary, bought = Diary.read(orders, as_of, currency), purchases(orders, as_of, currency)
    result, seen = diary.summary(as_of), summary(bought, as_of)
    order = np.argsort(seen["customer_id"])
    assert result.keys() == seen.keys()
    for name, column in result.items():
        assert column.tolist() == seen[name][order].tolist(), name
    added_up = buyers(orders, as_of, currency)
    assert added_up.keys() == result.keys()
    for name, column in result.items():
        assert column.tolist() == added_up[name].tolist(), name
        assert column.dtype == added_up[name].dtype, name
    steps, windows = diary.steps(), columns_of_steps(bought)
    assert steps.keys() == windows.keys()
    for name, column in steps.items():
        assert column.tolist() == windows[name].tolist(), name
        assert column.dtype == windows[name].dtype, name


def test_it_agrees_on_the_year_of_the_journey(journey):
    assert_same(journey.orders, END, "USD")


@pytest.mark.parametrize("currency", ["EUR", "JPY", None])
def test_it_agrees_on_refunds_currencies_free_goods_and_several_orders_a_day(facts_of, currency):
    assert_same(facts_of(ODD).orders, END, currency)
    assert Diary.read(facts_of(ODD).orders, END, currency).customer_id.tolist() == [3, 7]


def test_ids_that_lie_far_apart_change_nothing(facts_of):
    far = [(order, customer * 10**15, *rest) for order, customer, *rest in ODD]
    assert_same(facts_of(far).orders, END, "EUR")


def test_nobody_bought_before_the_first_order(facts_of):
    diary = Diary.read(facts_of(ODD).orders, day("2016-12-31"), "EUR")
    assert all(len(column) == 0 for column in (diary.summary(END) | diary.steps()).values())
    assert all(len(column) == 0 for column in buyers(facts_of(ODD).orders, day("2016-12-31"), "EUR").values())
