from __future__ import annotations

import pytest

from habitue.insight.lifecycle.second_purchase import second_purchase
from tests.insight.conftest import day


def test_waits_are_told_by_cohort_and_those_still_waiting_count_for_as_long_as_they_have(facts_of):
    facts = facts_of(
        [
            *((1, 1, "2024-01-01", 1), (2, 1, "2024-01-11", 1), (3, 1, "2024-05-01", 1)),
            *((4, 2, "2024-01-05", 1), (5, 2, "2024-01-25", 1)),
            *((6, 3, "2024-01-31", 1), (7, 3, "2024-01-31", 1)),  # twice on one day is one purchase
            *((8, 4, "2024-02-10", 1), (9, 4, "2024-02-25", 1), (10, 4, "2024-02-25", -1, 9)),  # taken back
        ]
    )
    result = second_purchase(facts, day("2024-05-31"))
    january, february = result["cohorts"]
    assert (january["month"], january["customers"], january["again"]) == ("2024-01", 3, 2)
    assert january["median"]["days"] == 20
    assert [row["share"] for row in january["within"]] == pytest.approx([2 / 3, 2 / 3, 2 / 3, None])
    assert [row["at_risk"] for row in january["within"]] == [1, 1, 1, 0]
    assert january["longest"] == 121
    assert (february["customers"], february["again"], february["median"]["days"]) == (1, 0, None)
    assert (result["all"]["customers"], result["newcomers"]["customers"]) == (4, 1)
    assert result["all"]["few"]
    assert result["running"] is None


def test_a_customer_seen_for_a_short_while_does_not_lower_the_share(facts_of):
    """Of 40, half came back after 10 days; 40 more came yesterday. Without censoring it would be a quarter."""
    before = [(number, number, "2024-01-01", 1) for number in range(40)]
    again = [(100 + number, number, "2024-01-11", 1) for number in range(20)]
    yesterday = [(200 + number, 200 + number, "2024-03-30", 1) for number in range(40)]
    result = second_purchase(facts_of(before + again + yesterday), day("2024-03-31"))
    assert result["all"]["within"][0]["share"] == pytest.approx(0.5)
    assert (result["all"]["customers"], result["all"]["again"]) == (80, 20)


def test_the_running_month_is_named_and_nobody_is_no_cohort(facts_of):
    assert second_purchase(facts_of([(1, 1, "2024-01-01", 1)]), day("2024-02-10"))["running"] == "2024-02"
    nobody = second_purchase(facts_of([]), day("2024-02-10"))
    assert (nobody["cohorts"], nobody["all"]["customers"], nobody["all"]["points"]) == ([], 0, [])


def test_households_of_the_journey_come_back_within_a_month(journey):
    result = second_purchase(journey, day("2017-12-31"))
    assert (result["all"]["customers"], result["all"]["again"]) == (2469, 2435)
    assert result["newcomers"]["median"] == {"days": 19, "low": 17, "high": 22}
    shares = [row["share"] for row in result["newcomers"]["within"]]
    assert shares == pytest.approx([0.627, 0.788, 0.859, 0.923], abs=0.001)
    assert all(row["low"] < row["share"] < row["high"] for row in result["newcomers"]["within"])
    drawn = [point[1] for point in result["newcomers"]["points"]]
    assert drawn == sorted(drawn)
    assert sum(cohort["customers"] for cohort in result["cohorts"]) == 2469
    assert result["cohorts"][0]["few"] is False
    assert result["cohorts"][-1]["few"] is True
