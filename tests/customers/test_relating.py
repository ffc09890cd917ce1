"""What two customers are to each other reads from both ends."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from habitue.customers import relating
from habitue.customers.models import Customer, Relation
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError, InvalidFields
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Customer:
    return factories.customer("Ada")


@pytest.fixture
def acme() -> Customer:
    return factories.customer("Acme", kind="organisation")


def test_a_relation_is_the_same_from_whichever_end_it_is_told(ada, acme):
    relation = relating.add(ada, "employer", acme).row
    assert relating.add(acme, "-employer", ada).row == relation
    assert (relation.of, relation.to) == (ada, acme)
    assert Event.objects.count() == 1


def test_a_household_has_no_direction(ada, acme):
    bea = factories.customer("Bea")
    assert relating.add(ada, "household", bea).row == relating.add(bea, "household", ada).row


def test_every_end_has_its_words():
    assert dict(relating.ends()) == {
        "household": "same household as",
        "employer": "works for",
        "parent": "belongs to",
        "referred": "was referred by",
        "buys_for": "buys for",
        "carer": "cares for",
        "-employer": "employs",
        "-parent": "has as subsidiary",
        "-referred": "referred",
        "-buys_for": "is bought for by",
        "-carer": "is cared for by",
    }
    with translation.override("fr"):
        assert len({label for _code, label in relating.ends()}) == 11


def test_its_days_are_edited_and_undone(ada, acme):
    relation = relating.add(ada, "employer", acme, first_day=dt.date(2020, 1, 1)).row
    event = relating.edit(relation, dt.date(2020, 1, 1), dt.date(2024, 6, 30)).event
    relation.refresh_from_db()
    assert relation.last_day == dt.date(2024, 6, 30)
    assert relating.edit(relation, dt.date(2020, 1, 1), dt.date(2024, 6, 30)).event is None
    assert event
    undo(event)
    relation.refresh_from_db()
    assert relation.last_day is None


def test_a_removed_relation_comes_back(ada, acme):
    event = relating.remove(relating.add(ada, "employer", acme).row).event
    assert event
    assert not Relation.objects.exists()
    undo(event)
    assert Relation.objects.get().to == acme


@pytest.mark.parametrize(("end", "field"), [("friend", "end"), ("--employer", "end"), ("", "end")])
def test_an_unknown_kind_is_refused(ada, acme, end, field):
    with pytest.raises(InvalidFields) as refused:
        relating.add(ada, end, acme)
    assert set(refused.value.errors) == {field}


def test_nobody_is_related_to_themselves(ada):
    with pytest.raises(InvalidFields, match="somebody else"):
        relating.add(ada, "carer", ada)


def test_a_last_day_comes_after_the_first(ada, acme):
    with pytest.raises(InvalidFields, match="before the first"):
        relating.add(ada, "employer", acme, first_day=dt.date(2024, 1, 2), last_day=dt.date(2024, 1, 1))
    assert not Relation.objects.exists()
    relation = relating.add(ada, "employer", acme).row
    with pytest.raises(InvalidFields, match="before the first"):
        relating.edit(relation, dt.date(2024, 1, 2), dt.date(2024, 1, 1))


def test_no_firm_belongs_to_what_belongs_to_it(acme):
    middle, bottom = factories.customer("Middle"), factories.customer("Bottom")
    relating.add(middle, "parent", acme)
    relating.add(bottom, "parent", middle)
    with pytest.raises(InvalidFields, match="belongs to Bottom already|belongs to"):
        relating.add(acme, "parent", bottom)
    with pytest.raises(InvalidFields):
        relating.add(acme, "-parent", acme)
    assert Relation.objects.count() == 2


def test_nobody_relates_to_a_row_for_which_another_stands(ada, acme):
    gone = factories.customer("Acme Inc.", merged_into=acme)
    with pytest.raises(HabitueError, match="merged"):
        relating.add(ada, "employer", gone)
