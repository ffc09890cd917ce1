from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from habitue.reading.customer_list import filters
from habitue.reading.customer_list.page import PAGE
from tests import factories


def names(response) -> list[str]:
    return re.findall(r'<a href="/customers/\d+/" data-row>([^<]+)</a>', response.content.decode())


def test_the_list_leads_to_its_next_page(desk: Client):
    factories.town(PAGE + 5)
    first = desk.get(reverse("customers"))
    assert len(names(first)) == PAGE
    link = re.search(r'hx-get="(\?after=[^"]+)"', first.content.decode())
    assert link
    rest = desk.get(reverse("customers") + link[1])
    assert len(names(rest)) == 5
    assert not set(names(first)) & set(names(rest)) or len(set(names(first))) < PAGE
    fragment = desk.get(reverse("customers") + link[1], headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.count("<tr>") == 5


def test_the_list_is_filtered_by_stage_with_the_count_of_each(desk: Client):
    factories.town(120)
    response = desk.get(reverse("customers"), {"stage": "at_risk"})
    assert response.context["total"] == 10
    assert response.context["all"] == 120
    assert dict(response.context["stages"]) == {
        "new": 10, "settling": 10, "regular": 60, "slowing": 10, "at_risk": 10, "lost": 10, "won_back": 10,
    }  # fmt: skip
    assert len(names(response)) == 10
    assert response.content.decode().count("stage stage-at_risk") == 10


def test_the_list_is_filtered_by_the_month_of_the_first_purchase(desk: Client, ada):
    factories.portrait(factories.customer("Zoé"), first_day=date(2017, 11, 1), last_day=date(2017, 11, 1), purchases=1)
    assert names(desk.get(reverse("customers"), {"cohort": "2017-10"})) == ["Ada Bérenger"]
    assert names(desk.get(reverse("customers"), {"cohort": "2017-11"})) == ["Zoé"]


def test_the_list_is_filtered_by_who_came_to_a_stage_or_left_it_in_a_month(desk: Client, ada):
    factories.change(factories.customer("Zoé"), date(2017, 11, 30), "", "new")
    november = {"month": "2017-11"}
    assert names(desk.get(reverse("customers"), {"entered": "settling"} | november)) == ["Ada Bérenger"]
    assert names(desk.get(reverse("customers"), {"left": "new"} | november)) == ["Ada Bérenger"]
    assert names(desk.get(reverse("customers"), {"left": "new", "entered": "settling"} | november)) == ["Ada Bérenger"]
    assert names(desk.get(reverse("customers"), {"left": "regular"} | november)) == []


@pytest.mark.parametrize("text", ["berenger", "BÉRENGER ada", "a-1", "1002", "ada bér"])
def test_the_list_finds_by_name_reference_and_order_number(desk: Client, ada, text: str):
    factories.customer("Zoé Faure", "Z-9")
    assert names(desk.get(reverse("customers"), {"q": text})) == ["Ada Bérenger"]


def test_an_order_number_shows_the_order_beside_its_customer(desk: Client, ada):
    order = ada.orders.get(number="1002")
    text = desk.get(reverse("customers"), {"q": "1002"}).content.decode()
    assert reverse("order", args=[ada.pk, order.pk]) in text
    assert "€3.20" in text


def test_an_empty_base_says_what_to_do_first(desk: Client):
    text = desk.get(reverse("customers")).content.decode()
    assert "habitue import orders" in text
    assert "<table" not in text


def test_a_search_without_result_says_what_would_find_something(desk: Client, ada):
    text = desk.get(reverse("customers"), {"q": "nobody is called so"}).content.decode()
    assert "Nobody matches." in text
    assert "order number" in text


def test_customers_without_portraits_are_listed_and_the_way_to_portraits_is_named(desk: Client):
    factories.customer("Zoé Faure")
    text = desk.get(reverse("customers")).content.decode()
    assert "Zoé Faure" in text
    assert "no portrait yet" in text
    assert "habitue refresh" in text


def test_a_column_heading_says_how_the_list_is_sorted_and_turns_it_around(desk: Client, ada):
    text = desk.get(reverse("customers"), {"sort": "-expected"}).content.decode()
    assert re.search(r'class="expected num" aria-sort="descending"><a href="\?sort=expected"', text)
    text = desk.get(reverse("customers"), {"sort": "expected"}).content.decode()
    assert re.search(r'class="expected num" aria-sort="ascending"><a href="\?sort=-expected"', text)


@pytest.mark.parametrize(
    "query",
    [
        "sort=size",
        "stage=friend",
        "cohort=2017-13",
        "cohort=9999-12",
        "entered=lost&month=9999-12",
        "after=x~y",
        "after=~",
        "month=soon",
        "sort=last&after=z~1",
    ],
)
def test_an_address_that_makes_no_sense_is_not_found(desk: Client, ada, query: str):
    assert desk.get(f"{reverse('customers')}?{query}").status_code == 404


def test_the_list_takes_as_many_queries_for_many_as_for_few(desk: Client, django_assert_max_num_queries):
    factories.town(120)
    with django_assert_max_num_queries(14):
        desk.get(reverse("customers"), {"sort": "-expected", "stage": "regular"})


@pytest.mark.django_db
def test_many_customers_are_not_counted_anew_for_each_page(desk: Client, monkeypatch):
    factories.town(5)
    monkeypatch.setattr(filters, "MANY", 4)
    try:
        assert desk.get(reverse("customers")).context["total"] == 5
        factories.customer("New")
        assert desk.get(reverse("customers")).context["total"] == 5, "for a minute"
    finally:
        cache.clear()
    assert desk.get(reverse("customers")).context["total"] == 6
