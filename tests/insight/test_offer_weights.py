"""EASE and neighbours against computations of another kind; chances; accuracy worked by hand; what somebody has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from habitue.insight import facts_from
from habitue.insight.offers import chances, ease, neighbours
from habitue.insight.offers.ownership import ownership
from habitue.insight.offers.rankings import Ranking, measure, popularity, uptake
from tests.insight.shops import journey_shop, shop


def some_purchases(customers: int = 80, items: int = 12) -> np.ndarray:
    random = np.random.default_rng(5)
    return (random.random((customers, items)) < random.random(items) * 0.5 + 0.2).astype(float)


def test_ease_is_the_ridge_regression_of_each_item_on_the_others():
    has, penalty = some_purchases(), 7.0
    fitted = ease.weights(has.T @ has, penalty)
    for item in range(has.shape[1]):
        others = np.delete(has, item, axis=1)
        right = np.linalg.solve(others.T @ others + penalty * np.eye(others.shape[1]), others.T @ has[:, item])
        assert np.delete(fitted[:, item], item) == pytest.approx(right, abs=1e-6)
        assert fitted[item, item] == 0


def test_neighbours_are_the_nearest_by_shrunken_cosine():
    has = some_purchases()
    parts = [csr_array(part.astype(np.float32)) for part in (has[:30], has[30:])]
    fitted = neighbours.weights(lambda: parts, 12, nearest=3, shrink=10.0).toarray()
    counts = has.sum(axis=0)
    cosine = (has.T @ has) / (np.sqrt(np.outer(counts, counts)) + 10.0)
    np.fill_diagonal(cosine, 0)
    for item in range(has.shape[1]):
        nearest = np.argsort(-cosine[:, item])[:3]
        assert set(np.flatnonzero(fitted[:, item])) == set(nearest)
        assert fitted[nearest, item] == pytest.approx(cosine[nearest, item], rel=1e-6)


def test_neighbours_are_the_same_however_many_are_looked_at_together(monkeypatch):
    has = [csr_array(some_purchases().astype(np.float32))]
    at_once = neighbours.weights(lambda: has, 12, nearest=4).toarray()
    monkeypatch.setattr(neighbours, "AT_ONCE", 5)
    assert (neighbours.weights(lambda: has, 12, nearest=4).toarray() == at_once).all()


def test_a_chance_is_the_logistic_regression_that_a_general_optimiser_finds():
    random = np.random.default_rng(3)
    features = random.normal(3.0, 2.0, size=(400, 2))
    happened = random.random(400) < 1 / (1 + np.exp(1.5 - 0.5 * features[:, 0]))
    fitted = chances.fit(features, happened)
    assert fitted is not None
    standard = (features - features.mean(axis=0)) / features.std(axis=0)

    def loss(b: np.ndarray) -> float:
        result = b[0] + standard @ b[1:]
        return float(np.logaddexp(0, result).sum() - result[happened].sum() + 0.5 * (b[1:] ** 2).sum())

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-7}).x
    assert fitted.of(features) == pytest.approx(1 / (1 + np.exp(-(best[0] + standard @ best[1:]))), abs=1e-5)
    assert fitted.of(features).sum() == pytest.approx(happened.sum())


def test_no_chance_is_told_when_too_few_came_true():
    assert chances.fit(np.ones((500, 1)), np.arange(500) < 19) is None


def test_accuracy_is_that_of_a_page_worked_by_hand():
    """Item k is k-th in popularity. Customer 1 has item 1 and begins with 2 and 4: ranked 2, 3, 4, 5, so precision is
    (1/1 + 2/3) / 2. Customer 2 has 2 and begins with 1: first of 1, 3, 4, 5. Customer 3 begins with nothing. Customer 4
    has 1 to 4 and begins with 9, which is not ranked."""
    before = [(1, 10, 1, 9, 0), (2, 10, 2, 9, 0), (3, 10, 1, 9, 0), *((4, 10, item, 9, 0) for item in (1, 2, 3, 4))]
    after = [(1, 20, 2, 9, 0), (1, 21, 4, 9, 0), (2, 22, 1, 9, 0), (3, 20, 1, 9, 0), (4, 20, 9, 9, 0)]
    made = shop(before + after)
    later = ownership(made, 30, "product")[0]
    known = ownership(made, 15, "product", later.items)[0]
    assert list(later.items) == [1, 2, 3, 4, 9]
    place = np.array([0, 1, 2, 3, -1], np.int32)
    ranking = Ranking("popularity", {}, np.arange(4, dtype=np.int32), place, np.array([4, 3, 2, 1], np.float32))
    (fitted,) = measure([ranking], known, later)
    assert (fitted.customers, fitted.hits) == (3, 2)
    assert fitted.map == pytest.approx(((1 + 2 / 3) / 2 + 1 + 0) / 3)


def test_popularity_counts_the_customers_of_eight_weeks_and_uptake_those_who_began():
    made = shop([(1, 900, 5, 9, 0), (2, 944, 5, 9, 0), (2, 990, 5, 9, 0), (3, 945, 5, 9, 0), (4, 986, 6, 9, 0)])
    parts = ownership(made, 1000, "product")
    assert list(popularity(parts)) == [2, 1]  # who bought on the days 945 to 1000
    began = [2 ** (-100 / 14) + 2 ** (-56 / 14) + 2 ** (-55 / 14), 2 ** (-14 / 14)]
    assert uptake(parts, 14) == pytest.approx([(began[0] + 0.5) / (1 + 50), (began[1] + 0.5) / (3 + 50)])


def test_what_was_taken_back_is_not_had():
    lines = [(1, 10, 5, 9, 0), (1, 12, 6, 9, 0), (2, 10, 5, 9, 0), (2, 30, 5, 9, 0)]
    orders = {"order_id": [0, 1, 2, 3, 4, 5], "customer_id": [1, 1, 2, 2, 1, 1], "day": [10, 12, 10, 30, 15, 40]}
    orders |= {"amount": [9, 9, 9, 9, -9, -9], "currency": ["EUR"] * 6, "refund_of": [None] * 4 + [0, 1]}
    rows = [(at, c, on, p, 1000, 9, 9, 9, "EUR") for at, (c, on, p, _g, _o) in enumerate(lines)]
    rows += [(4, 1, 15, 5, -1000, -9, -9, -9, "EUR"), (5, 1, 40, 6, -1000, -9, -9, -9, "EUR")]
    names = ("order_id", "customer_id", "day", "product_id", "quantity", "gross", "amount", "paid", "currency")
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    made = facts_from(pa.table(orders), lines=table)
    (early,) = ownership(made, 35, "product")
    seen = [(early.customers[c], early.items[i]) for c, i in zip(early.customer, early.item, strict=True)]
    assert seen == [(1, 6), (2, 5)]
    assert (list(early.first), list(early.last), list(early.days)) == ([12, 10], [12, 30], [1, 2])
    assert [list(part.customers) for part in ownership(made, 50, "product")] == [[2]]


def test_polars_reads_the_same_as_duckdb():
    lines, orders, products = (
        getattr(journey_shop("product_type"), name).collect("pyarrow").to_native().slice(0, 200_000)
        for name in ("lines", "orders", "products")
    )
    result = [
        ownership(facts_from(orders, engine=engine, lines=lines, products=products, check=False), 17_400, "family")
        for engine in ("duckdb", "polars")
    ]
    for one, other in zip(*result, strict=True):
        for name in ("customers", "items", "start", "item", "first", "last", "days"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
