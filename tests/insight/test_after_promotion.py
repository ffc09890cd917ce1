from __future__ import annotations

import numpy as np
import pytest

from habitue.insight.prices import buyers
from habitue.insight.prices.after_promotion import after_discounts
from tests.insight.conftest import day
from tests.insight.shops import shop

MONDAY = day("2024-01-01")
UNTIL = MONDAY + 7 * 14


def test_what_each_buyer_did_before_during_and_after_is_told():
    """A discount in week 5; other customers keep the price known."""
    others = [(100 + n, MONDAY + 7 * week + n % 7, 5, 100, 0) for week in (1, 2, 3, 4, 7, 8, 9, 10) for n in range(10)]
    in_it = [(customer, MONDAY + 36, 5, 100, 20) for customer in range(22)]
    again = [
        (0, MONDAY + 7, 5, 100, 0),
        (0, MONDAY + 50, 5, 100, 0),
        (1, MONDAY + 9, 5, 100, 0),
        (2, MONDAY + 69, 5, 100, 0),
    ]
    result = after_discounts(shop([*others, *in_it, *again], {5: "tea"}), UNTIL)
    assert (result["discounts"], result["customers"], result["buyers"], result["few"]) == (1, 22, 22, False)
    times = result["times"]
    assert (times["before"], times["during"], times["after"]) == pytest.approx((2 / 88, 1, 2 / 88))
    assert result["amount"]["during"] == pytest.approx(80)
    assert result["quantity"]["after"] == pytest.approx(1000 * 2 / 88)
    assert times["finding"] == "unclear"
    assert (result["new"]["count"], result["stayed"]["of"], result["stayed"]["count"]) == (20, 20, 1)
    assert result["only"]["count"] == 19  # 0, 1 and 2 have paid the full price
    assert [family["family"] for family in result["families"]] == ["tea"]


def stocked(after: float, seed: int = 4):
    """Customers who buy each week with a chance of .5 before a discount, always in it, `after` once it is over."""
    random = np.random.default_rng(seed)
    lines = []
    for customer in range(60):
        for week in range(14):
            chance = 1 if week in (5, 6) else 0.5 if week < 5 else after
            if random.random() < chance:
                lines.append((customer, MONDAY + 7 * week + customer % 7, 5, 100, 20 if week in (5, 6) else 0))
    return shop(lines)


def test_who_stocks_up_buys_less_afterwards_and_who_gets_a_taste_for_it_more():
    assert after_discounts(stocked(0.25), UNTIL)["times"]["finding"] == "less"
    assert after_discounts(stocked(0.75), UNTIL)["times"]["finding"] == "more"
    assert after_discounts(stocked(0.5), UNTIL)["times"]["finding"] == "unclear"


def test_a_promotion_of_a_family_is_about_all_its_products():
    lines = [(n, MONDAY + 7 * week, 5 + n % 2, 100, 20 if week == 6 else 0) for week in range(14) for n in range(30)]
    facts = shop(lines, {5: "tea", 6: "tea"}, [(None, "tea", MONDAY + 42, MONDAY + 48)])
    result = after_discounts(facts, UNTIL)
    assert (result["declared"], result["discounts"], result["buyers"]) == (True, 1, 30)
    assert (result["times"]["before"], result["times"]["after"], result["new"]["count"]) == (1, 1, 0)


def test_nobody_and_no_discount_say_nothing():
    result = after_discounts(shop([(1, MONDAY, 1, 100, 0)]), UNTIL)
    assert (result["discounts"], result["buyers"], result["families"], result["times"]["finding"]) == (0, 0, [], "few")


def test_with_too_many_lines_the_items_that_sell_most_are_looked_at(monkeypatch):
    lines = [(n, MONDAY + 7 * w, p, 100, 20 if w == 6 else 0) for w in range(14) for p in (1, 2) for n in range(20 + p)]
    monkeypatch.setattr(buyers, "MOST_LINES", 500)
    result = after_discounts(shop(lines), UNTIL)
    assert (result["discounts"], result["left_out"], result["customers"]) == (1, 1, 22)
