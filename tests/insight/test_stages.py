"""The rules of docs/stages.md, one by one, and how right they were on The Complete Journey."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from habitue.insight import Thresholds, backtest, portraits, stages_at
from habitue.insight.dropout import Fit
from habitue.insight.portraits import fit_rhythm
from habitue.insight.purchases import purchases
from habitue.insight.rhythm import steps
from habitue.insight.stages import SETTLED, WON_BACK_FOR, marks, of_base
from tests.insight.conftest import day

FITTED = Fit(1.4, 10.0, 0.2, 50.0, 0.0, 0)
PARAMETERS = {"mbgnbd": FITTED.__dict__}
START = day("2024-01-01")


def stage_of(facts_of: Any, days: list[int], on: int, thresholds: Thresholds | None = None) -> str | None:
    """The stage on a day of somebody who bought on `days`, both counted from START."""
    orders = [(number, 7, str(np.datetime64(START + at, "D")), 100) for number, at in enumerate(days)]
    told = stages_at(facts_of(orders), [START + on], PARAMETERS, thresholds or Thresholds())
    assert told.num_rows <= 1
    return told["stage"][0].as_py() if told.num_rows else None


def after(share: float, x: int, t_x: int) -> float:
    """Days after the last purchase, from SciPy's Lomax law: of the own rhythm, or of the base where that is longer."""
    own = stats.lomax.ppf(share, FITTED.r + x, scale=FITTED.alpha + t_x)
    base = stats.lomax.ppf(share, FITTED.r + 1, scale=FITTED.alpha)
    return float(max(own, base))


def test_before_the_first_purchase_there_is_no_stage_of_a_buyer(facts_of):
    assert stage_of(facts_of, [5], 4) is None


def test_one_purchase_is_new_and_two_are_settling(facts_of):
    assert stage_of(facts_of, [0], 0) == "new"
    assert stage_of(facts_of, [0, 7], 8) == "settling"


def test_the_fourth_repeat_purchase_makes_a_regular(facts_of):
    weekly = [7 * week for week in range(SETTLED + 1)]
    assert stage_of(facts_of, weekly[:-1], 7 * SETTLED - 1) == "settling"
    assert stage_of(facts_of, weekly, 7 * SETTLED) == "regular"


@pytest.mark.parametrize("repeats", [0, 2, 20])
def test_silence_leads_to_slowing_at_risk_and_lost_at_the_quantiles_of_the_own_rhythm(facts_of, repeats):
    days = [7 * week for week in range(repeats + 1)]
    thresholds = Thresholds(0.8, 0.94, 0.99)
    for share, before, beyond in (
        (0.8, {0: "new", 2: "settling", 20: "regular"}[repeats], "slowing"),
        (0.94, "slowing", "at_risk"),
        (0.99, "at_risk", "lost"),
    ):
        limit = after(share, repeats, days[-1])
        assert stage_of(facts_of, days, days[-1] + int(np.floor(limit)), thresholds) == before
        assert stage_of(facts_of, days, days[-1] + int(np.floor(limit)) + 1, thresholds) == beyond


def test_the_marks_are_the_quantiles_of_scipys_lomax_law(facts_of):
    facts = facts_of([(number, 7, f"2024-01-{1 + 7 * number:02d}", 100) for number in range(4)])
    thresholds = Thresholds(0.7, 0.9, 0.98)
    rows = marks(steps(purchases(facts.orders, START + 60)), FITTED, thresholds).sort("day").collect("pyarrow")
    for x, row in enumerate(rows.rows(named=True)):
        for share, name in ((0.7, "slowing_after"), (0.9, "at_risk_after"), (0.98, "lost_after")):
            assert row[name] == pytest.approx(after(share, x, 7 * x), rel=1e-12)
        assert row["returned_after"] is None


def test_a_short_silence_of_a_frequent_buyer_is_short_whatever_their_own_rhythm(facts_of):
    every_day = list(range(200))
    own = float(stats.lomax.ppf(0.995, FITTED.r + 199, scale=FITTED.alpha + 199))
    base = float(stats.lomax.ppf(0.995, FITTED.r + 1, scale=FITTED.alpha))
    assert own < 8 < 60 < base
    assert stage_of(facts_of, every_day, 199 + 8) == "regular"
    assert stage_of(facts_of, every_day, 199 + int(base) + 1) == "lost"


def test_of_all_gaps_of_a_simulated_base_the_promised_share_is_shorter():
    chance = np.random.default_rng(5)
    rates = chance.gamma(FITTED.r, 1 / FITTED.alpha, 20_000)
    gaps = np.concatenate([chance.exponential(1 / rate, chance.poisson(rate * 2_000)) for rate in rates])
    for share in (0.5, 0.8, 0.95):
        assert (gaps < of_base(share, FITTED.r, FITTED.alpha)).mean() == pytest.approx(share, abs=0.01)


def test_who_comes_back_from_beyond_lost_is_won_back_until_settled_again(facts_of):
    weekly = [7 * week for week in range(10)]
    back = weekly[-1] + int(after(0.995, 9, weekly[-1])) + 1
    again = [back + 7 * week for week in range(WON_BACK_FOR + 1)]
    for count in range(1, WON_BACK_FOR + 1):
        assert stage_of(facts_of, weekly + again[:count], again[count - 1] + 1) == "won_back"
    assert stage_of(facts_of, weekly + again, again[-1] + 1) == "regular"
    assert stage_of(facts_of, [*weekly, back - 1], back) == "regular"


def test_won_back_decays_by_the_same_quantiles(facts_of):
    weekly = [7 * week for week in range(10)]
    back = weekly[-1] + int(after(0.995, 9, weekly[-1])) + 1
    assert stage_of(facts_of, [*weekly, back], back + int(after(0.8, 10, back)) + 1) == "slowing"
    assert stage_of(facts_of, [*weekly, back], back + int(after(0.995, 10, back)) + 1) == "lost"


def test_the_gap_that_was_closed_is_kept_with_the_latest_return(facts_of):
    days = [7 * week for week in range(10)]
    days += [days[-1] + 100, days[-1] + 107, days[-1] + 400]
    facts = facts_of([(number, 7, str(np.datetime64(START + at, "D")), 1) for number, at in enumerate(days)])
    rows = marks(steps(purchases(facts.orders, START + 999)), FITTED, Thresholds()).sort("day").collect("pyarrow")
    assert rows["returned_after"].to_list() == [None] * 10 + [100, 100, 293]


@pytest.mark.parametrize("wrong", [(0.9, 0.8, 0.99), (0.0, 0.5, 0.9), (0.5, 0.9, 1.0), (0.9, 0.9, 0.9)])
def test_thresholds_that_do_not_rise_are_refused(wrong):
    with pytest.raises(ValueError, match="must rise"):
        Thresholds(*wrong)


def test_the_past_does_not_know_a_refund_that_came_later(facts_of):
    facts = facts_of([(1, 7, "2024-01-01", 100), (2, 7, "2024-01-08", 100), (3, 7, "2024-02-15", -100, 2)])
    days = [day(text) for text in ("2023-12-31", "2024-01-31", "2024-02-29")]
    told = stages_at(facts, days, PARAMETERS, Thresholds(0.98, 0.99, 0.999))
    assert told.to_pylist() == [
        {"customer_id": 7, "day": days[1], "stage": "settling"},
        {"customer_id": 7, "day": days[2], "stage": "new"},
    ]


def test_many_days_at_once_tell_what_each_tells_alone(journey):
    days = [day(text) for text in ("2017-03-31", "2017-06-30", "2017-09-30", "2017-12-31")]
    together = stages_at(journey, days, PARAMETERS, Thresholds())
    alone = [row for on in days for row in stages_at(journey, [on], PARAMETERS, Thresholds()).to_pylist()]
    assert together.to_pylist() == sorted(alone, key=lambda row: (row["customer_id"], row["day"]))
    assert len(set(together["stage"].to_pylist())) == 7


@pytest.mark.parametrize("cut", ["2017-07-01", "2017-08-01", "2017-09-01", "2017-10-01"])
def test_fewer_buy_again_from_regular_to_slowing_to_at_risk_to_lost(journey, cut):
    told = backtest(journey, day(cut), 91)
    print(told)
    assert told["as_of"] == cut
    counts = {stage: (row["bought"], row["customers"]) for stage, row in told["stages"].items()}
    shares = [np.divide(*counts[stage]) for stage in ("regular", "slowing", "at_risk", "lost")]
    assert shares == sorted(set(shares), reverse=True)
    assert shares[0] >= 0.95
    silent = [counts[stage][1] for stage in ("at_risk", "lost")]
    assert sum(silent) <= 0.10 * sum(customers for _, customers in counts.values())


def test_the_record_counts_what_was_said_against_what_was_bought(journey):
    as_of = day("2017-10-01")
    told = backtest(journey, as_of, 91)
    table = portraits(journey, as_of, horizon_days=91).table.to_pylist()
    dated = purchases(journey.orders, as_of + 91).collect("pyarrow")
    later = Counter(
        c for c, on in zip(dated["customer_id"].to_list(), dated["day"].to_list(), strict=True) if on > as_of
    )
    known = [row for row in table if row["p_alive"] is not None]
    for band in told["p_alive"]:
        top = band["to"] if band["to"] < 1 else 1.1
        said = [row["customer_id"] for row in known if band["from"] <= row["p_alive"] < top]
        assert (band["customers"], band["bought"]) == (len(said), sum(later[customer] > 0 for customer in said))
    assert sum(band["customers"] for band in told["p_alive"]) == len(known)
    held = [
        row["expected_purchases_low"] <= later[row["customer_id"]] <= row["expected_purchases_high"] for row in known
    ]
    actual = sum(later[row["customer_id"]] for row in known)
    assert told["purchases"] == {
        "customers": len(known),
        "within": sum(held),
        "expected": pytest.approx(sum(row["expected_purchases"] for row in known)),
        "actual": actual,
    }
    assert told["purchases"]["expected"] == pytest.approx(actual, rel=0.02)


def test_at_risk_and_lost_hold_more_than_a_third_of_the_repeat_buyers_who_then_buy_nothing(journey):
    as_of = day("2017-10-01")
    told = stages_at(journey, [as_of], {"mbgnbd": fit_rhythm(journey, as_of).__dict__}, Thresholds())
    stage = dict(zip(told["customer_id"].to_pylist(), told["stage"].to_pylist(), strict=True))
    dated = purchases(journey.orders, as_of + 91).collect("pyarrow")
    customers, days = dated["customer_id"].to_numpy(), dated["day"].to_numpy()
    known, counts = np.unique(customers[days <= as_of], return_counts=True)
    silent = set(known[counts > 1].tolist()) - set(customers[days > as_of].tolist())
    found = [customer for customer in silent if stage[customer] in ("at_risk", "lost")]
    assert len(found) > len(silent) / 3 > 30


def test_the_predicted_gaps_are_calibrated_on_the_journey(journey):
    """Of all gaps between purchases, at most the promised share is longer than each quantile said at their start."""
    as_of = day("2017-12-31")
    fitted = fit_rhythm(journey, as_of)
    frame = steps(purchases(journey.orders, as_of)).drop_nulls("gap").collect("pyarrow")
    x, t_x, gap = (frame[name].to_numpy().astype(float) for name in ("x", "t_x", "gap"))
    beyond = stats.lomax.sf(gap, fitted.r + x - 1, scale=fitted.alpha + t_x - gap)
    for share, at_least in ((0.5, 0.45), (0.8, 0.13), (0.94, 0.03), (0.99, 0.005)):
        assert at_least < (beyond < 1 - share).mean() < (1 - share) * 1.08


def test_the_backtest_knows_nothing_of_what_came_after(journey_orders, tmp_path):
    import pyarrow.compute as pc

    from habitue.insight import open_facts
    from tests.insight.conftest import lay_down

    as_of = day("2017-10-01")
    past = journey_orders.filter(pc.less_equal(journey_orders["day"], as_of))
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    cut = open_facts(lay_down(tmp_path / "past", past, everybody))
    whole = open_facts(lay_down(tmp_path / "whole", journey_orders, everybody))
    assert fit_rhythm(cut, as_of) == fit_rhythm(whole, as_of)
    known, all_of_it = backtest(cut, as_of), backtest(whole, as_of)
    assert sum(row["bought"] for row in known["stages"].values()) == 0
    assert [row["customers"] for row in known["stages"].values()] == [
        row["customers"] for row in all_of_it["stages"].values()
    ]


def test_no_day_asked_for_gives_no_row(facts_of):
    facts = facts_of([(1, 7, "2024-01-01", 100)])
    assert stages_at(facts, [], PARAMETERS, Thresholds()).shape == (0, 3)


def test_a_fit_written_as_json_gives_the_same_stages(journey):
    import json

    parameters = {"mbgnbd": json.loads(json.dumps(replace(FITTED, r=1.2).__dict__))}
    assert stages_at(journey, [day("2017-06-30")], parameters, Thresholds()).num_rows == 2393
