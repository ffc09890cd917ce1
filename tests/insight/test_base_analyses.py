from __future__ import annotations

import json

from habitue.insight import base_analyses, portraits, stages_at
from habitue.insight.lifecycle.stages import Thresholds
from tests.insight.conftest import day
from tests.insight.shops import shop

START = day("2023-01-02")
LINES = [
    (customer, START + 7 * week + customer % 7, 1 + customer % 3, 100, 20 if week in (20, 21) else 0)
    for week in range(100)
    for customer in range(60 if week < 60 else 120)
    if (customer + week) % 3
]


def test_all_that_is_told_of_the_base_can_be_kept_as_json():
    once = [(customer, START, 100 + customer, 100, 0) for customer in range(40)]
    facts, as_of = shop(LINES + once, {100 + family: f"family {family}" for family in range(40)}), START + 400
    made = portraits(facts, as_of)
    stages = stages_at(facts, [as_of - 60, as_of - 30, as_of], made.parameters, Thresholds())
    result = base_analyses(facts, as_of, made.table, stages)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert list(result) == [
        *("concentration", "second_purchase", "tenure", "transitions", "durations"),
        *("discounts", "after_discounts", "leaving"),
    ]
    assert len(result["discounts"]["families"]) == 30
    assert (
        result["discounts"]["customers"]
        == result["concentration"]["customers"]
        == result["transitions"]["customers"]
        == 60
    )


def test_without_lines_nothing_is_told_of_prices(facts_of):
    facts = facts_of([(1, 1, "2024-01-05", 100), (2, 1, "2024-02-05", 100)])
    result = base_analyses(facts, day("2024-03-01"), portraits(facts, day("2024-03-01")).table)
    assert list(result) == ["concentration", "second_purchase", "tenure"]
    nobody = facts_of([])
    assert base_analyses(nobody, 100, portraits(nobody, 100).table)["second_purchase"]["all"]["customers"] == 0


def test_what_comes_later_changes_nothing_that_was_told():
    """A town that goes on for a year after the day in question: other prices, other customers, goods taken back."""
    as_of = START + 7 * 40
    whole = shop(LINES, {1: "tea"}, refunds=[(0, as_of + 3), (500, as_of + 50)])
    known = shop([line for line in LINES if line[1] <= as_of], {1: "tea"})
    result = [base_analyses(facts, as_of, portraits(facts, as_of).table) for facts in (whole, known)]
    assert result[0] == result[1]
    assert result[0]["after_discounts"]["discounts"] > 0
