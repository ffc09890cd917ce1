"""Whichever export of a shop comes first, the base is the same; and the export of next week replaces this week's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from habitue.customers.models import ContactPoint, Customer, Identifier
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.profiles.profile import profile_named
from tests.imports.bringing import everything
from tests.imports.profiles.facts import GIVEN_BACK, NO_SALE, NOT_YET, SALE, Facts, Sale, carried, draw
from tests.imports.profiles.formats import FORMATS
from tests.sampling import TIMES

pytestmark = pytest.mark.django_db
PAIRS = {
    "shopify_customers": "shopify_orders",
    "woocommerce_customers": "woocommerce_orders",
    "square_customers": "square_items",
    "odoo_partners": "odoo_orders",
    "dolibarr_thirdparties": "dolibarr_orders",
}


@pytest.fixture(autouse=True)
def paris(settings):
    settings.TIME_ZONE = "Europe/Paris"
    settings.COUNTRY = "FR"


def bring(key: str, facts: Facts, folder: Path, settings: Any, name: str = "") -> Import:
    settings.CURRENCY = FORMATS[key].currency
    path = folder / f"{key}{name}.csv"
    path.write_bytes(FORMATS[key].write(facts).content())
    import_ = run(profile_named(key).kind, path)
    import_.refresh_from_db()
    assert import_.rejected == 0, list(import_.rejections.values_list("line", "column", "code", "data"))
    return import_


def base() -> dict[str, Any]:
    """Everybody and everything that a shop's files bring in, without ids and times."""
    people = Customer.objects.filter(merged_into=None)
    return {
        "people": sorted(people.values_list("reference", "name", "given_name", "family_name", "kind")),
        "points": sorted(
            ContactPoint.objects.values_list("customer__reference", "kind", "value", "street", "postcode", "city")
        ),
        "identifiers": sorted(Identifier.objects.values_list("customer__reference", "system", "value")),
        "orders": everything(),
    }


def cleared() -> None:
    for import_ in Import.objects.filter(undone_at=None).order_by("-pk"):
        undo(import_.event)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(("customers", "orders"), PAIRS.items())
def test_customers_and_orders_in_either_order_give_the_same_base(customers, orders, tmp_path, settings):
    for seed in range(TIMES):
        facts = carried(draw(seed, sales=5), FORMATS[orders].carried)
        bring(customers, facts, tmp_path, settings)
        bring(orders, facts, tmp_path, settings)
        first = base()
        assert len(first["people"]) == len(facts.buyers), "somebody is there twice"
        cleared()
        bring(orders, facts, tmp_path, settings)
        bring(customers, facts, tmp_path, settings)
        assert base() == first
        cleared()
