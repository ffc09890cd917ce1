from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from habitue.insight.intervals import clustered, finding, mean_of, share_of, wilson


def test_the_interval_of_a_share_is_the_published_one():
    """R. Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (count, size), bounds in published.items():
        assert [float(bound) for bound in wilson(count, size)] == pytest.approx(bounds, abs=5e-5)


def test_the_interval_of_a_share_is_that_of_scipy():
    for count, size in ((0, 1), (1, 1), (3, 7), (400, 1000)):
        there = stats.binomtest(count, size).proportion_ci(method="wilson")
        assert [float(bound) for bound in wilson(count, size)] == pytest.approx([there.low, there.high], abs=1e-12)


def test_a_share_of_nobody_is_not_told_and_one_of_few_is_marked():
    nobody = share_of(0, 0)
    assert (nobody["share"], nobody["low"], nobody["high"]) == (None, None, None)
    assert share_of(5, 19)["few"]
    assert not share_of(5, 20)["few"]


def test_one_case_each_is_a_plain_share():
    part = np.repeat([1, 0], [81, 182])
    result, plain = clustered(part, np.ones(263)), share_of(81, 263)
    assert result["share"] == plain["share"]
    assert (result["low"], result["high"]) == pytest.approx((plain["low"], plain["high"]), abs=2e-4)


def test_cases_of_one_customer_that_always_go_alike_count_as_one():
    """Ten cases for each of 263 customers, all ten alike, tell what one case each would."""
    part = np.repeat([10, 0], [81, 182])
    result, plain = clustered(part, np.full(263, 10)), share_of(81, 263)
    assert result["of"] == 2630
    assert (result["low"], result["high"]) == pytest.approx((plain["low"], plain["high"]), abs=2e-4)


def test_the_interval_of_cases_that_hang_together_holds_the_truth_as_often_as_it_says():
    """Customers who differ (Beta) in how likely each of their cases is: 95 % of the intervals hold the mean."""
    random = np.random.default_rng(20171231)
    held = 0
    for _turn in range(400):
        size = random.integers(1, 30, 150)
        part = random.binomial(size, random.beta(1.5, 3.5, 150))
        result = clustered(part, size)
        held += result["low"] <= 0.3 <= result["high"]
    assert 370 <= held <= 391


def test_everybody_alike_says_no_more_than_one_case_each():
    result, plain = clustered([7] * 30, [7] * 30), share_of(30, 30)
    assert (result["share"], result["low"], result["high"]) == (1, plain["low"], 1)


def test_the_interval_of_a_mean_is_that_of_scipy():
    values = np.random.default_rng(1).gamma(2, 10, 37)
    result = mean_of(values)
    there = stats.ttest_1samp(values, 0).confidence_interval()
    assert (result["mean"], result["low"], result["high"]) == pytest.approx((values.mean(), there.low, there.high))
    assert mean_of([])["mean"] is None
    assert mean_of([3])["low"] is None


def test_nothing_is_claimed_from_an_interval_that_holds_zero_or_from_few():
    many = np.arange(-50, 51)
    assert finding(mean_of(many)) == "unclear"
    assert finding(mean_of(many + 20)) == "more"
    assert finding(mean_of(many - 20)) == "less"
    assert finding(mean_of(np.arange(100, 119))) == "few"
