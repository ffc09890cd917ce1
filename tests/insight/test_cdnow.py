"""The published figures of the CDNOW sample: 2,357 customers, weeks, 39 weeks of calibration."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from habitue.insight.models import bgnbd, gammagamma, mbgnbd
from habitue.insight.models.dropout import Fit, objective
from habitue.insight.models.newton import Objective
from tests.insight.conftest import package_folder

INSTALL = "pip install --no-deps lifetimes==0.11.3"


@pytest.fixture(scope="module")
def cdnow() -> np.ndarray:
    path = package_folder("lifetimes", INSTALL) / "datasets" / "cdnow_customers_summary.csv"
    rows = np.genfromtxt(path, delimiter=",", names=True)
    assert len(rows) == 2357
    return rows


@pytest.fixture(scope="module")
def amounts() -> np.ndarray:
    path = package_folder("lifetimes", INSTALL) / "datasets" / "cdnow_customers_summary_with_transactions.csv"
    rows = np.genfromtxt(path, delimiter=",", names=True)
    return rows[rows["x"] > 0]


def fit_of(model: ModuleType, rows: np.ndarray) -> Fit:
    return model.fit(rows["frequency"], rows["recency"], rows["T"])


def test_bgnbd_gives_the_parameters_of_fader_hardie_and_lee_to_the_printed_digits(cdnow):
    fitted = fit_of(bgnbd, cdnow)
    assert [round(value, 3) for value in fitted.parameters] == [0.243, 4.414, 0.793, 2.426]
    assert fitted.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert fitted.customers == 2357
    assert not fitted.fallback


def test_mbgnbd_gives_the_parameters_of_batislam_and_others(cdnow):
    assert fit_of(mbgnbd, cdnow).parameters == pytest.approx((0.525, 6.183, 0.891, 1.614), abs=0.002)


def test_gammagamma_gives_the_parameters_of_the_note(amounts):
    fitted = gammagamma.fit(amounts["x"], amounts["zbar"])
    assert (fitted.p, fitted.q, fitted.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.01)


def test_the_worked_example_expects_1_226_purchases(cdnow):
    expected = bgnbd.expected_purchases(fit_of(bgnbd, cdnow), [2], [30.43], [38.86], 39)
    assert expected[0] == pytest.approx(1.226, abs=0.0005)


def test_distinct_rows_with_weights_give_the_same_fit_as_all_rows(cdnow):
    rows, weights = np.unique(cdnow[["frequency", "recency", "T"]], return_counts=True)
    assert len(rows) < len(cdnow)
    reduced = mbgnbd.fit(rows["frequency"], rows["recency"], rows["T"], weights)
    full = fit_of(mbgnbd, cdnow)
    assert reduced.parameters == pytest.approx(full.parameters, rel=1e-5)
    assert reduced.log_likelihood == pytest.approx(full.log_likelihood, rel=1e-10)
    assert reduced.customers == full.customers


@pytest.mark.parametrize("model", [bgnbd, mbgnbd])
def test_another_unit_of_time_changes_only_alpha(cdnow, model):
    weeks = fit_of(model, cdnow)
    days = model.fit(cdnow["frequency"], cdnow["recency"] * 7, cdnow["T"] * 7)
    assert days.parameters == pytest.approx((weeks.r, weeks.alpha * 7, weeks.a, weeks.b), rel=1e-5)
    density = weeks.log_likelihood - cdnow["frequency"].sum() * np.log(7)
    assert days.log_likelihood == pytest.approx(density, rel=1e-10)


@pytest.mark.parametrize("model", [bgnbd, mbgnbd])
def test_log_likelihood_of_the_rows_adds_up_to_that_of_the_fit(cdnow, model):
    fitted = fit_of(model, cdnow)
    rows = model.log_likelihood(fitted, cdnow["frequency"], cdnow["recency"], cdnow["T"])
    assert rows.sum() == pytest.approx(fitted.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("model", [bgnbd, mbgnbd])
def test_p_alive_is_that_of_the_likelihood_integrated_over_rates_and_chances(cdnow, model):
    """P(alive) = weight of the paths still alive over the weight of all, each integrated by quadrature.

    A path with rate l and chance p of leaving has l^x exp(-l T) (1-p)^m if alive at T, and
    l^x exp(-l t_x) p (1-p)^(m-1) if it ended at t_x; l is Gamma, p is Beta. The trapezoidal rule in log l and logit p
    is exact to rounding here. No formula is shared with the code under test.
    """
    fitted = fit_of(model, cdnow)
    x, t_x, T = cdnow["frequency"], cdnow["recency"], cdnow["T"]
    r, alpha, a, b = fitted.parameters

    def over_rates(time: np.ndarray) -> np.ndarray:
        rate = np.exp(np.arange(-170, 8, 0.05))
        return np.array([(rate ** (r + n) * np.exp(-rate * (alpha + t))).sum() for n, t in zip(x, time, strict=True)])

    def over_chances(left: int, stayed: np.ndarray) -> np.ndarray:
        logit = np.arange(-80, 60, 0.05)
        p, stay = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        by_count = {n: (p ** (a + left) * stay ** (b + n)).sum() for n in np.unique(stayed)}
        return np.array([by_count[n] for n in stayed])

    m = x + (model is mbgnbd)
    stays = over_rates(T) * over_chances(0, m)
    leaves = np.where(m > 0, over_rates(t_x) * over_chances(1, np.maximum(m - 1, 0)), 0)
    direct = stays / (stays + leaves)
    assert np.abs(model.p_alive(fitted, x, t_x, T) - direct).max() < 1e-9
    assert direct.min() < 1e-6 < 0.9 < direct.max() <= 1


@pytest.mark.parametrize("first_may_be_last", [False, True])
def test_slope_and_curvature_of_the_dropout_models_are_those_of_finite_differences(cdnow, first_may_be_last):
    rows = [cdnow[name] for name in ("frequency", "recency", "T")]
    weights = np.linspace(0.5, 2.0, len(cdnow))
    assert_derivatives(objective(*rows, weights, first_may_be_last), np.log([0.4, 5.0, 0.7, 2.0]))


def test_slope_and_curvature_of_gammagamma_are_those_of_finite_differences(amounts):
    weights = np.linspace(0.5, 2.0, len(amounts))
    negative = gammagamma.objective(amounts["x"], amounts["zbar"], weights)
    assert_derivatives(negative, np.log([5.0, 3.0, 20.0]))


def test_expected_amount_of_the_note_lies_between_the_own_mean_and_that_of_the_population(amounts):
    fitted = gammagamma.fit(amounts["x"], amounts["zbar"])
    expected = gammagamma.expected_amount(fitted, amounts["x"], amounts["zbar"])
    low = np.minimum(amounts["zbar"], fitted.mean)
    high = np.maximum(amounts["zbar"], fitted.mean)
    assert fitted.mean == pytest.approx(35.25, abs=0.1)
    assert np.all((low <= expected) & (expected <= high))


def assert_derivatives(objective_at: Objective, at: np.ndarray) -> None:
    _, gradient, hessian = objective_at(at)
    step = 1e-5
    for position, unit in enumerate(np.eye(len(at))):
        after, before = objective_at(at + step * unit), objective_at(at - step * unit)
        assert gradient[position] == pytest.approx((after[0] - before[0]) / (2 * step), rel=1e-6, abs=1e-9)
        assert hessian[position] == pytest.approx((after[1] - before[1]) / (2 * step), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("model", [bgnbd, mbgnbd])
def test_without_anybody_who_repeats_there_is_nothing_to_fit(model):
    for rows in ([], [0.0, 0.0]):
        with pytest.raises(ValueError, match="x > 0"):
            model.fit(rows, rows, [5.0] * len(rows))


@pytest.mark.parametrize(("x", "mean"), [([], []), ([0, 1], [5, 5]), ([1, 2], [0, 5])])
def test_amounts_outside_the_models_support_are_refused(x, mean):
    with pytest.raises(ValueError, match="mean > 0"):
        gammagamma.fit(x, mean)
