"""Which orders count as purchases: those not refunded in full ("kept") as of a day.

As of a day, orders and refunds dated up to it count. A refund is netted against its order, in the order's currency:
amounts of different currencies are never added. An order refunded in full is no purchase; one of amount 0 without a
refund is one, because goods were handed over. A return of which no order is known (its amount below 0) lowers what was
received and takes no purchase away. `insight.purchases.kept` is the same rule for tables of facts; a test
(tests/purchases/test_kept.py) compares the two and all their users.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from habitue.purchases.models import Order


class OrderQuerySet(QuerySet["Order"]):
    def kept(self, as_of: dt.date) -> Self:
        """Purchases that are not refunded in full as of a day.

        Refunds are looked up for each order, which is fast for a few customers; for all use the function `kept`.
        """
        taken_back = refunded_in_full(as_of).filter(refund_of=OuterRef("pk"))
        return self.sales().filter(~Exists(taken_back), placed_on__lte=as_of)

    def sales(self) -> Self:
        """Orders that were bought, whatever was given back of them."""
        return self.filter(refund_of=None, amount__gte=0)


def refunded_in_full(as_of: dt.date) -> QuerySet[Any, Any]:
    """A subquery of the ids of orders that are refunded in full as of a day."""
    refunds = _orders().filter(refund_of__isnull=False, placed_on__lte=as_of, currency=F("refund_of__currency"))
    sums = refunds.order_by().values("refund_of").annotate(given_back=Sum("amount"))
    return sums.filter(given_back__lte=-F("refund_of__amount")).values("refund_of")


def kept(as_of: dt.date, order: str = "") -> Q:
    """The condition that a row's order is a purchase and not refunded in full as of a day.

    `order`: lookup path from a row to its order ("order__"). All orders refunded in full are found at once, which is
    fast for the orders of all customers.
    """
    purchase = Q(**{f"{order}refund_of": None, f"{order}amount__gte": 0, f"{order}placed_on__lte": as_of})
    return purchase & ~Q(**{f"{order}pk__in": refunded_in_full(as_of)})


def received(rows: QuerySet[Any], as_of: dt.date, order: str = "", after: dt.date | None = None) -> QuerySet[Any]:
    """Rows of kept orders, of their refunds and of returns: their amounts add up to what was received net of both.

    A refund counts on the day of its order, a return of which no order is known on its own. `order`: lookup path
    from a row to its order ("order__"). `after`: only orders dated later than this day.
    """
    original, placed_on = f"{order}refund_of", f"{order}placed_on"
    same_currency = {f"{original}__currency": F(f"{order}currency")}
    counts = Q(**{original: None}) | Q(**{f"{original}__placed_on__lte": as_of}, **same_currency)
    rows = rows.filter(counts, **{f"{placed_on}__lte": as_of})
    if after:  # said of both days: the day of a row itself has an index, and no refund is older than its order
        later = Q(**{original: None}) | Q(**{f"{original}__placed_on__gt": after})
        rows = rows.filter(later, **{f"{placed_on}__gt": after})
    rows = rows.alias(_original=Coalesce(f"{original}_id", f"{order}pk"))
    return rows.exclude(_original__in=refunded_in_full(as_of))


def _orders() -> QuerySet[Order]:
    orders: QuerySet[Order] = apps.get_model("purchases", "Order")._default_manager.all()
    return orders
