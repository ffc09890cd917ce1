from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F, QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from habitue.customers.columns import NAME
from habitue.customers.list_columns import declared
from habitue.customers.models import ContactPoint, Customer
from habitue.portraits.models import Stage
from habitue.reading.customer_list import filters
from habitue.reading.customer_list.page import PAGE, page
from habitue.reading.customer_list.plan import IdFilter, ListQuery
from habitue.reading.customer_list.query import Cursor, along_index
from habitue.segments.models import Membership
from tests import factories


def names(response) -> list[str]:
    return re.findall(r'<a href="/customers/\d+/" data-row>([^<]+)</a>', response.content.decode())


SORTS = {column.code: column.sort for column in (NAME, *declared()) if column.sort}


def walked(sort: str, *ways: ListQuery) -> list[Customer]:
    """Every page after the other, as a reader would ask for them, each in the next of `ways`."""
    seen, after = [], ""
    for turn in range(20):
        rows, after = page(ways[turn % len(ways)], SORTS[sort.lstrip("-")], sort.startswith("-"), after, size=20)
        seen += rows
        if not after:
            return seen
    raise AssertionError("the pages do not end")


def in_four_ways(customers: QuerySet[Customer]) -> list[ListQuery]:
    """A look for each row; each customer looked up; each row in a set of all; the next rows first."""
    sizes = ((None, 0), (0, 0), (30_000, 10**7), (150_000, 10**6))
    return [ListQuery(customers, [IdFilter(customers, "pk", size)], total) for size, total in sizes]


def reachable() -> None:
    """Some have an address, several or one that is of no use any more."""
    for at, customer in enumerate(Customer.objects.order_by("pk")):
        for kind, where in (("address", "city"), ("email", "value"), ("phone", "value")):
            for turn in range(at % 3):
                text = f"{'AÉbz'[(at + turn) % 4]}{at // 9}"
                until = date(2020, 1, 1) if (at + turn) % 7 == 0 else None
                fields = {"value": f"{at} {turn}", "until": until} | {
                    where: text if where == "city" else f"{text}{turn}"
                }
                ContactPoint.objects.create(customer=customer, kind=kind, typed=text, **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_paging_shows_everybody_once_and_in_order_whatever_the_sort(sort: str):
    factories.town(PAGE + 40)  # many have the same stage, day and name
    factories.customer("Without portrait")
    factories.portrait(factories.customer("Prospect"), stage=Stage.PROSPECT)
    reachable()
    ways = in_four_ways(Customer.objects.all())
    seen = walked(sort, ways[0])
    assert all(walked(sort, *some) == seen for some in (*([way] for way in ways[1:]), ways, ways[::-1]))
    third = in_four_ways(Customer.objects.annotate(rest=F("pk") % 3).filter(rest=0))
    assert all(walked(sort, way) == [one for one in seen if one.pk % 3 == 0] for way in third)
    assert sorted(customer.pk for customer in seen) == sorted(Customer.objects.values_list("pk", flat=True))
    keys = [value_of(customer, sort.lstrip("-")) for customer in seen]
    known = [key for key in keys if key is not None]
    assert keys[: len(known)] == known, "who lacks the value comes last"
    assert known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of few rows PostgreSQL reads all, and sorts them")
@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_a_page_is_read_along_an_index_that_says_whose_each_row_is(sort: str):
    members = Membership.objects.filter(segment=1, until=None)
    descending, order = sort.startswith("-"), SORTS[sort.lstrip("-")]
    for some in ([], [IdFilter(members)], [IdFilter(members, size=10_000)]):
        query = ListQuery(Customer.objects.all(), some, 10**6)
        for cursor in (Cursor(descending), Cursor(descending, key_of(sort), 7)):
            for rows in along_index(order, query, cursor):
                first, *rest = rows.values_list("sort_owner", "sort_key")[:PAGE].explain().split("\n")
                assert "USING COVERING INDEX" in first
                assert not any("TEMP B-TREE" in step for step in rest)


def key_of(sort: str):
    return {int: 1, "date": date(2024, 1, 1), "datetime": timezone.now()}.get(SORTS[sort.lstrip("-")].type, "a")


def value_of(customer: Customer, sort: str):
    """What the order goes by, looked up by hand."""
    if sort in ("city", "email", "phone"):
        kind, name = {"city": ("address", "city")}.get(sort, (sort, "value"))
        points = customer.contact_points.filter(kind=kind, until=None).exclude(**{name: ""}).order_by("pk")
        return points.values_list(name, flat=True).first()
    holder = customer if SORTS[sort].not_null else getattr(customer, "portrait", None)
    return holder and getattr(holder, SORTS[sort].column)


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
