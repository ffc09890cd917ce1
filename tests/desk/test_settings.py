"""The settings page: fields, tags and competitors, for managers alone; each change can be undone there."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers import comparing
from habitue.customers.custom_fields import customising
from habitue.customers.models import Competitor, CustomField, CustomValue, Tag, Tagging
from habitue.customers.tags import tagging
from habitue.events.models import Event
from tests import factories


def text_of(response) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words)


@pytest.fixture
def manager(client: Client, db) -> Client:
    client.force_login(factories.mo())
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def base(ada) -> dict[str, int]:
    """Two of each; ada has the first of each."""
    size, other = (
        customising.declare("Size", "choice", ["S", "M"], code="size").row,
        customising.declare("Met on", "day").row,
    )
    customising.set_value(ada, size, "M")
    vip, garden = tagging.put(ada, "VIP").row.tag, tagging.put(factories.customer("Bea"), "garden").row.tag
    leon = comparing.add(ada, "Léon", on=date(2024, 5, 3)).row.competitor
    max_ = comparing.add(factories.customer("Cleo"), "Max", on=date(2024, 5, 3)).row
    comparing.remove(max_)
    unused = Competitor.objects.get(name="Max")
    return {"size": size.pk, "other": other.pk, "vip": vip.pk, "garden": garden.pk, "leon": leon.pk, "max": unused.pk}


def changes(base: dict[str, int]) -> list[tuple[str, dict[str, str]]]:
    return [
        (reverse("new_field"), {"label": "Colour", "type": "text", "choices": "", "code": ""}),
        (reverse("field", args=[base["size"]]), {"label": "Shoe size", "choices": "S\nM\nL"}),
        (reverse("field_order", args=[base["other"]]), {"up": "1"}),
        (reverse("field_removal", args=[base["size"]]), {}),
        (reverse("tag", args=[base["vip"]]), {"name": "Very important", "into": ""}),
        (reverse("tag", args=[base["vip"]]), {"name": "VIP", "into": str(base["garden"])}),
        (reverse("tag_removal_everywhere", args=[base["vip"]]), {}),
        (reverse("competitor", args=[base["leon"]]), {"name": "Chez Léon", "into": ""}),
        (reverse("competitor", args=[base["leon"]]), {"name": "Léon", "into": str(base["max"])}),
        (reverse("competitor_removal", args=[base["max"]]), {}),
    ]


def state() -> list:
    return [
        sorted(model.objects.values_list(*names))
        for model, names in (
            (CustomField, ("pk", "label", "choices", "position")),
            (CustomValue, ("pk", "field", "text")),
            (Tag, ("pk", "name", "key")),
            (Tagging, ("pk", "tag", "customer")),
            (Competitor, ("pk", "name", "key")),
        )
    ]


def test_the_page_tells_what_there_is_and_how_much_it_is_used(manager: Client, base):
    words = text_of(manager.get(reverse("settings")))
    assert "Size size choice S, M 1" in words
    assert "Met on met_on date 0" in words
    assert "VIP 1 Remove" in words
    assert "Léon 1" in words


def test_an_empty_page_says_what_each_is_for(manager: Client):
    words = text_of(manager.get(reverse("settings")))
    assert "A field keeps a fact that Habitué does not know by itself" in words
    assert "No tag so far." in words


@pytest.mark.parametrize("at", range(10))
def test_only_managers_change_the_settings_and_undo_it(client: Client, base, at: int):
    address, data = changes(base)[at]
    before, events = state(), Event.objects.count()
    assert client.post(address, data)["Location"].startswith("/account/login/")
    client.cookies["django_language"] = "en"
    for nobody in (factories.cy(), factories.di(), factories.bo()):
        client.force_login(nobody)
        assert client.post(address, data).status_code == 403
    assert "may not change the settings" in text_of(client.get(reverse("settings")))
    assert (state(), Event.objects.count()) == (before, events)
    client.force_login(factories.mo())
    response = client.post(address, data)
    assert response.status_code == 302
    assert state() != before
    event = Event.objects.latest("pk")
    page = client.get(response["Location"])
    assert reverse("undoing", args=[event.pk]) in page.content.decode()
    assert client.post(reverse("undoing", args=[event.pk]), {"next": "/settings/"})["Location"] == "/settings/"
    assert state() == before


def test_a_removal_says_first_how_many_values_go(manager: Client, base):
    words = text_of(manager.get(reverse("field_removal", args=[base["size"]])))
    assert "Remove the field “Size”? 1 customer has a value in it, which goes with it. It can be undone." in words
    assert CustomField.objects.count() == 2
    words = text_of(manager.get(reverse("tag_removal_everywhere", args=[base["vip"]])))
    assert "It is taken off 1 customer." in words


@pytest.mark.parametrize(
    ("name", "which", "data", "said"),
    [
        ("new_field", None, {"label": "", "type": "text"}, "A field needs a name."),
        ("new_field", None, {"label": "Colour", "type": "choice", "choices": "red"}, "at least two choices"),
        ("new_field", None, {"label": "Other", "type": "text", "code": "size"}, "There is a field “size” already."),
        ("field", "size", {"label": "Size", "choices": "S\nL"}, "1 customers have “M”"),
        ("tag", "vip", {"name": "GARDEN", "into": ""}, "There is a tag “garden” already."),
        ("tag", "vip", {"name": "VIP", "into": "x"}, "not there any more"),
        ("competitor", "leon", {"name": "max", "into": ""}, "There is a competitor"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_changes(manager: Client, base, name, which, data, said):
    before = state()
    response = manager.post(reverse(name, args=[base[which]] if which else []), data)
    assert response.status_code == 422
    assert said in text_of(response)
    assert state() == before


def test_a_competitor_of_whom_something_is_told_stays(manager: Client, base):
    response = manager.post(reverse("competitor_removal", args=[base["leon"]]))
    assert response.status_code == 409
    assert "named by 1" in text_of(response)


def test_the_link_to_the_settings_is_shown_to_managers(manager: Client, base):
    assert reverse("settings") in manager.get(reverse("customers")).content.decode()
    manager.force_login(factories.bo())
    assert f'href="{reverse("settings")}"' not in manager.get(reverse("customers")).content.decode()
