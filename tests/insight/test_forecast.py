"""What is still to come, against closed forms, against the law itself, and against a simulated future."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from habitue.insight.models import bgnbd, gammagamma, mbgnbd
from habitue.insight.models.dropout import Fit
from habitue.insight.models.forecast import Outlook, discount_factor, outlook, worth
from habitue.insight.models.lomax import FAR, quantile

CDNOW = (0.525, 6.183, 0.891, 1.614)
GROCERY = (1.41, 9.67, 0.195, 277.0)


def test_the_sum_over_counts_is_the_closed_form_of_fader_hardie_and_lee():
    fitted = Fit(0.243, 4.414, 0.793, 2.426, 0.0, 0)
    r, alpha, a, b = fitted.parameters
    x, t_x, T = (
        np.array(column) for column in ([0, 1, 2, 5, 20], [0, 3.0, 30.43, 12.0, 38.0], [0.5, 38.86, 38.86, 13, 38.86])
    )
    z = 39 / (alpha + T + 39)
    gauss = special.hyp2f1(r + x, b + x, a + b + x - 1, z)
    closed = (a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (r + x) * gauss) * bgnbd.p_alive(fitted, x, t_x, T)
    assert bgnbd.expected_purchases(fitted, x, t_x, T, 39) == pytest.approx(closed, rel=1e-10)


@pytest.mark.parametrize("parameters", [CDNOW, GROCERY, (0.3, 2.0, 1.0, 4.0), (40.0, 300.0, 2.5, 9.0)])
@pytest.mark.parametrize("x", [0, 1, 30, 250, 3000])
def test_mean_and_second_moment_are_those_of_the_law_integrated_over_the_chance_of_leaving(parameters, x):
    """Given p the count has mean E[(1 - exp(-rate t p)) / p], whatever x: no series, no hypergeometric function."""
    r, alpha, a, b = parameters
    T, horizon, m = max(1.3 * x, 3.0), 365.0, x + 1
    ahead = outlook(parameters, *(np.array([float(value)]) for value in (x, T, m, 1.0)), horizon)
    u, size = horizon / (alpha + T), r + x

    def mean(p: float) -> float:
        return -np.expm1(-size * np.log1p(p * u)) / p

    def product(p: float) -> float:
        """E[N (N - 1)] given p; near p = 0, where the difference cancels, its limit E[B (B - 1)]."""
        if p * u * size < 1e-4:
            return u**2 * size * (size + 1)
        lost = -np.expm1(-size * np.log1p(p * u)) - p * size * u * np.exp(-(size + 1) * np.log1p(p * u))
        return 2 * (1 - p) * lost / p**2

    def over_chances(of_p) -> float:
        logit = np.linspace(-220, 30, 20_001)
        p, weight = 1 / (1 + np.exp(-logit)), np.exp(-a * np.log1p(np.exp(-logit)) - (b + m) * np.log1p(np.exp(logit)))
        return float(np.dot([of_p(value) for value in p], weight) / weight.sum())

    assert ahead.mean[0] == pytest.approx(over_chances(mean), rel=1e-8)
    assert ahead.second[0] - ahead.mean[0] == pytest.approx(over_chances(product), rel=2e-4)


def test_low_and_high_are_the_first_counts_that_reach_ten_and_ninety_percent():
    x, T, alive = np.array([0.0, 3.0, 40.0]), np.array([20.0, 60.0, 300.0]), np.array([0.5, 0.9, 0.99])
    ahead = outlook(GROCERY, x, T, x + 1, alive, 365)
    for row in range(3):
        low, high = reached(row, x, T, alive)
        assert (ahead.low[row], ahead.high[row]) == (low, high)
        assert ahead.some[row] == pytest.approx(1 - cumulative(0, row, x, T, alive))
    assert ahead.low.tolist()[0] == 0
    assert ahead.low[2] < ahead.mean[2] < ahead.high[2]


def cumulative(n: int, row: int, x: np.ndarray, T: np.ndarray, alive: np.ndarray) -> float:
    """P(N <= n) from SciPy's own laws: the negative binomial and the beta-binomial chance to stay n times."""
    r, alpha, a, b = GROCERY
    more = stats.nbinom.sf(n, r + x[row], (alpha + T[row]) / (alpha + T[row] + 365))
    stays = stats.betabinom.pmf(0, n, a, b + x[row] + 1) if n else 1.0
    return 1 - alive[row] * more * stays


def reached(row: int, x: np.ndarray, T: np.ndarray, alive: np.ndarray) -> list[int]:
    counts = [cumulative(n, row, x, T, alive) for n in range(400)]
    return [int(np.argmax(np.array(counts) >= level)) for level in (0.1, 0.9)]


@pytest.fixture(scope="module")
def future() -> dict[str, np.ndarray]:
    """20,000 customers of known parameters, a past of 200 days and what they really did in the 365 days after."""
    random = np.random.default_rng(20170101)
    size, past, horizon = 20_000, 200.0, 365.0
    r, alpha, a, b, p, q, v = 0.8, 30.0, 0.6, 5.0, 2.0, 4.0, 3_000.0
    rate, leaves = random.gamma(r, 1 / alpha, size), random.beta(a, b, size)
    scale = random.gamma(q, 1 / v, size)
    x, t_x, spent = np.zeros(size), np.zeros(size), np.zeros(size)
    later, received = np.zeros(size), np.zeros(size)
    time, still = np.zeros(size), random.random(size) > leaves
    while still.any():
        time += random.exponential(1 / rate)
        amount = random.gamma(p, 1 / scale)
        before, after = still & (time <= past), still & (time > past) & (time <= past + horizon)
        x += before
        t_x[before] = time[before]
        spent[before] += amount[before]
        later += after
        received[after] += amount[after]
        still &= (time <= past + horizon) & (random.random(size) > leaves)
    fitted = Fit(r, alpha, a, b, 0.0, size)
    alive = mbgnbd.p_alive(fitted, x, t_x, np.full(size, past))
    ahead = outlook(fitted.parameters, x, np.full(size, past), x + 1, alive, horizon)
    brings = worth(p, q, x, ahead, 1.0)
    unit = v + spent
    return {"x": x, "t_x": t_x, "spent": spent, "later": later, "received": received, "ahead": ahead, "unit": unit} | {
        name: getattr(brings, name) * unit for name in ("mean", "sd", "low", "high")
    }


def test_the_mean_of_what_was_really_bought_is_the_expected_one(future):
    ahead: Outlook = future["ahead"]
    error = future["later"].std() / np.sqrt(len(future["later"]))
    assert ahead.mean.mean() == pytest.approx(future["later"].mean(), abs=4 * error)
    variance = (future["later"] - ahead.mean) ** 2
    assert (ahead.second - ahead.mean**2).mean() == pytest.approx(variance.mean(), rel=0.1)


def test_eight_in_ten_really_buy_a_number_within_the_interval(future):
    ahead: Outlook = future["ahead"]
    for group in (future["x"] == 0, (future["x"] > 0) & (future["x"] < 5), future["x"] >= 5):
        inside = (ahead.low[group] <= future["later"][group]) & (future["later"][group] <= ahead.high[group])
        assert 0.79 < inside.mean() < 0.97
    busy = ahead.mean > 8
    inside = (ahead.low[busy] <= future["later"][busy]) & (future["later"][busy] <= ahead.high[busy])
    assert 0.79 < inside.mean() < 0.87


def test_eight_in_ten_are_really_worth_a_value_within_the_interval(future):
    inside = (future["low"] <= future["received"]) & (future["received"] <= future["high"])
    assert 0.79 < inside.mean() < 0.93
    busy = future["ahead"].mean > 8
    assert 0.76 < inside[busy].mean() < 0.86
    error = future["received"].std() / np.sqrt(len(inside))
    assert future["mean"].mean() == pytest.approx(future["received"].mean(), abs=4 * error)
    spread = np.sqrt(((future["received"] - future["mean"]) ** 2).mean())
    assert np.sqrt((future["sd"] ** 2).mean()) == pytest.approx(spread, rel=0.08)


def test_the_fit_finds_the_parameters_behind_the_simulated_customers(future):
    fitted = mbgnbd.fit(future["x"], future["t_x"], np.full(len(future["x"]), 200.0))
    assert fitted.parameters == pytest.approx((0.8, 30.0, 0.6, 5.0), rel=0.3)
    repeats = future["x"] > 0
    amounts = gammagamma.fit(future["x"][repeats], future["spent"][repeats] / future["x"][repeats])
    assert (amounts.p, amounts.q, amounts.v) == pytest.approx((2.0, 4.0, 3_000.0), rel=0.15)


def test_who_is_surely_gone_is_expected_to_bring_nothing():
    x = np.array([200.0])
    nothing = outlook(GROCERY, x, np.array([360.0]), x + 1, np.array([0.0]), 365)
    brings = worth(0.45, 3.9, x, nothing, 0.95)
    assert [float(part[0]) for part in (brings.mean, brings.low, brings.high)] == [0, 0, 0]


def test_no_variance_of_amounts_gives_a_number_all_the_same():
    ahead = outlook(CDNOW, *(np.array([value]) for value in (0.0, 10.0, 1.0, 0.5)), 52)
    brings = worth(3.0, 1.2, np.array([0.0]), ahead, 1.0)
    assert all(np.isfinite(getattr(brings, name)).all() for name in ("mean", "sd", "low", "high"))


def test_spreading_a_year_at_ten_percent_takes_off_what_the_integral_says():
    direct, _ = integrate.quad(lambda time: 1.1**-time, 0, 1)
    assert discount_factor(0.10, 365) == pytest.approx(direct, rel=1e-9)
    assert discount_factor(0.0, 365) == 1.0
    assert discount_factor(0.10, 730) < discount_factor(0.10, 365)


def test_the_wait_has_the_quantiles_of_scipys_lomax_law():
    shape, scale = np.array([0.5, 3.4, 250.0]), np.array([6.0, 40.0, 365.0])
    for share in (0.1, 0.5, 0.8, 0.94):
        assert quantile(share, shape, scale) == pytest.approx(stats.lomax.ppf(share, shape, scale=scale), rel=1e-10)


def test_a_wait_beyond_a_century_is_told_as_a_century():
    assert quantile(0.99, np.array([0.01]), np.array([5.0])).tolist() == [FAR]
