from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from habitue.insight import concentration


def share_of_top(values: np.ndarray) -> float:
    ordered = np.sort(values)[::-1]
    return ordered[: -(-len(values) // 10)].sum() / ordered.sum()


def result(values: np.ndarray) -> dict:
    return concentration(pa.table({"purchases": np.ones(len(values), np.int64), "value": values.astype(np.int64)}))


def test_the_interval_of_the_top_tenth_is_that_of_a_bootstrap():
    random = np.random.default_rng(11)
    values = (random.gamma(0.8, 5000, 2000) + 1).astype(np.int64)
    drawn = [share_of_top(random.choice(values, len(values))) for _turn in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    shares = result(values)
    assert shares["top_tenth_high"] - shares["top_tenth_low"] == pytest.approx(high - low, rel=0.06)
    assert shares["top_tenth"] == share_of_top(values)


def test_the_interval_of_the_top_tenth_holds_the_truth_as_often_as_it_says():
    """Of an exponential law the top tenth brings p - p log p with p = 0.1."""
    random = np.random.default_rng(5)
    truth = 0.1 - 0.1 * np.log(0.1)
    shares = [result(random.exponential(1e6, 500)) for _turn in range(400)]
    assert 366 <= sum(one["top_tenth_low"] <= truth <= one["top_tenth_high"] for one in shares) <= 394


def test_few_customers_are_marked_and_nothing_sold_has_no_share():
    assert result(np.arange(1, 20))["few"]
    assert not result(np.arange(1, 21))["few"]
    assert result(np.zeros(30))["top_tenth_low"] is None
