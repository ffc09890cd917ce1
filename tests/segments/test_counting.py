"""Who came into a segment and who left it, and when, is kept; counting twice changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from habitue.customers.models import Customer, Tag, Tagging
from habitue.events.journal import record
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError
from habitue.segments import counting
from habitue.segments.models import Membership, Segment, SegmentSize
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
ORGANISATIONS = {"match": "all", "of": [{"what": "kind", "how": "is", "value": ["organisation"]}]}


@pytest.fixture
def firms() -> list[Customer]:
    return [factories.customer(f"Firm {at}", kind="organisation") for at in range(5)]


def days_pass(segment: Segment, days: int) -> None:
    """As if all that was counted had been counted so many days ago."""
    for model, columns in ((Membership, ("since", "until")), (SegmentSize, ("on",))):
        for row in model.objects.filter(segment=segment).order_by("pk"):
            for column in columns:
                if day := getattr(row, column):
                    setattr(row, column, day - timedelta(days=days))
            row.save()


def stays(segment: Segment) -> list[tuple[str, date, date | None]]:
    rows = Membership.objects.filter(segment=segment).order_by("customer__name", "since")
    return list(rows.values_list("customer__name", "since", "until"))


def sizes(segment: Segment) -> list[tuple[date, int, int, int]]:
    rows = SegmentSize.objects.filter(segment=segment).order_by("on")
    return list(rows.values_list("on", "customers", "entered", "left"))


def edited(customer: Customer, **values) -> Event:
    with record("customer.edited", customer=customer) as journal:
        journal.save(customer, **values)
    return journal.event


def test_a_segment_is_counted_when_it_is_saved(firms):
    segment = counting.save(" Our  firms ", ORGANISATIONS).row
    assert (segment.name, segment.size, segment.counted_on) == ("Our firms", 5, TODAY())
    assert sizes(segment) == [(TODAY(), 5, 0, 0)]
    assert {(since, until) for _name, since, until in stays(segment)} == {(TODAY(), None)}
    assert set(Event.objects.values_list("kind", flat=True)) == {"segment.made", "segment.counted"}


def test_entries_and_exits_are_kept_with_their_day_and_told_by_one_event(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    days_pass(segment, 3)
    Customer.objects.filter(pk=firms[0].pk).update(kind="person")
    factories.customer("Zest", kind="organisation")
    assert counting.refresh_segments() == 1
    kept = [("Firm 0", TODAY() - timedelta(days=3), TODAY()), ("Zest", TODAY(), None)]
    assert [stay for stay in stays(segment) if stay[0] in ("Firm 0", "Zest")] == kept
    assert sizes(segment) == [(TODAY() - timedelta(days=3), 5, 0, 0), (TODAY(), 5, 1, 1)]
    data = Event.objects.filter(kind="segment.counted").latest("pk").data
    assert data == {"segment": segment.pk, "size": 5, "entered": 1, "left": 1}
    before = Event.objects.count()
    counting.refresh_segments()
    assert sizes(segment)[-1] == (TODAY(), 5, 1, 1)
    assert Event.objects.count() == before, "counted twice, told once"


@pytest.mark.parametrize(("kind", "entered", "left"), [("organisation", 1, 0), ("person", 0, 1)])
def test_who_only_enters_or_only_leaves_is_told_by_an_event(firms, kind, entered, left):
    segment = counting.save("Firms", ORGANISATIONS).row
    somebody = firms[0] if left else factories.customer("Zest")
    Customer.objects.filter(pk=somebody.pk).update(kind=kind)
    counting.count(segment)
    data = Event.objects.filter(kind="segment.counted").latest("pk").data
    assert (data["entered"], data["left"]) == (entered, left)


def test_who_leaves_and_comes_back_on_one_day_never_left(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    days_pass(segment, 3)
    for kind in ("person", "organisation", "person", "organisation"):
        Customer.objects.filter(pk=firms[0].pk).update(kind=kind)
        counting.count(segment)
    assert stays(segment)[0] == ("Firm 0", TODAY() - timedelta(days=3), None)
    assert sizes(segment)[-1] == (TODAY(), 5, 0, 0)


def test_who_comes_and_leaves_on_one_day_never_came(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    zest = factories.customer("Zest", kind="organisation")
    counting.count(segment)
    Customer.objects.filter(pk=zest.pk).update(kind="person")
    counting.count(segment)
    assert "Zest" not in [name for name, _since, _until in stays(segment)]


def test_an_edit_is_followed_at_once_and_so_is_its_undoing(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    days_pass(segment, 1)
    event = edited(firms[0], kind="person")
    assert stays(segment)[0][2] == TODAY()
    segment.refresh_from_db()
    assert segment.size == 4
    assert sizes(segment)[-1] == (TODAY(), 4, 0, 1)
    undo(event)
    assert stays(segment)[0][2] is None
    assert sizes(segment)[-1][1:] == (5, 0, 0)


def test_a_segment_of_segments_follows_what_the_inner_one_rests_on(firms):
    tag = Tag.objects.create(name="Press", key="press")
    tagged = {"of": [{"what": "tag", "how": "has", "value": str(tag.pk)}]}
    inner = counting.save("Tagged", tagged).row
    outer = counting.save("Untagged", {"of": [{"what": "segment", "how": "out", "value": inner.pk}]}).row
    assert (inner.size, outer.size) == (0, 5)
    with record("tag.put", customer=firms[0], name="VIP") as journal:
        journal.create(Tagging(tag=tag, customer=firms[0]))
    assert list(Segment.objects.order_by("pk").values_list("size", flat=True)) == [1, 4]


def test_many_at_once_are_followed_too(firms, monkeypatch):
    monkeypatch.setattr(counting, "FEW", 2)
    segment = counting.save("Firms", ORGANISATIONS).row
    with record("customers.changed", edit="kind", customers=2) as journal:
        journal.update(Customer.objects.all(), kind="person")
    segment.refresh_from_db()
    assert (segment.size, stays(segment)) == (0, [])


def test_new_rules_are_counted_anew(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    counting.save("People", {"of": [{"what": "kind", "how": "is", "value": ["person"]}]}, segment=segment, shared=True)
    segment.refresh_from_db()
    assert (segment.name, segment.size, segment.shared) == ("People", 0, True)


def test_saving_what_is_saved_already_changes_nothing(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    assert counting.save("Firms", ORGANISATIONS, segment=segment).event is None
    assert counting.save("Firms", ORGANISATIONS, segment=segment, shared=True).event


def test_a_removed_segment_comes_back_with_its_history(firms):
    segment = counting.save("Firms", ORGANISATIONS).row
    before = stays(segment)
    event = counting.remove(segment).event
    assert counting.remove(segment).event is None, "twice is once"
    assert not Segment.objects.active().exists()
    assert counting.refresh_segments() == 0
    undo(event)
    assert Segment.objects.active().get() == segment
    assert stays(segment) == before


def test_a_broken_segment_stops_no_other(firms):
    broken = Segment.objects.create(name="Broken", size=3, rules={"of": [{"what": "field.gone", "how": "known"}]})
    counting.save("Firms", ORGANISATIONS)
    assert counting.refresh_segments() == 1
    broken.refresh_from_db()
    assert broken.size is None


def test_a_copy_is_ones_own(firms):
    bo = factories.bo()
    copy = counting.copy(counting.save("Firms", ORGANISATIONS, shared=True).row, bo).row
    assert (copy.name, copy.owner, copy.shared, copy.size) == ("Firms (copy)", bo, False, 5)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_segment_needs_a_name(name: str):
    with pytest.raises(HabitueError, match="at most 120 letters"):
        counting.save(name, {})
    assert not Segment.objects.exists()


def test_rules_that_make_a_circle_are_not_saved(firms):
    first = counting.save("First", ORGANISATIONS).row
    second = counting.save("Second", {"of": [{"what": "segment", "how": "in", "value": first.pk}]}).row
    with pytest.raises(HabitueError, match="circle"):
        counting.save("First", {"of": [{"what": "segment", "how": "in", "value": second.pk}]}, segment=first)
    first.refresh_from_db()
    assert first.rules == ORGANISATIONS
