"""Undoing from the desk: who may, what it says, where it leads."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from habitue.customers import contacting, editing
from habitue.customers.custom_fields import customising
from habitue.customers.models import ContactPoint, Customer, CustomField, Tag
from habitue.customers.tags import tagging
from habitue.events.models import Event
from tests import factories


def post(client: Client, event: Event, **data):
    return client.post(reverse("undoing", args=[event.pk]), data)


def words(client: Client, response) -> str:
    return client.get(response["Location"]).content.decode()


def test_an_edit_is_undone_and_the_window_says_so(desk: Client, ada, bo):
    event = editing.edit(ada, name="Eve", by=bo).event
    response = post(desk, event)
    assert response["Location"] == reverse("customer", args=[ada.pk])
    assert "Undone." in words(desk, response)
    ada.refresh_from_db()
    assert ada.name == "Ada Bérenger"
    assert Event.objects.get(undoes=event).by == bo


def test_what_was_changed_since_is_told_with_what_it_is_now(desk: Client, ada):
    event = editing.edit(ada, name="Eve").event
    editing.edit(ada, name="Iris")
    assert "name is “Iris” now" in words(desk, post(desk, event))


def test_a_second_undoing_says_that_it_is_done(desk: Client, ada):
    event = editing.edit(ada, name="Eve").event
    post(desk, event)
    response = post(desk, event)
    assert response.status_code == 409
    assert "undone already" in response.content.decode()


def test_somebody_who_was_made_by_mistake_goes_and_the_list_is_shown(desk: Client, db):
    editing.create(name="Nobody")
    response = post(desk, Event.objects.get(kind="customer.created"))
    assert response["Location"] == reverse("customers")
    assert not Customer.objects.exists()


def test_it_leads_back_to_where_one_came_from_but_never_elsewhere(desk: Client, ada):
    first = contacting.add(ada, "email", "ada@example.com").event
    assert post(desk, first, next="/base/")["Location"] == "/base/"
    second = contacting.add(ada, "email", "ada@example.com").event
    assert post(desk, second, next="https://example.org/")["Location"] == reverse("customer", args=[ada.pk])


def test_a_stranger_and_a_reader_undo_nothing(client: Client, ada):
    event = contacting.add(ada, "email", "ada@example.com").event
    assert post(client, event).status_code == 302
    client.force_login(factories.di())
    client.cookies["django_language"] = "en"
    response = post(client, event)
    assert response.status_code == 403
    assert "may look at customers but not change them" in response.content.decode()
    assert ContactPoint.objects.exists()


def test_it_happens_by_post_only(desk: Client, ada):
    event = contacting.add(ada, "email", "ada@example.com").event
    assert desk.get(reverse("undoing", args=[event.pk])).status_code == 405


def test_settings_are_put_back_by_managers_only(desk: Client, ada):
    tagging.put(ada, "VIP")
    events = [
        customising.remove(customising.declare("Size", "text").row).event,
        tagging.remove(Tag.objects.get()).event,
    ]
    for event in events:
        assert post(desk, event).status_code == 404
    desk.force_login(factories.mo())
    for event in events:
        assert post(desk, event).status_code == 302
    assert (CustomField.objects.count(), Tag.objects.count()) == (1, 1)


def test_events_of_a_kind_that_nobody_declared_are_not_undone_here(desk: Client, ada):
    event = editing.edit(ada, name="Eve").event
    Event.objects.filter(pk=event.pk).update(kind="secret.thing")
    assert post(desk, event).status_code == 404
