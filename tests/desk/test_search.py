from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.models import Customer
from habitue.desk.search import find, marked
from tests import factories


@pytest.mark.parametrize(
    ("name", "text", "bold"),
    [
        ("Éloïse d'Aubigné", "eloise", ["Éloïse"]),
        ("Éloïse d'Aubigné", "AUB elo", ["Élo", "Aub"]),
        ("Bœuf & Cie", "boeuf", []),  # a ligature has no plain letters in Unicode
        ("Straße", "strasse", ["Straße"]),
        ("Anna", "an", ["An"]),
        ("Anna", "na", ["na"]),
        ("Ada", "", []),
        ("Ada", "'", []),
        ("1002", "10", ["10"]),
    ],
)
def test_what_was_typed_is_set_in_bold_accents_and_case_aside(name: str, text: str, bold: list[str]):
    pieces = marked(name, text)
    assert "".join(piece for piece, _bold in pieces) == name
    assert [piece for piece, hit in pieces if hit] == bold


@pytest.mark.django_db
def test_the_best_match_comes_first():
    for name, reference in [("Marc Ada", "1"), ("Ada Zola", "2"), ("Ada Bérenger", "3"), ("Somebody", "ADA")]:
        factories.customer(name, reference)
    found = find(Customer.objects.all(), "ada")
    assert [customer.reference for customer in found.customers] == ["ADA", "3", "2", "1"]


@pytest.mark.django_db
def test_an_order_is_found_by_its_number_or_the_beginning_of_it(ada):
    assert [order.number for order in find(Customer.objects.all(), "100").orders] == ["1001", "1002", "1003"]
    assert [order.number for order in find(Customer.objects.all(), "1002").orders] == ["1002"]


@pytest.mark.django_db
def test_orders_of_customers_out_of_sight_are_not_found(ada):
    assert find(Customer.objects.none(), "1002").orders == []
    assert find(Customer.objects.none(), "ada").customers == []


def test_enter_opens_the_first_found(desk: Client, ada):
    order = ada.orders.get(number="1002")
    assert desk.get(reverse("search"), {"q": "ada", "go": "1"})["Location"] == reverse("customer", args=[ada.pk])
    by_number = desk.get(reverse("search"), {"q": "1002", "go": "1"})
    assert by_number["Location"] == reverse("order", args=[ada.pk, order.pk])


def test_enter_on_nothing_found_says_what_would_be_found(desk: Client, ada):
    response = desk.get(reverse("search"), {"q": "zzz", "go": "1"})
    assert response.status_code == 200
    assert "Nothing found." in response.content.decode()


def test_typing_brings_a_fragment_grouped_with_matches_in_bold(desk: Client, ada):
    factories.customer("Zoé", "Z-100")
    factories.order(factories.customer("Yves", "Y"), date(2017, 1, 1), number="1009")
    text = desk.get(reverse("search"), {"q": "berenger"}, headers={"hx-request": "true"}).content.decode()
    assert "Ada <b>Bérenger</b>" in text
    assert "<html" not in text
    assert "Orders" not in text
    numbers = desk.get(reverse("search"), {"q": "10"}, headers={"hx-request": "true"}).content.decode()
    assert "<b>10</b>09" in numbers


@pytest.mark.parametrize("text", ["%", "_", "'", "é" * 200, "\\", "--", " "])
def test_any_text_may_be_typed(desk: Client, ada, text: str):
    assert desk.get(reverse("search"), {"q": text}).status_code == 200
    assert desk.get(reverse("customers"), {"q": text}).status_code == 200


def test_markup_in_a_name_is_shown_and_not_run(desk: Client):
    person = factories.customer("<script>alert(1)</script>", "<b>X</b>")
    for page in (reverse("search") + "?q=script", reverse("customers"), reverse("customer", args=[person.pk])):
        text = desk.get(page).content.decode()
        assert "<script>alert" not in text
        assert "<b>X</b>" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/search/?q=1%00", "/customers/?q=%00", "/customers/?sort=name&after=a%00~1"])
def test_a_byte_that_no_name_holds_is_no_failure(client, address):
    client.force_login(factories.bo())
    assert client.get(address).status_code == 200
