"""One change to many: shown beforehand, done, undone; and nobody who may not."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.models import Customer, CustomField, CustomValue, Relation, Tag, Tagging
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.segments import bulk_changes, counting
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Customer]:
    return [factories.customer(name) for name in ("Ada", "Bea", "Cleo")]


@pytest.fixture
def tag() -> Tag:
    return Tag.objects.create(name="Press", key="press")


def ticked(people: list[Customer], **fields) -> dict:
    return {"who": "picked", "pick": [one.pk for one in people], **fields}


def tagged() -> list[str]:
    return sorted(Tagging.objects.values_list("customer__name", flat=True))


def test_what_would_change_is_shown_and_nothing_is_written(desk: Client, people, tag):
    Tagging.objects.create(tag=tag, customer=people[0])
    response = desk.post(reverse("bulk"), ticked(people, do="preview", edit="tag", tag=tag.pk))
    text = response.content.decode()
    assert "2 customers would change" in text
    assert "The others have it already." in text
    assert (response.context["preview"].customers, response.context["preview"].changing) == (3, 2)
    assert [(str(who), old, new) for who, old, new in response.context["examples"]] == [
        ("Bea", None, "Press"),
        ("Cleo", None, "Press"),
    ]
    assert tagged() == ["Ada"]


def test_ticked_customers_are_changed_and_put_back(desk: Client, bo, people, tag):
    Tagging.objects.create(tag=tag, customer=people[0])
    done = desk.post(reverse("bulk"), ticked(people[:2], do="change", edit="tag", tag=tag.pk), follow=True)
    event = Event.objects.get(kind="customers.changed")
    assert event.by == bo
    assert event.data == {"edit": "tag", "target": "Press", "value": None, "customers": 1}
    assert "1 customer was changed" in done.content.decode()
    assert tagged() == ["Ada", "Bea"]
    again = desk.post(reverse("bulk"), ticked(people[:2], do="change", edit="tag", tag=tag.pk), follow=True)
    assert "Nothing was to be changed." in again.content.decode()
    assert Event.objects.filter(kind="customers.changed").count() == 1
    back = {"next": reverse("bulk_done", args=[event.pk])}
    undone = desk.post(reverse("undoing", args=[event.pk]), back, follow=True)
    assert "1 was put back" in undone.content.decode()
    assert tagged() == ["Ada"]


def test_all_that_were_found_are_changed(desk: Client, tag):
    factories.town(120)
    form = {"who": "all", "found": "stage=at_risk", "do": "change", "edit": "internal", "internal": "yes"}
    desk.post(reverse("bulk"), form)
    assert Customer.objects.filter(internal=True).count() == 10
    assert set(Customer.objects.filter(internal=True).values_list("portrait__stage", flat=True)) == {"at_risk"}


def test_each_sort_of_edit_changes_and_is_undone(people, tag):
    field = CustomField.objects.create(code="size", label="Size", type="number")
    CustomValue.objects.create(field=field, customer=people[0], number=4)
    CustomValue.objects.create(field=field, customer=people[1], number=7)
    Tagging.objects.create(tag=tag, customer=people[0])
    Relation.objects.create(of=people[0], kind="employer", to=people[2])

    def state():
        return [
            sorted(Customer.objects.values_list("name", "kind", "internal")),
            tagged(),
            sorted(CustomValue.objects.values_list("customer__name", "number")),
            sorted(Relation.objects.values_list("of__name", "last_day")),
        ]

    before = state()
    for code, given, changed in (
        ("tag", {"tag": str(tag.pk)}, 2),
        ("untag", {"tag": str(tag.pk)}, 1),
        ("field", {"field": "size", "value.size": "7,0"}, 2),
        ("field", {"field": "size", "value.size": ""}, 2),
        ("kind", {"kind": "organisation"}, 3),
        ("internal", {"internal": "yes"}, 3),
        ("end", {"end": "employer"}, 1),
    ):
        edit = bulk_changes.read_edit(code, given)
        assert bulk_changes.preview(Customer.objects.all(), edit).changing == changed, code
        event = bulk_changes.apply(Customer.objects.all(), edit).event
        assert event.data["customers"] == changed
        assert state() != before
        assert bulk_changes.preview(Customer.objects.all(), edit).changing == 0, "twice is once"
        assert bulk_changes.apply(Customer.objects.all(), edit).event is None
        undo(event)
        assert state() == before, code


@pytest.mark.parametrize(
    ("type_", "typed", "column", "stored"),
    [
        ("text", " Été ", "text", "Été"),
        ("choice", "red", "text", "red"),
        ("flag", "no", "number", 0),
        ("day", "2026-03-31", "day", date(2026, 3, 31)),
        ("day", "31/12/2026", "day", date(2026, 12, 31)),
    ],
)
def test_a_field_of_any_type_is_set(people, type_, typed, column, stored):
    field = CustomField.objects.create(code="own", label="Own", type=type_, choices=["red"])
    bulk_changes.apply(Customer.objects.all(), bulk_changes.read_edit("field", {"field": "own", "value.own": typed}))
    assert list(field.values.values_list(column, flat=True)) == [stored] * 3


def test_a_segment_follows_a_change_to_many(people, tag):
    segment = counting.save("Press", {"of": [{"what": "tag", "how": "has", "value": str(tag.pk)}]}).row
    event = bulk_changes.apply(Customer.objects.all(), bulk_changes.read_edit("tag", {"tag": str(tag.pk)})).event
    segment.refresh_from_db()
    assert segment.size == 3
    undo(event)
    segment.refresh_from_db()
    assert segment.size == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"edit": "tag"}, "Choose a tag."),
        ({"edit": "field"}, "Choose a field."),
        ({"edit": "colour"}, "Choose what to change."),
        ({"edit": "kind", "kind": "robot"}, "“robot”"),
        ({}, "Choose what to change."),
    ],
)
def test_what_cannot_be_done_is_told_on_the_page(desk: Client, people, fields, why):
    response = desk.post(reverse("bulk"), ticked(people, do="change", **fields))
    assert response.status_code == 400
    assert why in response.content.decode()
    assert not Event.objects.filter(kind="customers.changed").exists()


def test_without_a_tick_the_page_says_what_to_do(desk: Client, people):
    response = desk.post(reverse("bulk"), {"who": "picked"})
    assert response.status_code == 400
    assert "tick lines" in response.content.decode()


def test_who_may_not_change_customers_changes_none(client: Client, people, tag):
    fields = ticked(people, do="change", edit="tag", tag=tag.pk)
    assert client.post(reverse("bulk"), fields).status_code == 302
    client.force_login(factories.cy())
    assert client.post(reverse("bulk"), fields).status_code == 403
    event = bulk_changes.apply(Customer.objects.all(), bulk_changes.read_edit("kind", {"kind": "organisation"})).event
    assert client.post(reverse("undoing", args=[event.pk])).status_code == 403
    assert client.get(reverse("bulk_done", args=[event.pk])).status_code == 403
    assert tagged() == []
