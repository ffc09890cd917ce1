"""Pareto/NBD against the published figures, against quadrature, and against a simulated future."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from bench import simulate
from habitue.insight.models import paretonbd
from habitue.insight.models.paretonbd import Fit
from tests.insight.conftest import package_folder
from tests.insight.test_cdnow import INSTALL, assert_derivatives

STRANGE = [(0.55, 10.6, 0.6, 11.7), (0.55, 0.6, 0.6, 1100.0), (2.0, 50.0, 0.05, 0.3), (1.4, 9.7, 30.0, 4.0)]


@pytest.fixture(scope="module")
def rows() -> list[np.ndarray]:
    path = package_folder("lifetimes", INSTALL) / "datasets" / "cdnow_customers_summary.csv"
    table = np.genfromtxt(path, delimiter=",", names=True)
    return [table[name] for name in ("frequency", "recency", "T")]


def test_the_fit_has_the_parameters_that_are_published(rows):
    fitted = paretonbd.fit(*rows)
    assert fitted.parameters == pytest.approx((0.553, 10.578, 0.606, 11.669), abs=0.0015)
    assert fitted.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert paretonbd.log_likelihood(fitted, *rows).sum() == pytest.approx(fitted.log_likelihood, rel=1e-12)


def test_slope_and_curvature_are_those_of_finite_differences(rows):
    weights = np.linspace(0.5, 2.0, len(rows[0]))
    assert_derivatives(paretonbd.objective(*rows, weights), np.log([0.4, 5.0, 0.7, 9.0]))


@pytest.mark.parametrize("parameters", STRANGE)
@pytest.mark.parametrize(
    ("x", "t_x", "T"), [(0, 0, 30), (1, 10, 30), (5, 29.99, 30), (300, 800, 1000), (3000, 10, 1000)]
)
def test_p_alive_is_that_of_scipys_adaptive_quadrature(parameters, x, t_x, T):
    r, alpha, s, beta = parameters
    top = -(r + x) * np.log(alpha + t_x) - (s + 1) * np.log(beta + t_x)

    def left_at(u: float) -> float:
        y = t_x + np.expm1(u)
        return float(np.exp(-(r + x) * np.log(alpha + y) - (s + 1) * np.log(beta + y) - top + u))

    edges = np.concatenate([[0], np.geomspace(1e-8, 1, 30)]) * np.log1p(T - t_x)
    gone = s * sum(integrate.quad(left_at, *pair, epsabs=0)[0] for pair in zip(edges[:-1], edges[1:], strict=True))
    there = np.exp(-(r + x) * np.log(alpha + T) - s * np.log(beta + T) - top)
    fitted = Fit(*parameters, 0.0, 0)
    assert paretonbd.p_alive(fitted, [x], [t_x], [T])[0] == pytest.approx(there / (there + gone), rel=1e-9, abs=1e-300)


def test_who_bought_on_the_last_day_is_surely_there():
    assert paretonbd.p_alive(Fit(*STRANGE[0], 0.0, 0), [4, 0], [30, 0], [30, 0]).tolist() == [1.0, 1.0]


def test_what_was_really_bought_later_is_what_was_expected():
    """Customers whose purchases are drawn one by one over past and future, from rates and times of leaving."""
    random = np.random.default_rng(11)
    r, alpha, s, beta = parameters = (0.8, 30.0, 1.5, 300.0)
    size, past, horizon = 40_000, 200.0, 150.0
    until = np.minimum(random.exponential(1 / random.gamma(s, 1 / beta, size)), past + horizon)
    rate = random.gamma(r, 1 / alpha, size)
    before = random.poisson(rate * np.minimum(until, past))
    later = random.poisson(rate * np.maximum(until - past, 0))
    last = np.where(before > 0, np.minimum(until, past) * random.random(size) ** (1 / np.maximum(before, 1)), 0)
    ahead = paretonbd.outlook(Fit(*parameters, 0.0, 0), before, last, np.full(size, past), horizon)
    error = 4 / np.sqrt(size)
    assert ahead.mean.mean() == pytest.approx(later.mean(), abs=error * later.std())
    assert ahead.some.mean() == pytest.approx((later > 0).mean(), abs=error / 2)
    assert (ahead.second - ahead.mean**2).mean() == pytest.approx(((later - ahead.mean) ** 2).mean(), rel=0.05)
    for low, high in ((0, 1), (1, 4), (4, 1000)):
        group = (before >= low) & (before < high)
        assert (later[group] <= ahead.high[group]).mean() >= 0.9 - error
        assert (later[group] < ahead.low[group]).mean() <= 0.1 + error
    busy = ahead.mean > 8
    assert 0.78 < ((later >= ahead.low) & (later <= ahead.high))[busy].mean() < 0.88


def test_quantiles_are_the_first_counts_that_reach_ten_and_ninety_percent():
    fitted, horizon = Fit(0.8, 30.0, 1.5, 300.0, 0.0, 0), 365.0
    rows = np.array([[0, 3, 40], [0, 50, 190], [60, 60, 200]], float)
    ahead = paretonbd.outlook(fitted, *rows, horizon)
    for at, (x, t_x, T) in enumerate(rows.T):
        alive = paretonbd.p_alive(fitted, [x], [t_x], [T])[0]
        leaving = stats.lomax(fitted.s, scale=fitted.beta + T)

        def more_than(n: int, x=x, T=T, alive=alive, leaving=leaving) -> float:
            def given(time: float) -> float:
                return float(stats.nbinom.sf(n, fitted.r + x, (fitted.alpha + T) / (fitted.alpha + T + time)))

            early = integrate.quad(lambda time: given(time) * leaving.pdf(time), 0, horizon)[0]
            return alive * (early + leaving.sf(horizon) * given(horizon))

        result = [next(n for n in range(500) if more_than(n) <= beyond) for beyond in (0.9, 0.1)]
        assert [ahead.low[at], ahead.high[at]] == result


def test_the_fit_finds_the_parameters_behind_simulated_customers():
    T = np.random.default_rng(1).uniform(30, 80, 30_000)
    fitted = paretonbd.fit(*simulate.pareto(np.random.default_rng(2), STRANGE[0], T))
    errors = np.sqrt(np.diag(fitted.covariance))
    assert np.all(np.abs(np.log(fitted.parameters) - np.log(STRANGE[0])) < 3 * errors)
    assert errors.max() < 0.2
