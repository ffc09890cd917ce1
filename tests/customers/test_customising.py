"""Fields that the company declares, and their values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from habitue.customers.custom_fields import customising
from habitue.customers.models import CustomField, CustomValue
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import InvalidFields
from tests import factories

pytestmark = pytest.mark.django_db


def field(type: str = "text", **more) -> CustomField:
    return customising.declare(f"A {type}", type, **more).row


def test_a_field_is_declared_once_with_a_code_that_follows_from_its_label():
    made = customising.declare("Carte de fidélité", "text").row
    assert (made.code, made.position) == ("carte_de_fidelite", 0)
    assert customising.declare("Carte de fidélité", "text").row == made
    other = customising.declare("Carte de fidelite", "number").row
    assert (other.code, other.position) == ("carte_de_fidelite_2", 1)
    undo(Event.objects.get(data__code="carte_de_fidelite_2"))
    assert CustomField.objects.get() == made


@pytest.mark.parametrize(
    ("label", "type", "more", "wrong"),
    [
        ("", "text", {}, "label"),
        ("x" * 81, "text", {}, "label"),
        ("Size", "colour", {}, "type"),
        ("Size", "choice", {"choices": ["S"]}, "choices"),
        ("Size", "choice", {"choices": ["S", "s"]}, "choices"),
        ("Size", "text", {"code": "Shoe size"}, "code"),
        ("Size", "text", {"code": "taken"}, "code"),
    ],
)
def test_a_field_that_cannot_be_is_refused(label, type, more, wrong):
    customising.declare("Taken", "text", code="taken")
    with pytest.raises(InvalidFields) as refused:
        customising.declare(label, type, **more)
    assert set(refused.value.errors) == {wrong}
    assert CustomField.objects.count() == 1


@pytest.mark.parametrize(
    ("type", "typed", "column", "value"),
    [
        ("text", "  a  b ", "text", "a b"),
        ("number", "1 234,5", "number", Decimal("1234.5")),
        ("number", "1,234.5", "number", Decimal("1234.5")),
        ("number", "1.234,5", "number", Decimal("1234.5")),
        ("number", "\u221212", "number", Decimal(-12)),
        ("day", "2026-12-31", "day", dt.date(2026, 12, 31)),
        ("day", "31/12/2026", "day", dt.date(2026, 12, 31)),
        ("choice", "été", "text", "Été"),
        ("flag", "Oui", "number", Decimal(1)),
        ("flag", "no", "number", Decimal(0)),
    ],
)
def test_a_value_is_kept_in_the_column_of_its_type(type, typed, column, value):
    ada = factories.customer("Ada")
    customising.set_value(ada, field(type, choices=["Hiver", "Été"]), typed)
    kept = CustomValue.objects.get()
    assert getattr(kept, column) == value
    others = {"text": "", "number": None, "day": None, "other": None}
    assert all(getattr(kept, name) == nothing for name, nothing in others.items() if name != column)


@pytest.mark.parametrize(
    ("type", "typed", "said"),
    [
        ("text", "x" * 501, "At most"),
        ("number", "twelve", "no number"),
        ("number", "1e99", "no number"),
        ("number", "NaN", "no number"),
        ("number", "0.00001", "at most 4 can be kept"),
        ("day", "31/02/2026", "no date"),
        ("day", "tomorrow", "no date"),
        ("choice", "Printemps", "Hiver, Été"),
        ("flag", "perhaps", "neither yes nor no"),
        ("customer", "X-404", "Nobody has the reference"),
    ],
)
def test_a_value_of_another_type_is_refused_and_told_where(type, typed, said):
    ada, one = factories.customer("Ada"), field(type, choices=["Hiver", "Été"])
    with pytest.raises(InvalidFields, match=said) as refused:
        customising.set_value(ada, one, typed)
    assert set(refused.value.errors) == {one.code}
    assert not CustomValue.objects.exists()


def test_another_customer_is_found_by_reference_also_after_a_merge():
    ada, bea = factories.customer("Ada"), factories.customer("Bea", "B")
    factories.customer("Béa", "B-OLD", merged_into=bea)
    customising.set_value(ada, field("customer"), "B-OLD")
    assert CustomValue.objects.get().other == bea


def test_a_value_changes_goes_and_comes_back():
    ada, one = factories.customer("Ada"), field("number")
    first = customising.set_value(ada, one, "1").event
    assert customising.set_value(ada, one, "1.0").event is None
    second = customising.set_value(ada, one, "2").event
    third = customising.set_value(ada, one, "").event
    assert customising.set_value(ada, one, " ").event is None
    assert not CustomValue.objects.exists()
    for event, number in ((third, 2), (second, 1)):
        undo(event)
        assert CustomValue.objects.get().number == number
    undo(first)
    assert not CustomValue.objects.exists()


def test_a_removed_field_comes_back_with_its_values():
    one = field()
    for at in range(3):
        customising.set_value(factories.customer(f"P{at}"), one, f"value {at}")
    event = customising.remove(one).event
    assert event
    assert event.data["values"] == 3
    assert not CustomField.objects.exists()
    undo(event)
    assert sorted(CustomField.objects.get().values.values_list("text", flat=True)) == ["value 0", "value 1", "value 2"]


def test_a_choice_that_somebody_has_does_not_go():
    one = field("choice", choices=["S", "M", "L"])
    customising.set_value(factories.customer("Ada"), one, "M")
    with pytest.raises(InvalidFields, match="1 customers have “M”"):
        customising.change(one, "Size", ["S", "L"])
    event = customising.change(one, "Size", ["M", "L"]).event
    one.refresh_from_db()
    assert (one.label, one.choices) == ("Size", ["M", "L"])
    assert event
    undo(event)
    one.refresh_from_db()
    assert (one.label, one.choices) == ("A choice", ["S", "M", "L"])


def test_fields_change_places():
    first, second = field("text"), field("number")
    assert customising.order(first, up=True).event is None
    customising.order(second, up=True)
    assert list(CustomField.objects.all()) == [second, first]
