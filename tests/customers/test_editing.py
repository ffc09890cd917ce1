"""A customer is made and edited, each change with its event, and can be put back."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.customers import editing
from habitue.customers.models import Customer
from habitue.events.journal import record
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError, InvalidFields
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_customer_is_made_with_a_reference_of_their_own():
    bo = factories.bo()
    ada = editing.create(given_name=" Ada ", family_name="Roux", by=bo).row
    assert (ada.name, ada.name_key, ada.reference[0]) == ("Ada Roux", "ada roux", "H")
    event = Event.objects.get(kind="customer.created")
    assert (event.by, [*event.customers.all()]) == (bo, [ada])
    undo(event, bo)
    assert not Customer.objects.exists()


def test_one_of_the_names_is_enough():
    assert editing.create(family_name="Roux").row.name == "Roux"
    with pytest.raises(InvalidFields, match="Give a name"):
        editing.create(birth_name="Roux")


def test_a_reference_that_was_made_is_nobody_elses():
    first = editing.create(name="Ada").row
    factories.customer("Bea", f"H{first.pk + 1}")
    assert editing.create(name="Cleo").row.reference not in (first.reference, f"H{first.pk + 1}")


def test_a_reference_that_is_taken_is_refused_with_its_owner():
    factories.customer("Bea", "B-1")
    with pytest.raises(InvalidFields, match="that of Bea already") as refused:
        editing.create(name="Ada", reference="B-1")
    assert set(refused.value.errors) == {"reference"}
    assert Customer.objects.count() == 1
    assert not Event.objects.exists()


def test_a_reference_that_leads_to_who_stands_for_it_is_taken_too():
    bea = factories.customer("Bea")
    factories.customer("Béa", "B-1", merged_into=bea)
    with pytest.raises(InvalidFields, match="that of Bea already"):
        editing.create(name="Ada", reference="B-1")


def test_an_edit_keeps_what_was_and_is_undone():
    ada = factories.customer("Ada Roux")
    event = editing.edit(ada, kind="organisation", born_on=dt.date(1980, 5, 3), internal=True).event
    assert event
    assert event.changes.get().before == {"kind": "person", "born_on": None, "internal": False}
    assert (ada.kind, ada.born_on, ada.internal) == ("organisation", dt.date(1980, 5, 3), True)
    undo(event)
    ada.refresh_from_db()
    assert (ada.kind, ada.born_on, ada.internal) == ("person", None, False)


def test_what_says_the_same_leaves_no_event():
    ada = factories.customer("Ada Roux")
    assert editing.edit(ada, name="  Ada  Roux ", internal=False).event is None
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"given_name": "Eve"}, "Eve Roux"),
        ({"given_name": "Eve", "name": "Ada Roux"}, "Eve Roux"),
        ({"name": "Madame Roux"}, "Madame Roux"),
        ({"name": "Madame Roux", "given_name": "Eve"}, "Madame Roux"),
        ({"name": ""}, "Ada Roux"),
    ],
)
def test_the_name_that_is_shown_follows_its_parts_until_somebody_chooses_another(values, shown):
    ada = editing.create(given_name="Ada", family_name="Roux").row
    editing.edit(ada, **values)
    assert ada.name == shown


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "x" * 201}, "name"),
        ({"given_name": "x" * 101}, "given_name"),
        ({"kind": "robot"}, "kind"),
        ({"born_on": dt.date(2999, 1, 1)}, "born_on"),
        ({"born_on": dt.date(1066, 1, 1)}, "born_on"),
        ({"name": "", "given_name": "", "family_name": ""}, "name"),
        ({"name": "\0 \t"}, "name"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_changes(values, field):
    ada = factories.customer("Ada")
    with pytest.raises(InvalidFields) as refused:
        editing.edit(ada, **values)
    assert set(refused.value.errors) == {field}
    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert not Event.objects.exists()


def test_nobody_edits_a_row_for_which_another_stands():
    ada = factories.customer("Ada")
    gone = factories.customer("Ada R.", merged_into=ada)
    with pytest.raises(HabitueError, match="merged into another") as refused:
        editing.edit(gone, name="Eve")
    assert refused.value.status == 409


def test_many_rows_taken_away_together_come_back():
    people = [factories.customer(f"P{at}") for at in range(3)]
    with record("customer.edited") as journal:
        assert journal.delete_many(Customer.objects.filter(pk__in=[person.pk for person in people[:2]])) == 2
    assert journal.touched == {person.pk for person in people[:2]}
    assert Customer.objects.count() == 1
    undo(journal.event)
    assert sorted(Customer.objects.values_list("pk", "name")) == [(person.pk, person.name) for person in people]
