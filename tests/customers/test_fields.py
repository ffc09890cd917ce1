"""The list of profile fields and the model say the same."""

from __future__ import annotations

from datetime import date

import pytest

from habitue.customers import fields
from habitue.customers.models import Customer
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_editable_column_of_a_customer_is_a_profile_field():
    columns = {column.name for column in Customer._meta.concrete_fields if column.editable}
    assert columns - {"id", "reference"} == set(fields.NAMES)


def test_every_profile_field_is_named_in_words_and_has_a_value_of_nothing():
    ada = factories.customer("Ada")
    for field in fields.PROFILE:
        assert field.heading[0].isupper()
        assert fields.cleaned({field.name: field.nothing}) == {field.name: field.nothing}
        assert field.words(getattr(ada, field.name)) is not None


def test_the_window_shows_what_is_known_and_leaves_out_what_is_not():
    ada = factories.customer("Ada Roux", birth_name="Blanc", born_on=date(1980, 3, 4))
    assert fields.known_fields(ada) == [
        ("Birth name", "Blanc"),
        ("Kind", "person"),
        ("Date of birth", "4\xa0March\xa01980"),
    ]
    assert fields.known_fields(factories.customer("Acme", kind="organisation")) == [("Kind", "organisation")]


def test_what_could_not_be_read_is_shown_until_something_better_is_known():
    typed = [("born_on", "in spring"), ("country", "Atlantis")]
    assert [text for _heading, text in fields.unread_fields(factories.customer("Ada"), typed)] == [
        "in spring", "Atlantis",
    ]  # fmt: skip
    for known in ({"born_on": date(1980, 3, 4)}, {"birthday": "03-04"}):
        assert [text for _of, text in fields.unread_fields(factories.customer("Bo", **known), typed)] == ["Atlantis"]
