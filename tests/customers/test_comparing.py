from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from habitue.customers import comparing
from habitue.customers.models import Comparison, Competitor
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError, InvalidFields
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.date(2024, 5, 3)


def test_who_else_was_considered_is_told_once_and_undone():
    ada = factories.customer("Ada")
    row = comparing.add(ada, "Chez Léon", outcome="lost", reason="nearer", on=DAY).row
    assert comparing.add(ada, "chez leon", outcome="lost", reason="nearer", on=DAY).row == row
    assert Competitor.objects.get().name == "Chez Léon"
    undo(row.source)
    assert not Comparison.objects.exists()
    assert not Competitor.objects.exists()


def test_how_it_ended_is_edited_and_undone():
    row = comparing.add(factories.customer("Ada"), "Léon", on=DAY).row
    event = comparing.edit(row, "Léon", outcome="won", reason="fresher").event
    row.refresh_from_db()
    assert (row.outcome, row.reason, row.on) == ("won", "fresher", DAY)
    assert comparing.edit(row, "Léon", outcome="won", reason="fresher").event is None
    assert event
    undo(event)
    row.refresh_from_db()
    assert (row.outcome, row.reason) == ("open", "")


def test_a_removed_comparison_comes_back():
    event = comparing.remove(comparing.add(factories.customer("Ada"), "Léon", on=DAY).row).event
    assert not Comparison.objects.exists()
    undo(event)
    assert Comparison.objects.get().competitor.name == "Léon"


def test_joined_competitors_come_apart_again():
    ada = factories.customer("Ada")
    comparing.add(ada, "Léon", on=DAY)
    comparing.add(ada, "Chez Léon", on=DAY)
    leon, chez = Competitor.objects.get(key="leon"), Competitor.objects.get(key="chez leon")
    event = comparing.join(chez, leon).event
    assert set(Comparison.objects.values_list("competitor__name", flat=True)) == {"Léon"}
    undo(event)
    assert set(Comparison.objects.values_list("competitor__name", flat=True)) == {"Léon", "Chez Léon"}


def test_a_competitor_of_whom_something_is_told_is_not_forgotten():
    row = comparing.add(factories.customer("Ada"), "Léon", on=DAY).row
    with pytest.raises(HabitueError, match="named by 1"):
        comparing.forget(row.competitor)
    comparing.remove(row)
    assert comparing.forget(row.competitor).event
    assert not Competitor.objects.exists()


def test_a_competitor_is_renamed_where_the_name_is_free():
    ada = factories.customer("Ada")
    leon = comparing.add(ada, "Léon", on=DAY).row.competitor
    comparing.add(ada, "Max", on=DAY)
    with pytest.raises(InvalidFields):
        comparing.rename(leon, "MAX")
    assert comparing.rename(leon, "LÉON").event


@pytest.mark.parametrize(
    ("name", "fields", "wrong"),
    [
        ("", {}, "competitor"),
        ("x" * 121, {}, "competitor"),
        ("Léon", {"outcome": "draw"}, "outcome"),
        ("Léon", {"reason": "x" * 501}, "reason"),
        ("Léon", {"on": timezone.localdate() + dt.timedelta(days=2)}, "on"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(name, fields, wrong):
    with pytest.raises(InvalidFields) as refused:
        comparing.add(factories.customer("Ada"), name, **fields)
    assert set(refused.value.errors) == {wrong}
    assert not Event.objects.exists()
