from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from habitue.insight.lifecycle.stages import LOYALTY, STAGES
from habitue.portraits import estimates, records, wording
from habitue.portraits.models import NEARNESS, Portrait, Refresh, Stage
from tests.factories import AS_OF, portrait_fields


def portrait(stage: str = Stage.REGULAR, **fields) -> Portrait:
    return Portrait(**portrait_fields(stage, **fields))


RUN = Refresh(
    as_of=AS_OF,
    currency="EUR",
    thresholds={"slowing": 0.8, "at_risk": 0.875, "lost": 0.3},
    parameters={
        "mbgnbd": {"r": 1.414, "alpha": 9.67, "a": 0.195, "b": 277.7, "customers": 1, "fallback": False},
        "own_rate": {"r": 1.4, "alpha": 9.6, "customers": 2469, "fallback": False},
        "returning": {"gaps": 127_457},
        "season_days": 91,
        "choice": {
            "model": "own_rate",
            "towards": "recent",
            "weight_purchases": 0.4,
            "days": 91,
            "errors": {"own_rate": 3.1, "mbgnbd": 3.3, "ours": 3.0},
        },
    },
    record={
        "as_of": "2017-10-01",
        "days": 91,
        "stages": {"regular": {"customers": 200, "bought": 194}},
        "chance": {
            "ours": {"auc": 0.888},
            "recency": {"auc": 0.844},
            "recent": {"auc": 0.87},
            "everybody": {"auc": 0.5},
        },
        "right": {"customers": 200, "ours": 188, "everybody": 184},
        "value": {
            "customers": 200,
            "within": 157,
            "errors": {"ours": {"mae": 17552.1}, "recent": {"mae": 17831.1}, "own_mean": {"mae": 18621.7}},
        },
    },
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_rhythm_is_said_in_one_breath():
    shown = portrait(last_day=AS_OF - timedelta(days=31), purchases=12)
    assert plain(wording.rhythm(shown, RUN)) == (
        "About every 12 days; 31 days since the last. 19 of 20 such gaps are shorter than 39 days."
    )
    with translation.override("fr"):
        assert plain(wording.rhythm(shown, RUN)) == (
            "Tous les 12 jours environ\u202f; 31 jours depuis le dernier. "
            "19 de ces intervalles sur 20 durent moins de 39 jours."
        )


def test_one_purchase_makes_no_rhythm_of_its_own():
    once = portrait(Stage.NEW, purchases=1, first_day=AS_OF, last_day=AS_OF)
    assert plain(wording.rhythm(once, RUN)) == (
        "One purchase so far; 0 days since. 19 of 20 second purchases come within 71 days."
    )
    assert wording.rhythm(portrait(Stage.PROSPECT), RUN) == "No purchase so far."


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("stage", Stage.values)
def test_every_stage_has_a_reason_in_both_languages(stage: str, language: str):
    shown = portrait(stage, **({} if stage == Stage.PROSPECT else {"last_day": AS_OF - timedelta(days=30)}))
    with translation.override(language):
        reason = wording.stage(shown, RUN)
    assert reason.facts
    assert reason.rule
    for part in (reason.facts, reason.rule, reason.certainty, reason.record):
        assert "%(" not in part
        assert "  " not in part
    assert bool(reason.record) == (stage == "regular")


def test_every_stage_has_its_place_in_each_order_and_its_words():
    bought = set(Stage.values) - {Stage.PROSPECT}
    assert tuple(Stage.values) == STAGES
    assert set(LOYALTY) == bought
    assert set(NEARNESS) == {*bought, ""}
    assert set(wording.STAGE_GROUPS) == set(wording.BEING) == set(Stage)


def test_the_reason_of_a_stage_names_the_days_that_decide():
    slowing = plain(wording.stage(portrait(Stage.SLOWING, last_day=AS_OF - timedelta(days=22)), RUN).rule)
    assert slowing == (
        "22 days is longer than 4 of 5 of the gaps that their own pace predicts and of all gaps here (19 days). "
        "At risk from 27 days on."
    )
    at_risk = wording.stage(portrait(Stage.AT_RISK, last_day=AS_OF - timedelta(days=30)), RUN)
    assert "at most 87.5% is left" in at_risk.rule
    assert "from 27 days on. Lost from 41 days on" in plain(at_risk.rule)
    assert plain(at_risk.certainty) == (
        "The chance that they buy within 13 weeks is 86%; right after their last purchase it was 97%."
    )
    lost = plain(wording.stage(portrait(Stage.LOST, last_day=AS_OF - timedelta(days=50)), RUN).rule)
    assert "at most 30% buy again within 13 weeks" in lost
    assert "64 days" in plain(wording.stage(portrait(Stage.WON_BACK), RUN).rule)


def test_the_record_says_how_often_the_label_was_right():
    assert plain(wording.stage(portrait(), RUN).record) == (
        "Of 200 customers in this stage on 1 October 2017, 97% bought again within 13 weeks."
    )
    assert wording.stage(portrait(Stage.LOST), RUN).record == ""
    assert wording.stage(portrait(), None).record == ""


def test_a_model_that_could_not_be_fitted_says_so():
    weak = Refresh(as_of=AS_OF, parameters={"mbgnbd": {"fallback": True}, "gammagamma": {"fallback": True}})
    assert "too few repeat purchases" in estimates.expected_purchases(portrait(), weak).rule
    assert "Gamma-Gamma" not in estimates.expected_value(portrait(), weak).rule
    assert "By the MBG/NBD model" in estimates.p_buys(portrait(), weak).rule


def test_an_estimate_says_which_model_and_why():
    rule = plain(estimates.expected_purchases(portrait(), RUN).rule)
    assert "Model: own pace, fitted to 2,469 customers (r 1.4, alpha 9.6)." in rule
    assert "Of the models tried it was most right about the last 13 weeks. 40% of the estimate is what" in rule
    beaten = Refresh(parameters=RUN.parameters | {"choice": RUN.parameters["choice"] | {"weight_purchases": 1.0}})
    assert "No model did better over the last 13 weeks than a plain rule" in estimates.model(beaten)


def test_an_expectation_says_its_interval_and_what_it_is_made_of():
    reason = estimates.expected_value(portrait(), RUN)
    assert reason.facts == "21 purchases expected at €10.75 each."
    assert plain(reason.certainty) == "Between €150 and €310 in 8 cases out of 10."


def test_a_chance_says_how_often_it_was_right():
    bands = [
        {"from": 0.5, "to": 0.8, "customers": 9, "bought": 1},
        {"from": 0.8, "to": 0.95, "customers": 80, "bought": 60},
    ]
    run = Refresh(as_of=AS_OF, record={"as_of": "2017-10-01", "days": 91, "p_buys": bands})
    assert plain(estimates.p_buys(portrait(p_buys=0.82), run).record) == (
        "Of 80 customers with a chance of 80% to 95% on 1 October 2017, 75% bought within 13 weeks."
    )
    assert estimates.p_buys(portrait(p_buys=0.2), run).record == ""
    assert estimates.p_buys(portrait(), None).record == ""


def test_the_record_is_told_beside_the_best_plain_rule():
    assert plain(records.auc(RUN)) == (
        "Of one customer who then bought and one who did not, the chance told which was which 89 times in 100; "
        "by what was bought in the weeks before alone it would have been 87."
    )
    assert plain(records.right(RUN)) == (
        "Who buys again was said right 94 times in 100 so far; to say the same of everybody, 92."
    )
    assert plain(records.of_value(RUN)) == (
        "It was off by €175.52 a customer on average; by what was bought in the weeks before alone it would have been "
        "€178.31."
    )
    assert records.auc(None) == records.right(None) == records.of_value(None) == ""


def test_an_interval_says_how_often_it_held():
    held = {"customers": 200, "within": 146, "expected": 900.0, "actual": 880}
    run = Refresh(as_of=AS_OF, record={"as_of": "2017-10-01", "days": 91, "purchases": held})
    record = plain(estimates.expected_purchases(portrait(), run).record)
    assert record == "Over the 13 weeks after 1 October 2017, such intervals held for 73% of the customers."


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (1, "1 purchase", "1 achat"),
        (1.4, "1.4 purchases", "1,4 achat"),
        (0, "0 purchases", "0 achat"),
        (2, "2 purchases", "2 achats"),
    ],
)
def test_a_count_with_decimals_agrees_as_each_language_has_it(count: float, english: str, french: str):
    assert estimates.purchases(count) == english
    with translation.override("fr"):
        assert estimates.purchases(count) == french
