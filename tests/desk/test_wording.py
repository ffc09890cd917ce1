from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from habitue.portraits import wording
from habitue.portraits.models import Portrait, Refresh, Stage
from tests.factories import AS_OF, portrait_fields


def portrait(stage: str = Stage.REGULAR, **fields) -> Portrait:
    return Portrait(**portrait_fields(stage, **fields))


RUN = Refresh(
    as_of=AS_OF,
    thresholds={"slowing": 0.8, "at_risk": 0.95, "lost": 0.99},
    parameters={"mbgnbd": {"r": 1.414, "alpha": 9.67, "a": 0.195, "b": 277.7, "customers": 1, "fallback": False}},
    record={"as_of": "2017-10-01", "days": 91, "stages": {"regular": {"customers": 200, "bought": 194}}},
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


def test_the_reason_of_a_stage_names_the_days_that_decide():
    at_risk = plain(wording.stage(portrait(Stage.AT_RISK, last_day=AS_OF - timedelta(days=30)), RUN).rule)
    assert "30 days" in at_risk
    assert "19 of 20" in at_risk
    assert "(27 days)" in at_risk
    assert "(41 days)" in at_risk
    assert "64 days" in plain(wording.stage(portrait(Stage.WON_BACK), RUN).rule)


def test_the_record_says_how_often_the_label_was_right():
    assert plain(wording.stage(portrait(), RUN).record) == (
        "Of 200 customers in this stage on 1 October 2017, 97% bought again within 13 weeks."
    )
    assert wording.stage(portrait(Stage.LOST), RUN).record == ""
    assert wording.stage(portrait(), None).record == ""


def test_a_model_that_could_not_be_fitted_says_so():
    weak = Refresh(as_of=AS_OF, parameters={"mbgnbd": {"fallback": True}, "gammagamma": {"fallback": True}})
    assert "too few repeat purchases" in wording.p_alive(portrait(), weak).rule
    assert "Gamma-Gamma" not in wording.expected_value(portrait(), weak).rule
    assert "fitted to 1 customer:" in wording.p_alive(portrait(), RUN).rule


def test_an_expectation_says_its_interval_and_what_it_is_made_of():
    reason = wording.expected_value(portrait(), RUN)
    assert reason.facts == "21 purchases expected at €10.75 each."
    assert plain(reason.certainty) == "By the model, between €150 and €310 in 8 cases out of 10."


def test_a_probability_says_how_often_it_was_right():
    bands = [
        {"from": 0.5, "to": 0.8, "customers": 9, "bought": 1},
        {"from": 0.8, "to": 0.95, "customers": 80, "bought": 60},
    ]
    run = Refresh(as_of=AS_OF, record={"as_of": "2017-10-01", "days": 91, "p_alive": bands})
    assert plain(wording.p_alive(portrait(p_alive=0.82), run).record) == (
        "Of 80 customers of whom it said 80% to 95% on 1 October 2017, 75% bought again within 13 weeks."
    )
    assert wording.p_alive(portrait(p_alive=0.2), run).record == ""
    assert wording.p_alive(portrait(), None).record == ""


def test_an_interval_says_how_often_it_held():
    held = {"customers": 200, "within": 146, "expected": 900.0, "actual": 880}
    run = Refresh(as_of=AS_OF, record={"as_of": "2017-10-01", "days": 91, "purchases": held})
    record = plain(wording.expected_purchases(portrait(), run).record)
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
    assert wording.purchases(count) == english
    with translation.override("fr"):
        assert wording.purchases(count) == french


def test_the_standing_names_its_proof():
    customer = wording.standing(portrait(first_day=date(2017, 3, 1), last_day=AS_OF))
    assert plain(customer.facts) == "First purchase on 1 March 2017."
    assert "former" in wording.standing(portrait(Stage.LOST)).rule
    assert "refunded" in wording.standing(portrait(Stage.PROSPECT)).facts
