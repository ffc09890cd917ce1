"""What we say of each customer is what `lifetimes` 0.11.3 says of them, at its parameters.

tests/insight/data/lifetimes.npz holds customers and what it said of them; `python -m bench.peers` makes it anew.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench import peers


@pytest.fixture(scope="module", params=["cdnow", "simulated"])
def result(request) -> dict[str, np.ndarray]:
    with np.load(peers.KEPT) as kept:
        some = {key.removeprefix(f"{request.param}_"): kept[key] for key in kept if key.startswith(request.param)}
    assert len(some["x"]) >= 500
    return some


@pytest.mark.parametrize("model", peers.MODELS)
def test_p_alive_and_expected_purchases_are_those_of_lifetimes(result, model):
    assert max(peers.differences(model, result, result)) < 1e-9
    assert np.ptp(result[f"{model}_p_alive"]) > 0.5
    assert np.ptp(result[f"{model}_expected"]) > 5


def test_the_expected_amount_is_that_of_lifetimes(result):
    assert peers.amount_difference(result, result) < 1e-9


@pytest.mark.parametrize("model", peers.MODELS)
def test_our_likelihood_has_its_peak_where_lifetimes_found_one(result, model):
    """On a quarter of the customers the fit moves by less than twice its error."""
    fitted = peers.MODELS[model].fit(result["x"], result["t_x"], result["T"])
    away = np.log(fitted.parameters) - np.log(result[f"{model}_parameters"])
    assert np.sqrt(away @ np.linalg.solve(np.array(fitted.covariance), away)) < 3.5
