from __future__ import annotations

import narwhals as nw
import numpy as np
import pytest

from habitue.insight.intervals import clustered, wilson
from habitue.insight.prices.discounts import discounts, discounts_by_customer
from habitue.insight.prices.sold import sold
from tests.insight.shops import shop

LINES = [
    *((1, 10, 7, 100, 20), (1, 20, 7, 100, 0), (1, 30, 8, 300, 0)),
    *((2, 12, 7, 100, 20), (2, 13, 7, 100, 20), (2, 14, 8, 300, 30)),
    *((3, 40, 9, 50, 0), (3, 41, 9, 50, 10)),  # full price first: not bought without a discount since
]
FAMILIES = {7: "tea", 8: "coffee"}


def test_each_family_tells_what_was_bought_at_a_lower_price():
    result = discounts(shop(LINES, FAMILIES), 100)
    assert (result["customers"], result["gross"], result["let_off"], result["few"]) == (3, 1100, 100, True)
    assert (result["received_with"], result["received_without"]) == (80 + 80 + 80 + 270 + 40, 100 + 300 + 50)
    assert (result["discounted"]["of"], result["discounted"]["count"], result["discounted"]["share"]) == (8, 5, 5 / 8)
    assert (result["full_after"]["of"], result["full_after"]["count"]) == (4, 1)
    assert [(family["family"], family["discounted"]["count"]) for family in result["families"]] == [
        ("coffee", 1),
        ("tea", 3),
        ("", 1),
    ]


def test_each_customer_tells_whether_they_also_pay_the_full_price():
    rows = discounts_by_customer(shop(LINES, FAMILIES), 100).to_pylist()
    assert [(row["customer_id"], row["lines"], row["discounted"], row["items"], row["full_after"]) for row in rows] == [
        (1, 3, 1, 1, 1),
        (2, 3, 3, 2, 0),
        (3, 2, 1, 1, 0),
    ]
    assert (rows[0]["low"], rows[0]["high"]) == pytest.approx([float(bound) for bound in wilson(1, 3)])
    assert rows[1]["full_share"] == 0
    never = discounts_by_customer(shop([(1, 1, 1, 100, 0)]), 100).to_pylist()[0]
    assert (never["share"], never["full_share"], never["full_low"]) == (0, None, None)


def test_what_was_taken_back_by_then_was_not_sold():
    facts = shop(LINES, FAMILIES, refunds=[(0, 15)])
    assert discounts(facts, 14)["discounted"]["count"] == 4
    assert discounts(facts, 15)["discounted"]["count"] == 3
    assert discounts(facts, 11)["discounted"]["count"] == 1
    assert discounts(facts, 9)["discounted"]["share"] is None


def test_the_interval_counts_customers_and_not_lines():
    """Two kinds of customers, 100 lines each: what one line each would tell."""
    many = [(customer, on, 1, 100, 10 * (customer % 2)) for customer in range(60) for on in range(100)]
    result = discounts(shop(many), 100)["discounted"]
    one = clustered([customer % 2 for customer in range(60)], np.ones(60))
    assert (result["of"], result["low"], result["high"]) == (
        6000,
        pytest.approx(one["low"]),
        pytest.approx(one["high"]),
    )


def test_lines_in_another_currency_and_gifts_are_not_sold_at_a_price():
    facts = shop([(1, 1, 1, 100, 0), (1, 2, 1, 0, 0)])
    assert sold(facts, 10, "EUR").select(nw.len()).collect("pyarrow").item() == 1
    assert sold(facts, 10, "USD").select(nw.len()).collect("pyarrow").item() == 0
