from __future__ import annotations

import datetime
from typing import Any

from habitue.insight.facts.purchases import main_currency, purchases
from habitue.insight.facts.rhythm import columns_of_steps, rhythm, steps
from tests.insight.conftest import day


def bought(facts: Any, as_of: str, currency: str | None = None) -> list[tuple]:
    frame = purchases(facts.orders, day(as_of), currency).sort("customer_id", "day").collect("pyarrow")
    return frame.select("customer_id", "day", "amount", "orders").rows()


def test_two_orders_of_a_day_are_one_purchase(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 500), (2, 7, "2024-03-01", 250), (3, 7, "2024-03-09", 100)])
    assert bought(facts, "2024-12-31") == [(7, day("2024-03-01"), 750, 2), (7, day("2024-03-09"), 100, 1)]


def test_a_refund_is_taken_off_its_own_order(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 500), (2, 7, "2024-03-05", -200, 1), (3, 7, "2024-03-06", -100, 1)])
    assert bought(facts, "2024-12-31") == [(7, day("2024-03-01"), 200, 1)]


def test_an_order_wholly_refunded_is_no_purchase(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 500), (2, 7, "2024-03-05", -500, 1)])
    assert bought(facts, "2024-12-31") == []


def test_a_refund_of_an_unknown_order_lowers_the_purchase_before_it_and_takes_no_day_away(facts_of):
    rows = [(1, 7, "2024-03-01", 500), (2, 7, "2024-03-09", 300), (3, 7, "2024-03-09", -400), (4, 7, "2024-04-01", 100)]
    facts = facts_of([*rows, (5, 7, "2024-02-01", -50), (6, 8, "2024-03-01", -70), (7, 9, "2024-03-01", 90)])
    days = [day(text) for text in ("2024-03-01", "2024-03-09", "2024-04-01")]
    whole = [(7, days[0], 450, 1), (7, days[1], -100, 1), (7, days[2], 100, 1), (9, days[0], 90, 1)]
    assert bought(facts, "2024-12-31") == whole
    assert bought(facts, "2024-12-31", "EUR") == whole
    assert bought(facts, "2024-03-01") == [whole[0], whole[3]]


def test_a_refund_of_an_unknown_order_is_not_taken_off_what_was_wholly_refunded_or_is_in_another_currency(facts_of):
    rows = [
        (1, 7, "2024-03-01", 500),
        (2, 7, "2024-03-05", 300),
        (3, 7, "2024-03-06", -300, 2),
        (4, 7, "2024-03-07", -40),
    ]
    facts = facts_of([*rows, (5, 7, "2024-03-06", 80, None, "CHF"), (6, 7, "2024-03-08", -5, None, "CHF")])
    assert bought(facts, "2024-12-31") == [(7, day("2024-03-01"), 460, 1), (7, day("2024-03-06"), 75, 1)]
    assert bought(facts, "2024-12-31", "EUR") == [(7, day("2024-03-01"), 460, 1), (7, day("2024-03-06"), 0, 1)]


def test_a_refund_does_not_count_before_its_day(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 500), (2, 7, "2024-03-05", -500, 1)])
    assert bought(facts, "2024-03-04") == [(7, day("2024-03-01"), 500, 1)]
    assert bought(facts, "2024-03-05") == []


def test_goods_handed_over_for_nothing_are_a_purchase(facts_of):
    assert bought(facts_of([(1, 7, "2024-03-01", 0)]), "2024-12-31") == [(7, day("2024-03-01"), 0, 1)]


def test_a_free_order_taken_back_is_no_purchase(facts_of):
    assert bought(facts_of([(1, 7, "2024-03-01", 0), (2, 7, "2024-03-02", 0, 1)]), "2024-12-31") == []


def test_another_currency_counts_for_the_rhythm_and_not_for_amounts(facts_of):
    facts = facts_of(
        [(1, 7, "2024-03-01", 500), (2, 7, "2024-03-02", 300), (3, 7, "2024-03-03", 9_000, None, "JPY")],
    )
    assert main_currency(facts.orders, day("2024-12-31")) == ("EUR", 3, 1)
    assert [row[2] for row in bought(facts, "2024-12-31", "EUR")] == [500, 300, 0]


def test_the_main_currency_is_that_of_most_orders_known_and_a_tie_goes_to_the_alphabet(facts_of):
    facts = facts_of(
        [
            (1, 7, "2024-03-01", 5, None, "USD"),
            (2, 7, "2024-03-02", 3),
            (3, 7, "2024-03-03", 3),
            (4, 7, "2024-03-04", -3, 3),
        ],
    )
    assert main_currency(facts.orders, day("2024-03-01")) == ("USD", 1, 0)
    assert main_currency(facts.orders, day("2024-03-02")) == ("EUR", 2, 1)
    assert main_currency(facts.orders, day("2024-12-31")) == ("EUR", 3, 1)
    assert main_currency(facts.orders, day("2023-12-31")) == ("", 0, 0)


def test_the_rhythm_counts_days_with_a_purchase_and_leaves_the_first_out_of_repeat_amounts(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 900), (2, 7, "2024-03-04", 100), (3, 7, "2024-03-11", 300)])
    as_of = day("2024-03-31")
    row = rhythm(purchases(facts.orders, as_of), as_of).collect("pyarrow").rows(named=True)[0]
    assert {name: row[name] for name in ("purchases", "x", "t_x", "T", "elapsed", "value", "repeat_mean")} == {
        "purchases": 3,
        "x": 2,
        "t_x": 10,
        "T": 30,
        "elapsed": 20,
        "value": 1300,
        "repeat_mean": 200.0,
    }


def test_each_step_knows_what_was_known_on_its_day(facts_of):
    facts = facts_of(
        [(1, 7, "2024-03-01", 1), (2, 7, "2024-03-04", 1), (3, 7, "2024-03-11", 1), (4, 8, "2024-03-02", 1)]
    )
    frame = steps(purchases(facts.orders, day("2024-12-31"))).sort("customer_id", "day").collect("pyarrow")
    assert frame.select("customer_id", "x", "t_x", "recent_span", "latest_span").rows() == [
        (7, 0, 0, 0, 0),
        (7, 1, 3, 3, 3),
        (7, 2, 10, 10, 10),
        (8, 0, 0, 0, 0),
    ]
    assert frame["next_day"].to_list() == [day("2024-03-04"), day("2024-03-11"), None, None]


def test_the_recent_pace_is_that_of_the_last_eight_and_of_the_last_three_purchases(facts_of):
    days = [0, 30, 60, 61, 62, 63, 64, 65, 66, 67, 68]
    start = day("2024-03-01")
    facts = facts_of([(n, 7, str(datetime.date(2024, 3, 1) + datetime.timedelta(on)), 1) for n, on in enumerate(days)])
    known = columns_of_steps(purchases(facts.orders, start + 99))
    assert known["recent_span"].tolist() == [*days[:9], 67 - 30, 68 - 60]
    assert known["latest_span"].tolist() == [*days[:4], 62 - 30, 63 - 60, *[3] * 5]
    assert known["next_day"].tolist() == [*(start + on for on in days[1:]), -1]
