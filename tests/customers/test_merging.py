"""Two rows become one with all that hangs on them, and come apart again exactly."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.db import models
from django.db.models import Sum

from habitue.customers.merging.merging import merge, pointing
from habitue.customers.merging.proposing import choices
from habitue.customers.models import (
    ContactPoint,
    Customer,
    CustomField,
    CustomValue,
    Identifier,
    Pair,
    Relation,
    Tag,
    Tagging,
    UnreadValue,
)
from habitue.customers.search import finding
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.events.models import Change, Event, EventSubject
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError
from habitue.portraits import facts
from habitue.portraits.models import Portrait, StageChange
from habitue.purchases.models import Contract, Order
from habitue.segments.models import Membership, Segment, SegmentSize
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.date(2017, 5, 3)


def state() -> dict[str, str]:
    """A hash of each table, but for what tells of changes, and for segments: they are counted anew as it goes."""
    hashes = {}
    for model in apps.get_models():
        if model not in (Event, EventSubject, Change, Segment, SegmentSize, Membership):
            rows = list(model._default_manager.order_by("pk").values_list())
            hashes[model._meta.label] = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    return hashes


def phone(customer: Customer, value: str, **fields) -> ContactPoint:
    made = ContactPoint.objects.create(customer=customer, kind="phone", typed=value, value=value, **fields)
    finding.index([customer.pk])
    return made


def rich(name: str = "Ada Bérenger") -> Customer:
    """Somebody with a row in every table that points at a customer."""
    made = factories.customer(name, born_on=dt.date(1980, 3, 4))
    friend = factories.customer(f"Friend of {name}")
    order = factories.order(made, DAY)
    Order.objects.filter(pk=order.pk).update(payer=made, recipient=made)
    order.lines.update(recipient=made)
    factories.order(friend, DAY)
    Contract.objects.create(
        reference=f"K-{made.pk}", customer=made, first_day=DAY, period_days=30, amount=900, currency="EUR"
    )
    phone(made, f"+3360000{made.pk:04}")
    Relation.objects.create(of=made, kind="household", to=friend)
    Relation.objects.create(of=friend, kind="referred", to=made)
    tag, _new = Tag.objects.get_or_create(name="VIP", key="vip")
    Tagging.objects.create(tag=tag, customer=made)
    Identifier.objects.create(customer=made, system="shop", value=f"7100{made.pk}")
    UnreadValue.objects.create(customer=made, fact="born_on", typed="18/03/25")
    size, _new = CustomField.objects.get_or_create(code="size", label="Size", type="text")
    adviser, _new = CustomField.objects.get_or_create(code="adviser", label="Adviser", type="customer")
    CustomValue.objects.create(field=size, customer=made, text=f"size of {made.pk}")
    CustomValue.objects.create(field=adviser, customer=friend, other=made)
    segment, _new = Segment.objects.get_or_create(name="All")
    Membership.objects.create(segment=segment, customer=made, since=DAY)
    factories.portrait(made)
    factories.change(made, DAY, "", "new")
    return made


def test_every_foreign_key_to_a_customer_says_how_it_goes_along():
    """A new one fails here until its model has `on_merge` (or is `recomputed`)."""
    unstated = [f"{field.model._meta.label}.{field.name}" for field, way in pointing() if way is None]
    assert unstated == []
    known = {f"{field.model._meta.label}.{field.name}" for field, _way in pointing()}
    assert known >= {"purchases.Order.payer", "purchases.OrderLine.recipient", "portraits.Portrait.customer"}
    assert "customers.CustomValue.other" in known, "one that has no name on our side is seen too"


def test_every_way_that_is_stated_is_of_a_foreign_key_to_a_customer():
    keys = {(field.model, field.name) for field, _way in pointing()}
    for model in apps.get_models():
        for name, way in getattr(model, "on_merge", {}).items():
            assert (model, name) in keys
            assert way in ("moved", "joined", "dropped", "paired")


def test_a_foreign_key_without_a_way_stops_the_merge_and_nothing_is_changed(monkeypatch):
    one, two = rich(), rich()
    monkeypatch.setattr(Contract, "on_merge", {})
    before = state()
    with pytest.raises(HabitueError, match=r"Contract\.customer does not say"):
        merge(one, [two], {})
    assert state() == before


def test_everything_goes_along_and_the_sums_stay_equal():
    one, two = rich(), rich("Ada Berenger")
    money = Order.objects.aggregate(Sum("amount"))
    event = merge(one, [two], {}).event
    two.refresh_from_db()
    assert two.merged_into == one
    assert list(Customer.objects.unmerged().filter(name__startswith="Ada")) == [one]
    assert Order.objects.aggregate(Sum("amount")) == money
    assert one.orders.count() == one.paid_orders.count() == one.received_orders.count() == 2
    assert one.contracts.count() == one.contact_points.count() == one.relations.count() == 2
    assert event.data["taken"]["purchases.order"] == 1
    for field, way in pointing():
        if way != "paired" and field.name != "merged_into":
            assert not field.model._default_manager.filter(**{field.name: two}).exists(), field


def test_orders_that_move_are_copied_anew():
    one, two = rich(), rich()
    was = two.orders.get().changed_at
    merge(one, [two], {})
    assert all(order.changed_at > was for order in one.orders.filter(pk__gt=one.orders.order_by("pk")[0].pk))


def test_undone_at_once_every_table_is_as_it_was():
    one, two, three = rich(), rich("A. Bérenger"), rich("Ada B.")
    phone(three, "+33699999999")
    phone(one, "+33699999999")
    before = state()
    event = merge(one, [two, three], {"name": three.pk, "born_on": two.pk, "custom:size": two.pk}).event
    assert state() != before
    assert undo(event).kept == []
    assert state() == before


def test_what_both_have_is_there_once():
    one, two = rich(), rich()
    phone(one, "+33611111111")
    phone(two, "+33611111111")
    Relation.objects.create(of=one, kind="household", to=two)
    merge(one, [two], {})
    assert one.contact_points.filter(value="+33611111111").count() == 1
    assert one.taggings.count() == 1
    assert not Relation.objects.filter(of=one, to=one).exists()
    assert one.custom_values.get(field__code="size").text == f"size of {one.pk}"


def test_each_value_is_taken_from_whom_it_was_chosen():
    one, two = rich(), rich("Ada Roux")
    merge(one, [two], {"name": two.pk, "custom:size": two.pk})
    one.refresh_from_db()
    assert (one.name, one.name_key) == ("Ada Roux", "ada roux")
    assert one.custom_values.get(field__code="size").text == f"size of {two.pk}"


def test_a_value_that_only_one_has_stays_whomever_it_was_chosen_from():
    one, two, other = rich(), rich(), rich()
    CustomValue.objects.filter(field__code="size", customer__in=[two, other]).delete()
    merge(one, [two], {"custom:size": two.pk})
    assert one.custom_values.get(field__code="size").text == f"size of {one.pk}"
    merge(other, [one], {"custom:size": one.pk})
    assert other.custom_values.get(field__code="size").text == f"size of {one.pk}"


def test_the_value_of_who_is_kept_is_proposed_unless_another_is_fuller():
    kept, older, newer = (factories.customer(name) for name in ("Ada Roux", "Ada Beranger Roux", "Ada Marie Roux"))
    assert choices(kept, [factories.customer("Ida Roux")]) == {}
    assert choices(kept, [older, newer]) == {"name": newer.pk}, "the newer of two that are equally full"


def test_a_choice_that_is_none_is_refused():
    one, two, other = rich(), rich(), rich()
    with pytest.raises(HabitueError, match="not a field"):
        merge(one, [two], {"reference": two.pk})
    with pytest.raises(HabitueError, match="not among those"):
        merge(one, [two], {"name": other.pk})
    assert not Event.objects.exists()


def test_merging_again_changes_nothing():
    one, two = rich(), rich()
    assert merge(one, [two], {}).event
    after = state()
    assert merge(one, [two], {}) == Done(one)
    assert state() == after
    with pytest.raises(HabitueError, match="at least two"):
        merge(one, [one], {})


def test_who_was_merged_meanwhile_is_refused_with_the_name_of_who_stands():
    one, two, three = rich(), rich(), rich("Bea")
    merge(one, [two], {})
    with pytest.raises(HabitueError, match="Merge with that record instead"):
        merge(three, [two], {})
    with pytest.raises(HabitueError, match="Merge with that record instead"):
        merge(two, [three], {})


def test_a_chain_of_merges_leads_to_its_canonical_record():
    one, two, three = rich(), rich(), rich()
    merge(two, [one], {})
    merge(three, [two], {})
    one.refresh_from_db()
    assert Customer.objects.canonical_of([one.pk]) == {one.pk: three.pk}
    assert three.orders.count() == 3


def test_a_merge_that_was_merged_on_is_undone_after_the_later_one():
    one, two, three, four = rich(), rich(), rich(), rich()
    states = [state()]
    first = merge(two, [one], {}).event
    states.append(state())
    second = merge(three, [two], {}).event
    states.append(state())
    third = merge(four, [three], {}).event
    for early in (first, second):
        with pytest.raises(HabitueError, match=f"merged into {four}") as refused:
            undo(early)
        assert f"{third.at:%Y}" in refused.value.message
    for event, was in zip((third, second, first), reversed(states), strict=True):
        undo(event)
        assert state() == was


def test_two_merges_into_one_are_undone_in_any_order():
    one, two, three = rich(), rich(), rich()
    before = state()
    first = merge(one, [two], {"name": two.pk}).event
    second = merge(one, [three], {}).event
    assert undo(first).kept == []
    assert undo(second).kept == []
    assert state() == before


def test_later_edits_are_kept_when_it_is_undone():
    one, two = rich(), rich("Ada Roux")
    event = merge(one, [two], {"name": two.pk}).event
    one.refresh_from_db()
    with record("customer.edited", customer=one) as journal:
        journal.save(one, name="Ada Roux-Bérenger")
    done = undo(event)
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.name == "Ada Roux-Bérenger"
    assert two.merged_into is None
    assert two.orders.count() == 1
    assert [(kept.name, kept.now) for kept in done.kept] == [("name", "Ada Roux-Bérenger")]


def test_what_came_after_it_stays_and_is_listed():
    one, two = rich(), rich()
    event = merge(one, [two], {}).event
    new = factories.order(one, DAY)
    number = phone(one, "+33622222222")
    kept_rows = [(kept.model, kept.pk) for kept in undo(event).kept if kept.reason == "came_since"]
    assert set(kept_rows) == {("purchases.order", new.pk), ("customers.contactpoint", number.pk)}
    assert new in one.orders.all()
    assert one.orders.count() == 2
    assert two.orders.count() == 1


def test_what_was_decided_of_one_holds_for_who_stands_for_both():
    one, two, other, third = rich(), rich(), rich("Bea"), rich("Cleo")
    pair(one, two)
    pair(two, other, verdict="never")
    pair(one, other)
    pair(two, third)
    before = state()
    event = merge(one, [two], {}).event
    assert Pair.objects.get(first=one, second=two).verdict == "same"
    assert Pair.objects.get(first=one, second=other).verdict == "never"
    assert Pair.objects.get(first=one, second=third).verdict == "open"
    assert Pair.objects.count() == 3
    undo(event)
    assert state() == before


def test_portraits_are_dropped_with_who_is_merged_and_come_back():
    one, two = rich(), rich()
    event = merge(one, [two], {}).event
    assert not Portrait.objects.filter(customer=two).exists()
    assert not StageChange.objects.filter(customer=two).exists()
    assert Portrait.objects.filter(customer=one).exists()
    undo(event)
    assert Portrait.objects.get(customer=two).stage == "regular"


def test_who_is_kept_was_created_when_the_first_of_them_was():
    early = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
    one, two = rich(), rich()
    Customer.objects.filter(pk=two.pk).update(created_at=early)
    merge(one, [two], {})
    one.refresh_from_db()
    assert one.created_at == early


def pair(one: Customer, two: Customer, **fields) -> Pair:
    first, second = sorted((one, two), key=lambda row: row.pk)
    return Pair.objects.create(first=first, second=second, score=0.97, **fields)


def test_every_table_that_points_at_a_customer_has_a_row_in_these_tests():
    """So that a new table is looked at here too, and what is undone is undone of it."""
    made = rich()
    models_seen: set[type[models.Model]] = {Pair, EventSubject, Customer}
    for field, _way in pointing():
        if field.model._default_manager.filter(**{field.name: made}).exists():
            models_seen.add(field.model)
    missing = {field.model for field, _way in pointing()} - models_seen
    assert {model._meta.label for model in missing} <= {"customers.Comparison", "portraits.NextOffers"}


def test_facts_follow_a_merge_that_is_undone_after_a_later_one():
    """Undone, an order has the time of its last change back: months are not told by the latest change alone."""
    one, two, three, four = (factories.customer(name) for name in "ABCD")
    for buyer in (two, four):
        factories.order(buyer, DAY)
    first = merge(one, [two], {}).event
    merge(three, [four], {})
    facts.copy()
    undo(first)
    facts.copy()
    buyers = pq.read_table(facts.partition(DAY.replace(day=1)))["customer_id"].to_pylist()
    assert sorted(buyers) == [two.pk, three.pk]
