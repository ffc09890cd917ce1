from __future__ import annotations

from habitue.insight.prices.price_changes import AROUND, ended_discounts, risen_prices
from tests.insight.conftest import day
from tests.insight.shops import shop

MONDAY = day("2024-01-01")


def weekly(price, weeks: int, product: int = 5, lines: int = 10):
    """`lines` lines each week: price(week) gives the price before discounts and what is let off."""
    return [
        (customer, MONDAY + 7 * week + customer % 7, product, *price(week))
        for week in range(weeks)
        for customer in range(lines)
    ]


def weeks_of(events):
    return [
        (int(item), (int(start) - MONDAY) / 7, (int(end) - MONDAY + 1) / 7)
        for item, start, end in zip(events.item, events.start, events.end, strict=True)
    ]


def test_a_discount_that_begins_and_ends_is_found_in_the_lines():
    facts = shop(weekly(lambda week: (100, 20 if week in (5, 6) else 0), 12))
    events = ended_discounts(facts, MONDAY + 7 * 12 - 1, "EUR")
    assert weeks_of(events) == [(5, 5, 7)]
    assert not events.declared


def test_a_discount_is_told_once_the_weeks_after_it_are_over():
    facts = shop(weekly(lambda week: (100, 20 if week in (5, 6) else 0), 12))
    assert len(ended_discounts(facts, MONDAY + 7 * (7 + AROUND) - 2, "EUR")) == 0
    assert len(ended_discounts(facts, MONDAY + 7 * (7 + AROUND) - 1, "EUR")) == 1


def test_a_lower_price_that_is_the_price_or_has_little_around_it_is_no_discount_that_ended():
    until = MONDAY + 7 * 30 - 1
    for weeks in (range(30), range(3, 6), range(6, 15), range(27, 30)):
        facts = shop(weekly(lambda week, there=weeks: (100, 20 if week in there else 0), 30))
        assert weeks_of(ended_discounts(facts, until, "EUR")) == [], weeks
    few = shop(weekly(lambda week: (100, 20 if week in (5, 6) else 0), 30, lines=9))
    assert len(ended_discounts(few, until, "EUR")) == 0  # 18 lines


def test_a_calendar_of_promotions_is_believed():
    lines = weekly(lambda week: (100, 20 if week in (5, 6) else 0), 20)
    calendar = [
        (5, None, MONDAY + 60, MONDAY + 65),
        (None, "tea", MONDAY + 70, MONDAY + 75),
        (5, None, MONDAY + 10, MONDAY + 15),  # too near the beginning of the records
        (5, None, MONDAY + 120, MONDAY + 130),  # too near the end
        (5, None, MONDAY + 60, MONDAY + 65),  # twice
    ]
    events = ended_discounts(shop(lines, {5: "tea"}, calendar), MONDAY + 139, "EUR")
    assert events.declared
    assert events.families == ("tea",)
    assert events.item.tolist() == [-1, 5]
    assert (events.end - MONDAY).tolist() == [75, 65]


def test_a_price_that_rises_and_stays_is_found_at_its_week():
    facts = shop(weekly(lambda week: (106 if week >= 8 else 100, 0), 16))
    assert weeks_of(risen_prices(facts, MONDAY + 7 * 16 - 1, "EUR")) == [(5, 8 - AROUND, 8)]


def test_a_price_that_falls_back_rises_little_or_creeps_has_not_risen():
    until = MONDAY + 7 * 20 - 1
    prices = {
        "falls back": lambda week: (110 if week in (8, 9) else 100, 0),
        "rises little": lambda week: (104 if week >= 8 else 100, 0),
        "creeps": lambda week: (1000 + 20 * week, 0),
        "is the end of a discount": lambda week: (100 if week < 8 else 110, 20 if week < 8 else 0),
    }
    for name, price in prices.items():
        assert len(risen_prices(shop(weekly(price, 20)), until, "EUR")) == 0, name


def test_nothing_sold_has_no_events():
    facts = shop([(1, MONDAY, 1, 100, 0)])
    assert len(ended_discounts(facts, MONDAY - 5, "EUR")) == 0
    assert len(risen_prices(facts, MONDAY + 50, "EUR")) == 0
