"""Price on real purchases: a year of a grocery retailer, beside plain computations."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.insight.intervals import clustered
from habitue.insight.prices.after_promotion import after_discounts
from habitue.insight.prices.churn_by_price import churn_by_price
from habitue.insight.prices.discounts import discounts, discounts_by_customer
from habitue.insight.prices.price_changes import ended_discounts, risen_prices
from tests.insight.conftest import day
from tests.insight.shops import journey_shop


def test_the_discounts_of_the_journey_are_those_of_a_plain_computation():
    facts = journey_shop()
    result = discounts(facts, day("2017-12-31"))
    lines = facts.lines.collect("pyarrow").to_native()
    real = lines.filter(pc.and_(pc.greater(lines["quantity"], 0), pc.greater(lines["gross"], 0)))
    let_off = pc.subtract(real["gross"], real["paid"])
    assert result["discounted"]["of"] == len(real)
    assert result["discounted"]["count"] == pc.sum(pc.greater(let_off, 0)).as_py()
    assert result["let_off"] == pc.sum(let_off).as_py()
    assert result["discounted"]["share"] == pytest.approx(0.509, abs=0.0005)
    assert result["received_with"] + result["received_without"] == pc.sum(real["amount"]).as_py()
    assert sum(family["discounted"]["of"] for family in result["families"]) == len(real)
    part = discounts_by_customer(facts, day("2017-12-31"))
    again = clustered(part["discounted"].to_numpy(), part["lines"].to_numpy())
    assert result["discounted"] == pytest.approx(again)
    assert result["full_after"] == pytest.approx(clustered(part["full_after"].to_numpy(), part["items"].to_numpy()))


def test_the_journey_holds_discounts_and_rises():
    events = ended_discounts(journey_shop(), day("2017-12-31"), "USD")
    assert len(events) == 531
    assert ((events.end - events.start + 1) % 7 == 0).all()
    assert len(risen_prices(journey_shop(), day("2017-12-31"), "USD")) == 21


def test_what_followed_the_discounts_of_the_journey_is_that_of_a_plain_query():
    import duckdb

    facts, as_of = journey_shop(), day("2017-12-31")
    events = ended_discounts(facts, as_of, "USD")
    connection = duckdb.connect()
    connection.register("all_lines", facts.lines.collect("pyarrow").to_native())
    connection.register("events", pa.table({"item": events.item, "first": events.start, "last": events.end}))
    connection.sql("CREATE TABLE l AS SELECT *, gross > paid AS off FROM all_lines WHERE quantity > 0 AND gross > 0")
    rows = connection.sql(
        """SELECT e.item, e.first, l.customer_id,
             count(*) FILTER (l.day BETWEEN first - 28 AND first - 1) / 4 AS before,
             count(*) FILTER (l.day BETWEEN last + 1 AND last + 28) / 4 AS after,
             count(*) FILTER (l.day < first) = 0 AS new,
             bool_and(l.off) FILTER (l.day <= last + 28) AS only
           FROM events e JOIN l ON l.product_id = e.item
           GROUP BY ALL HAVING count(*) FILTER (l.off AND l.day BETWEEN first AND last) > 0"""
    ).to_arrow_table()
    result = after_discounts(facts, as_of)
    assert result["buyers"] == len(rows) == 21_731
    assert result["times"]["before"] == pytest.approx(np.mean(rows["before"].to_numpy()))
    assert result["times"]["after"] == pytest.approx(np.mean(rows["after"].to_numpy()))
    assert result["new"]["count"] == sum(rows["new"].to_pylist())
    assert result["only"]["count"] == sum(rows["only"].to_pylist())
    assert result["times"]["finding"] == "unclear"
    assert result["stayed"]["share"] == pytest.approx(0.0687, abs=0.0001)
    assert sum(family["buyers"] for family in result["families"]) == result["buyers"]
    difference = result["times"]["difference"]
    each = rows["after"].to_numpy() - rows["before"].to_numpy()
    random, customer = np.random.default_rng(1), rows["customer_id"].to_numpy()
    _ids, who = np.unique(customer, return_inverse=True)
    sums, cases = np.bincount(who, each), np.bincount(who)
    drawn = random.multinomial(len(cases), np.full(len(cases), 1 / len(cases)), 2000)
    low, high = np.quantile((drawn @ sums) / (drawn @ cases), [0.025, 0.975])
    assert (difference["low"], difference["high"]) == pytest.approx((low, high), abs=0.0004)


def test_households_of_the_journey_that_stay_longer_leave_less_when_a_discount_ends():
    result = churn_by_price(journey_shop(), day("2017-12-31"))
    assert result["events"] == 501
    lost = {group["group"]: round(group["lost"]["mean"], 3) for group in result["groups"]}
    assert lost == {"0": 0.081, "91": 0.080, "182": 0.044}
    assert result["contrast"]["finding"] == "more"
    rises = churn_by_price(journey_shop(), day("2017-12-31"), "rise")
    assert (rises["events"], rises["contrast"]["finding"]) == (19, "unclear")
