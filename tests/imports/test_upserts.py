from __future__ import annotations

import pytest

from habitue.customers.models import Customer
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.purchases.models import Product
from tests.imports.conftest import reasons

pytestmark = pytest.mark.django_db


def customers(write, *lines, name="customers.csv", **options):
    return run("customers", write(*lines, headings="reference,name,kind", name=name), **options)


def test_customers_are_made_changed_or_left_alone_by_reference(write):
    first = customers(write, "C1,Ada Lovelace,person", "C2,Ateliers Bo,organisation", "C3,,")
    assert (first.created, first.updated, first.unchanged) == (3, 0, 0)
    second = customers(write, "C1,Ada King,person", "C2,,", "C4,Cy,ORGANISATION", name="later.csv")
    assert (second.created, second.updated, second.unchanged) == (1, 1, 1)
    by_reference = {c.reference: (c.name, c.kind, c.name_key) for c in Customer.objects.all()}
    assert by_reference == {
        "C1": ("Ada King", "person", "ada king"),
        "C2": ("Ateliers Bo", "organisation", "ateliers bo"),
        "C3": ("", "person", ""),
        "C4": ("Cy", "organisation", "cy"),
    }


def test_a_customer_of_an_unknown_kind_is_rejected(write):
    import_ = customers(write, "C1,Ada,robot", "C2,Bo,person")
    assert (import_.created, import_.rejections.get().code) == (1, "choice_unknown")
    assert all("robot" in said and "organisation" in said for said in reasons(import_)[0])


def test_a_reference_with_two_names_in_one_file_is_rejected_and_a_repetition_is_not(write):
    import_ = customers(write, "C1,Ada,", "C1,Bo,", "C2,Cy,", "C2,Cy,", "C2,,person")
    assert import_.created == 1
    assert list(import_.rejections.values_list("line", "code")) == [(2, "kept_back"), (3, "contradicts")]
    assert Customer.objects.get().kind == "person"


def test_products_take_a_name_from_two_columns(write):
    path = write("1,HERBS,.5 OZ,HERBS DRIED", "2,CHEESE,,SPECIALTY", headings="id,type,size,family")
    columns = {"reference": "id", "name": {"columns": ["type", "size"]}, "family": "family"}
    import_ = run("products", path, from_data("products", {"columns": columns}))
    assert import_.created == 2
    assert dict(Product.objects.values_list("reference", "name")) == {"1": "HERBS .5 OZ", "2": "CHEESE"}


def test_a_change_of_a_product_counts_once(write):
    headings = "product,name,category"
    run("products", write("1,Bread,bakery", headings=headings))
    import_ = run(
        "products", write("1,Rye bread,bakery", "2,Milk,", headings=headings, name="later.csv"), rows_at_once=1
    )
    assert (import_.created, import_.updated, import_.unchanged) == (1, 1, 0)
    assert Product.objects.get(reference="1").name == "Rye bread"
