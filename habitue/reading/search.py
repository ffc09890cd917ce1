"""The one field: customers by whatever one has of them, and orders by number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from habitue.customers.models import Customer
from habitue.customers.search import finding
from habitue.customers.search.finding import Hit
from habitue.purchases.models import Order

SHOWN = 8


@dataclass(frozen=True)
class Found:
    hits: list[Hit]
    orders: list[Order]
    told: dict[int, str]

    @property
    def customers(self) -> list[Customer]:
        return [hit.customer for hit in self.hits]

    @property
    def lines(self) -> list[tuple[Customer, str]]:
        """Each customer with what it was that answered, where the name does not show it."""
        return [(hit.customer, self.told.get(hit.customer.pk, hit.customer.reference)) for hit in self.hits]

    @property
    def more(self) -> bool:
        return len(self.hits) == SHOWN


def find(visible: QuerySet[Customer], text: str) -> Found:
    hits = finding.find(visible.select_related("portrait"), text, SHOWN)
    return Found(hits, orders_numbered(visible, text), finding.told(hits, text))


def matching(visible: QuerySet[Customer], text: str, *, counting: bool = False) -> QuerySet[Customer]:
    """All customers that answer, for the list."""
    return finding.matching(visible, text, counting=counting)


def orders_numbered(visible: QuerySet[Customer], text: str) -> list[Order]:
    """The order of that number, or the few whose number begins so."""
    if not any(letter.isdigit() for letter in text):
        return []
    found = list(_orders().filter(number=text)) or list(_orders().filter(finding.beginning("number", text))[:SHOWN])
    seen = set(visible.filter(pk__in=[order.buyer_id for order in found]).values_list("pk", flat=True))
    return [order for order in found if order.buyer_id in seen]


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("buyer").order_by("number")
