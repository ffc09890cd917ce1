"""The models behind one face: what each says of who buys again, against laws of SciPy and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench import simulate
from habitue.insight.models import dropout, newton, ownrate
from habitue.insight.models.registry import MODELS, fit_or_default
from tests.insight.conftest import package_folder
from tests.insight.test_cdnow import INSTALL, assert_derivatives

HORIZON = 39.0


@pytest.fixture(scope="module")
def rows() -> list[np.ndarray]:
    path = package_folder("lifetimes", INSTALL) / "datasets" / "cdnow_customers_summary.csv"
    table = np.genfromtxt(path, delimiter=",", names=True)
    return [table[name] for name in ("frequency", "recency", "T")]


def test_the_own_rate_has_the_likelihood_of_scipys_negative_binomial(rows):
    x, t_x, T = rows
    fitted = ownrate.fit(*rows)
    counted = stats.nbinom.logpmf(x, fitted.r, fitted.alpha / (fitted.alpha + T))
    in_order = counted + stats.poisson.logpmf(0, 0) + [sum(np.log(np.arange(1, n + 1))) for n in x] - x * np.log(T)
    assert fitted.log_likelihood == pytest.approx(in_order.sum(), rel=1e-12)
    negative = ownrate.objective(x, T, np.ones_like(x))
    assert_derivatives(negative, np.log([fitted.r * 1.2, fitted.alpha * 0.7]))
    assert np.abs(negative(np.log([fitted.r, fitted.alpha]))[1]).max() < 1e-9
    low, high = (stats.nbinom.ppf(q, fitted.r + x, (fitted.alpha + T) / (fitted.alpha + T + 39)) for q in (0.1, 0.9))
    ahead = ownrate.outlook(fitted, *rows, HORIZON)
    assert ahead.low.tolist() == low.tolist()
    assert ahead.high.tolist() == high.tolist()


@pytest.mark.parametrize("name", MODELS)
def test_the_chance_to_buy_is_one_less_the_likelihood_of_buying_nothing(rows, name):
    """P(nothing in the horizon | history) is L(x, t_x, T + horizon) / L(x, t_x, T), whatever the model."""
    model = MODELS[name]
    fitted = model.fit(*rows)
    x, t_x, T = rows
    if name == "own_rate":
        silent = ((fitted.alpha + T) / (fitted.alpha + T + HORIZON)) ** (fitted.r + x)
    else:
        silent = np.exp(model.log_likelihood(fitted, x, t_x, T + HORIZON) - model.log_likelihood(fitted, x, t_x, T))
    assert model.p_buys(fitted, *rows, HORIZON) == pytest.approx(1 - silent, abs=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_the_outlook_agrees_with_the_expectation_and_the_chance_to_buy(rows, name):
    model = MODELS[name]
    fitted = model.fit(*rows)
    ahead = model.outlook(fitted, *rows, HORIZON)
    assert ahead.mean == pytest.approx(model.expected_purchases(fitted, *rows, HORIZON), rel=1e-9)
    assert ahead.some == pytest.approx(model.p_buys(fitted, *rows, HORIZON), rel=1e-9, abs=1e-15)
    assert np.all(ahead.second >= ahead.mean**2)
    assert np.all((ahead.low <= ahead.mean) & (ahead.low <= ahead.high))


@pytest.mark.parametrize("name", MODELS)
def test_too_few_who_came_back_give_the_default_and_enough_give_the_fit(rows, name):
    x, t_x, T = (column[:60] for column in rows)
    weights = np.ones_like(x)
    assert not fit_or_default(MODELS[name], x, t_x, T, weights).fallback
    few = np.flatnonzero(x > 0)[:19]
    assumed = fit_or_default(MODELS[name], x[few], t_x[few], T[few], weights[few])
    assert assumed.fallback
    assert not assumed.covariance
    assert np.all(MODELS[name].p_buys(assumed, x, t_x, T, HORIZON) < 1)


def test_many_rows_give_the_fit_of_all_of_them_and_not_of_the_sample_that_it_starts_from():
    T = np.random.default_rng(2).uniform(20, 60, 3 * newton.THINNED_TO)
    x, t_x, T = simulate.dropout(np.random.default_rng(3), (0.6, 8.0, 0.8, 2.5), T, first_may_be_last=True)
    fitted = dropout.fit(x, t_x, T, None, first_may_be_last=True)
    _, gradient, hessian = dropout.objective(x, t_x, T, np.ones_like(x), True)(np.log(fitted.parameters))
    assert np.abs(np.linalg.solve(hessian, gradient)).max() < 1e-6
    thin = dropout.fit(x[::3], t_x[::3], T[::3], None, first_may_be_last=True)
    assert abs(thin.r - fitted.r) > 1e-4
