from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.models import Customer
from tests import factories


def pages(ada: Customer) -> list[str]:
    order = ada.orders.get(number="1001")
    return [
        reverse("customers"),
        reverse("customer", args=[ada.pk]),
        reverse("order", args=[ada.pk, order.pk]),
        reverse("base"),
        reverse("search") + "?q=ada",
    ]


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(client: Client, ada):
    for page in pages(ada):
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith("/account/login/?next=")


def test_cy_may_not_look_and_reads_whom_to_ask(client: Client, ada, cy):
    factories.user("root", may_look=False, is_superuser=True, first_name="Inès", last_name="Roux")
    client.force_login(cy)
    for page in pages(ada):
        response = client.get(page)
        assert response.status_code == 403
        assert "Inès Roux" in response.content.decode()
        assert "Ada" not in response.content.decode()


def test_cy_gets_no_fragment_either(client: Client, ada, cy):
    client.force_login(cy)
    for page in pages(ada):
        assert client.get(page, headers={"hx-request": "true"}).status_code == 403


def test_bo_may_look_at_every_page(desk: Client, ada):
    factories.refresh()
    for page in pages(ada):
        assert desk.get(page).status_code == 200


def test_somebody_who_is_not_there_is_not_found(desk: Client, ada):
    assert desk.get(reverse("customer", args=[ada.pk + 1])).status_code == 404


def test_an_order_is_found_under_its_buyer_only(desk: Client, ada):
    other = factories.customer("Zoé Faure")
    theirs = factories.order(other, date(2017, 5, 1))
    assert desk.get(reverse("order", args=[ada.pk, theirs.pk])).status_code == 404
    assert desk.get(reverse("order", args=[other.pk, theirs.pk])).status_code == 200


@pytest.mark.django_db
def test_bo_signs_in_with_a_password_and_lands_on_the_customers(client: Client, bo):
    response = client.post("/account/login/", {"login": "bo", "password": factories.PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == reverse("customers")


@pytest.mark.django_db
def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(client: Client, bo):
    known = client.post("/account/login/", {"login": "bo", "password": "wrong"})
    unknown = client.post("/account/login/", {"login": "nobody", "password": "wrong"})
    assert known.status_code == unknown.status_code == 200
    assert known.context["form"].errors == unknown.context["form"].errors
    assert known.context["form"].errors


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "password/reset/key/1-2/", "reauthenticate/"])
def test_pages_for_making_accounts_from_outside_are_closed(client: Client, path: str):
    assert client.get(f"/account/{path}").status_code == 404
    assert client.post(f"/account/{path}").status_code == 404


def test_signing_out_asks_first_and_happens_by_post(desk: Client):
    assert desk.get("/account/logout/").status_code == 200
    assert desk.get(reverse("customers")).status_code == 200
    desk.post("/account/logout/")
    assert desk.get(reverse("customers")).status_code == 302


def test_the_password_can_be_changed(desk: Client):
    new = "quite another passphrase"
    fields = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    assert desk.get("/account/password/change/").status_code == 200
    assert desk.post("/account/password/change/", fields).status_code == 302
    assert Client().login(username="bo", password=new)


@pytest.mark.django_db
def test_a_stranger_can_choose_the_language_of_the_sign_in_page(client: Client):
    response = client.post("/i18n/setlang/", {"language": "fr", "next": "/account/login/"}, follow=True)
    assert '<html lang="fr">' in response.content.decode()


def test_no_page_has_inline_style_or_script_and_each_forbids_them(desk: Client, ada):
    factories.refresh()
    for page in [*pages(ada), "/account/password/change/"]:
        response = desk.get(page)
        text = response.content.decode()
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_every_page_says_that_names_are_invented_and_where_purchases_come_from(desk: Client, ada):
    factories.refresh()
    factories.source()
    factories.source(names="")
    for page in pages(ada):
        text = desk.get(page).content.decode()
        assert text.count("Names are invented; the purchases are real:") == 1
        assert 'href="https://example.org/data"' in text


def test_nothing_is_said_about_names_that_are_not_invented(desk: Client, ada):
    factories.source(title="Our till", url="", names="")
    text = desk.get(reverse("customers")).content.decode()
    assert "Our till" in text
    assert "invented" not in text


@pytest.mark.django_db
def test_pages_only_show_and_are_not_kept_by_the_browser(client):
    client.force_login(factories.bo())
    assert client.post("/customers/").status_code == 405
    kept = client.get("/customers/").headers["Cache-Control"]
    assert "no-store" in kept
    assert "private" in kept
