"""How the planner of the list chooses its way, from what has been counted."""

from __future__ import annotations

from math import inf

import pytest

from habitue.customers.models import Customer
from habitue.reading.customer_list.plan import (
    FEW,
    LARGEST_SET,
    PREFETCHED,
    SOME,
    IdFilter,
    ListQuery,
    ResidualPredicate,
)

ALL = Customer.objects.all()


def query(*sizes: int | None, total: int = 1_000_000) -> ListQuery:
    return ListQuery(ALL, [IdFilter(ALL, "pk", size) for size in sizes], total)


@pytest.mark.parametrize(
    ("sizes", "total", "size"),
    [
        ([FEW], 0, FEW),
        ([FEW + 1], 0, None),
        ([SOME], 10_000_000, SOME),
        ([SOME + 1], 10_000_000, None),
        ([2_000], 100_000, 2_000),  # every fiftieth
        ([2_001], 100_000, None),
        ([None, 30, 20, 900], 0, 20),
        ([0], 0, 0),
        ([None], 0, None),
        ([], 0, None),
    ],
)
def test_the_smallest_filter_of_few_customers_is_looked_up(sizes, total, size):
    small = query(*sizes, total=total).small_filter
    assert (small and small.size) == size


@pytest.mark.parametrize(
    ("sizes", "total", "rows"),
    [([], 1000, 1), ([10], 1000, 100), ([10, 500], 1000, 200), ([10, None], 1000, inf), ([10], 0, inf), ([0], 9, inf)],
)
def test_the_rows_for_a_match_are_one_by_selectivity(sizes, total, rows):
    assert query(*sizes, total=total).rows_per_match == rows


def test_twice_the_rows_that_should_hold_a_page_are_prefetched_unless_they_are_too_many():
    assert query(500_000).prefetch_window(51) == 2 * 51 * 2
    assert query(25_000).prefetch_window(50) == 4_000
    assert query(20_000).prefetch_window(50) == PREFETCHED
    assert query(19_990).prefetch_window(50) == 0
    assert query(None).prefetch_window(50) == 0
    assert query().prefetch_window(50) == 0, "nothing to test: the index alone"


@pytest.mark.parametrize(
    ("size", "total", "probed"),
    [
        (None, 10**7, True),
        (LARGEST_SET, 10**7, False),
        (LARGEST_SET + 1, 10**7, True),
        (2_000, 10_000, False),
        (2_001, 10_000, True),
        (2_001, 0, False),
    ],
)
def test_a_filter_is_tested_against_a_set_unless_that_is_large_or_passes_many(size, total, probed):
    (condition,) = IdFilter(ALL, "pk", size).condition_in_order("customer", total).children
    assert isinstance(condition, ResidualPredicate) != probed


@pytest.mark.django_db
def test_a_filter_passes_the_ids_of_its_rows():
    people = [Customer.objects.create(reference=name) for name in "ABC"]
    some = IdFilter(Customer.objects.filter(reference__in="AC"), "pk")
    assert some.passing([one.pk for one in people]) == {people[0].pk, people[2].pk}
    assert [one.reference for one in ALL.filter(some.condition()).order_by("pk")] == ["A", "C"]
    assert [one.reference for one in ALL.filter(some.condition(probed=True)).order_by("pk")] == ["A", "C"]
