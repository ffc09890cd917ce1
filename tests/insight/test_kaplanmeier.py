from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from habitue.insight.models.kaplanmeier import kaplan_meier

# Weeks of remission of 42 patients with acute leukaemia: E. Freireich et al. (1963), Blood 21.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def weeks(text: str) -> tuple[list[int], list[bool]]:
    return [int(one.strip("+")) for one in text.split()], [not one.endswith("+") for one in text.split()]


def test_the_leukaemia_patients_of_freireich_come_out_as_published():
    """Time, at risk, ended, share, standard error and 95 % interval: `sts list` in the manual of Stata, and others."""
    published = [
        (6, 21, 3, 0.8571, 0.0764, 0.6197, 0.9516),
        (7, 17, 1, 0.8067, 0.0869, 0.5631, 0.9228),
        (10, 15, 1, 0.7529, 0.0963, 0.5032, 0.8894),
        (13, 12, 1, 0.6902, 0.1068, 0.4316, 0.8491),
        (16, 11, 1, 0.6275, 0.1141, 0.3675, 0.8049),
        (22, 7, 1, 0.5378, 0.1282, 0.2678, 0.7468),
        (23, 6, 1, 0.4482, 0.1346, 0.1881, 0.6801),
    ]
    curve = kaplan_meier(*weeks(MERCAPTOPURINE))
    error = curve.lasting * np.sqrt(curve.greenwood)
    result = np.stack([curve.times, curve.at_risk, curve.ended, curve.lasting, error, curve.low, curve.high], axis=1)
    assert result == pytest.approx(np.array(published), abs=5.1e-5)
    assert curve.quantile() == {"days": 23, "low": 13, "high": None}
    assert kaplan_meier(*weeks(PLACEBO)).quantile() == {"days": 8, "low": 4, "high": 11}


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
def test_any_curve_is_that_of_scipy():
    random = np.random.default_rng(7)
    waits, limits = random.integers(0, 60, 300), random.integers(0, 90, 300)
    ended = waits <= limits
    seen = np.minimum(waits, limits)
    curve = kaplan_meier(seen, ended)
    there = stats.ecdf(stats.CensoredData(uncensored=seen[ended], right=seen[~ended])).sf
    bounds = there.confidence_interval(method="log-log")
    assert curve.lasting == pytest.approx(there.evaluate(curve.times))
    known = curve.lasting > 0
    assert curve.low[known] == pytest.approx(bounds.low.evaluate(curve.times)[known])
    assert curve.high[known] == pytest.approx(bounds.high.evaluate(curve.times)[known])


def test_rows_with_weights_are_as_many_rows():
    waits, ended, weights = [3, 3, 5, 9], [True, False, True, False], [4, 2, 7, 30]
    one = kaplan_meier(waits, ended, weights)
    many = kaplan_meier(np.repeat(waits, weights), np.repeat(ended, weights))
    assert (one.lasting.tolist(), one.low.tolist(), one.cases) == (many.lasting.tolist(), many.low.tolist(), 43)


def test_nothing_is_said_beyond_the_longest_wait():
    curve = kaplan_meier([5, 10, 20], [True, False, False])
    assert curve.ended_by(4) == {"days": 4, "share": 0.0, "low": None, "high": None, "at_risk": 3, "few": True}
    assert curve.ended_by(20)["share"] == pytest.approx(1 / 3)
    assert curve.ended_by(20)["at_risk"] == 1
    assert curve.ended_by(21)["share"] is None
    assert kaplan_meier([5, 10], [True, True]).ended_by(99)["share"] == 1
    assert kaplan_meier([], []).ended_by(1)["share"] is None


def test_who_went_out_of_sight_does_not_make_a_share_of_many():
    out_of_sight = kaplan_meier([1] * 100 + [30] * 19, [False] * 100 + [True] * 19)
    assert out_of_sight.ended_by(30)["few"]
    assert not kaplan_meier([1] * 100 + [30] * 20, [False] * 100 + [True] * 20).ended_by(30)["few"]
