"""A page of the list is the same whatever way the planner takes, and is read along an index."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from habitue.customers.columns import NAME
from habitue.customers.list_columns import declared
from habitue.customers.models import ContactPoint, Customer
from habitue.portraits.models import Stage
from habitue.reading.customer_list.page import PAGE, page
from habitue.reading.customer_list.plan import IdFilter, ListQuery
from habitue.reading.customer_list.query import Cursor, along_index
from habitue.segments.models import Membership
from tests import factories

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
    """Probed row by row; each customer looked up; each row tested against a set; a window of the index prefetched."""
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
