"""What an event did can be undone, and never over what somebody changed since."""

from __future__ import annotations

import pytest

from habitue.customers.models import ContactPoint, Customer
from habitue.events.journal import record
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError
from tests import factories

pytestmark = pytest.mark.django_db


def edited(customer: Customer, **values):
    with record("customer.edited", customer=customer) as journal:
        journal.save(customer, **values)
    return journal.event


def point(customer: Customer, **fields) -> ContactPoint:
    return ContactPoint(customer=customer, kind="email", typed="Ada@x.fr", value="ada@x.fr", **fields)


def test_an_edit_is_undone_with_the_key_of_the_name():
    ada = factories.customer("Ada Bérenger")
    event = edited(ada, name="Eve Roux", internal=True)
    ada.refresh_from_db()
    assert (ada.name, ada.name_key, ada.internal) == ("Eve Roux", "eve roux", True)
    assert undo(event).restored == 1
    ada.refresh_from_db()
    assert (ada.name, ada.name_key, ada.internal) == ("Ada Bérenger", "ada berenger", False)


def test_what_says_the_same_is_no_change():
    ada = factories.customer("Ada")
    assert not edited(ada, name="Ada").changes.exists()


def test_what_was_changed_since_is_kept_and_told():
    ada = factories.customer("Ada")
    first = edited(ada, name="Eve", internal=True)
    edited(ada, name="Iris")
    done = undo(first)
    ada.refresh_from_db()
    assert (ada.name, ada.internal) == ("Iris", False)
    assert [(kept.reason, kept.name, kept.was, kept.now) for kept in done.kept] == [
        ("changed_since", "name", "Ada", "Iris")
    ]


def test_what_was_made_goes_and_what_was_taken_away_comes_back_as_it_was():
    ada = factories.customer("Ada")
    with record("contact.added", point="email") as made:
        kept = made.create(point(ada))
    with record("contact.removed", point="email") as gone:
        gone.delete(kept)
    assert made.touched == gone.touched == {ada.pk}
    pk = made.event.changes.get().pks[0]
    undo(gone.event)
    assert ContactPoint.objects.get(pk=pk).typed == "Ada@x.fr"
    undo(made.event)
    assert not ContactPoint.objects.exists()


def test_somebody_who_has_bought_since_stays():
    with record("import.finished") as journal:
        journal.create(Customer(reference="A", name="Ada"))
        journal.create(Customer(reference="B", name="Bea"))
    bea = Customer.objects.get(reference="B")
    factories.order(bea, factories.AS_OF, [("Bread", "Bakery", 1, 320)])
    done = undo(journal.event)
    assert [(kept.pk, kept.reason) for kept in done.kept] == [(bea.pk, "in_use")]
    assert list(Customer.objects.values_list("reference", flat=True)) == ["B"]


def test_somebody_who_was_edited_since_stays():
    with record("import.finished") as journal:
        ada = journal.create(Customer(reference="A", name="Ada"))
    later = edited(ada, name="Eve")
    assert [kept.reason for kept in undo(journal.event).kept] == ["changed_since"]
    assert later.changes.exists()


def test_many_rows_come_back_each_as_it_was():
    people = [factories.customer(f"P{at}", internal=at == 0) for at in range(5)]
    with record("customers.changed", edit="kind", customers=5) as journal:
        assert journal.update(Customer.objects.all(), internal=True, kind="organisation") == 5
    assert journal.touched == {person.pk for person in people}
    assert journal.event.changes.count() == 5
    undo(journal.event)
    rows = Customer.objects.order_by("pk").values_list("internal", "kind")
    assert list(rows) == [(True, "person")] + [(False, "person")] * 4


def test_an_event_is_undone_once_and_an_undoing_can_be_told():
    ada = factories.customer("Ada")
    event = edited(ada, name="Eve")
    done = undo(event)
    assert Event.objects.get(undoes=event).data["restored"] == 1 == done.restored
    with pytest.raises(HabitueError, match="undone already"):
        undo(event)


def test_when_the_verb_fails_nothing_is_written():
    ada = factories.customer("Ada")

    def fail():
        with record("customer.edited") as journal:
            journal.save(ada, name="Eve")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert Customer.objects.get().name == "Ada"
    assert not Event.objects.exists()
