"""Whichever export of a shop comes first, the base is the same; and the export of next week replaces this week's."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from habitue.customers.models import ContactPoint, Customer, Identifier
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.profiles.profile import profile_named
from tests.imports.bringing import everything
from tests.imports.profiles.facts import GIVEN_BACK, NO_SALE, SALE, Facts, Sale, carried, draw
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


def next_week(sale: Sale, facts: Facts) -> Sale:
    """The same order a week later, by its number: paid meanwhile, given back, edited, another buyer, or as it was."""
    ways = sale.number % 6
    if ways == 0:
        return replace(sale, status=SALE, refunded=0)
    if ways == 1:
        return replace(sale, status=GIVEN_BACK, refunded=sale.total)
    if ways == 2:
        return replace(sale, status=NO_SALE, refunded=0)
    if ways == 3:
        return replace(sale, lines=(replace(sale.lines[0], quantity=sale.lines[0].quantity + 1), *sale.lines[1:]))
    if ways == 4:
        return replace(sale, buyer=facts.buyers[sale.number % len(facts.buyers)])
    return sale


@pytest.mark.parametrize(("customers", "orders"), PAIRS.items())
def test_the_export_of_next_week_leaves_what_it_alone_would_and_is_undone(customers, orders, tmp_path, settings):
    by = FORMATS[orders].carried
    for seed in range(TIMES):
        facts = carried(draw(seed, sales=7), by)
        changed = tuple(next_week(sale, facts) for sale in facts.sales)
        new = draw(seed + 1000, sales=2).sales
        more = tuple(replace(sale, number=sale.number + 500, buyer=facts.buyers[0]) for sale in new)
        week_2 = carried(Facts(facts.buyers, (*changed, *more)), by)
        bring(customers, facts, tmp_path, settings)
        bring(orders, facts, tmp_path, settings, "-1")
        week_1 = base()
        import_ = bring(orders, week_2, tmp_path, settings, "-2")
        over = base()
        assert over["orders"] != week_1["orders"]
        undo(import_.event)
        assert base() == week_1
        cleared()
        bring(customers, facts, tmp_path, settings)
        bring(orders, week_2, tmp_path, settings, "-2")
        assert over == base()
        cleared()


LINKED = "customer id,name,email,phone\nC77,Anne Petit,anne@example.org,0612345678"
BY_ID = "order number,customer id,date,sku,amount\n3,C77,2024-03-15,S,10.00"
NEWSLETTER = "Email;Prénom;Nom\nanne@example.org;Anne;Petit"
BY_EMAIL = "order number,email,date,sku,amount\n4,ANNE@example.org,2024-03-16,S,12.00"
FILES = {"customers": LINKED, "by id": BY_ID, "newsletter": NEWSLETTER, "by e-mail": BY_EMAIL}


def bring_text(name: str, folder: Path) -> Import:
    path = folder / f"{name}.csv"
    path.write_text(FILES[name] + "\n", encoding="utf-8")
    return run("orders" if name.startswith("by") else "customers", path)


@pytest.mark.parametrize("order", list(permutations(FILES)), ids=", ".join)
def test_a_file_that_links_an_id_and_an_address_joins_what_came_before_it(order, tmp_path):
    for name in order:
        bring_text(name, tmp_path)
    anne = Customer.objects.get(merged_into=None)
    assert (anne.reference, anne.name, anne.given_name, anne.family_name) == ("C77", "Anne Petit", "Anne", "Petit")
    assert anne.orders.count() == 2
    assert set(anne.contact_points.values_list("value", flat=True)) == {"anne@example.org", "+33612345678"}


def test_what_was_joined_is_parted_by_the_undo_of_the_import(tmp_path):
    for name in ("newsletter", "by id"):
        bring_text(name, tmp_path)
    before = base()
    assert len(before["people"]) == 2
    import_ = bring_text("customers", tmp_path)
    assert len(base()["people"]) == 1
    import_.refresh_from_db()
    undo(import_.event)
    assert base() == before


def test_two_whom_other_files_speak_of_are_not_joined(tmp_path):
    """Only a record that nothing but orders has made is joined with another: two that people know stay two."""
    path = tmp_path / "known.csv"
    path.write_text("customer id,name,city\nC77,Anne Petit,Lyon\n", encoding="utf-8")
    run("customers", path)
    bring_text("newsletter", tmp_path)
    bring_text("customers", tmp_path)
    assert Customer.objects.filter(merged_into=None).count() == 2
