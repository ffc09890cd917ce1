"""Who a row is of, across files: whichever comes first, and whatever it calls them."""

# ruff: noqa: E501 - tables of files are made of long lines

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.customers.models import ContactPoint, Customer, Identifier
from habitue.events.undoing import undo
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Order

pytestmark = pytest.mark.django_db


def names() -> set[str]:
    return set(Customer.objects.filter(kind="person", merged_into=None).values_list("name", flat=True))


def references() -> set[str]:
    return set(Customer.objects.filter(kind="person").values_list("reference", flat=True))


SHOP = {
    "with ids": ("customers", "customer id,name,email,phone\nC77,Anne Petit,anne@example.org,0612345678"),
    "newsletter": ("customers", "Email;Prénom;Nom\nAnne@Example.ORG;Anne;PETIT"),
    "orders": ("orders", "order number,email,date,sku,amount\n1,ANNE@example.org,2024-03-13,S,10.00"),
    "more orders": ("orders", "order number,email,customer name,date,sku,amount\n2,anne@example.org,A. Petit,2024-03-14,S,10.00"),
}  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(SHOP)), ids=", ".join)
def test_whichever_file_comes_first_it_is_one_person(bring, order):
    for name in order:
        kind, text = SHOP[name]
        bring(text, kind, f"{name}.csv")
    anne = Customer.objects.get()
    assert anne.orders.count() == 2
    assert set(anne.contact_points.values_list("value", flat=True)) == {"anne@example.org", "+33612345678"}
    by_id = bring("order number,customer id,date,sku,amount\n3,C77,2024-03-15,S,10.00", "orders", "by id.csv")
    assert by_id.created == 1
    assert anne.orders.count() == 3
    by_phone = bring(
        "order number,buyer,date,sku,amount\n4,06 12 34 56 78,2024-03-15,S,10.00", "orders", "by phone.csv"
    )
    assert by_phone.created == 1
    assert anne.orders.count() == 4


def test_two_numbers_of_a_shop_stay_two_records_with_one_name_and_address(bring):
    bring("customer id,name,email\nC77,Anne Petit,anne@example.org")
    bring("order number,customer id,date,sku,amount\n1,C78,2024-03-13,S,10.00", "orders", "orders.csv")
    bring("customer id,name,email\nC78,Anne Petit,anne@example.org", name="later.csv")
    assert set(Customer.objects.unmerged().values_list("reference", flat=True)) == {"C77", "C78"}


def test_an_import_that_found_somebody_is_undone(bring):
    bring(SHOP["newsletter"][1])
    import_ = bring(SHOP["with ids"][1], name="ids.csv")
    assert (import_.created, import_.updated) == (0, 1)
    assert Identifier.objects.get().value == "C77"
    undo(import_.event)
    assert not Identifier.objects.exists()
    assert Customer.objects.get().contact_points.count() == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.lists(st.booleans(), min_size=16, max_size=16), min_size=2, max_size=5))
def test_the_case_of_an_address_tells_nobody_apart(bring, cases):
    Order.objects.all().delete()
    Customer.objects.all().delete()
    Import.objects.all().delete()
    emails = ["".join(c.upper() if up else c for c, up in zip("anne@example.org", ups, strict=True)) for ups in cases]
    lines = "\n".join(f"{at},{email},2024-03-13,S,1.00" for at, email in enumerate(emails, 1))
    bring(f"order number,email,date,sku,amount\n{lines}", "orders")
    assert Customer.objects.get().orders.count() == len(emails)


COUPLE = ["couple@example.org,Jean,Durand", "Couple@example.org,Julie,Durand"]


def test_two_people_with_one_address_are_two(bring):
    for name in ("first.csv", "second.csv"):
        bring(
            "email,first name,last name\n" + "\n".join([*COUPLE, *([] if name == "first.csv" else ["x@x.org,X,Y"])]),
            name=name,
        )
        assert names() - {"X Y"} == {"Jean Durand", "Julie Durand"}
    bring(
        """order number,email,customer name,date,sku,amount
        1,COUPLE@example.org,Julie Durand,2024-03-13,S,1.00
        2,couple@example.org,Jean DURAND,2024-03-13,S,1.00
        3,couple@example.org,Zoé Durand,2024-03-13,S,1.00
        4,couple@example.org,Julie Durand,2024-03-13,S,1.00""",
        "orders",
    )
    counts = {one.name: one.orders.count() for one in Customer.objects.filter(family_name__in=["Durand", ""])}
    assert counts == {"Jean Durand": 1, "Julie Durand": 2, "Zoé Durand": 1}
    assert ContactPoint.objects.filter(value="couple@example.org").count() == 3, "so that they can be compared"


def test_a_file_without_references_names_nobody_anew(bring):
    bring("email,first name,last name\n" + COUPLE[0])
    bring("email,first name,last name\n" + COUPLE[1], name="other.csv")
    assert names() == {"Jean Durand", "Julie Durand"}


def test_two_shops_count_from_one(bring):
    def of(shop: str, name: str, email: str, **columns: str) -> Import:
        data = {"source": {"system": shop}, "columns": {"reference": "id", "name": "name", "email": "email"}}
        text = f"id,name,email\n1,{name},{email}"
        return bring(text, name=f"{shop}-{name}.csv", mapping=from_data("customers", data))

    of("Lyon", "Anne Petit", "anne@example.org")
    of("Paris", "Paul Roy", "paul@example.org")
    assert names() == {"Anne Petit", "Paul Roy"}
    assert of("Paris", "Paul Roy-Blanc", "paul@example.org").updated == 1
    assert of("Lyon", "Anne Petit", "ANNE@example.org").unchanged == 1
    assert of("Nice", "Anne PETIT", "anne@example.org").created == 0
    assert dict(Identifier.objects.values_list("system", "customer__name")) == {
        "Lyon": "Anne Petit", "Paris": "Paul Roy-Blanc", "Nice": "Anne Petit",
    }  # fmt: skip


MARTINS = [
    ("Client;Téléphone;Ville\nMARTIN;0612345678;\nMARTIN;;Lyon", 2),
    ("Client;Ville\nMARTIN;Lyon\nMARTIN;Lyon\nDUPONT;Lyon", 2),
    ("Client;E-mail\nJean Martin;j@x.org\nJean Martin;k@x.org", 2),
    ("Customer,Phone\nMartin,0612345678\nMartin,0478000000\nDupont,", 3),
]


@pytest.mark.parametrize(("text", "count"), MARTINS)
def test_a_name_is_no_reference(bring, text, count):
    bring(text, answers={"name_or_reference": "is_a_name"})
    assert Customer.objects.count() == count
    assert max(one.contact_points.count() for one in Customer.objects.all()) <= 1


def test_who_says_that_a_name_is_the_reference_is_asked_where_it_cannot_be(bring):
    columns = from_data("customers", {"columns": {"reference": "Client", "phone": "Téléphone", "city": "Ville"}})
    import_ = bring("Client;Téléphone;Ville\nMARTIN;0612345678;\nMARTIN;;Lyon\nDUPONT;;Nice", mapping=columns)
    assert references() == {"DUPONT"}
    assert {one.code for one in import_.rejections.all()} == {"name_as_reference", "kept_back"}
