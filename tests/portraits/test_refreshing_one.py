"""The portrait of one customer, made at once: what a refresh of all would say with the same fitted models."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from habitue import insight
from habitue.customers.merging.merging import merge
from habitue.customers.models import Customer
from habitue.events.journal import record
from habitue.events.undoing import undo
from habitue.portraits import facts
from habitue.portraits.models import NextOffers, Portrait, Refresh, StageChange, Standing
from habitue.portraits.refreshing import refresh
from habitue.portraits.refreshing_one import refresh_one
from habitue.purchases.models import Contract
from habitue.segments import counting
from tests import factories
from tests.portraits.test_refreshing import LAST, base, buys  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def rows(customer: Customer) -> tuple[Any, ...]:
    """The portrait and the stage changes. Arithmetic on a row alone or among many may differ in the last digit."""
    changes = StageChange.objects.filter(customer=customer).order_by("on")
    portraits = [
        {name: float(f"{value:.12g}") if isinstance(value, float) else value for name, value in row.items()}
        for row in Portrait.objects.filter(pk=customer.pk).values()
    ]
    return portraits, list(changes.values_list("on", "was", "now"))


def strangers() -> list[Customer]:
    """Who gives back, pays, holds a contract, buys in another currency."""
    eve, gil, kim, lou, may = (factories.customer(name) for name in ("Eve", "Gil", "Kim", "Lou", "May"))
    back = buys(eve, dt.date(2025, 10, 1), 4200)
    buys(eve, dt.date(2025, 11, 30), -4200, refund_of=back)
    buys(gil, dt.date(2025, 6, 1), currency="CHF")
    buys(gil, dt.date(2025, 7, 1), 700)
    terms = {"first_day": dt.date(2025, 1, 1), "period_days": 30, "amount": 100, "currency": "EUR"}
    Contract.objects.create(reference="K", customer=kim, **terms)
    buys(gil, dt.date(2025, 8, 1), payer=lou)
    return [eve, gil, kim, lou, may]


def test_of_unchanged_facts_it_says_what_the_refresh_of_all_said(base):  # noqa: F811
    everybody = [*base[:50:3], *strangers()]
    refresh()
    before = {customer.pk: rows(customer) for customer in everybody}
    standings = {portrait["standing"] for portraits, _changes in before.values() for portrait in portraits}
    assert standings >= {"customer", "prospect", "payer"}
    for customer in everybody:
        assert refresh_one(customer) == Portrait.objects.get(pk=customer.pk)
        assert rows(customer) == before[customer.pk], customer
    for customer in everybody[::7]:
        refresh_one(customer, since=dt.date(2025, 6, 15))
        assert rows(customer) == before[customer.pk], customer


def as_fitted(run: Refresh, day: dt.date) -> dict[int, dict[str, Any]]:
    """Everybody as of a day, from the files of the facts brought up to date, with what a refresh has fitted."""
    facts.copy()
    thresholds = insight.Thresholds(**run.thresholds)
    known = insight.open_facts(facts.folder())
    portraits = insight.portraits_as_fitted(known, facts.day_number(day), run.parameters, thresholds, run.currency)
    return {row["customer_id"]: row for row in portraits.to_pylist()}


def test_an_order_that_comes_is_in_the_portrait_at_once(base):  # noqa: F811
    run = refresh()
    ada, day = base[3], LAST + dt.timedelta(days=9)
    was, changes = rows(ada)
    buys(ada, day, 12_300)
    portrait = refresh_one(ada, since=day)
    expected = as_fitted(Refresh.objects.get(pk=run.pk), day)[ada.pk]
    assert portrait is not None
    assert (portrait.as_of, portrait.last_day) == (day, day)
    assert portrait.value == was[0]["value"] + 12_300
    for name, value in expected.items():
        if name.endswith("_day") or name.startswith("next_") or name == "as_of":
            value = facts.day_of(value)
        if name != "elapsed_days" or value is not None:
            stored = getattr(portrait, name)
            assert stored == (pytest.approx(value) if isinstance(value, float) else value), name
    assert rows(ada)[1][: len(changes)] == changes
    assert (rows(ada)[1] or [("", "", "")])[-1][2] == portrait.stage
    others = Portrait.objects.exclude(pk=ada.pk).values_list("as_of", flat=True)
    assert set(others) == {LAST}


def test_who_becomes_internal_or_is_merged_has_no_portrait_any_more(base):  # noqa: F811
    refresh()
    ada, bea = base[1], base[2]
    Customer.objects.filter(pk=ada.pk).update(internal=True)
    bea.orders.update(buyer=base[3])
    Customer.objects.filter(pk=bea.pk).update(merged_into=base[3])
    for gone in (ada, bea):
        assert refresh_one(gone) is None
        for model in (Portrait, StageChange, NextOffers):
            assert not model.objects.filter(customer_id=gone.pk).exists()
    portrait = refresh_one(base[3])
    assert portrait is not None
    assert portrait.value == sum(base[3].orders.values_list("amount", flat=True))


def test_the_first_order_makes_a_customer_and_the_segments_follow(base):  # noqa: F811
    refresh()
    segment = counting.save("New", {"of": [{"what": "stage", "how": "is", "value": ["new"]}]}).row
    never = Customer.objects.get(reference="never")
    buys(never, LAST)
    before = segment.size
    portrait = refresh_one(never)
    assert portrait is not None
    assert (portrait.standing, portrait.stage) == (Standing.CUSTOMER, "new")
    segment.refresh_from_db()
    assert segment.size == before + 1


def test_before_the_first_refresh_there_is_no_portrait_to_make(base):  # noqa: F811
    assert refresh_one(base[0]) is None


def test_a_merge_and_its_undoing_compute_the_portraits_of_those_concerned_anew(base):  # noqa: F811
    refresh()
    kept, other = base[3], base[4]
    before_merge = rows(kept), rows(other)
    event = merge(kept, [other], {}).event
    portrait = Portrait.objects.get(pk=kept.pk)
    assert portrait.value == sum(kept.orders.values_list("amount", flat=True)) != before_merge[0][0][0]["value"]
    assert portrait.purchases == kept.orders.values("placed_on").distinct().count()
    assert not Portrait.objects.filter(pk=other.pk).exists()
    merged = rows(kept)
    refresh_one(kept)
    assert rows(kept) == merged
    undo(event)
    assert (rows(kept), rows(other)) == before_merge


def test_who_becomes_internal_loses_the_portrait_at_once_and_has_it_back_with_the_undoing(base):  # noqa: F811
    refresh()
    before = rows(base[5])
    with record("customer.edited", customer=base[5]) as journal:
        journal.save(base[5], internal=True)
    assert rows(base[5]) == ([], [])
    undo(journal.event)
    assert rows(base[5]) == before
