"""The list of profile fields and the model say the same."""

from __future__ import annotations

import datetime as dt

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


def test_the_window_shows_what_is_known_besides_the_name():
    born = dt.date(1980, 3, 4)
    ada = factories.customer("Ada Roux", given_name="Ada", birth_name="Noir", born_on=born, internal=True)
    assert [heading for heading, _words in fields.known_fields(ada)] == ["Birth name", "Kind", "Date of birth"]
    assert fields.known_fields(factories.customer("Acme", kind="organisation")) == [("Kind", "organisation")]
