"""The queue of pairs, the two side by side, and what is decided of them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.contacting import normalised
from habitue.customers.duplicates.deduplicating import find
from habitue.customers.models import ContactPoint, Customer, Pair
from habitue.events.models import Event
from tests import factories

pytestmark = pytest.mark.django_db
PHONE = "+33612345678"


def known(name: str, **fields) -> Customer:
    given, _space, family = name.partition(" ")
    made = factories.customer(name, given_name=given, family_name=family, born_on=dt.date(1980, 3, 4), **fields)
    ContactPoint.objects.create(customer=made, kind="phone", typed="06 12 34 56 78", value=PHONE)
    return made


@pytest.fixture
def pair() -> Pair:
    """Jon and Jonathan, found; he has bought under the longer name."""
    for at in range(20):
        factories.customer(f"Prénom{at} Famille{at}")
    one, two = known("Jon Béranger"), known("Jonathan Béranger")
    factories.order(two, dt.date(2017, 5, 3))
    find()
    made = Pair.objects.get()
    assert (made.first, made.second) == (one, two)
    return made


def addresses(pair: Pair) -> list[tuple[str, dict[str, str]]]:
    """Each change of state."""
    return [
        (reverse("merges", args=[pair.second_id]), {"other": str(pair.first_id)}),
        (reverse("separation", args=[pair.pk]), {}),
        (reverse("merges_of_pairs"), {"pair": str(pair.pk)}),
    ]


def pages(pair: Pair) -> list[str]:
    return [
        reverse("duplicates"),
        reverse("duplicate", args=[pair.pk]),
        reverse("resembling") + "?phone=0612345678",
    ]


def test_a_stranger_sees_nothing_and_changes_nothing(client: Client, pair):
    for page in [*pages(pair), reverse("duplicates_preview")]:
        assert client.get(page).status_code == 302
    for address, fields in addresses(pair):
        assert client.post(address, fields)["Location"].startswith("/account/login/")
    assert Pair.objects.get().verdict == "open"


def test_cy_may_neither_look_nor_change(client: Client, pair, cy):
    client.force_login(cy)
    for page in [*pages(pair), reverse("duplicates_preview")]:
        response = client.get(page)
        assert response.status_code == 403
        assert "Béranger" not in response.content.decode()
    for address, fields in addresses(pair):
        assert client.post(address, fields).status_code == 403
    assert Pair.objects.get().verdict == "open"


def test_a_reader_sees_the_queue_and_no_button(client: Client, pair):
    client.force_login(factories.di())
    text = client.get(reverse("duplicates")).content.decode()
    assert "Jonathan Béranger" in text
    assert reverse("merges", args=[pair.first_id]) not in text
    assert reverse("separation", args=[pair.pk]) not in text
    for address, fields in addresses(pair):
        assert client.post(address, fields).status_code == 403


def test_changes_are_made_by_post_only(desk: Client, pair):
    for address, _fields in addresses(pair):
        assert desk.get(address).status_code == 405


def test_the_queue_shows_the_evidence_in_words(desk: Client, pair):
    text = desk.get(reverse("duplicates")).content.decode()
    assert "1 pair may be the same person" in text
    assert f"same phone, {PHONE}" in text
    assert "first name in another form, Jon / Jonathan" in text
    assert "06 12 34 56 78" in text
    assert text.count("1 purchase<") == 1
    assert f'action="{reverse("merges", args=[pair.second_id])}"' in text, "who has bought stays"


def test_an_empty_queue_says_how_pairs_come_here(desk: Client):
    text = desk.get(reverse("duplicates")).content.decode()
    assert "No duplicates to look at" in text
    assert "habitue duplicates" in text


def test_the_two_stand_side_by_side_with_our_choice_made(desk: Client, pair):
    text = desk.get(reverse("duplicate", args=[pair.pk])).content.decode()
    assert f'value="name={pair.second_id}" checked' in text
    assert f'action="{reverse("merges", args=[pair.second_id])}"' in text, "who has bought stays"
    assert "goes along: 1 contact point." in text
    other = desk.get(reverse("duplicate", args=[pair.pk]) + f"?keep={pair.first_id}").content.decode()
    assert f'action="{reverse("merges", args=[pair.first_id])}"' in other
    assert "goes along: 1 contact point, 1 purchase." in other


def test_the_chosen_values_are_taken(desk: Client, pair):
    fields = {"other": pair.first_id, "choice1": f"name={pair.first_id}", "choice2": f"given_name={pair.first_id}"}
    response = desk.post(reverse("merges", args=[pair.second_id]), fields)
    assert response["Location"] == reverse("customer", args=[pair.second_id])
    kept = Customer.objects.unmerged().get(pk=pair.second_id)
    assert (kept.name, kept.given_name) == ("Jon Béranger", "Jon")
    assert Customer.objects.get(pk=pair.first_id).merged_into == kept
    assert Event.objects.get(kind="customer.merged").by.username == "bo"


def test_from_the_queue_it_is_merged_as_proposed_and_the_next_pair_has_the_focus(desk: Client, pair):
    fields = {"other": pair.second_id, "proposed": "1", "at": "0"}
    response = desk.post(reverse("merges", args=[pair.first_id]), fields, follow=True)
    assert response.redirect_chain == [(reverse("duplicates") + "?at=0", 302)]
    text = response.content.decode()
    assert "1 record merged." in text
    assert "No duplicates to look at" in text
    assert Customer.objects.get(pk=pair.first_id).name == "Jonathan Béranger"


def test_a_merge_is_undone_from_the_queue(desk: Client, pair):
    desk.post(reverse("merges", args=[pair.second_id]), {"other": pair.first_id})
    event = Event.objects.get(kind="customer.merged")
    text = desk.get(reverse("duplicates")).content.decode()
    assert f'action="{reverse("undoing", args=[event.pk])}"' in text
    response = desk.post(reverse("undoing", args=[event.pk]), {"next": reverse("duplicates")}, follow=True)
    assert "1 pair may be the same person" in response.content.decode()
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_never_the_same_is_remembered_and_can_be_undone(desk: Client, pair):
    response = desk.post(reverse("separation", args=[pair.pk]), {"at": "0"}, follow=True)
    assert "stay two, and are not asked of again" in response.content.decode()
    find()
    assert Pair.objects.get().verdict == "never"
    desk.post(reverse("separation", args=[pair.pk]))
    event = Event.objects.get(kind="pair.never")
    desk.post(reverse("undoing", args=[event.pk]))
    assert Pair.objects.get().verdict == "open"


def test_ticked_pairs_are_shown_first_and_then_merged_at_once(desk: Client, pair):
    third = known("Jonathan Beranger")
    find()
    ticked = {"pair": list(Pair.objects.values_list("pk", flat=True))}
    assert len(ticked["pair"]) == 3
    text = desk.get(reverse("duplicates_preview"), ticked).content.decode()
    assert "2 records would be merged" in text
    assert "Nothing has been changed yet" in text
    assert not Event.objects.filter(kind="customer.merged").exists()
    response = desk.post(reverse("merges_of_pairs"), ticked, follow=True)
    assert "2 records merged." in response.content.decode()
    third.refresh_from_db()
    assert third.merged_into_id == pair.second_id


def test_ticked_pairs_that_contradict_what_was_said_are_refused(desk: Client, pair):
    third = known("Jonathan Beranger")
    find()
    never = Pair.objects.get(first=pair.first, second=third)
    desk.post(reverse("separation", args=[never.pk]))
    ticked = {"pair": list(Pair.objects.filter(verdict="open").values_list("pk", flat=True))}
    response = desk.post(reverse("merges_of_pairs"), ticked)
    assert response.status_code == 409
    assert "never the same" in response.content.decode()
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_bad_input_is_answered_with_what_to_do(desk: Client, pair):
    assert desk.post(reverse("merges_of_pairs")).status_code == 400
    assert desk.post(reverse("merges_of_pairs"), {"pair": "x"}).status_code == 404
    assert desk.get(reverse("duplicates") + "?after=x").status_code == 404
    assert desk.get(reverse("duplicate", args=[pair.pk + 9])).status_code == 404
    merges = reverse("merges", args=[pair.second_id])
    assert desk.post(merges, {"other": "99999"}).status_code == 404
    assert desk.post(merges).status_code == 400
    wrong = desk.post(merges, {"other": pair.first_id, "choice1": f"reference={pair.first_id}"})
    assert wrong.status_code == 400
    assert "not a field" in wrong.content.decode()
    assert desk.post(merges, {"other": pair.first_id, "choice1": "name"}).status_code == 400
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_whoever_types_is_shown_who_it_may_be(desk: Client, pair):
    text = desk.get(reverse("resembling"), {"name": "Jonathan Beranger", "phone": "06 12 34 56 78"}).content.decode()
    assert "May be" in text
    assert reverse("customer", args=[pair.second_id]) in text
    assert f"same phone, {PHONE}" in text
    assert desk.get(reverse("resembling"), {"name": "Zo"}).content.decode().strip() == ""
    assert (
        "May be" not in desk.get(reverse("resembling"), {"name": "Zoé Faure", "phone": "0799999999"}).content.decode()
    )


def test_an_address_or_a_birth_date_tells_too(desk: Client, pair):
    typed = "12 rue de la Paix, 75002 Paris"
    value = normalised("address", typed)
    ContactPoint.objects.create(
        customer=pair.second, kind="address", typed=typed, value=value.value, street=value.street,
        postcode=value.postcode, city=value.city,
    )  # fmt: skip
    names = {"given_name": "Jonathan", "family_name": "Beranger"}
    for also in ({"address": "12, RUE DE LA PAIX 75002 PARIS"}, {"born_on": "1980-03-04"}):
        text = desk.get(reverse("resembling"), names | also).content.decode()
        assert reverse("customer", args=[pair.second_id]) in text, also


def test_pages_go_on_where_the_last_one_ended(desk: Client, monkeypatch, pair):
    monkeypatch.setattr("habitue.desk.duplicates.views.PAGE", 2)
    known("Jonathan Beranger")
    find()
    first = desk.get(reverse("duplicates"))
    after = first.context["following"]
    rest = desk.get(reverse("duplicates"), {"after": after}, headers={"hx-request": "true"})
    text = first.content.decode() + rest.content.decode()
    shown = [pk for pk in Pair.objects.values_list("pk", flat=True) for _time in range(text.count(f'id="pair-{pk}"'))]
    assert shown == list(Pair.objects.values_list("pk", flat=True))
    assert len(shown) == 3


def test_no_page_has_inline_style_or_script(desk: Client, pair):
    for page in [*pages(pair), reverse("duplicates_preview") + f"?pair={pair.pk}"]:
        text = desk.get(page).content.decode()
        assert " style=" not in text
        assert "<script>" not in text


def test_the_window_says_that_the_portrait_is_older_than_a_merge(desk: Client, pair):
    factories.portrait(pair.second)
    factories.refresh()
    window = reverse("customer", args=[pair.second_id])
    assert "Merged since" not in desk.get(window).content.decode()
    desk.post(reverse("merges", args=[pair.second_id]), {"other": pair.first_id})
    text = desk.get(window).content.decode()
    assert "Merged since" in text
    assert "1 record merged into this one (1 " not in text, "the telephone was there already"
    assert "1 record merged into this one" in text
    assert desk.get(reverse("customer", args=[pair.first_id]))["Location"] == window
    factories.refresh()
    assert "Merged since" not in desk.get(window).content.decode()
