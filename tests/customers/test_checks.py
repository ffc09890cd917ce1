"""A model that does not say how it goes along with a merge, or says it wrongly, stops the program at its start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core import checks
from django.db import models
from django.test.utils import isolate_apps

from habitue.customers.checks import check_models
from habitue.customers.models import Comparison, Customer
from habitue.purchases.models import OrderLine


@pytest.fixture
def planted() -> Iterator[type[models.Model]]:
    """A model of a domain to come, which points at a customer."""
    with isolate_apps():

        class Letter(models.Model):
            customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="letters")
            number = models.IntegerField()

            class Meta:
                app_label = "customers"

            def __str__(self) -> str:
                return str(self.number)

        apps.all_models["customers"]["letter"] = Letter
        apps.clear_cache()
        yield Letter
    del apps.all_models["customers"]["letter"]
    apps.clear_cache()


def error_codes() -> list[str | None]:
    return [error.id for error in check_models()]


def test_the_models_that_there_are_say_it_rightly():
    assert error_codes() == []
    assert check_models in checks.registry.registry.get_checks()


def test_a_key_to_a_customer_without_a_way_is_an_error(planted):
    assert error_codes() == ["customers.E001"]
    planted.on_merge = {"customer": "moved"}
    assert error_codes() == []


def test_what_is_recomputed_needs_no_way(planted):
    planted.recomputed = True
    assert error_codes() == []


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"customer": "carried"}, "customers.E003"),
        ({"competitor": "moved", "customer": "moved"}, "customers.E002"),
        ({"gone": "moved", "customer": "moved"}, "customers.E002"),
    ],
)
def test_a_way_that_there_is_not_and_a_key_that_there_is_not_are_errors(monkeypatch, stated, code):
    monkeypatch.setattr(Comparison, "on_merge", stated)
    assert error_codes() == [code]


@pytest.mark.parametrize("whole", ["basket", "quantity", ""])
def test_a_part_names_the_key_to_its_whole(monkeypatch, whole):
    monkeypatch.setattr(OrderLine, "part_of", whole)
    assert error_codes() == ["customers.E004"]
