"""Rows by many values in one parameter: the same rows as with `in`."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.customers.models import Customer
from habitue.kernel.database.batches import pk_filter
from tests import factories

pytestmark = pytest.mark.django_db
REFERENCES = ["A", "a", "É", "0012", "12", "'", '"', "a,b", "%", "{1,2}", "\\", "NULL", "🦉"]
OTHERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.fixture
def customers() -> list[Customer]:
    return [factories.customer(f"No. {at}", reference) for at, reference in enumerate(REFERENCES)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(REFERENCES) | OTHERS))
def test_texts(customers, wanted):
    rows = Customer.objects.filter(reference__any_of=wanted)
    assert set(rows) == set(Customer.objects.filter(reference__in=wanted))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(-3, len(REFERENCES) + 3) | st.just(2**62)))
def test_ids(customers, places):
    wanted = [customers[0].pk + place for place in places]
    assert set(Customer.objects.filter(pk__any_of=wanted)) == set(Customer.objects.filter(pk__in=wanted))
    assert set(Customer.objects.filter(pk_filter(wanted))) == set(Customer.objects.filter(pk__in=wanted))


def test_more_than_sqlite_has_parameters(customers):
    wanted = [customers[3].pk, *range(10**6, 10**6 + 80_000, 2)]
    with connection.execute_wrapper(few_parameters):
        assert list(Customer.objects.filter(pk__any_of=wanted)) == [customers[3]]


def few_parameters(execute, sql, params, many, context):
    assert len(params) < 3
    return execute(sql, params, many, context)


def test_a_foreign_key_by_its_ids(customers):
    one, other, third = customers[:3]
    Customer.objects.filter(pk=third.pk).update(merged_into=one)
    assert list(Customer.objects.filter(merged_into__any_of=[one.pk, other.pk])) == [third]
    assert list(Customer.objects.exclude(merged_into__any_of=[one.pk]).filter(merged_into__isnull=False)) == []
