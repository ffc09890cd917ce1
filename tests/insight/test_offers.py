"""Next offers and reminders: what they say of a small shop, counted by hand, and how right they are on a real year."""

from __future__ import annotations

import numpy as np
import pytest

from habitue.insight.offers import ownership
from habitue.insight.offers.offers import Offers, offers
from tests.insight.conftest import day
from tests.insight.shops import journey_shop, shop

AS_OF = 1000
FAMILIES = {10: "pasta", 11: "pasta", 40: "bread"} | {at: f"other {at}" for at in range(50, 70)}
BREAD = 40


def side(item: int) -> int:
    """Pasta and the 50s go together, and so do the 60s."""
    return int(item >= 60)


def habits(customers: int = 300, seed: int = 4) -> list[tuple[int, int, int, int, int]]:
    """Everybody buys bread once a week, odd customers pasta and the 50s now and then, even ones the 60s."""
    random = np.random.default_rng(seed)
    lines = []
    for customer in range(1, customers + 1):
        start = int(random.integers(700, 960))
        lines += [(customer, on, BREAD, 200, 0) for on in range(start, AS_OF + 1, 7)]
        goods = [10, 11, *range(50, 60)] if customer % 2 else list(range(60, 70))
        days = random.integers(start, AS_OF + 1, 7)
        lines += [(customer, int(on), int(random.choice(goods)), 300, 0) for on in days]
    return lines


def rows(result: Offers, kind: str) -> list[dict]:
    return [row for row in result.table.to_pylist() if row["kind"] == kind]


@pytest.fixture(scope="module")
def result() -> Offers:
    return offers(shop(habits(), FAMILIES), AS_OF)


def test_what_goes_with_the_own_purchases_is_offered_with_them_as_the_reason(result):
    assert result.used in ("ease", "neighbours")
    assert result.families[10] == "pasta"
    assert 11 not in result.families
    first = [row for row in rows(result, "offer") if row["rank"] <= 3 and row["because"][0]["item"] != BREAD]
    assert len(first) > 500
    assert {side(row["item"]) != row["customer_id"] % 2 for row in first} == {True}
    assert {side(row["item"]) == side(row["because"][0]["item"]) for row in first} == {True}


def test_the_reason_counts_who_had_the_one_and_took_the_other_up_since(result):
    first: dict[tuple[int, int], int] = {}
    for customer, on, product, _price, _off in habits():
        key = (customer, 10 if product == 11 else product)
        first[key] = min(on, first.get(key, on))
    then = AS_OF - 28
    reasons = [(row["item"], reason) for row in rows(result, "offer") for reason in row["because"]]
    assert len(reasons) > 200
    for item, reason in reasons[::7]:
        had = [c for (c, product), on in first.items() if product == reason["item"] and on <= then]
        without = [c for c in had if first.get((c, item), AS_OF) > then or (c, item) not in first]
        assert reason["customers"] == len(without)
        assert reason["bought"] == sum((c, item) in first for c in without)
        assert 0 < reason["share"] <= 1


def test_nobody_is_offered_what_they_have_and_everybody_is_offered_the_same_number(result):
    has = {(customer, 10 if product == 11 else product) for customer, _on, product, _price, _off in habits()}
    offered = [(row["customer_id"], row["item"]) for row in rows(result, "offer")]
    assert len(set(offered)) == len(offered) == 5 * 300
    assert not has & set(offered)


def test_what_comes_back_by_its_own_rhythm_is_a_reminder_when_it_is_due_and_not_before():
    lines = [line for line in habits() if not (line[0] <= 20 and line[2] == 40 and line[1] > AS_OF - 9)]
    reminded = rows(offers(shop(lines, FAMILIES), AS_OF), "reminder")
    last = {c: max(on for who, on, product, _price, _off in lines if (who, product) == (c, 40)) for c in range(1, 301)}
    times = {c: sum((who, product) == (c, 40) for who, _on, product, _price, _off in lines) for c in range(1, 301)}
    due = {c for c, on in last.items() if AS_OF - on >= 7 and times[c] >= 3}
    assert {row["customer_id"] for row in reminded if row["item"] == 40} == due
    assert len(due) >= 19
    one = next(row for row in reminded if row["item"] == 40 and row["customer_id"] == 3)
    assert one["gap"] == pytest.approx(7)
    assert one["elapsed"] == AS_OF - last[3]
    assert one["times"] == times[3]


def test_a_reminder_stops_when_a_customer_has_stopped():
    gone = [line for line in habits() if not (line[0] <= 60 and line[1] > AS_OF - 60)]
    bread = [line[0] for line in gone if line[2] == BREAD]
    regular = {customer for customer in range(1, 61) if bread.count(customer) >= 5}
    assert len(regular) > 20
    reminded = rows(offers(shop(gone, FAMILIES), AS_OF), "reminder")
    assert not regular & {row["customer_id"] for row in reminded if row["item"] == BREAD}


def test_chances_add_up_to_what_was_bought(result):
    chance = result.record["chance"]
    assert chance["bought"] > 50
    assert chance["expected"] == pytest.approx(chance["bought"], rel=0.25)
    bands = [band["expected"] for band in chance["bands"]]
    assert bands == sorted(bands)
    assert sum(band["offers"] for band in chance["bands"]) == chance["offers"]


def test_what_does_not_beat_popularity_is_not_used_and_the_record_says_so():
    random = np.random.default_rng(2)
    popular = np.minimum(random.geometric(0.06, size=(300, 20)), 60)
    days = random.integers(700, AS_OF + 1, size=popular.shape)
    lines = [(c, int(days[c, k]), int(popular[c, k]), 100, 0) for c in range(300) for k in range(20)]
    result = offers(shop(lines), AS_OF, "product")
    later = result.record["windows"]["later"]["ways"]
    assert result.record["chosen"] != "popularity"  # it was the best by chance in the first window
    assert later[result.record["chosen"]]["map"] <= later["popularity"]["map"]
    assert result.used == result.record["used"] == "popularity"
    assert {len(row["because"]) for row in rows(result, "offer")} == {0}


def test_with_too_little_to_tell_the_most_popular_is_offered_without_a_chance():
    result = offers(shop([(1, 990, 10, 100, 0), (2, 991, 10, 100, 0), (2, 991, 50, 100, 0)], FAMILIES), AS_OF)
    assert (result.used, result.record["windows"], result.record["chance"]) == ("popularity", {}, None)
    assert [(row["customer_id"], row["item"], row["support"], row["chance"]) for row in rows(result, "offer")] == [
        (1, 50, 1, None)
    ]


def test_without_lines_nothing_is_offered():
    result = offers(shop([(1, AS_OF + 1, 10, 100, 0)], FAMILIES), AS_OF)
    assert result.table.num_rows == 0
    assert result.used == "popularity"


@pytest.mark.parametrize("level", ["family", "product"])
def test_what_comes_after_the_day_changes_nothing(level):
    past = habits(100)
    future = [(c, AS_OF + 1 + c % 9, product, 100, 0) for c in range(1, 130) for product in (10, 50, 60, 77)]
    known, more = (offers(shop(lines, FAMILIES | {77: "new"}), AS_OF, level) for lines in (past, past + future))
    assert known.record == more.record
    assert known.table.equals(more.table)


def test_reading_customers_a_few_at_a_time_changes_nothing(result, monkeypatch):
    monkeypatch.setattr(ownership, "AT_ONCE", 77)
    again = offers(shop(habits(), FAMILIES), AS_OF)
    assert len(list(again.parts())) == 4
    assert again.table.drop_columns("chance").equals(result.table.drop_columns("chance"))
    assert again.record == result.record


@pytest.fixture(scope="module")
def year() -> Offers:
    """A real year, told at the end of it; 700 families go into EASE, for speed."""
    return offers(journey_shop("product_type"), day("2017-12-31"), most=700)


def test_on_a_real_year_offers_are_right_more_often_than_what_is_popular(year):
    later = year.record["windows"]["later"]
    assert (later["from"], later["to"]) == (day("2017-12-03"), day("2017-12-31"))
    assert later["customers"] == 1919
    ours, popular = later["ways"][year.used], later["ways"]["popularity"]
    assert year.used == "ease"
    assert ours["hit"] >= 0.475
    assert ours["map"] >= 1.05 * popular["map"]
    assert popular["map"] == pytest.approx(0.0394, abs=0.0005)


def test_on_a_real_year_a_chance_means_what_it_says(year):
    for band in year.record["chance"]["bands"]:
        assert band["offers"] > 2000
        assert abs(band["bought"] - band["expected"]) / band["offers"] < 0.03
    reminded = year.record["reminders"]
    assert reminded["reminders"] > 5000
    assert abs(reminded["bought"] - reminded["expected"]) / reminded["reminders"] < 0.05
    assert reminded["bought"] / reminded["reminders"] > 0.3
