from __future__ import annotations

import datetime

import numpy as np
import pytest

from habitue.insight.lifecycle.tenure import spend_by_tenure
from tests.insight.conftest import day

START = datetime.date(2023, 1, 1)


def on(days: int) -> str:
    return (START + datetime.timedelta(days=days)).isoformat()


def town(amount, starts, until: int, stays=lambda customer: 10_000):
    """Customers who buy every ten days from their start, for as long as each stays: amount(customer, days since)."""
    rows = []
    for customer, start in enumerate(starts):
        for since in range(0, min(until - start, stays(customer)) + 1, 10):
            rows.append((len(rows), customer, on(start + since), int(amount(customer, since))))
    return rows


def test_who_spends_more_the_longer_they_stay_is_found(facts_of):
    random = np.random.default_rng(3)
    level = random.integers(500, 1500, 60)
    rows = town(lambda customer, since: level[customer] + since, [7 * n % 90 for n in range(60)], 500)
    panel = spend_by_tenure(facts_of(rows), day(on(500)))["all"]["panel"]
    assert (panel["months"], panel["customers"], panel["finding"]) == (12, 60, "more")
    assert (panel["early"]["from"], panel["early"]["to"], panel["late"]["from"], panel["late"]["to"]) == (2, 4, 10, 12)
    assert panel["difference"]["low"] <= panel["difference"]["mean"] <= panel["difference"]["high"]
    assert not panel["one_start"]


def test_that_only_the_good_customers_stay_makes_no_trend(facts_of):
    """Everybody brings the same in each month that they are there; small customers leave after 100 days."""
    rows = town(lambda c, s: 5000 if c % 2 else 200, range(80), 500, lambda c: 10_000 if c % 2 else 100)
    result = spend_by_tenure(facts_of(rows), day(on(500)))["all"]
    spent_by_who_bought = [month["mean"] * month["customers"] / month["bought"] for month in result["each"]]
    assert spent_by_who_bought[-1] > 1.8 * spent_by_who_bought[1]  # what a careless look would take for loyalty
    assert result["panel"]["finding"] == "less"  # those who left are counted, as nothing
    assert result["stayers"]["customers"] == 40
    assert result["stayers"]["finding"] == "unclear"


def test_a_month_that_is_not_over_counts_for_nobody(facts_of):
    rows = town(lambda c, s: 100, [0] * 30, 59)
    result = spend_by_tenure(facts_of(rows), day(on(59)))["all"]
    assert [month["month"] for month in result["each"]] == [1]
    later = spend_by_tenure(facts_of(rows), day(on(60)))["all"]
    assert [(month["month"], month["customers"], month["mean"]) for month in later["each"]] == [
        (1, 30, 400),
        (2, 30, 200),
    ]
    assert later["panel"] is None


def test_who_bought_before_the_records_begin_is_no_newcomer_and_one_start_is_told(facts_of):
    rows = town(lambda c, s: 100, [0] * 30 + [40] * 25, 450)
    result = spend_by_tenure(facts_of(rows), day(on(450)))
    assert (result["all"]["customers"], result["newcomers"]["customers"]) == (55, 25)
    assert result["newcomers"]["panel"]["one_start"]
    assert spend_by_tenure(facts_of([]), day(on(450)))["newcomers"] == {
        "customers": 0,
        "each": [],
        "panel": None,
        "stayers": None,
    }


def test_amounts_of_another_currency_and_of_what_was_taken_back_do_not_count(facts_of):
    rows = [(1, 1, on(0), 100), (2, 1, on(5), 900, None, "USD"), (3, 1, on(6), 50), (4, 1, on(9), -50, 3)]
    rows += [(number, 1, on(number), 1) for number in range(10, 13)]
    result = spend_by_tenure(facts_of(rows), day(on(31)))
    assert result["currency"] == "EUR"
    assert result["all"]["each"][0]["mean"] == 103


def test_the_means_of_the_journey_are_those_of_a_plain_computation(journey, journey_orders):
    result = spend_by_tenure(journey, day("2017-12-31"))
    customer, amount = journey_orders["customer_id"].to_numpy(), journey_orders["amount"].to_numpy()
    days = journey_orders["day"].to_numpy()
    firsts = {int(one): int(days[customer == one].min()) for one in np.unique(customer)}
    start = np.array([firsts[int(one)] for one in customer])
    watched = sum(first + 5 * 365 / 12 <= day("2017-12-31") + 1 for first in firsts.values())
    there = ((days - start) * 12 // 365 == 4) & (start + 5 * 365 / 12 <= day("2017-12-31") + 1)
    fifth = result["all"]["each"][4]
    assert (fifth["month"], fifth["customers"]) == (5, watched)
    assert fifth["mean"] == pytest.approx(amount[there].sum() / watched)
    assert result["newcomers"]["panel"]["finding"] == "more"
    assert result["newcomers"]["panel"]["one_start"]  # February: their later months are those before Christmas
    assert result["newcomers"]["panel"]["customers"] == 304
