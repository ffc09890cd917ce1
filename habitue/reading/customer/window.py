"""What is computed about one customer for the window: standing, portrait, purchases of a year, contracts.

The number of queries does not depend on the length of the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone

from habitue.customers.merging.merging import MERGED
from habitue.customers.models import Customer
from habitue.events.models import Event
from habitue.portraits import standing
from habitue.portraits.models import Portrait, Refresh
from habitue.purchases.models import Contract, Order, OrderLine
from habitue.reading.customer.overview import Overview
from habitue.reading.customer.overview_rows import TransitionRow

FAMILIES, YEAR = 5, timedelta(days=365)


def find(visible: QuerySet[Customer], pk: int) -> Customer | None:
    """The customer with their portrait, next offers and `order_count` loaded; None where not visible."""
    counted = visible.annotate(order_count=Count("orders"))
    return counted.select_related("portrait", "next_offers").filter(pk=pk).first()


def order_count(customer: Customer) -> int:
    """The number of orders of a customer that `find` returned, without a further query."""
    return int(cast(Any, customer).order_count)


@dataclass(frozen=True)
class Assessment:
    """The standing and the portrait as of a day. An internal customer has no portrait, being neither revenue nor
    prospect.
    """

    standing: standing.ProvenStanding
    portrait: Portrait | None
    as_of: date

    @property
    def predicted(self) -> tuple[date, date, date] | None:
        """(early, middle, late) day of the predicted next purchase; None without a prediction."""
        one = self.portrait
        if one is None or not one.foreseeable:
            return None
        return cast("tuple[date, date, date]", (one.next_early, one.next_middle, one.next_late))


def assessment(customer: Customer, refresh: Refresh | None) -> Assessment:
    """Standing and portrait as of the latest refresh; without a portrait as of today."""
    portrait = None if customer.internal else portrait_of(customer)
    as_of = portrait.as_of if portrait else timezone.localdate()
    return Assessment(standing.of(customer, standing.day_of_facts(refresh)), portrait, as_of)


def portrait_of(customer: Customer) -> Portrait | None:
    return getattr(customer, "portrait", None)


@dataclass(frozen=True)
class FamilyShare:
    name: str
    amount: int
    share: float


@dataclass(frozen=True)
class Year:
    """Purchases of 12 months: the amount of each day, the most usual place, the most bought families."""

    amounts: dict[date, int]
    place: str
    families: list[FamilyShare]

    @property
    def total(self) -> int:
        return sum(self.amounts.values())


def year(customer: Customer, as_of: date) -> Year:
    """The year of purchases to `as_of`, in two queries."""
    days = {"placed_on__gt": as_of - YEAR, "placed_on__lte": as_of}
    daily = customer.orders.filter(**days).values_list("placed_on", "place").order_by("placed_on")
    amounts: dict[date, int] = {}
    places: dict[str, int] = {}
    for day, place, amount, count in daily.annotate(amount=Sum("amount"), count=Count("pk")):
        amounts[day] = amounts.get(day, 0) + amount
        if place:
            places[place] = places.get(place, 0) + count
    usual = max(places, key=lambda place: places[place]) if places else ""
    return Year(amounts, usual, _families(customer, days, sum(amounts.values())))


def _families(customer: Customer, days: dict[str, date], total: int) -> list[FamilyShare]:
    lines = OrderLine.objects.filter(order__buyer=customer, **{f"order__{name}": day for name, day in days.items()})
    amounts = lines.values_list("product__family").annotate(amount=Sum("amount")).order_by("-amount")
    return [
        FamilyShare(family, amount, amount / total) for family, amount in amounts[:FAMILIES] if total > 0 and amount > 0
    ]


def contracts(customer: Customer) -> list[Contract]:
    """The contracts, running ones first, each with its renewal if there is a forecast of it."""
    held = customer.contracts.select_related("renewal")
    return list(held.order_by(F("last_day").desc(nulls_first=True), "-first_day"))


def in_stage_since(portrait: Portrait, transitions: Sequence[TransitionRow]) -> date | None:
    """The day of the transition to the present stage; None where the latest transition is to another one."""
    return transitions[0].day if transitions and transitions[0].now == portrait.stage else None


def merged_since(overview: Overview, refresh: Refresh | None) -> bool:
    """Whether records were merged since the refresh, so that the portrait is of one record's purchases only."""
    merges = [event.pk for event in overview.events if event.kind == MERGED and not event.undone]
    after = refresh.finished_at if refresh else None
    return bool(merges and after) and Event.objects.filter(pk__in=merges, at__gt=after).exists()


@dataclass(frozen=True)
class OrderDetails:
    """An order with its lines, the sum of each kind of discount, and its refunds."""

    order: Order
    lines: list[OrderLine]
    refunds: list[Order]

    @property
    def discounts(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for line in self.lines:
            for kind, amount in line.discounts.items():
                sums[kind] = sums.get(kind, 0) + amount
        return sums


def order_details(order: Order) -> OrderDetails:
    lines = order.lines.select_related("product", "recipient").order_by("position")
    return OrderDetails(order, list(lines), list(order.refunds.order_by("placed_on", "pk")))
