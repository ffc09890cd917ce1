from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db.models import Min
from django.utils import translation

from habitue.customers.models import Customer
from habitue.portraits import offer_wording, offering
from habitue.portraits.models import NextOffers, Refresh
from habitue.portraits.refreshing import refresh
from habitue.portraits.reporting import portrait_as_data, portrait_as_text
from habitue.purchases.models import OrderLine, Product
from tests import factories

pytestmark = pytest.mark.django_db
LAST = dt.date(2025, 12, 31)


@pytest.fixture
def two_sides() -> list[Customer]:
    """Eighty customers who buy bread each week; odd ones also begin with drinks, even ones with sweets."""
    bread = factories.product("Bread", "BAKERY")
    drinks = [factories.product(f"Drink {at}", f"Drinks {at}") for at in range(12)]
    sweets = [factories.product(f"Sweet {at}", f"Sweets {at}") for at in range(12)]
    orders, people = [], [factories.customer(f"Customer {at}") for at in range(80)]
    for at, person in enumerate(people):
        orders += [(person, LAST - timedelta(days=at % 9 + 7 * week), [(bread, 300)]) for week in range(30)]
        goods = drinks if at % 2 else sweets
        orders += [
            (person, LAST - timedelta(days=(37 * at + 29 * turn) % 200), [(goods[(at // 2 + turn) % 12], 500)])
            for turn in range(7)
        ]
    factories.insert_orders(orders)
    return people


def test_a_refresh_stores_offers_and_reminders_of_everybody_with_the_record(two_sides):
    run = refresh()
    assert run.offers["used"] in ("ease", "neighbours")
    assert NextOffers.objects.count() == 80
    for at, person in enumerate(two_sides):
        offers, reminders = offering.read(person.next_offers, run)
        bought = set(person.orders.values_list("lines__product__family", flat=True))
        assert not bought & {offer.name for offer in offers}
        assert 3 <= len(offers) <= 5
        kind = "Drinks" if at % 2 else "Sweets"
        assert offers[0].name.startswith(kind)
        assert 0 < sum(reason.share for reason in offers[0].because) <= 1
        assert ("BAKERY" in {reminder.name for reminder in reminders}) == (at % 9 >= 7)
    assert not offering.file().exists()


def test_a_second_refresh_replaces_what_was_offered(two_sides):
    refresh()
    person, drink = two_sides[1], Product.objects.filter(family__startswith="Drinks")
    run = refresh()
    before = {offer.name for offer in offering.read(NextOffers.objects.get(pk=person.pk), run)[0]}
    factories.insert_orders([(person, LAST, [(product, 500) for product in drink if product.family in before])])
    run = refresh()
    after = {offer.name for offer in offering.read(NextOffers.objects.get(pk=person.pk), run)[0]}
    assert not before & after
    assert NextOffers.objects.count() == 80


def test_what_is_stored_is_what_was_said(two_sides):
    run = refresh()
    offers = portrait_as_data(two_sides[3].portrait, run)["offers"]
    json.dumps(offers)
    first, began = offers["next"][0], _first_days()
    assert first["name"] in portrait_as_text(two_sides[3].portrait, run)
    for reason in first["because"]:
        had = [p.pk for p in two_sides if began[p.pk, reason["name"]] <= LAST - timedelta(days=28)]
        without = [pk for pk in had if began[pk, first["name"]] > LAST - timedelta(days=28)]
        assert reason["customers"] == len(without)
        assert reason["bought"] == sum(began[pk, first["name"]] <= LAST for pk in without)


def _first_days() -> defaultdict[tuple[int, str], dt.date]:
    rows = OrderLine.objects.order_by().values_list("order__buyer", "product__family")
    days = {(pk, family): first for pk, family, first in rows.annotate(first=Min("order__placed_on"))}
    return defaultdict(lambda: dt.date.max, days)


def test_a_range_without_families_is_offered_by_product():
    bread, milk = factories.product("Bread"), factories.product("Milk")
    ada, bo = factories.customer("Ada"), factories.customer("Bo")
    factories.insert_orders([(ada, LAST, [(bread, 100)]), (bo, LAST, [(bread, 100), (milk, 90)])])
    run = refresh()
    offers, reminders = offering.read(ada.next_offers, run)
    assert ([offer.name for offer in offers], reminders) == (["Milk"], [])
    reason = offer_wording.offer(offers[0], run)
    assert reason.facts == "What most customers bought in the last eight weeks, of what they do not have."
    assert reason.certainty == "Too few came true so far to tell a chance."
    assert "too few or too recent" in reason.record


def test_the_reason_gives_the_purchases_the_chance_and_the_record():
    run = Refresh(offers=RECORD)
    because = [offering.Because("FLUID MILK", 0.04, 808, 46), offering.Because("Rare", 0.02, 0, 0)]
    reason = offer_wording.offer(offering.Offer("Pasta", 0.1104, 1484, because), run)
    assert reason.facts == (
        "They have bought Fluid milk: of 808 who had that and not this, 46 bought this within four weeks. "
        "They have bought Rare, which goes with it."
    )
    assert reason.rule.endswith("These make 6% of all that speaks for it. 1,484 customers have bought it.")
    assert reason.certainty == "Chance that they buy it within four weeks: 11%."
    assert "up for 50% of the customers who began with something new; the ten most popular for 46%." in reason.record
    due = offer_wording.reminder(offering.Reminder("Tea", 0.486, 9, 29, 20.1), run)
    assert due.facts.replace("\u00a0", " ") == "Bought on 9 days; 29 days since the last."
    assert due.record.replace("\u00a0", " ").startswith(
        "Of 5,787 such reminders four weeks before 31 December 2017, 39%"
    )


def test_when_popularity_is_used_the_page_says_so():
    run = Refresh(offers=RECORD | {"used": "popularity"})
    with translation.override("en"):
        assert offer_wording.offers_record(run).startswith("No model was better than popularity")


RECORD = {
    "level": "family",
    "used": "ease",
    "windows": {"later": {"to": 17531, "ways": {"ease": {"hit": 0.4987}, "popularity": {"hit": 0.458}}}},
    "reminders": {"reminders": 5787, "bought": 2285, "expected": 2434.0},
}
