"""Global search without HTTP: customers and orders, the best first."""

from __future__ import annotations

import pytest

from habitue.customers.models import Customer
from habitue.kernel.errors import InvalidFields
from habitue.reading.search import customer_named, find
from tests import factories


@pytest.mark.django_db
def test_the_best_match_comes_first():
    for name, reference in [("Marc Ada", "1"), ("Ada Zola", "2"), ("Ada Bérenger", "3"), ("Somebody", "ADA")]:
        factories.customer(name, reference)
    results = find(Customer.objects.all(), "ada")
    assert [customer.reference for customer in results.customers] == ["ADA", "3", "2", "1"]


@pytest.mark.django_db
def test_an_order_is_found_by_its_number_or_the_beginning_of_it(ada):
    assert [order.number for order in find(Customer.objects.all(), "100").orders] == ["1001", "1002", "1003"]
    assert [order.number for order in find(Customer.objects.all(), "1002").orders] == ["1002"]


@pytest.mark.django_db
def test_orders_of_customers_out_of_sight_are_not_found(ada):
    assert find(Customer.objects.none(), "1002").orders == []
    assert find(Customer.objects.none(), "ada").customers == []


@pytest.mark.django_db
def test_a_typed_customer_is_the_one_of_that_reference_or_the_only_one_of_that_name():
    ada, bea, other = (
        factories.customer("Ada", "A-1"),
        factories.customer("Bea", "B-1"),
        factories.customer("Béa", "B-2"),
    )
    merged = factories.customer("Adele", "A-2", merged_into=ada)
    everybody = Customer.objects.exclude(pk=merged.pk)
    assert customer_named(everybody, " ada ", "other") == ada
    assert customer_named(everybody, "B-2", "other") == other
    assert customer_named(everybody, "A-2", "other") == ada, "the canonical record of a merged one"
    with pytest.raises(InvalidFields) as several:
        customer_named(everybody, "bea", "other")
    assert several.value.errors == {
        "other": f"Several have this name. Type the reference of one: {bea} (B-1), {other} (B-2)."
    }
    for text in ("Nobody", "", "Adele"):
        with pytest.raises(InvalidFields, match="Nobody has the name or reference"):
            customer_named(everybody, text, "other")
