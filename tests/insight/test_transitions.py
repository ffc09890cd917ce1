from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest

from habitue.insight import STAGES, Thresholds, portraits, stages_at
from habitue.insight.intervals import wilson
from habitue.insight.lifecycle.transitions import durations, entries, transitions
from tests.insight.conftest import day


def table(histories: dict[int, dict[int, str]]) -> pa.Table:
    """customer: {day: stage}."""
    rows = [(customer, on, stage) for customer, days in sorted(histories.items()) for on, stage in sorted(days.items())]
    customer, on, stage = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "customer_id": pa.array(customer, pa.int64()),
            "day": pa.array(on, pa.int32()),
            "stage": pa.array(stage, pa.string()),
        }
    )


def cell(result: dict, was: str, now: str) -> dict:
    row = next(row for row in result["from"] if row["stage"] == was)
    return next(to for to in row["to"] if to["stage"] == now)


def test_transitions_are_counted_from_each_day_to_the_next():
    result = transitions(
        table(
            {
                1: {10: "new", 20: "settling", 30: "settling"},
                2: {20: "new", 30: "settling"},
                3: {10: "regular", 20: "slowing", 30: "regular"},
                4: {10: "lost", 30: "won_back"},  # on day 20 all that they had bought was taken back
            }
        )
    )
    assert (result["days"], result["first"], result["last"], result["customers"]) == (3, 10, 30, 4)
    assert result["arrived"] == [{"stage": "new", "customers": 1}]
    counts = {(row["stage"], to["stage"]): to["count"] for row in result["from"] for to in row["to"]}
    assert counts == {
        ("new", "settling"): 2,
        ("settling", "settling"): 1,
        ("regular", "slowing"): 1,
        ("slowing", "regular"): 1,
    }
    assert all(row["few"] for row in result["from"])


def test_between_two_days_the_interval_is_wilsons():
    result = transitions(table({n: {1: "regular", 2: "slowing" if n < 81 else "regular"} for n in range(263)}))
    slowed = cell(result, "regular", "slowing")
    assert (slowed["count"], slowed["share"]) == (81, 81 / 263)
    assert (slowed["low"], slowed["high"]) == pytest.approx([float(b) for b in wilson(81, 263)], abs=2e-4)
    assert not result["from"][0]["few"]


def test_a_customer_looked_at_often_is_not_many_customers():
    """Each of 40 stays where they are for ten months: no more is known than from 40."""
    same = transitions(table({n: dict.fromkeys(range(10), "regular" if n < 20 else "lost") for n in range(40)}))
    assert cell(same, "regular", "regular")["low"] == pytest.approx(float(wilson(20, 20)[0]))
    assert same["from"][0]["of"] == 180


def test_many_customers_come_out_as_few_at_a_time_do(monkeypatch):
    random = np.random.default_rng(2)
    histories = {n: {d: STAGES[random.integers(1, 8)] for d in range(random.integers(0, 5), 6)} for n in range(500)}
    at_once = transitions(table(histories))
    monkeypatch.setattr(sys.modules["habitue.insight.lifecycle.transitions"], "AT_ONCE", 7)
    assert transitions(table(histories)) == at_once


def test_how_long_a_stage_lasts_counts_who_is_still_in_it():
    result = durations(
        table(
            {
                1: {0: "regular", 30: "slowing", 60: "slowing", 90: "regular", 120: "regular"},
                2: {30: "new", 60: "slowing", 90: "slowing", 120: "slowing"},
                3: {0: "slowing", 30: "slowing", 60: "lost", 90: "lost", 120: "lost"},  # nobody saw them slow down
            }
        )
    )
    by_stage = {row["stage"]: row for row in result}
    assert list(by_stage) == ["new", "regular", "slowing", "lost"]
    slowing = by_stage["slowing"]
    assert (slowing["spells"], slowing["ended"], slowing["median"]["days"]) == (2, 1, 60)
    assert slowing["within"][0] == {"days": 31, "share": 0.0, "low": None, "high": None, "at_risk": 2, "few": True}
    assert (by_stage["regular"]["spells"], by_stage["regular"]["ended"]) == (1, 0)
    assert (by_stage["lost"]["spells"], by_stage["lost"]["median"]["days"]) == (1, None)


def test_everybody_has_the_day_since_which_they_are_where_they_are():
    result = entries(
        table(
            {
                1: {0: "regular", 30: "slowing", 60: "slowing"},
                2: {0: "regular", 30: "regular", 60: "regular"},
                3: {60: "new"},
                4: {0: "lost", 60: "lost"},
            }
        )
    )
    assert result.to_pylist() == [
        {"customer_id": 1, "stage": "slowing", "since": 30, "seen": True},
        {"customer_id": 2, "stage": "regular", "since": 0, "seen": False},
        {"customer_id": 3, "stage": "new", "since": 60, "seen": True},
        {"customer_id": 4, "stage": "lost", "since": 60, "seen": True},
    ]


def test_nobody_passes_anywhere():
    assert transitions(table({}))["from"] == []
    assert durations(table({})) == []
    assert len(entries(table({}))) == 0


def test_transitions_of_the_journey_add_up_to_the_stages_of_its_months(journey):
    days = [day(f"2017-{month:02d}-28") for month in range(1, 13)]
    parameters = portraits(journey, day("2017-12-31")).parameters
    stages = stages_at(journey, days, parameters, Thresholds())
    result = transitions(stages)
    came: dict[str, int] = {row["stage"]: row["customers"] for row in result["arrived"]}
    for row in result["from"]:
        assert sum(to["count"] for to in row["to"]) == row["of"]
        for to in row["to"]:
            assert to["low"] <= to["share"] <= to["high"]
            came[to["stage"]] = came.get(to["stage"], 0) + to["count"]
    later = [row["stage"] for row in stages.to_pylist() if row["day"] != days[0]]
    assert came == {stage: later.count(stage) for stage in set(later)}
    now = entries(stages).to_pylist()
    last = {row["customer_id"]: row["stage"] for row in stages.to_pylist() if row["day"] == days[-1]}
    assert {row["customer_id"]: row["stage"] for row in now} == last
    assert sum(row["spells"] for row in durations(stages)) > 1000
