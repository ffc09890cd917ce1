from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from habitue.desk.base.analyses import price, repeat, tenure, ticks
from habitue.desk.base.headings import loyalty_sentence, price_heading, repeat_heading, tenure_heading
from habitue.desk.shell import drawing
from tests import factories


def second_purchase(customers: int = 486) -> dict[str, Any]:
    few = customers < 20
    within = [
        {"days": 30, "share": 0.63, "low": 0.58, "high": 0.67, "at_risk": 183, "few": few},
        {"days": 180, "share": None, "low": None, "high": None, "at_risk": 0, "few": True},
    ]
    median = {"days": 19, "low": 17, "high": 22}
    stats = {"customers": customers, "again": 456, "few": few, "median": median, "within": within, "longest": 90}
    points = [] if few else [[0, 0.0, None, None], [45, 0.7, 0.66, 0.74], [90, 0.8, 0.75, 0.85]]
    cohorts = [stats | {"month": "2017-09"}, stats | {"month": "2017-10", "customers": 8, "again": 3, "few": True}]
    return {
        "all": stats | {"customers": 2469, "points": points},
        "newcomers": stats | {"points": points},
        "running": None,
        "cohorts": cohorts,
    }


def mean(value: float, low: float, high: float, customers: int = 245) -> dict[str, Any]:
    return {"customers": customers, "mean": value, "low": low, "high": high, "few": customers < 20}


def spending(finding: str = "more") -> dict[str, Any]:
    each = [{"month": month, "bought": 200} | mean(6000.0 + month, 5000.0, 8000.0) for month in range(1, 10)]
    stayers = {
        "months": 9,
        "customers": 245,
        "one_start": True,
        "each": each,
        "early": {"from": 2, "to": 4} | mean(6578.0, 5649.0, 7507.0),
        "late": {"from": 7, "to": 9} | mean(8456.0, 7123.0, 9790.0),
        "difference": mean(1878.0, 831.0, 2925.0),
        "finding": finding,
    }
    stats = {"customers": 486, "each": each, "panel": stayers, "stayers": stayers}
    return {"currency": "EUR", "all": stats, "newcomers": stats}


def share(value: float, low: float, high: float) -> dict[str, Any]:
    return {
        "customers": 800,
        "of": 1000,
        "count": round(1000 * value),
        "share": value,
        "low": low,
        "high": high,
        "few": False,
    }


def prices(finding: str = "unclear") -> dict[str, Any]:
    bought = {
        "customers": 2469,
        "few": False,
        "gross": 500_000,
        "let_off": 81_600,
        "received_with": 200_000,
        "received_without": 218_400,
        "discounted": share(0.51, 0.5, 0.52),
        "full_after": share(0.1, 0.09, 0.11),
    }
    a_week = {"before": 0.0845, "during": 0.5312, "after": 0.085, "difference": mean(0.0005, -0.002, 0.003)}
    measures = {name: a_week | {"finding": finding} for name in ("times", "quantity", "amount")}
    buyers = {"new": share(0.57, 0.56, 0.58), "stayed": share(0.07, 0.06, 0.08), "only": share(0.62, 0.61, 0.63)}
    groups = [
        {"group": "0", "until": 90, "customers": 900, "few": False, "usual": share(0.32, 0.3, 0.34)}
        | {"after": share(0.24, 0.2, 0.28), "lost": mean(0.081, 0.056, 0.106), "finding": "more"},
        {"group": "182", "until": None, "customers": 900, "few": False, "usual": share(0.21, 0.2, 0.22)}
        | {"after": share(0.17, 0.16, 0.18), "lost": mean(0.044, 0.027, 0.06), "finding": "more"},
    ]
    contrast = {"groups": ["0", "182"]} | mean(0.037, 0.008, 0.067) | {"finding": "more"}
    return {
        "discounts": bought | {"families": [bought | {"family": "TEA"}, bought | {"family": ""}]},
        "after_discounts": {"discounts": 531, "customers": 2129, "buyers": 21_731, "few": False, **measures, **buyers},
        "leaving": {"discount": {"groups": groups, "contrast": contrast}},
    }


def kept(**changed: Any) -> dict[str, Any]:
    base = {"retention": factories.retention(), "second_purchase": second_purchase(), "tenure": spending()}
    return base | prices() | changed


def page(desk: Client, base: dict[str, Any]) -> str:
    factories.town(24)
    factories.refresh(base=base)
    return desk.get(reverse("base")).content.decode()


def test_the_base_shows_second_purchase_tenure_and_price_with_their_intervals(desk: Client):
    text = page(desk, kept())
    assert "Half of new customers buy again within 19 days" in text
    assert re.search(r"30 days</td><td[^>]*>63% <span[^>]*>\[58; 67\]", text)
    assert "Those who stay bring 29% more in months 7 to 9 than in months 2 to 4" in text
    assert "Most of them began in the same month: it may be the season." in text
    assert "51% of items are bought at a discount; when it ends, its buyers buy about as before" in text
    assert re.search(r"Tea</th>.*?51% <span[^>]*>\[50; 52\]", text, re.S)
    assert "Loyal customers leave less for a price" in text
    assert re.search(r"0 to 90 days</td><td[^>]*>32%</td><td[^>]*>24%</td><td[^>]*>8.1 <span[^>]*>\[5.6; 10.6\]", text)
    assert re.search(r'<tr class="few"><td><a href="/customers/\?cohort=2017-10">', text)


def test_a_refresh_that_kept_none_of_it_shows_none_of_it(desk: Client):
    text = page(desk, {"retention": factories.retention()})
    assert "second purchase" not in text
    assert "prices" not in text


def test_with_few_customers_and_no_lines_the_page_says_what_is_missing(desk: Client):
    lonely = {"customers": 3, "each": [], "panel": None, "stayers": None}
    few = second_purchase(8) | {"all": second_purchase(8)["newcomers"]}
    base = kept(second_purchase=few, tenure={"currency": "EUR", "all": lonely, "newcomers": lonely})
    for name in ("discounts", "after_discounts", "leaving"):
        del base[name]
    text = page(desk, base)
    assert "Too early to say how long the second purchase takes" in text
    assert "Too early to say whether those who stay spend more" in text
    assert "Nothing is known of prices yet" in text
    assert "habitue import orders" in text


def test_newcomers_are_shown_where_there_are_enough_and_else_everybody():
    assert repeat(kept())["repeat"]["customers"] == 486
    shown = repeat(kept(second_purchase=second_purchase() | {"newcomers": second_purchase(8)["newcomers"]}))
    assert (shown["repeat"]["customers"], shown["repeat"]["newcomers"]) == (2469, False)
    assert [row["days"] for row in shown["repeat"]["within"]] == [30]


def test_days_under_a_curve_do_not_run_into_each_other():
    assert ticks(90) == [("0.00%", 0), ("33.33%", 30), ("66.67%", 60), ("100.00%", 90)]
    assert [days for _at, days in ticks(365)] == [0, 60, 120, 180, 240, 300, 365]
    assert ticks(0) == [("0.00%", 0)]


def test_a_band_goes_there_along_the_highs_and_back_along_the_lows():
    assert drawing.band([(0, 0.1, 0.3), (1, 0.2, 0.4)]) == "M0.00 70.00L100.00 60.00L100.00 80.00L0.00 90.00Z"
    assert drawing.line([(0, 0), (0.5, 1)]) == "M0.00 100.00L50.00 0.00"


def test_the_months_of_tenure_stand_in_the_middle_of_their_place_on_one_scale():
    shown = tenure(kept())["tenure"]
    assert (shown["months"][0].x, shown["months"][0].high_at, shown["most"]) == ("5.56%", "0.00%", 8000)
    assert shown["months"][0].low_at == "37.50%"


def test_families_without_a_name_and_groups_too_small_are_left_out():
    base = kept()
    base["leaving"]["discount"]["groups"][0]["lost"]["few"] = True
    shown = price(base)["price"]
    assert [row["family"] for row in shown["families"]] == ["TEA"]
    assert [group["group"] for group in shown["groups"]] == ["182"]


def test_headings_claim_no_more_than_the_interval_allows():
    stayers = spending("unclear")["all"]["stayers"]
    assert tenure_heading(stayers).startswith("Those who stay bring neither clearly more nor less in months 7 to 9")
    assert tenure_heading(spending("less")["all"]["stayers"]).startswith("Those who stay bring 29% less")
    half = share(0.51, 0.5, 0.52)
    assert price_heading(half, "less").endswith("its buyers buy less of it than before")
    assert price_heading(half, "few") == "51% of items are bought at a discount"
    contrast, groups = (prices()["leaving"]["discount"][name] for name in ("contrast", "groups"))
    assert loyalty_sentence(contrast | {"finding": "unclear"}, groups).startswith("Whether loyal customers leave less")
    assert loyalty_sentence(None, groups) == ""


def test_where_half_have_not_bought_again_the_last_share_known_is_told():
    stats = second_purchase()["newcomers"] | {"median": {"days": None, "low": None, "high": None}}
    assert repeat_heading(stats) == "63% of new customers buy again within 30 days"
    assert repeat_heading(stats | {"within": []}) == "Too early to say how long the second purchase takes"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_can_be_read_in_both_languages(desk: Client, language: str):
    with translation.override(language):
        text = page(desk, kept())
    assert "%(" not in text
