"""Global search: customers by name, contact point or reference, and orders by number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.customers.search import finding
from habitue.customers.search.finding import Hit
from habitue.kernel.errors import InvalidFields
from habitue.kernel.names import name_key
from habitue.purchases.models import Order

SHOWN = 8


@dataclass(frozen=True)
class Results:
    """Customers, best first, and orders; `matched`: by customer id the text that matched."""

    hits: list[Hit]
    orders: list[Order]
    matched: dict[int, str]

    @property
    def customers(self) -> list[Customer]:
        return [hit.customer for hit in self.hits]

    @property
    def lines(self) -> list[tuple[Customer, str]]:
        """Each customer with the text that matched, or their reference where the name shows it."""
        return [(hit.customer, self.matched.get(hit.customer.pk, hit.customer.reference)) for hit in self.hits]

    @property
    def more(self) -> bool:
        return len(self.hits) == SHOWN


def find(visible: QuerySet[Customer], text: str) -> Results:
    """The first customers and orders that match what was typed."""
    hits = finding.find(visible.select_related("portrait"), text, SHOWN)
    return Results(hits, orders_numbered(visible, text), finding.matched_texts(hits, text))


def matching(visible: QuerySet[Customer], text: str, *, counting: bool = False) -> QuerySet[Customer]:
    """All customers that match what was typed, as a query for the list."""
    return finding.matching(visible, text, counting=counting)


def customer_named(visible: QuerySet[Customer], text: str, field: str) -> Customer:
    """The customer with this reference, or the only one with this name; InvalidFields of `field` where there is none.

    The reference of a record that was merged away leads to the canonical record.
    """
    text = text.strip()
    referenced = Customer.objects.filter(reference=text).select_related("merged_into").first()
    if referenced:
        return referenced.merged_into or referenced
    namesakes = list(visible.filter(Q(name_key=name_key(text)) & ~Q(name_key="")).order_by("pk")[:SHOWN])
    if not namesakes:
        raise InvalidFields({field: _("Nobody has the name or reference “%(text)s”.") % {"text": text}})
    if len(namesakes) > 1:
        names = ", ".join(f"{one} ({one.reference})" for one in namesakes)
        raise InvalidFields(
            {field: _("Several have this name. Type the reference of one: %(names)s.") % {"names": names}}
        )
    return namesakes[0]


def orders_numbered(visible: QuerySet[Customer], text: str) -> list[Order]:
    """The order with this number, else the first whose numbers begin with it; of visible buyers only."""
    if not any(letter.isdigit() for letter in text):
        return []
    orders = list(_orders().filter(number=text)) or list(_orders().filter(finding.beginning("number", text))[:SHOWN])
    buyers = set(visible.filter(pk__in=[order.buyer_id for order in orders]).values_list("pk", flat=True))
    return [order for order in orders if order.buyer_id in buyers]


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("buyer").order_by("number")
