from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from habitue.insight.prices.churn_by_price import _Group, _Returns, churn_by_price
from tests.insight.conftest import day
from tests.insight.shops import shop

MONDAY = day("2024-01-01")
FIRST, LAST = MONDAY + 7 * 60, MONDAY + 7 * 62 - 1  # of the discount
UNTIL = LAST + 40


def town(old_return: float, new_return: float, seed: int = 1):
    """A product at a discount for two weeks. Half of its buyers have been customers for a year, half for two months;
    of either half .5 come back as a rule, and so many after the discount."""
    random = np.random.default_rng(seed)
    lines = [(1000 + n, FIRST - 28 + 7 * week + n, 5, 100, 0) for week in range(4) for n in range(2)]
    for customer in range(400):
        old = customer % 2
        lines.append((customer, MONDAY + customer % 28 if old else FIRST - 70, 9, 500, 0))
        back = old_return if old else new_return
        if customer % 4 < 2:
            lines.append((customer, FIRST - 28 - 3, 5, 100, 0))
            if random.random() < 0.5:
                lines.append((customer, FIRST - 10, 5, 100, 0))
        else:
            lines.append((customer, FIRST + customer % 14, 5, 100, 20))
            if random.random() < back:
                lines.append((customer, LAST + 10, 5, 100, 0))
    return shop(lines, promotions=[(5, None, FIRST, LAST)])


def test_it_is_found_that_the_loyal_leave_less():
    result = churn_by_price(town(old_return=0.5, new_return=0.15), UNTIL)
    assert result["events"] == 1
    by_group = {group["group"]: group for group in result["groups"]}
    assert set(by_group) == {"0", "365"}
    assert (by_group["0"]["after"]["of"], by_group["0"]["usual"]["of"]) == (100, 100)
    assert by_group["0"]["finding"] == "more"
    assert by_group["365"]["finding"] == "unclear"
    assert (result["contrast"]["groups"], result["contrast"]["finding"]) == (["0", "365"], "more")


def test_nothing_is_claimed_where_all_leave_alike_and_the_contrary_is_found_too():
    assert churn_by_price(town(0.3, 0.3), UNTIL)["contrast"]["finding"] == "unclear"
    assert churn_by_price(town(0.1, 0.5), UNTIL)["contrast"]["finding"] == "less"


def test_customers_can_be_grouped_by_their_stage_of_the_day():
    rows = [(c, on, "regular" if c % 2 else "settling") for c in range(400) for on in (FIRST - 100, LAST + 1)]
    rows += [(c, LAST + 5, "lost") for c in range(400)]  # later than anything here
    customer, on, stage = zip(*sorted(rows), strict=True)
    stages = pa.table({"customer_id": customer, "day": pa.array(on, pa.int32()), "stage": stage})
    result = churn_by_price(town(0.5, 0.15), UNTIL, stages=stages)
    assert [group["group"] for group in result["groups"]] == ["settling", "regular"]
    assert result["contrast"]["groups"] == ["settling", "regular"]
    assert result["contrast"]["finding"] == "more"


def test_the_difference_is_that_of_a_regression_with_an_effect_of_each_event():
    random = np.random.default_rng(8)
    event, who = random.integers(0, 12, 600), random.integers(0, 90, 600)
    after = random.random(600) < 0.3 + 0.04 * event
    back = (random.random(600) < 0.2 + 0.05 * event - 0.1 * after).astype(float)
    parts = [_Returns(event[at], who[at], event[at], back[at]) for at in (after, ~after)]
    group = _Group("0", *parts, customers=90)
    columns = np.column_stack([after, event[:, None] == np.arange(12)]).astype(float)
    coefficients, *_rest = np.linalg.lstsq(columns, back)
    assert group.lost == pytest.approx(-coefficients[0])
    scores = np.zeros((90, 13))
    np.add.at(scores, who, columns * (back - columns @ coefficients)[:, None])
    bread = np.linalg.inv(columns.T @ columns)
    variance = (bread @ scores.T @ scores @ bread)[0, 0]
    assert float(group.moved @ group.moved) == pytest.approx(variance)
    lost = group.stats()["lost"]
    assert lost["high"] - lost["mean"] == pytest.approx(1.96 * variance**0.5, rel=0.02)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(24):
        result = churn_by_price(town(0.4, 0.2, seed), UNTIL)["contrast"]
        held += result["low"] <= 0.2 <= result["high"]
    assert held >= 21


def test_a_rise_is_looked_at_as_a_discount_that_ended():
    lines = [
        (n, MONDAY + 7 * week + n % 7, 5, 106 if week >= 16 else 100, 0)
        for week in range(24)
        for n in range(40)
        if week < 16 or n % 2
    ]
    lines += [(n, MONDAY - 400, 9, 100, 0) for n in range(40)]
    result = churn_by_price(shop(lines), MONDAY + 7 * 24 - 1, "rise")
    assert (result["change"], result["events"]) == ("rise", 1)
    assert result["groups"][0]["usual"]["share"] == 1
    assert result["groups"][0]["after"]["share"] == 0.5
    assert result["groups"][0]["finding"] == "more"
    assert result["contrast"] is None


def test_no_event_says_nothing():
    result = churn_by_price(shop([(1, MONDAY, 1, 100, 0)]), UNTIL)
    assert (result["events"], result["groups"], result["contrast"]) == (0, [], None)
