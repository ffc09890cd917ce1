"""A query that is composed once answers for each customer with their own rows."""

from __future__ import annotations

import pytest

from habitue.customers.models import Customer
from habitue.kernel.database.prepared import PK_PLACEHOLDER, PreparedQuery
from habitue.portraits import standing
from habitue.reading.customer import overview
from tests import factories

pytestmark = pytest.mark.django_db


def test_each_customer_gets_their_own_rows_and_the_query_is_composed_once():
    composed = []

    def names(pk: int, _more: str):
        composed.append(pk)
        return Customer.objects.filter(pk=pk).values_list("name")

    query = PreparedQuery(names)
    people = [factories.customer(name) for name in ("Ada", "Bea")]
    assert [list(query.ask(one.pk, "x")) for one in people] == [[("Ada",)], [("Bea",)]]
    assert composed == [PK_PLACEHOLDER]
    list(query.ask(people[0].pk, "y"))
    assert composed == [PK_PLACEHOLDER] * 2


def test_a_query_that_asks_for_no_customer_is_an_error():
    query = PreparedQuery(lambda pk: Customer.objects.values_list("name"))
    with pytest.raises(ValueError, match="everybody would get the same rows"):
        list(query.ask(1))


def test_a_missing_customer_has_no_rows():
    assert standing.of(factories.customer("Ada")).first is None
    assert overview.read(Customer(pk=10**9)).events == []
