"""The gaps of a base, fitted: the chance of buying again after a silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from habitue.insight.models import mbgnbd, repurchase_hazard
from habitue.insight.models.dropout import Fit
from habitue.insight.models.lomax import FAR
from habitue.insight.models.repurchase_hazard import RepurchaseHazard

R, ALPHA = 1.4, 10.0
PLAIN = RepurchaseHazard(R, ALPHA, 0.0, 1.0)
LEAVING = RepurchaseHazard(R, ALPHA, 1.0, 9.0)
FITTED = Fit(R, ALPHA, 1.0, 9.0, 0.0, 100)
BENT = RepurchaseHazard(
    R,
    ALPHA,
    0.0,
    1.0,
    (-0.1, 0.2, -0.02, -0.6, 0.2, 0.25, 0.1, 0.2, 0.15, -0.5, 0.3),
    (0.4, -2.0, -1.8, -2.0, 0.1),
    (5.8, 3.2, 1.8, 2.0, 4.0),
)
ROWS = {
    "x": np.array([0, 3, 40]),
    "t_x": np.array([0, 90, 280]),
    "recent_span": np.array([0, 90, 30]),
    "latest_span": np.array([0, 90, 20]),
}


def simulated(customers: int, days: int, stay: float, seed: int) -> dict[str, np.ndarray]:
    """Steps of buyers whose rates are Gamma(R, ALPHA) and who go on after each purchase with chance `stay`."""
    random = np.random.default_rng(seed)
    columns: dict[str, list[int]] = {name: [] for name in ("customer_id", "day", "next_day", *ROWS)}
    for customer, rate in enumerate(random.gamma(R, 1 / ALPHA, customers)):
        bought = [0]
        while (
            random.random() < stay and (on := bought[-1] + max(int(np.ceil(random.exponential(1 / rate))), 1)) <= days
        ):
            bought.append(on)
        for x in range(len(bought)):
            keep(columns, customer, bought, x, bought[x + 1] if x + 1 < len(bought) else -1)
    return {name: np.array(values) for name, values in columns.items()}


def keep(columns: dict[str, list[int]], customer: int, bought: list[int], x: int, next_day: int) -> None:
    spans = [bought[x] - bought[max(x - size, 0)] for size in (8, 3)]
    for name, value in zip(columns, (customer, bought[x], next_day, x, bought[x], *spans), strict=True):
        columns[name].append(value)


def test_without_a_factor_the_chance_is_that_of_the_lomax_law():
    elapsed = np.array([0, 5, 200])
    result = repurchase_hazard.chance(PLAIN, ROWS, elapsed, 91)
    known = [
        stats.lomax.cdf(91, R + x, scale=ALPHA + t + e) for x, t, e in zip(ROWS["x"], ROWS["t_x"], elapsed, strict=True)
    ]
    assert result == pytest.approx(known, rel=1e-6)


def test_where_too_little_is_known_the_chance_is_that_of_the_mbg_nbd_model():
    elapsed = np.array([0, 5, 200])
    assumed = repurchase_hazard.fit({}, 100, replace(FITTED, fallback=True))
    x, t_x = ROWS["x"].astype(float), ROWS["t_x"].astype(float)
    alive = mbgnbd.p_alive(FITTED, x, t_x, t_x + elapsed)
    wait = [stats.lomax.cdf(91, R + n, scale=ALPHA + t + e) for n, t, e in zip(x, t_x, elapsed, strict=True)]
    assert repurchase_hazard.chance(assumed, ROWS, elapsed, 91) == pytest.approx(alive * wait, abs=1e-4)


def test_the_chance_is_the_integral_of_the_hazard():
    def hazard(silent: float, x: int, t_x: int, recent_span: int, latest_span: int) -> float:
        rate = (R + x) / (ALPHA + t_x + silent)
        drift = np.log((R + min(x, 8)) / (ALPHA + recent_span + silent) / rate)
        lately = np.log((R + min(x, 3)) / (ALPHA + latest_span + silent) / rate)
        missed = np.log1p((R + x) * np.log1p(silent / (ALPHA + t_x)))
        shape = (np.log1p(silent), np.log(30 * rate), drift, lately, missed)
        u, p, d, n, m = np.clip(shape, BENT.least, BENT.most)
        return rate * np.exp(np.dot(BENT.coefficients, [1, u, u * u, p, u * p, p * p, d, p * d, n, m, m * n]))

    elapsed = np.array([0, 5, 200])
    result = repurchase_hazard.chance(BENT, ROWS, elapsed, 91)
    for row, start in enumerate(elapsed):
        known = [int(column[row]) for column in ROWS.values()]
        total, _ = quad(hazard, start, start + 91, args=tuple(known), limit=200)
        assert result[row] == pytest.approx(1 - np.exp(-total), abs=2e-4)


def test_gaps_that_follow_the_lomax_law_leave_it_as_it_is():
    fitted = repurchase_hazard.fit(simulated(4000, 400, 1.0, 1), 400, FITTED)
    rows, elapsed = {name: np.repeat(column, 3) for name, column in ROWS.items()}, np.tile([0, 10, 40], 3)
    assert repurchase_hazard.chance(fitted, rows, elapsed, 60) == pytest.approx(
        repurchase_hazard.chance(PLAIN, rows, elapsed, 60), abs=0.03
    )


def test_buyers_who_stop_make_a_long_silence_tell_more_than_the_law_would():
    steps = simulated(6000, 500, 0.9, 2)
    known = steps["day"] <= 300
    last = known & ((steps["next_day"] < 0) | (steps["next_day"] > 300))
    rows = {name: steps[name][last] for name in ROWS}
    elapsed = 300 - steps["day"][last]
    bought = (steps["next_day"][last] > 0) & (steps["next_day"][last] <= 391)
    past = {name: column[known] for name, column in steps.items()}
    past["next_day"] = np.where(past["next_day"] <= 300, past["next_day"], -1)
    fitted = repurchase_hazard.fit(past, 300, FITTED)
    result, plain = (repurchase_hazard.chance(model, rows, elapsed, 91) for model in (fitted, PLAIN))
    assert plain.mean() > bought.mean() + 0.2
    assert result.mean() == pytest.approx(bought.mean(), abs=0.02)
    for tenth in np.array_split(np.argsort(result), 10):
        assert result[tenth].mean() == pytest.approx(bought[tenth].mean(), abs=0.06)
    assert fitted.a > 0  # far the likelier of the two


def test_that_some_leave_for_good_takes_more_than_a_few_long_silences():
    few, many = (simulated(customers, 90, 0.9, 1) for customers in (100, 1000))
    assert repurchase_hazard.fit(few, 90, FITTED).a == 0
    assert repurchase_hazard.fit(many, 90, FITTED).a > 0


def test_where_habits_change_the_last_three_purchases_tell_more_than_all_of_them():
    random = np.random.default_rng(5)
    columns: dict[str, list[int]] = {name: [] for name in ("customer_id", "day", "next_day", *ROWS)}
    for customer in range(800):
        bought, gap = [0], 8.0
        while bought[-1] <= 300:
            if random.random() < 0.15:
                gap = random.choice([2.0, 8.0, 32.0])
            bought.append(bought[-1] + max(int(np.ceil(random.exponential(gap))), 1))
        for x in range(len(bought) - 1):
            keep(columns, customer, bought, x, bought[x + 1] if bought[x + 1] <= 300 else -1)
    fitted = repurchase_hazard.fit({name: np.array(values) for name, values in columns.items()}, 300, FITTED)
    known = {"x": [20] * 3, "t_x": [200] * 3, "recent_span": [80] * 3, "latest_span": [6, 24, 90]}
    result = repurchase_hazard.chance(
        fitted, {name: np.array(values) for name, values in known.items()}, np.full(3, 5), 14
    )
    assert result[0] > result[1] + 0.02 > result[2] + 0.1


def test_the_silence_that_brings_a_chance_down_is_found_to_the_day():
    level = np.array([0.5, 0.6, 0.9])
    days = repurchase_hazard.silence_until(PLAIN, ROWS, level, 91).astype(int)
    assert np.all(repurchase_hazard.chance(PLAIN, ROWS, days, 91) <= level)
    assert np.all(repurchase_hazard.chance(PLAIN, ROWS, days - 1, 91) > level)
    assert repurchase_hazard.silence_until(PLAIN, ROWS, np.zeros(3), 91).tolist() == [FAR] * 3


def test_no_purchase_leaves_the_model_as_it_is():
    nothing = {name: np.empty(0, np.int64) for name in ("customer_id", "day", "next_day", *ROWS)}
    fitted = repurchase_hazard.fit(nothing, 100, replace(FITTED, fallback=True))
    assert fitted.coefficients == (0.0,) * repurchase_hazard.TERMS
    assert len(repurchase_hazard.chance(fitted, nothing, np.empty(0), 91)) == 0


def test_of_too_many_gaps_those_of_some_customers_are_taken_whole(monkeypatch):
    steps = simulated(300, 200, 1.0, 3)
    monkeypatch.setattr(repurchase_hazard, "AT_MOST", len(steps["day"]) // 4)
    some = repurchase_hazard._some(steps)
    assert 0.1 < len(some["day"]) / len(steps["day"]) < 0.4
    for customer in np.unique(some["customer_id"]):
        assert (some["customer_id"] == customer).sum() == (steps["customer_id"] == customer).sum()


@pytest.mark.parametrize("largest", [3, 2**40])
def test_rows_that_are_alike_are_told_once_however_large_their_numbers(largest):
    rows = np.random.default_rng(1).integers(0, 3, (500, 4)) * (largest // 3)
    first, inverse = repurchase_hazard.distinct(list(rows.T))
    assert len(first) == len({tuple(row) for row in rows.tolist()})
    assert (rows[first][inverse] == rows).all()
    assert [len(part) for part in repurchase_hazard.distinct([np.empty(0, np.int64)])] == [0, 0]


@pytest.mark.parametrize("most", [0, 10_000_000])
def test_alike_rows_are_numbered_in_their_order_by_counting_as_by_sorting(most, monkeypatch):
    monkeypatch.setattr(repurchase_hazard, "MOST_CELLS", most)
    rows = np.random.default_rng(2).integers(-4, 9, (2_000, 3)).astype(float)
    expected = np.unique(rows, axis=0, return_inverse=True)[1]
    assert (repurchase_hazard._alike(list(rows.T)) == expected.ravel()).all()
