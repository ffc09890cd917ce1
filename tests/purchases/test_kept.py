"""Every reader of "an order of which something was kept" finds the same orders and the same amounts."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from habitue import insight
from habitue.customers.models import Customer
from habitue.insight.facts.purchases import kept as kept_facts
from habitue.insight.portraits import _standing as said_of_the_base
from habitue.portraits import discounts, facts, standing
from habitue.portraits.models import Portrait, Standing
from habitue.portraits.refreshing import refresh
from habitue.purchases import queries
from habitue.purchases.models import Order, OrderLine
from habitue.segments import rules
from habitue.segments.conditions import Scope
from tests import factories
from tests.sampling import TIMES

pytestmark = pytest.mark.django_db
PAST = (900, 400, 200, 90, 30, 3, 1, 0)  # days before today
TO_COME = (-1, -40)
CURRENCIES = ("EUR", "EUR", "EUR", "CHF", "JPY")


def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture(params=range(TIMES))
def everybody(request) -> list[Customer]:
    """Orders of each sort: in other currencies, of days to come, for nothing; refunded in part, in full, in excess, in
    another currency, on a day to come; and returns of which no order is known."""
    chance = random.Random(request.param)
    people = [factories.customer(f"Customer {at}") for at in range(70)]
    factories.order(factories.customer("Whoever"), today())  # the facts come to today
    for person in people:
        for _order in range(chance.choice([0, 1, 1, 2, 3])):
            days, currency = chance.choice([*PAST, *PAST, *TO_COME]), chance.choice(CURRENCIES)
            amount = chance.choice([0, 300, 500, 500])
            lines = [("Bread", "Bakery", 1, amount)] * chance.choice([1, 2])
            bought = factories.order(person, today() - timedelta(days=days), lines, currency=currency)
            for _refund in range(chance.choice([0, 0, 1, 1, 2])):
                gives_back(bought, chance)
        for _return in range(chance.choice([0, 0, 0, 1, 2])):
            on = today() - timedelta(days=chance.choice([*PAST, *TO_COME]))
            back = -chance.choice([100, 300, 900])
            factories.order(person, on, [("Bread", "Bakery", -1, back)], currency=chance.choice(CURRENCIES))
    return people


def gives_back(bought: Order, chance: random.Random) -> None:
    back = chance.choice([0, -100, -bought.amount, -bought.amount, -bought.amount - 50])
    currency = chance.choice([bought.currency, bought.currency, "EUR"])
    later = min(chance.choice([0, 2, 20, 100]), (today() - bought.placed_on).days + chance.choice([0, 0, 9]))
    on = bought.placed_on + timedelta(days=max(later, 0))
    factories.order(bought.buyer, on, [("Bread", "Bakery", -1, back)], refund_of=bought, currency=currency)


def by_hand(day: dt.date) -> dict[int, dict[int, int]]:
    """By customer: the orders of which something was kept as of a day, and what was left of each."""
    left: dict[int, dict[int, int]] = defaultdict(dict)
    for order in Order.objects.filter(refund_of=None, amount__gte=0):
        refunds = [one for one in Order.objects.filter(refund_of=order) if one.placed_on <= day]
        same = [one.amount for one in refunds if one.currency == order.currency]
        if order.placed_on <= day and (not same or order.amount + sum(same) > 0):
            left[order.buyer_id][order.pk] = order.amount + sum(same)
    return left


def returned(day: dt.date) -> dict[int, Order]:
    """Returns of which no order is known, by id."""
    return {one.pk: one for one in Order.objects.filter(refund_of=None, amount__lt=0, placed_on__lte=day)}


def members(what: str, how: str, day: dt.date, **values: Any) -> set[int]:
    asked = rules.parse({"of": [{"what": what, "how": how, **values}]})
    return set(rules.matching(asked, Scope(today=day)).values_list("pk", flat=True))


@pytest.mark.parametrize("back", [0, 30])
def test_the_conditions_of_orders_and_the_tables_of_facts_keep_the_same_orders(everybody, back):
    day = today() - timedelta(days=back)
    expected = {pk for left in by_hand(day).values() for pk in left}
    assert set(Order.objects.kept(day).values_list("pk", flat=True)) == expected
    assert set(Order.objects.filter(queries.kept(day)).values_list("pk", flat=True)) == expected
    assert {line.order_id for line in OrderLine.objects.filter(queries.kept(day, "order__"))} == expected
    facts.copy()
    known = insight.open_facts(facts.folder())
    rows = kept_facts(known.orders, facts.day_number(day)).collect("pyarrow").to_native().to_pylist()
    orders = Order.objects.filter(pk__in=expected)
    assert Counter((row["customer_id"], row["day"]) for row in rows) == Counter(
        (order.buyer_id, facts.day_number(order.placed_on)) for order in orders
    )


@pytest.mark.parametrize("back", [0, 30])
def test_what_was_received_is_what_was_left_of_the_orders_that_were_kept(everybody, back):
    day = today() - timedelta(days=back)
    left = {pk: amount for orders in by_hand(day).values() for pk, amount in orders.items()}
    left |= {pk: one.amount for pk, one in returned(day).items()}
    for rows, path in ((Order.objects.all(), ""), (OrderLine.objects.all(), "order__")):
        sums: dict[int, int] = defaultdict(int)
        for row in queries.received(rows, day, path):
            order = row.order if path else row
            sums[order.refund_of_id or order.pk] += row.amount
        assert sums == left
    recent = queries.received(Order.objects.all(), day, after=day - timedelta(days=60))
    assert {row.refund_of_id or row.pk for row in recent} == {
        pk for pk in left if Order.objects.get(pk=pk).placed_on > day - timedelta(days=60)
    }


def test_standing_portraits_and_segments_agree_on_who_bought_and_for_how_much(everybody):
    run = refresh()
    assert (run.as_of, run.currency) == (today(), "EUR")
    left, back = by_hand(today()), returned(today()).values()
    now = dict(standing.with_standing(Customer.objects.all()).values_list("pk", "standing_now"))
    bought, never = members("bought", "times", today(), times=1), members("bought", "never", today())
    thrice = members("bought_family", "times", today(), item="bakery", times=2)
    for person in everybody:
        orders, portrait = left.get(person.pk, {}), Portrait.objects.get(pk=person.pk)
        is_buyer = bool(orders)
        assert (standing.of(person).code != Standing.PROSPECT) == is_buyer, person
        assert now[person.pk] == standing.of(person).code == portrait.standing
        assert (person.pk in bought, person.pk in never) == (is_buyer, not is_buyer)
        assert (person.pk in thrice) == (len(orders) >= 2)
        euros = sum(orders[one.pk] for one in Order.objects.filter(pk__in=orders, currency="EUR"))
        lowered = sum(one.amount for one in back if (one.buyer_id, one.currency) == (person.pk, "EUR"))
        bought_in_euros = Order.objects.filter(pk__in=orders, currency="EUR").exists()
        assert portrait.value == euros + (lowered if bought_in_euros else 0)
    for amount in (1, 300, 500, 700, 1000):
        asked = {"amount": str(amount / 100)}
        rich = {row.pk for row in Portrait.objects.filter(value__gte=amount)}
        assert members("bought", "amount", today(), **asked) == rich, amount
        assert members("bought_product", "amount", today(), item="Bread", **asked) == rich, amount


def test_lines_bought_at_a_discount_are_counted_by_the_same_rule(everybody):
    refresh()
    everywhere, kept = Counter(), by_hand(today())
    for portrait in Portrait.objects.select_related("customer"):
        sums = discounts._counted(portrait.customer, portrait)
        everywhere[portrait.pk] = sums["lines"] or 0
        year = Order.objects.filter(pk__in=kept.get(portrait.pk, {}), placed_on__gt=today() - discounts.YEAR)
        lines = OrderLine.objects.filter(order__in=year, order__currency="EUR", gross__gt=0)
        assert everywhere[portrait.pk] == lines.count(), portrait
    assert any(everywhere.values())


def test_amounts_of_two_currencies_are_not_added_up():
    factories.refresh(base={}, as_of=today())
    ada = factories.customer("Ada")
    factories.order(ada, today(), [("Bread", "Bakery", 1, 600)])
    factories.order(ada, today(), [("Bread", "Bakery", 1, 900)], currency="CHF")
    for how in ("bought", "bought_product"):
        assert members(how, "amount", today(), item="Bread", amount="6") == {ada.pk}
        assert members(how, "amount", today(), item="Bread", amount="6.01") == set()


def test_a_refund_takes_off_what_was_received_on_the_day_of_its_order():
    factories.refresh(base={}, as_of=today())
    ada, long_ago = factories.customer("Ada"), today() - timedelta(days=100)
    old = factories.order(ada, long_ago, [("Bread", "Bakery", 1, 600)])
    factories.order(ada, today() - timedelta(days=5), [("Bread", "Bakery", 1, 900)])
    factories.order(ada, today(), [("Bread", "Bakery", -1, -600)], refund_of=old)
    assert members("bought", "amount", today(), amount="9", days=30) == {ada.pk}
    assert members("bought", "amount", today(), amount="9.01") == set()


@pytest.mark.parametrize(("days", "is_former"), [(365, False), (366, True)])
def test_who_is_lost_is_a_former_customer_after_the_same_year_everywhere(days, is_former):
    """The analysis says it of the base, `standing` of one customer and of many."""
    ada, day = factories.customer("Ada"), factories.AS_OF
    factories.order(ada, day - timedelta(days=days))
    factories.portrait(ada, stage="lost", last_day=day - timedelta(days=days))
    expected = Standing.FORMER if is_former else Standing.CUSTOMER
    assert standing.of(ada, day).code == expected
    assert standing.with_standing(Customer.objects.all(), day).get().standing_now == expected
    lost = insight.STAGES.index("lost")
    assert list(said_of_the_base(np.array([lost]), np.array([days]))) == [expected]
