"""Figures of the whole base: scores, cohorts and concentration."""

from __future__ import annotations

import datetime

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from habitue.insight import concentration, portraits, retention
from habitue.insight.days import first_day, month_name, month_of, with_month
from habitue.insight.lifecycle.rfm import score
from tests.insight.conftest import day


def test_scores_cut_buyers_in_fifths():
    assert score(np.arange(10)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_share_a_score_in_any_order():
    values = np.array([3, 1, 1, 1, 1, 1, 9, 1, 4, 1])
    scores = score(values)
    assert len(set(scores[values == 1])) == 1
    assert scores.tolist() == score(values[::-1])[::-1].tolist()
    assert score(np.full(7, 5)).tolist() == [3] * 7


def test_nobody_and_one_have_scores_too():
    assert score(np.array([])).tolist() == []
    assert score(np.array([12])).tolist() == [3]


def test_months_are_those_of_the_calendar_on_the_engine_and_in_python(facts_of):
    dates = [
        "1999-12-31",
        "2000-02-29",
        "2000-03-01",
        "2016-02-29",
        "2016-12-31",
        "2017-01-01",
        "2100-02-28",
        "2100-03-01",
    ]
    facts = facts_of([(number, 1, date, 1) for number, date in enumerate(dates)])
    months = with_month(facts.orders).sort("day").collect("pyarrow")["month"].to_list()
    assert [month_name(month) for month in months] == [date[:7] for date in dates]
    assert months == [month_of(day(date)) for date in dates]
    assert all(first_day(month) <= day(date) < first_day(month + 1) for month, date in zip(months, dates, strict=True))


def test_every_day_of_four_centuries_has_its_month():
    days = pa.table({"day": pa.array(range(day("1900-01-01"), day("2300-01-01")), pa.int32())})
    months = with_month(nw.from_native(days).lazy()).collect("pyarrow")["month"].to_numpy()
    dates = [datetime.date(1970, 1, 1) + datetime.timedelta(days=int(number)) for number in days["day"].to_numpy()]
    assert months.tolist() == [12 * date.year + date.month - 1 for date in dates]


def test_retention_counts_who_bought_in_each_later_month(facts_of):
    facts = facts_of(
        [
            *((1, 1, "2024-01-05", 1), (2, 1, "2024-01-25", 1), (3, 1, "2024-03-05", 1)),
            *((4, 2, "2024-01-09", 1), (5, 2, "2024-02-09", 1), (6, 2, "2024-03-09", 1)),
            *((7, 3, "2024-03-02", 1), (8, 4, "2024-04-02", 1)),
        ]
    )
    assert retention(facts, day("2024-03-31")) == {
        "months": ["2024-01", "2024-02", "2024-03"],
        "running": None,
        "cohorts": [
            {"month": "2024-01", "customers": 2, "bought": [1, 2]},
            {"month": "2024-02", "customers": 0, "bought": [0]},
            {"month": "2024-03", "customers": 1, "bought": []},
        ],
    }
    later = retention(facts, day("2024-04-15"))
    assert later["running"] == "2024-04"
    assert later["cohorts"][-1] == {"month": "2024-04", "customers": 1, "bought": []}


def test_retention_of_nobody_is_empty(facts_of):
    assert retention(facts_of([]), day("2024-03-31")) == {"months": [], "running": None, "cohorts": []}


def test_cohorts_of_the_journey_hold_every_household_once(journey):
    result = retention(journey, day("2017-12-31"))
    assert len(result["months"]) == 12
    assert result["running"] is None
    assert sum(cohort["customers"] for cohort in result["cohorts"]) == 2469
    assert all(0 <= bought <= cohort["customers"] for cohort in result["cohorts"] for bought in cohort["bought"])


def test_concentration_of_a_known_base():
    table = pa.table({"purchases": [1] * 10 + [0], "value": [910, *[10] * 9, 0]})
    result = concentration(table)
    assert (result["customers"], result["value"]) == (10, 1000)
    assert result["top_tenth"] == pytest.approx(0.91)
    assert result["points"][:3] == [[0.0, 0.0], [0.1, 0.91], [0.2, 0.92]]
    assert result["points"][-1] == [1.0, 1.0]


def test_concentration_of_the_journey_rises_and_bends(journey):
    result = concentration(portraits(journey, day("2017-12-31")).table)
    points = np.array(result["points"])
    assert len(points) == 101
    slopes = np.diff(points[:, 1]) / np.diff(points[:, 0])
    assert np.all(slopes > 0)
    assert np.all(np.diff(slopes) <= 0)
    assert result["top_tenth"] == pytest.approx(0.351, abs=0.001)


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_concentration_without_value_draws_nothing(values):
    table = pa.table({"purchases": pa.array([1] * len(values), pa.int64()), "value": pa.array(values, pa.int64())})
    result = concentration(table)
    assert (result["customers"], result["value"], result["top_tenth"], result["points"]) == (len(values), 0, None, [])
