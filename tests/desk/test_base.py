from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from habitue.desk.base import context
from habitue.desk.base.flows import flows
from habitue.desk.base.headings import (
    concentration_heading,
    expected_heading,
    flows_heading,
    record_heading,
    retention_heading,
    stages_heading,
)
from habitue.portraits.models import Refresh, Stage
from habitue.reading.base.cohorts import cohorts
from habitue.reading.base.rows import Cohort, StageRow, Transition
from habitue.reading.base.stages import stage_rows, transitions
from tests import factories


def test_the_base_counts_each_stage_and_links_it_to_the_list(desk: Client):
    factories.town(120)
    text = desk.get(reverse("base")).content.decode()
    assert re.search(r'<a href="/customers/\?stage=regular">60</a>', text)
    assert re.search(r'<a href="/customers/\?stage=at_risk">10</a>', text)
    assert "60 regular customers, 10 at risk: 10 more than a month before" in text


def test_the_numbers_of_the_base_are_those_of_the_lists_they_open(desk: Client):
    factories.town(120)
    text = desk.get(reverse("base")).content.decode()
    links = re.findall(r'<a href="(/customers/\?[^"]+)">[+−]?([\d,]+)</a>', text)
    assert len(links) > 12
    for link, shown in links:
        listed = desk.get(link.replace("&amp;", "&")).context["total"]
        assert f"{listed:,}" == shown, link


def test_who_came_to_a_stage_and_who_left_it_is_counted_for_the_chosen_month(db):
    factories.town(24)
    run = Refresh.objects.get()
    december = {row.code: (row.entered, row.left) for row in stage_rows(run, transitions(date(2017, 12, 1)))}
    assert december["at_risk"] == (2, 0)
    assert december["regular"] == (0, 10)
    november = {row.code: (row.entered, row.left) for row in stage_rows(run, transitions(date(2017, 11, 1)))}
    assert november["regular"] == (22, 0)
    assert transitions(date(2017, 12, 1))[0].customers == 2


def test_another_month_can_be_chosen_and_comes_as_a_fragment_too(desk: Client):
    factories.town(24)
    page = desk.get(reverse("base"), {"month": "2017-11"}).content.decode()
    assert "November\u00a02017: 22 became regular, 0 no longer were" in page
    fragment = desk.get(reverse("base"), {"month": "2017-11"}, headers={"hx-request": "true"}).content.decode()
    assert "November\u00a02017: 22 became regular" in fragment
    assert "<html" not in fragment


def test_the_share_that_bought_again_comes_from_the_record(desk: Client):
    factories.town(24)
    text = desk.get(reverse("base")).content.decode()
    assert "97% of the regular bought again within 13 weeks, 75% of those at risk" in text
    assert re.search(r"Regular</th>\s*<td[^>]*>200</td>\s*<td[^>]*>194</td>", text)


def test_cohorts_of_few_customers_stay_grey(desk: Client):
    factories.town(24)
    text = desk.get(reverse("base")).content.decode()
    assert re.search(r'<td class="h9" title="180 of 200">90</td>', text)
    assert re.search(r'<td class="h0" title="8 of 10">80</td>', text)
    assert "/customers/?cohort=2017-09" in text


def test_a_month_that_is_not_over_is_not_shown_as_retention(db):
    kept = factories.retention() | {"running": "2017-12"}
    run = factories.refresh(base={"retention": kept})
    assert [cohort.bought for cohort in cohorts(run)] == [[180, 170], [32], [], []]


def test_the_interval_of_a_stage_adds_variances_and_never_goes_below_nothing():
    row = StageRow("regular", expected=1_000_000, variance=100_000.0**2)
    assert (row.low, row.high) == (871_840, 1_128_160)
    assert StageRow("lost", expected=1_000, variance=100_000.0**2).low == 0


def test_an_empty_base_says_what_to_do_first(desk: Client):
    text = desk.get(reverse("base")).content.decode()
    assert "habitue import orders" in text


def test_a_refresh_under_way_does_not_count(desk: Client):
    factories.refresh(finished_at=None, customers=5)
    assert "habitue import orders" in desk.get(reverse("base")).content.decode()


def test_what_a_stage_held_before_and_after_a_month_adds_up(db):
    factories.town(24)
    run = Refresh.objects.get()
    picture = context.stages(run, date(2017, 12, 1))["flows"]
    assert {node.code: node.count for node in picture.before} == {"regular": 22, "new": 2}
    assert {node.code: node.count for node in picture.after} == dict.fromkeys(
        ["slowing", "at_risk", "lost", "settling", "won_back", "new"], 2
    ) | {"regular": 12}
    picture = context.stages(run, date(2017, 11, 1))["flows"]
    assert {node.code: node.count for node in picture.before} == {"": 24}
    assert {node.code: node.count for node in picture.after} == {"regular": 22, "new": 2}


def test_bands_fill_the_stages_they_join_and_say_which_way_they_go():
    picture = flows(
        {"regular": 80, "slowing": 15, "lost": 5},
        [Transition("regular", "slowing", 10), Transition("slowing", "regular", 4)],
    )
    assert {(band.was, band.now): (band.count, band.kind) for band in picture.ribbons} == {
        ("regular", "regular"): (76, "stays"),
        ("regular", "slowing"): (10, "down"),
        ("slowing", "regular"): (4, "up"),
        ("slowing", "slowing"): (5, "stays"),
        ("lost", "lost"): (5, "stays"),
    }
    for node in [*picture.before, *picture.after]:
        assert node.used == pytest.approx(node.height)
    assert flows({}, []).ribbons == []


LAST = date(2017, 12, 1)


def rows(**at_risk: int) -> list[StageRow]:
    return [StageRow("regular", customers=1764, entered=3, left=1), StageRow("at_risk", customers=219, **at_risk)]


def test_the_heading_of_the_stages_says_how_the_number_at_risk_moved():
    assert stages_heading(rows(entered=40, left=9), LAST, LAST) == (
        "1,764 regular customers, 219 at risk: 31 more than a month before"
    )
    assert stages_heading(rows(entered=9, left=10), LAST, LAST).endswith("219 at risk: 1 fewer than a month before")
    assert stages_heading(rows(entered=9, left=9), LAST, LAST).endswith("219 at risk, as many as a month before")
    assert stages_heading(rows(), date(2017, 3, 1), LAST) == "March\u00a02017: 3 became regular, 1 no longer was"
    assert stages_heading([], LAST, LAST) == "0 regular customers"


def test_the_heading_of_the_stages_agrees_in_french():
    with translation.override("fr"):
        assert stages_heading(rows(entered=40, left=9), LAST, LAST) == (
            "1\u202f764 habitués, 219 à risque\u00a0: 31 de plus qu’un mois avant"
        )
        assert stages_heading(rows(), date(2017, 3, 1), LAST) == (
            "Mars\u00a02017\u00a0: 3 devenus habitués, 1 ne l’est plus"
        )


def test_the_heading_of_the_retention_leaves_the_first_cohort_out():
    first, second, late = Cohort(LAST, 1000, [1000]), Cohort(LAST, 10, [6]), Cohort(LAST, 9, [])
    assert retention_heading([first, second, late]) == "6 new customers in 10 buy again the month after"
    assert retention_heading([first]) == "100% of new customers buy again the month after"
    assert retention_heading([first, Cohort(LAST, 10, [1])]) == "1 new customer in 10 buys again the month after"
    assert retention_heading([late]) == "Too early to say who comes back"
    with translation.override("fr"):
        assert retention_heading([first, second]) == "6 nouveaux clients sur 10 rachètent le mois suivant"
        assert retention_heading([first, Cohort(LAST, 10, [1])]) == "1 nouveau client sur 10 rachète le mois suivant"


def test_the_heading_of_the_flows_names_the_widest_way_and_its_return():
    ways = (("regular", "slowing", 226), ("slowing", "regular", 174), ("new", "lost", 1))
    moved = [Transition(*way) for way in ways]
    assert flows_heading(moved, LAST) == (
        "In December\u00a02017, 226 customers went from “regular” to “slowing”, 174 the other way"
    )
    assert flows_heading(moved[2:], LAST) == "In December\u00a02017, 1 customer went from “new” to “lost”"
    assert flows_heading([], LAST) == "Nobody changed stage in December\u00a02017"
    with translation.override("fr"):
        assert flows_heading(moved, LAST) == (
            "En décembre\u00a02017, 226 clients sont passés de «\u00a0habitué\u00a0» à «\u00a0ralentit\u00a0», "
            "174 en sens inverse"
        )


def test_the_heading_of_the_record_sets_the_best_against_the_worst():
    assert record_heading({"regular": 0.99, "at_risk": 0.73, "lost": 0.64}, 91) == (
        "99% of the regular bought again within 13 weeks, 64% of the lost"
    )
    assert record_heading({"regular": 0.99, "slowing": 0.9}, 91).endswith("90% of the slowing")
    assert record_heading({"lost": 0.64}, 91) == "Too early to say how often the stages were right"


def test_the_heading_of_the_concentration_says_what_the_top_tenth_brings():
    assert concentration_heading(0.334) == "One customer in ten brings 33% of sales"
    with translation.override("fr"):
        assert concentration_heading(0.334) == "Un client sur dix apporte 33\u202f% des ventes"


def test_the_heading_of_the_expectation_says_what_hangs_on_those_who_slow_down():
    stages = [
        StageRow(Stage.REGULAR, expected=900_000),
        StageRow(Stage.SLOWING, expected=60_000),
        StageRow(Stage.AT_RISK, expected=40_000),
    ]
    assert expected_heading(stages, "EUR") == (
        "€1,000 of the €10,000 expected hang on customers who slow down or are at risk"
    )
    assert expected_heading(stages[:1], "EUR") == "€9,000 expected in the next 12 months"
    assert expected_heading([], "EUR") == "Nothing to expect yet"
