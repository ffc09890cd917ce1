"""The rules of docs/stages.md, one by one, and how right they were on The Complete Journey."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from scipy import stats

from habitue.insight import Thresholds, backtest, portraits, stages_at
from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.rhythm import columns_of_steps
from habitue.insight.lifecycle.stages import SETTLED, WON_BACK_FOR, Yardstick, comebacks, of_base, season_of
from habitue.insight.models import mbgnbd
from habitue.insight.models.lifetime import Rows, summary
from habitue.insight.models.repurchase_hazard import KNOWN, RepurchaseHazard
from tests.insight.conftest import day

R, ALPHA, SEASON = 1.4, 10.0, 91
PLAIN = RepurchaseHazard(R, ALPHA, 0.0, 1.0)  # the Lomax law as it is
PARAMETERS = {"returning": asdict(PLAIN), "season_days": SEASON}
START = day("2024-01-01")
CUTS = ["2017-07-01", "2017-08-01", "2017-09-01", "2017-10-01"]


def stage_of(facts_of: Any, days: list[int], on: int, thresholds: Thresholds | None = None) -> str | None:
    """The stage on a day of somebody who bought on `days`, both counted from START."""
    orders = [(number, 7, str(np.datetime64(START + at, "D")), 100) for number, at in enumerate(days)]
    result = stages_at(facts_of(orders), [START + on], PARAMETERS, thresholds or Thresholds())
    assert result.num_rows <= 1
    return result["stage"][0].as_py() if result.num_rows else None


def after(share: float, x: int, t_x: int) -> float:
    """Days after the last purchase, from SciPy's Lomax law: of the own rhythm, or of the base where that is longer."""
    own = stats.lomax.ppf(share, R + x, scale=ALPHA + t_x) if x else 0
    return float(max(own, stats.lomax.ppf(share, R + 1, scale=ALPHA)))


def chance(x: int, t_x: int, elapsed: int) -> float:
    """Of a purchase in the season after a silence, from SciPy's Lomax law: the wait that remains has a longer scale."""
    return float(stats.lomax.cdf(SEASON, R + x, scale=ALPHA + t_x + elapsed))


def silence(x: int, t_x: int, level: float) -> int:
    """The first day of silence on which the chance is at most the level, and the next purchase overdue."""
    falls = next(on for on in range(40_000) if chance(x, t_x, on) <= level)
    return max(falls, int(after(0.5, x, t_x)) + 1)


def levels(x: int, t_x: int, thresholds: Thresholds) -> tuple[float, float]:
    fresh = chance(x, t_x, 0)
    return thresholds.at_risk * fresh, min(thresholds.lost, fresh / 2)


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
def test_silence_leads_to_slowing_by_the_own_rhythm(facts_of, repeats):
    days = [7 * week for week in range(repeats + 1)]
    limit = days[-1] + int(np.floor(after(0.6, repeats, days[-1])))
    thresholds = Thresholds(0.6, 0.01, 0.005)
    assert stage_of(facts_of, days, limit, thresholds) == {0: "new", 2: "settling", 20: "regular"}[repeats]
    assert stage_of(facts_of, days, limit + 1, thresholds) == "slowing"


@pytest.mark.parametrize("repeats", [0, 2, 20])
def test_a_chance_that_has_fallen_leads_to_at_risk_and_to_lost(facts_of, repeats):
    days = [7 * week for week in range(repeats + 1)]
    thresholds = Thresholds()
    for level, before, beyond in zip(
        levels(repeats, days[-1], thresholds), ({"slowing", "new"}, {"at_risk"}), ("at_risk", "lost"), strict=True
    ):
        limit = days[-1] + silence(repeats, days[-1], level)
        assert stage_of(facts_of, days, limit - 1, thresholds) in before
        assert stage_of(facts_of, days, limit, thresholds) == beyond


def test_nobody_is_at_risk_before_the_next_purchase_is_overdue(facts_of):
    days = [7 * week for week in range(21)]
    half = int(after(0.5, 20, days[-1]))
    picky = Thresholds(0.8, 0.999995, 0.0001)
    assert chance(20, days[-1], half) < 0.999995 * chance(20, days[-1], 0)
    assert stage_of(facts_of, days, days[-1] + half, picky) == "won_back"
    assert stage_of(facts_of, days, days[-1] + half + 1, picky) == "at_risk"


def test_the_marks_are_the_days_on_which_the_stage_changes(facts_of):
    days = [7 * week for week in range(6)]
    facts = facts_of([(number, 7, str(np.datetime64(START + at, "D")), 100) for number, at in enumerate(days)])
    known = columns_of_steps(purchases(facts.orders, START + 60))
    marks = Yardstick(PLAIN, SEASON, Thresholds()).marks(known)
    for x, t_x in enumerate(days):
        at_risk, lost = levels(x, t_x, Thresholds())
        assert marks["slowing_after"][x] == pytest.approx(after(0.8, x, t_x), rel=1e-12)
        assert marks["at_risk_after"][x] == silence(x, t_x, at_risk)
        assert marks["lost_after"][x] == silence(x, t_x, lost)


def test_a_short_silence_of_a_frequent_buyer_is_short_whatever_their_own_rhythm(facts_of):
    every_day = list(range(200))
    own = float(stats.lomax.ppf(0.8, R + 199, scale=ALPHA + 199))
    base = float(stats.lomax.ppf(0.8, R + 1, scale=ALPHA))
    assert own < 3 < 9 < base
    assert stage_of(facts_of, every_day, 199 + 3) == "regular"
    assert stage_of(facts_of, every_day, 199 + int(base) + 1) == "slowing"


def test_of_all_gaps_of_a_simulated_base_the_promised_share_is_shorter():
    random = np.random.default_rng(5)
    rates = random.gamma(R, 1 / ALPHA, 20_000)
    gaps = np.concatenate([random.exponential(1 / rate, random.poisson(rate * 2_000)) for rate in rates])
    for share in (0.5, 0.8, 0.95):
        assert (gaps < of_base(share, R, ALPHA)).mean() == pytest.approx(share, abs=0.01)


def test_a_season_is_what_four_of_five_gaps_last_within_13_weeks_and_a_year():
    assert season_of(R, ALPHA) == 91
    assert season_of(1.0, 200.0) == int(np.ceil(stats.lomax.ppf(0.8, 2.0, scale=200.0))) == 248
    assert season_of(1.0, 2000.0) == 365


def test_who_comes_back_from_at_risk_is_won_back_until_settled_again(facts_of):
    weekly = [7 * week for week in range(10)]
    level, _ = levels(9, weekly[-1], Thresholds())
    back = weekly[-1] + silence(9, weekly[-1], level) + 1  # at risk on the eve
    again = [back + 7 * week for week in range(WON_BACK_FOR + 1)]
    for count in range(1, WON_BACK_FOR + 1):
        assert stage_of(facts_of, weekly + again[:count], again[count - 1] + 1) == "won_back"
    assert stage_of(facts_of, weekly + again, again[-1] + 1) == "regular"
    assert stage_of(facts_of, [*weekly, back - 1], back) == "regular"


def test_who_had_not_settled_before_a_long_silence_settles_and_is_not_won_back(facts_of):
    assert stage_of(facts_of, [0, 7, 14, 400], 401) == "settling"
    assert stage_of(facts_of, [0, 7, 14, 21, 28, 400], 401) == "won_back"


def test_the_gap_that_was_closed_is_kept_with_the_latest_return_of_the_same_customer(facts_of):
    days = [7 * week for week in range(10)]
    days += [days[-1] + 700, days[-1] + 707, days[-1] + 2000]
    rows = [
        (100 * who + number, who, str(np.datetime64(START + at, "D")), 1)
        for who in (7, 8)
        for number, at in enumerate(days)
    ]
    known = columns_of_steps(purchases(facts_of(rows).orders, START + 2999))
    result = comebacks(Yardstick(PLAIN, SEASON, Thresholds()), known)
    assert result.tolist() == 2 * ([-1] * 10 + [700, 700, 1293])


@pytest.mark.parametrize("wrong", [(0.0, 0.5, 0.9), (0.5, 0.9, 1.0), (0.5, 1.5, 0.5)])
def test_thresholds_that_are_no_shares_are_refused(wrong):
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        Thresholds(*wrong)


def test_the_past_does_not_know_a_refund_that_came_later(facts_of):
    facts = facts_of([(1, 7, "2024-01-01", 100), (2, 7, "2024-01-08", 100), (3, 7, "2024-01-20", -100, 2)])
    days = [day(text) for text in ("2023-12-31", "2024-01-10", "2024-01-20")]
    result = stages_at(facts, days, PARAMETERS, Thresholds(0.999, 0.01, 0.001))
    assert result.to_pylist() == [
        {"customer_id": 7, "day": days[1], "stage": "settling"},
        {"customer_id": 7, "day": days[2], "stage": "new"},
    ]


def test_many_days_at_once_tell_what_each_tells_alone(journey):
    days = [day(text) for text in ("2017-03-31", "2017-06-30", "2017-09-30", "2017-12-31")]
    together = stages_at(journey, days, PARAMETERS, Thresholds())
    alone = [row for on in days for row in stages_at(journey, [on], PARAMETERS, Thresholds()).to_pylist()]
    assert together.to_pylist() == sorted(alone, key=lambda row: (row["customer_id"], row["day"]))
    assert len(set(together["stage"].to_pylist())) >= 6


def fit_rhythm(facts: Any, as_of: int) -> Any:
    known = summary(purchases(facts.orders, as_of), as_of)
    order = np.argsort(known["customer_id"])
    return Rows.of({name: column[order] for name, column in known.items()}).fit(mbgnbd)


def bought_after(facts: Any, as_of: int) -> Counter[int]:
    """Days with a purchase in the 13 weeks after, by customer."""
    dated = purchases(facts.orders, as_of + 91).collect("pyarrow")
    pairs = zip(dated["customer_id"].to_list(), dated["day"].to_list(), strict=True)
    return Counter(customer for customer, on in pairs if on > as_of)


@pytest.mark.parametrize("cut", CUTS)
def test_a_label_means_what_it_says_on_the_journey(journey, cut):
    """Of those called lost at most 30 % buy again, of the regular at least 95 %, and the labels are used."""
    as_of = day(cut)
    table = portraits(journey, as_of).table.select(["customer_id", "stage", "purchases"]).to_pylist()
    later = bought_after(journey, as_of)
    rows = [(row["stage"], row["purchases"] > 1, later[row["customer_id"]] > 0) for row in table if row["purchases"]]
    share = {
        stage: float(np.mean([bought for at, _, bought in rows if at == stage]))
        for stage in ("regular", "slowing", "at_risk")
    }
    assert share["regular"] >= 0.95
    assert share["regular"] > share["slowing"] > share["at_risk"] + 0.1
    assert sum(bought for stage, _, bought in rows if stage == "lost") <= 0.3 * sum(row[0] == "lost" for row in rows)
    silent = [stage for stage, repeats, bought in rows if repeats and not bought]
    assert sum(stage in ("at_risk", "lost") for stage in silent) >= 0.40 * len(silent)
    assert sum(row[0] in ("at_risk", "lost") for row in rows) <= 0.12 * len(rows)


@pytest.mark.parametrize("cut", CUTS)
def test_the_chance_of_buying_within_13_weeks_is_calibrated_in_every_tenth(journey, cut):
    as_of = day(cut)
    result = portraits(journey, as_of)
    assert result.parameters["season_days"] == 91
    known = result.table.filter(np.not_equal(result.table["purchases"].to_numpy(), 0))
    said, who = known["p_buys"].to_numpy(), known["customer_id"].to_pylist()
    later = bought_after(journey, as_of)
    bought = np.array([later[customer] > 0 for customer in who])
    for tenth in np.array_split(np.argsort(said), 10):
        assert len(tenth) >= 100
        assert said[tenth].mean() == pytest.approx(bought[tenth].mean(), abs=0.05)


@pytest.mark.parametrize("cut", [*CUTS, "2017-12-31"])
def test_the_longer_the_silence_the_smaller_the_chance(journey, cut):
    """So that nobody recovers by buying nothing, and the marks are days on which the stage changes for good: but for
    less than a point, of one in a hundred at most.
    """
    as_of = day(cut)
    yardstick = Yardstick.of(portraits(journey, as_of).parameters, Thresholds())
    steps = columns_of_steps(purchases(journey.orders, as_of))
    rows = {name: steps[name][steps["next_day"] < 0] for name in KNOWN}
    result = [yardstick.chance(rows, np.full(len(rows["x"]), silence)) for silence in range(0, 731, 5)]
    risen = np.maximum(np.diff(result, axis=0), 0).sum(axis=0)
    assert risen.max() < 0.01
    assert (risen > 1e-9).mean() < 0.01


def test_the_record_counts_what_was_said_against_what_was_bought(journey):
    as_of = day("2017-10-01")
    result = backtest(journey, as_of, 91)
    table = portraits(journey, as_of, horizon_days=91).table.to_pylist()
    dated = purchases(journey.orders, as_of + 91).collect("pyarrow")
    later = Counter(
        c for c, on in zip(dated["customer_id"].to_list(), dated["day"].to_list(), strict=True) if on > as_of
    )
    known = [row for row in table if row["p_alive"] is not None]
    for band in result["p_alive"]:
        top = band["to"] if band["to"] < 1 else 1.1
        said = [row["customer_id"] for row in known if band["from"] <= row["p_alive"] < top]
        assert (band["customers"], band["bought"]) == (len(said), sum(later[customer] > 0 for customer in said))
    assert sum(band["customers"] for band in result["p_alive"]) == len(known)
    held = [
        row["expected_purchases_low"] <= later[row["customer_id"]] <= row["expected_purchases_high"] for row in known
    ]
    actual = sum(later[row["customer_id"]] for row in known)
    errors = result["purchases"].pop("errors")
    assert errors["ours"]["mae"] < min(row["mae"] for name, row in errors.items() if name != "ours")
    assert result["purchases"] == {
        "customers": len(known),
        "within": sum(held),
        "expected": pytest.approx(sum(row["expected_purchases"] for row in known)),
        "actual": actual,
    }
    assert result["purchases"]["expected"] == pytest.approx(actual, rel=0.03)


def test_the_predicted_gaps_are_calibrated_on_the_journey(journey):
    """Of all gaps between purchases, at most the promised share is longer than each quantile said at their start."""
    as_of = day("2017-12-31")
    fitted = fit_rhythm(journey, as_of)
    known = columns_of_steps(purchases(journey.orders, as_of))
    ended = known["next_day"] >= 0
    x, t_x, gap = (
        column[ended].astype(float) for column in (known["x"], known["t_x"], known["next_day"] - known["day"])
    )
    beyond = stats.lomax.sf(gap, fitted.r + x, scale=fitted.alpha + t_x)
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


def test_parameters_written_as_json_give_the_same_stages(journey):
    as_of = day("2017-06-30")
    parameters = portraits(journey, as_of).parameters
    written = json.loads(json.dumps(parameters))
    result = stages_at(journey, [as_of], parameters, Thresholds())
    assert result.num_rows == 2393
    assert result.equals(stages_at(journey, [as_of], written, Thresholds()))


@pytest.mark.parametrize("cut", CUTS)
def test_ours_is_right_more_often_than_what_anybody_could_say(journey, cut):
    result = backtest(journey, day(cut), 91)
    plain = {name: row for name, row in result["chance"].items() if name != "ours"}
    assert plain.keys() == {"recency", "recent", "everybody"}
    assert result["chance"]["ours"]["auc"] >= max(row["auc"] for row in plain.values())
    assert result["chance"]["ours"]["brier"] <= min(row["brier"] for row in plain.values())
    errors = result["value"]["errors"]
    assert errors["ours"]["mae"] <= min(row["mae"] for name, row in errors.items() if name != "ours")
    assert 0.7 < result["value"]["within"] / result["value"]["customers"] < 0.9
