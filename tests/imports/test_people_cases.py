"""The small files of other tools' shapes in ../shared/cases that are of people: what is right is said there."""

# ruff: noqa: E501 - tables of files are made of long lines

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from habitue.customers.fields import unread_fields
from habitue.customers.models import ContactPoint, Customer, Relation, Tagging
from habitue.imports import wording
from habitue.imports.importing import run
from habitue.imports.mappings.proposing import Asked
from habitue.imports.models import Import

ROOT = Path(__file__).parents[2]
CASES = Path(os.environ.get("HABITUE_SHARED") or ROOT.parent / "shared") / "cases"
COUNT = 18
pytestmark = [
    pytest.mark.any_database,
    pytest.mark.django_db,
    pytest.mark.skipif(not CASES.is_dir(), reason=f"{COUNT} cases are left out: {CASES} is not there"),
]


def brought(name: str, kind: str = "customers", **options: Any) -> Import:
    return run(kind, CASES / name, **options)


def people() -> dict[str, str]:
    return dict(Customer.objects.unmerged().filter(kind="person").values_list("name", "reference"))


def reached(name: str, kind: str) -> set[str]:
    rows = ContactPoint.objects.filter(customer__name=name, kind=kind)
    return set(rows.values_list("value", flat=True))


def lines(name: str) -> set[str]:
    """Addresses in one line, with their country."""
    rows = ContactPoint.objects.filter(customer__name=name, kind="address").values_list(
        "street", "postcode", "city", "country"
    )
    return {f"{street}, {postcode} {city}, {country}" for street, postcode, city, country in rows}


def works_for() -> set[tuple[str, str]]:
    return set(Relation.objects.filter(kind="employer").values_list("of__name", "to__name"))


def tags(name: str) -> set[str]:
    return set(Tagging.objects.filter(customer__name=name).values_list("tag__name", flat=True))


def test_shopify_writes_apostrophes():
    assert brought("shopify_customers.csv").rejected == 0
    assert people() == {"Anne Petit": "7100000000001", "Paul Roy": "7100000000002"}
    assert lines("Anne Petit") == {"1 rue X, 01000 Bourg, FR"}
    assert reached("Anne Petit", "phone") == {"+33612345678"}
    assert tags("Anne Petit") == {"vip", "salon"}
    assert works_for() == {("Paul Roy", "SARL Roy")}


def test_shopify_of_before_has_no_ids():
    assert brought("shopify_customers_old.csv").rejected == 0
    assert set(people()) == {"Anne Petit", "Paul Roy"}
    assert lines("Anne Petit") == {"1 rue X, 01000 Bourg, FR"}
    assert works_for() == {("Paul Roy", "SARL Roy")}


def test_two_martins_are_two():
    with pytest.raises(Asked, match="--answer name_or_reference=is_a_name"):
        brought("s7_name_as_ref.csv")
    run("customers", CASES / "s7_name_as_ref.csv", answers={"name_or_reference": "is_a_name"})
    martins = Customer.objects.filter(name="MARTIN")
    assert [set(one.contact_points.values_list("kind", flat=True)) for one in martins] == [{"phone"}, {"address"}]
    assert Customer.objects.count() == 3


def test_countries_are_known_as_people_write_them():
    assert brought("c_country.csv").created == 8
    where = dict(ContactPoint.objects.filter(kind="address").values_list("customer__name", "country"))
    assert where == dict(zip("ABCDEFGH", ["FR", "BE", "GB", "US", "RE", "GB", "CH", "US"], strict=True))


def test_google_contacts():
    assert brought("c_google_new.csv").created == 2
    assert reached("Anne Petit", "email") == {"anne@example.org", "anne@work.example", "a.petit@roy.example"}
    assert reached("Anne Petit", "phone") == {"+33612345678", "+33478000000", "+33478111111"}
    assert lines("Anne Petit") == {"1 rue X, 01000 Bourg, FR"}
    assert tags("Anne Petit") == {"myContacts", "Vip"}
    assert works_for() == {("Anne Petit", "SARL Roy")}
    paul = Customer.objects.get(name="Paul Roy")
    assert (paul.born_on, paul.birthday) == (None, "--03-13")


def test_outlook():
    assert brought("c_outlook_en.csv").rejected == 0
    anne, paul = Customer.objects.filter(kind="person").order_by("name")
    assert (anne.name, str(anne.born_on), paul.name, paul.born_on) == ("Anne Petit", "1980-03-13", "Paul Roy", None)
    assert works_for() == {("Anne Petit", "SARL Roy")}
    assert reached("Anne Petit", "phone") == {"+33478000000", "+33612345678"}
    assert lines("Anne Petit") == {"9 rue B, 69001 Lyon, FR", "1 rue X, 01000 Bourg, FR"}
    assert not unread_fields(paul)


def test_sage():
    brought("c_sage_clients.csv", answers={"profile": "sage_customers"})
    assert people() == {"PETIT ÉLOÏSE": "00412", "ROY ET FILS": "00077"}
    assert lines("ROY ET FILS") == {"ZA LES PRÉS, BP 12, 69001 LYON CEDEX 01, FR"}


def test_dolibarr():
    brought("c_dolibarr_tiers.csv")
    assert people() == {"SARL Roy": "CU2401-00002", "PETIT Anne": "CU2401-00001"}


def test_woocommerce():
    brought("k_woo_core.csv")
    assert people() == {"Anne Petit": "5"}
    assert reached("Anne Petit", "email") == {"anne@example.org"}
    assert reached("Anne Petit", "phone") == {"+33612345678"}
    assert lines("Anne Petit") == {"1 rue X, 01000 Bourg, FR"}


def test_a_second_line_is_of_the_same_address():
    brought("k_addr2.csv")
    assert lines("Anne Petit") == {"1 rue X, Bâtiment B appartement 12, 01000 Bourg, FR"}


def test_a_program_that_wrote_floats():
    import_ = brought("i_rapidpro241.csv")
    assert reached("Anne Petit", "phone") == {"+33612345678"}
    assert ContactPoint.objects.get(kind="address").postcode == "01000"
    assert import_.notes["postcodes_completed"] == 1


def test_births_with_two_digits():
    import_ = brought("p08_births.csv")
    born = dict(Customer.objects.values_list("name", "born_on"))
    years = {name: day.year if day else None for name, day in born.items()}
    assert years == {"A": 1945, "B": 1968, "C": 1969, "D": 1980, "E": 2012, "F": None}
    assert unread_fields(Customer.objects.get(name="F")) == [("Date of birth", "18/03/25")]
    assert import_.notes == {"kept_as_typed": 1, "births_of_two_centuries": 1}
    assert len(wording.notes(import_.notes)) == 2


@pytest.mark.parametrize("name", ["s9_type.csv", "s10_employee.csv"])
def test_a_heading_alone_says_nothing(name):
    import_ = brought(name)
    assert (import_.created, import_.rejected) == (2, 0)
    assert set(Customer.objects.values_list("kind", "internal")) == {("person", False)}


@pytest.mark.parametrize(
    "names", [("shopify_customers.csv", "p04_orders.csv"), ("p04_orders.csv", "shopify_customers.csv")]
)
def test_customers_and_orders_of_one_shop_meet_in_either_order(names):
    for name in names:
        brought(name, "orders" if "orders" in name else "customers")
    rows = Customer.objects.filter(kind="person")
    assert {one.name: one.orders.count() for one in rows} == {"Anne Petit": 1, "Paul Roy": 1}


def test_addresses_are_compared_without_regard_to_case():
    brought("n19_emailcase.csv", "orders")
    counts = {(one.name, one.orders.count()) for one in Customer.objects.all()}
    assert counts == {("Anne Petit", 3), ("Jean Durand", 1), ("Julie Durand", 1)}


def test_an_address_book_without_a_year():
    brought("v30_icloud.vcf")
    anne = Customer.objects.get(given_name="Anne", family_name="Petit")
    assert (anne.born_on, anne.birthday) == (None, "--03-13")
