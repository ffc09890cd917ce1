from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from habitue.customers.models import ContactPoint
from habitue.customers.search import finding
from habitue.desk.search.commands import COMMANDS, matching
from habitue.desk.search.marking import marked
from habitue.team.rights import may
from tests import factories


@pytest.mark.parametrize(
    ("name", "text", "bold"),
    [
        ("Éloïse d'Aubigné", "eloise", ["Éloïse"]),
        ("Éloïse d'Aubigné", "AUB elo", ["Élo", "Aub"]),
        ("Bœuf & Cie", "boeuf", ["Bœuf"]),  # a ligature has no plain letters in Unicode: nearly
        ("Straße", "strasse", ["Straße"]),
        ("Anna", "an", ["An"]),
        ("Anna", "na", ["na"]),
        ("Ada", "", []),
        ("Ada", "'", []),
        ("1002", "10", ["10"]),
        ("06 12 34 56 78", "1234", ["12 34"]),
        ("06 12 34 56 78", "+33612", ["06 12"]),
        ("+33 6 12 34 56 78", "0612", ["6 12"]),
        ("06.12.34.56.78", "0033 6 12 34", ["06.12.34"]),
        ("marie.roux@exemple.fr", "roux@ex", ["roux@ex"]),
        ("ERP-00417", "erp 004", ["ERP-004"]),
        ("Jean Dupont", "jaen dupnot", ["Jean", "Dupont"]),  # what was meant
        ("Jean Dupont", "marie", []),
    ],
)
def test_what_was_typed_is_set_in_bold_accents_and_case_aside(name: str, text: str, bold: list[str]):
    pieces = marked(name, text)
    assert "".join(piece for piece, _bold in pieces) == name
    assert [piece for piece, hit in pieces if hit] == bold


def test_enter_opens_the_first_found(desk: Client, ada):
    order = ada.orders.get(number="1002")
    assert desk.get(reverse("search"), {"q": "ada", "go": "1"})["Location"] == reverse("customer", args=[ada.pk])
    by_number = desk.get(reverse("search"), {"q": "1002", "go": "1"})
    assert by_number["Location"] == reverse("order", args=[ada.pk, order.pk])


def fragment(desk: Client, text: str) -> str:
    return desk.get(reverse("search"), {"q": text}, headers={"hx-request": "true"}).content.decode()


def test_who_answers_by_something_else_than_the_name_is_shown_with_it(desk: Client, ada):
    ContactPoint.objects.create(customer=ada, kind="phone", typed="06 12 34 56 78", value="+33612345678")
    finding.index([ada.pk])
    assert "06 <b>12 34</b> 56 78" in fragment(desk, "1234")
    assert "<b>Bérenger</b>" in fragment(desk, "bernger")


def test_the_group_with_the_best_answer_comes_first(desk: Client, ada):
    factories.customer("Imported Goods", "1")
    factories.customer("Bastien Roy", "1002-7")
    groups = [text.partition("<")[0] for text in fragment(desk, "imports").split("<h2>")[1:]]
    assert groups == ["Pages and commands", "Customers"], "nobody is called quite so"
    groups = [text.partition("<")[0] for text in fragment(desk, "imported").split("<h2>")[1:]]
    assert groups == ["Customers"]
    assert fragment(desk, "1002").index("Orders") < fragment(desk, "1002").index("Bastien")


@pytest.mark.parametrize(
    ("text", "address"), [("new cust", "new_customer"), ("import a f", "new_import"), ("duplic", "duplicates")]
)
def test_enter_on_a_command_leads_to_its_page(desk: Client, text: str, address: str):
    assert desk.get(reverse("search"), {"q": text, "go": "1"})["Location"] == reverse(address)


def test_enter_never_changes_a_state(desk: Client):
    response = desk.get(reverse("search"), {"q": "sign out", "go": "1"})
    assert response.status_code == 200
    assert 'form="sign-out"' in response.content.decode()


def test_a_command_is_found_in_the_language_of_the_reader(desk: Client):
    assert 'value="fr"' in fragment(desk, "franc")
    desk.cookies["django_language"] = "fr"
    assert 'value="en"' in fragment(desk, "english")
    assert 'value="fr"' not in fragment(desk, "franc")


def test_every_command_leads_to_a_page_that_opens(desk: Client):
    bo = desk.get(reverse("search")).wsgi_request.user
    offered = {command for command in COMMANDS if may(bo, command.right)}
    assert len(offered) > 5
    page = desk.get(reverse("search"), {"q": "x"}).content.decode()
    for command in offered:
        if command.link:
            assert desk.get(command.link).status_code == 200, command.label
        else:
            assert f'<form id="{command.form}"' in page


@pytest.mark.django_db
def test_commands_are_offered_only_to_those_who_may():
    looks = factories.user("looks")
    looks.groups.clear()
    looks.user_permissions.set(permissions("see_customers"))
    assert [str(command.label) for command in matching(looks, "new")] == []
    assert [command.address for command in matching(looks, "dupli")] == ["duplicates"]
    assert matching(factories.cy(), "dupli") == []
    changes = factories.user("changes")
    assert {command.address for command in matching(changes, "new")} >= {"new_customer", "new_segment"}


def permissions(codename: str):
    return Permission.objects.filter(content_type__app_label="team", codename=codename)


@pytest.mark.parametrize("path", ["/search/?q=ada", "/search/?q=ada&go=1"])
def test_the_field_answers_only_those_who_may_look(client: Client, ada, path: str):
    assert "/account/login/" in client.get(path)["Location"]
    client.force_login(factories.cy())
    response = client.get(path)
    assert response.status_code == 403
    assert "Bérenger" not in response.content.decode()


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
    assert client.get(address).status_code in (200, 404)
