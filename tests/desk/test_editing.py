"""The window is edited in place, each section by a form that is a page too; what is wrong stands beside its field."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers import comparing, contacting, relating
from habitue.customers.custom_fields import customising
from habitue.customers.models import Comparison, ContactPoint, Customer, CustomValue, Relation, Tagging
from habitue.customers.tags import tagging
from habitue.events.models import Event
from habitue.purchases.models import Order, OrderLine
from tests import factories

HTMX = {"hx-request": "true"}


def text_of(response) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words)


def changes_of(ada: Customer) -> list[tuple[str, dict[str, str]]]:
    """Every address that changes a customer, with what makes it do so."""
    bea = factories.customer("Bea", "B-1")
    point = contacting.add(ada, "email", "old@example.com").row
    relation = relating.add(ada, "carer", bea).row
    tag = tagging.put(ada, "VIP").row
    compared = comparing.add(ada, "Léon", on=date(2024, 5, 3)).row
    customising.declare("Size", "number", code="size")
    phone = {"kind": "phone", "typed": "06 12 34 56 78", "label": ""}
    lost = {"competitor": "Max", "outcome": "lost", "reason": "nearer", "on": "2024-05-03"}
    named = {"name": "Eve", "given_name": "", "family_name": "", "birth_name": "", "kind": "person", "born_on": ""}
    return [
        (reverse("profile", args=[ada.pk]), named),
        (reverse("contacts", args=[ada.pk]), phone),
        (reverse("contact", args=[ada.pk, point.pk]), {"typed": "new@example.com", "label": ""}),
        (reverse("contact_end", args=[ada.pk, point.pk]), {}),
        (reverse("contact_removal", args=[ada.pk, point.pk]), {}),
        (reverse("relations", args=[ada.pk]), {"end": "employer", "other": "B-1", "first_day": "", "last_day": ""}),
        (reverse("relation", args=[ada.pk, relation.pk]), {"first_day": "2020-01-01", "last_day": ""}),
        (reverse("relation_removal", args=[ada.pk, relation.pk]), {}),
        (reverse("tags", args=[ada.pk]), {"tag": "garden"}),
        (reverse("tag_removal", args=[ada.pk, tag.pk]), {}),
        (reverse("values", args=[ada.pk]), {"size": "41,5"}),
        (reverse("comparisons", args=[ada.pk]), lost),
        (reverse("comparison", args=[ada.pk, compared.pk]), lost),
        (reverse("comparison_removal", args=[ada.pk, compared.pk]), {}),
        (reverse("new_customer"), named | {"name": "Cleo", "email": "", "phone": "", "address": "", "reference": ""}),
    ]


NUMBER = 15


@pytest.mark.parametrize("at", range(NUMBER))
def test_a_stranger_and_a_reader_change_nothing_and_bo_does(client: Client, ada, bo, at: int):
    changes = changes_of(ada)
    assert len(changes) == NUMBER
    address, data = changes[at]
    before = Event.objects.count()
    assert client.post(address, data)["Location"].startswith("/account/login/")
    for nobody, status in ((factories.di(), 403), (factories.cy(), 403)):
        client.force_login(nobody)
        assert client.post(address, data).status_code == status
    assert Event.objects.count() == before
    client.force_login(bo)
    response = client.post(address, data)
    assert response.status_code == 302, response.content.decode()
    assert Event.objects.count() == before + 1
    event = Event.objects.latest("pk")
    assert event.by == bo
    assert f"done={event.pk}" in response["Location"]
    page = client.get(response["Location"]).content.decode()
    assert reverse("undoing", args=[event.pk]) in page


@pytest.mark.parametrize("at", range(NUMBER))
def test_a_second_time_changes_nothing(desk: Client, ada, at: int):
    address, data = changes_of(ada)[at]
    desk.post(address, data)
    before = Event.objects.count()
    response = desk.post(address, data | ({"reference": "H-1"} if address.endswith("/new/") else {}))
    assert response.status_code in (302, 404)
    assert Event.objects.count() == before + address.endswith("/new/")


@pytest.mark.parametrize("at", range(NUMBER - 1))
def test_htmx_gets_the_section_with_a_way_to_undo(desk: Client, ada, at: int):
    address, data = changes_of(ada)[at]
    response = desk.post(address, data, headers=HTMX)
    assert response.status_code == 200
    event = Event.objects.latest("pk")
    if address.endswith("/profile/"):
        assert response["HX-Redirect"] == f"{reverse('customer', args=[ada.pk])}?done={event.pk}#profile"
        return
    assert response["HX-Trigger"] == "changed"
    page = response.content.decode()
    assert "<html" not in page
    assert reverse("undoing", args=[event.pk]) in page


def test_each_form_is_a_page_and_a_fragment(desk: Client, ada):
    for address, _data in changes_of(ada):
        response = desk.get(address)
        if response.status_code == 405:
            continue
        assert "<html" in response.content.decode()
        fragment = desk.get(address, headers=HTMX).content.decode()
        assert "<form" in fragment
        assert ("<html" in fragment) == address.endswith("/new/")


@pytest.mark.parametrize(
    ("name", "data", "field", "said"),
    [
        ("profile", {"name": "", "kind": "person"}, "name", "Give a name"),
        ("profile", {"name": "Ada", "kind": "person", "born_on": "31/02/2000"}, "born_on", "is no date"),
        ("contacts", {"kind": "phone", "typed": "4512"}, "typed", "no telephone number"),
        ("relations", {"end": "carer", "other": "Nobody at all"}, "other", "Nobody has the name"),
        ("relations", {"end": "carer", "other": "Twin"}, "other", "Several have this name"),
        ("relations", {"end": "carer", "other": "A-1"}, "other", "somebody else"),
        ("relations", {"end": "carer", "other": "T-1", "first_day": "soon"}, "first_day", "is no date"),
        ("tags", {"tag": " - "}, "tag", "a letter or a digit"),
        ("values", {"size": "large"}, "size", "is no number"),
        ("comparisons", {"competitor": "", "outcome": "won", "on": ""}, "competitor", "Name the competitor"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(desk: Client, ada, name, data, field, said):
    factories.customer("Twin", "T-1")
    factories.customer("Twin", "T-2")
    customising.declare("Size", "number", code="size")
    before = Event.objects.count()
    address = reverse(name, args=[ada.pk])
    page = desk.post(address, data)
    assert page.status_code == 422
    fragment = desk.post(address, data, headers=HTMX)
    assert (fragment["HX-Retarget"], fragment["HX-Reswap"]) == (f"#{name}-form", "innerHTML")
    for response in (page, fragment):
        html = response.content.decode()
        beside = html[html.index(f'id="about_{field}"') :]
        assert said in beside[: beside.index("</p>")]
        assert f'name="{field}"' in html
        if data.get(field, "").strip():
            assert f'value="{data[field]}"' in html
    assert Event.objects.count() == before


def test_what_is_not_well_formed_is_kept_when_one_says_so(desk: Client, ada):
    address = reverse("contacts", args=[ada.pk])
    refused = desk.post(address, {"kind": "phone", "typed": "4512", "label": ""})
    assert 'name="keep"' in refused.content.decode()
    desk.post(address, {"kind": "phone", "typed": "4512", "label": "", "keep": "on"})
    assert not ContactPoint.objects.get().valid
    assert "to check" in text_of(desk.get(reverse("customer", args=[ada.pk])))


def test_the_window_shows_who_they_are(desk: Client, ada, bo):
    acme = factories.customer("Acme", kind="organisation")
    contacting.add(ada, "email", "Ada@Example.com", by=bo)
    contacting.add(ada, "phone", "0612345678", label="work", by=bo)
    relating.add(acme, "-employer", ada, first_day=date(2020, 1, 1))
    tagging.put(ada, "VIP")
    customising.set_value(ada, customising.declare("Shoe size", "number").row, "41,5")
    comparing.add(ada, "Léon", outcome="lost", reason="nearer", on=date(2024, 5, 3))
    html = desk.get(reverse("customer", args=[ada.pk])).content.decode()
    assert 'href="mailto:ada@example.com"' in html
    assert 'href="tel:+33612345678"' in html
    assert "Typed in by bo on" in html
    words = text_of(desk.get(reverse("customer", args=[ada.pk])))
    for said in (
        "06 12 34 56 78",
        "works for Acme since 1 Jan 2020",
        "VIP",
        "Shoe size 41.5",
        "Léon chose them nearer",
    ):
        assert said in words
    assert "employs Ada Bérenger since 1 Jan 2020" in text_of(desk.get(reverse("customer", args=[acme.pk])))


def test_who_may_only_look_is_shown_no_button(client: Client, ada):
    changes_of(ada)
    client.force_login(factories.di())
    html = client.get(reverse("customer", args=[ada.pk])).content.decode()
    assert "VIP" in html
    for word in ("hx-post", "/profile/", "/contacts/", "/removal/", "/undoing/"):
        assert word not in html


def test_the_page_of_somebody_new_is_empty(desk: Client, db):
    html = desk.get(reverse("new_customer")).content.decode()
    assert set(re.findall(r'<input id="id_\w+" name="\w+" type="text" value="([^"]*)"', html)) == {""}
    assert "checked" not in html


def test_what_says_what_is_known_already_is_told_so(desk: Client, ada):
    tagging.put(ada, "VIP")
    for headers in ({}, HTMX):
        response = desk.post(reverse("tags", args=[ada.pk]), {"tag": "vip"}, headers=headers, follow=True)
        assert "Nothing was to be changed." in text_of(response)


def test_somebody_new_is_made_with_how_to_reach_them_in_one_event(desk: Client, db):
    data = {"kind": "person", "given_name": "Cléo", "family_name": "Roux", "email": "cleo@example.com"}
    data |= {"phone": "06 12 34 56 78", "address": "12 rue des Lilas, 69003 Lyon", "born_on": "1980-05-03"}
    response = desk.post(reverse("new_customer"), data)
    cleo = Customer.objects.get()
    assert (cleo.name, str(cleo.born_on)) == ("Cléo Roux", "1980-05-03")
    assert sorted(cleo.contact_points.values_list("kind", flat=True)) == ["address", "email", "phone"]
    assert cleo.contact_points.get(kind="address").city == "Lyon"
    event = Event.objects.get()
    assert "Record made." in text_of(desk.get(response["Location"]))
    desk.post(reverse("undoing", args=[event.pk]))
    assert not Customer.objects.exists()
    assert not ContactPoint.objects.exists()


def test_somebody_new_with_a_fault_is_not_made_at_all(desk: Client, db):
    data = {"kind": "person", "name": "Cléo", "email": "cleo at example", "phone": "12"}
    response = desk.post(reverse("new_customer"), data)
    assert response.status_code == 422
    assert "no e-mail address" in text_of(response)
    assert "no telephone number" in text_of(response)
    assert not Customer.objects.exists()


def test_the_history_tells_what_was_changed_and_by_whom(desk: Client, ada, bo):
    address, data = changes_of(ada)[0]
    desk.post(address, data)
    event = Event.objects.latest("pk")
    window = reverse("customer", args=[ada.pk])
    assert "Edited: name bo What changed" in text_of(desk.get(window))
    for headers in ({}, HTMX):
        text = text_of(desk.get(reverse("event", args=[ada.pk, event.pk]), headers=headers))
        assert "name Ada Bérenger Eve" in text
        assert "Undo" in text
    desk.post(reverse("undoing", args=[event.pk]))
    assert "Undone: Edited: name and 1 more bo" in text_of(desk.get(window))
    words = text_of(desk.get(window, {"tab": "changes"}))
    assert "Undone: Edited: name bo" in words
    assert "Edited: name undone since bo" in words
    assert "Undone on" in text_of(desk.get(reverse("event", args=[ada.pk, event.pk])))


def test_an_event_is_found_under_its_customer_only(desk: Client, ada):
    event = tagging.put(ada, "VIP").event
    other = factories.customer("Bea")
    assert desk.get(reverse("event", args=[other.pk, event.pk])).status_code == 404


def test_names_are_suggested_while_one_types(desk: Client, ada):
    tagging.put(ada, "Garden club")
    comparing.add(ada, "Léon", on=date(2024, 5, 3))
    assert 'value="A-1"' in desk.get(reverse("suggestions"), {"other": "beren"}).content.decode()
    assert 'value="Garden club"' in desk.get(reverse("tag_suggestions"), {"tag": "GAR"}).content.decode()
    assert 'value="Léon"' in desk.get(reverse("competitor_suggestions"), {"competitor": "leo"}).content.decode()


def test_an_order_tells_who_paid_and_for_whom(desk: Client, ada):
    leo, aunt = factories.customer("Léo"), factories.customer("Aunt")
    order = Order.objects.get(number="1003")
    Order.objects.filter(pk=order.pk).update(recipient=leo, payer=aunt)
    OrderLine.objects.filter(order__number="1002").update(recipient=leo)
    words = text_of(desk.get(reverse("order", args=[ada.pk, order.pk])))
    assert "Paid by Aunt For Léo" in words
    second = Order.objects.get(number="1002")
    assert "for Léo" in text_of(desk.get(reverse("order", args=[ada.pk, second.pk])))
    assert "Purchase, 1 product for Léo" in text_of(desk.get(reverse("customer", args=[ada.pk])))
    received = text_of(desk.get(reverse("customer", args=[leo.pk])))
    assert "Received, never bought" in received
    assert "Received from 1 Dec 2017 Ada Bérenger 3 Nov 2017 Ada Bérenger" in received
    assert "No offers to them without a consent of their own." in received
    assert "Paid for 1 Dec 2017 Ada Bérenger" in text_of(desk.get(reverse("customer", args=[aunt.pk])))


def test_a_colleague_is_shown_as_internal_without_a_portrait(desk: Client, ada):
    Customer.objects.filter(pk=ada.pk).update(internal=True)
    words = text_of(desk.get(reverse("customer", args=[ada.pk])))
    assert "Internal: served like anybody, never revenue" in words
    assert "Value to date" not in words
    assert "habitue refresh" not in words


def test_the_address_of_somebody_merged_leads_to_who_stands_for_them(desk: Client, ada):
    gone = factories.customer("Ada B.", merged_into=ada)
    response = desk.get(reverse("customer", args=[gone.pk]))
    assert response["Location"] == reverse("customer", args=[ada.pk])
    assert desk.post(reverse("tags", args=[gone.pk]), {"tag": "x"}).status_code == 404


def test_nothing_of_one_customer_is_changed_through_another(desk: Client, ada):
    other = factories.customer("Zoé")
    for address, data in changes_of(ada)[2:14]:
        if len(address.strip("/").split("/")) > 3:
            stolen = address.replace(f"/customers/{ada.pk}/", f"/customers/{other.pk}/")
            assert desk.post(stolen, data).status_code == 404, stolen
    counts = [model.objects.count() for model in (ContactPoint, Relation, Tagging, Comparison, CustomValue)]
    assert counts == [1, 1, 1, 1, 0]
