"""Returns of which the file names no sale, tied to the one sale that they can only be of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from django.db.models import Count, F

from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.purchases.models import Order, OrderLine

SALE = "order__buyer__orders"
Goods = Counter[tuple[int, int]]  # how many lines of a product and amount


def tie(returns: Collection[int]) -> None:
    """Make returns, by id, refunds of their sale where there is one only that it can be.

    It is a sale of the same buyer in the same currency that was not later, has a line of the same product and amount
    for each line of the return, of which nothing of these products was given back yet, and as much money is left.
    """
    sales = _candidates(returns)
    able = {sale for some in sales.values() for sale in some}
    goods, sold = _goods(sales), _goods(able)
    left, given_back = _left(able)
    tied: list[tuple[int, int]] = []
    rows = Order.objects.filter(pk__any_of=list(sales)).order_by("placed_at", "pk")
    for pk, amount in rows.values_list("pk", "amount"):
        products = {product for product, _amount in goods[pk]}
        some = [sale for sale in sales[pk] if left[sale] + amount >= 0 and not products & given_back[sale]]
        if len(some) == 1 and all(sold[some[0]][product, -of] >= n for (product, of), n in goods[pk].items()):
            left[some[0]] += amount
            given_back[some[0]] |= products
            tied.append((some[0], pk))
    if tied:
        bulk.update(Order, ["refund_of_id"], tied)


def _candidates(returns: Collection[int]) -> dict[int, list[int]]:
    """The sales by id that each return can be of."""
    sales: dict[int, list[int]] = defaultdict(list)
    for batch in batches(returns):
        lines = OrderLine.objects.filter(order__any_of=batch, order__buyer__isnull=False)
        same = lines.filter(
            **{
                f"{SALE}__refund_of": None,
                f"{SALE}__amount__gte": 0,
                f"{SALE}__currency": F("order__currency"),
                f"{SALE}__placed_at__lte": F("order__placed_at"),
                f"{SALE}__lines__product": F("product"),
                f"{SALE}__lines__amount": -F("amount"),
            }
        )
        alike = same.values_list("order", SALE, "order__line_count").annotate(alike=Count("pk", distinct=True))
        for pk, sale, count, of_same in alike.order_by("order", SALE):
            if of_same == count:
                sales[pk].append(sale)
    return sales


def _goods(orders: Collection[int]) -> dict[int, Goods]:
    """The lines of each order."""
    goods: dict[int, Goods] = defaultdict(Counter)
    for batch in batches(orders):
        lines = OrderLine.objects.filter(order__any_of=batch)
        for pk, product, amount in lines.values_list("order", "product", "amount"):
            goods[pk][product, amount] += 1
    return goods


def _left(sales: Collection[int]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """What was not given back so far of each sale, in minor units, and the ids of the products that were."""
    left: dict[int, int] = {}
    given_back: dict[int, set[int]] = defaultdict(set)
    for batch in batches(sales):
        left |= dict(Order.objects.filter(pk__any_of=batch).values_list("pk", "amount"))
        rows = Order.objects.filter(refund_of__any_of=batch).values_list("pk", "refund_of", "amount")
        refunds = [(pk, sale, amount) for pk, sale, amount in rows if sale]
        goods = _goods([pk for pk, _sale, _amount in refunds])
        for pk, sale, amount in refunds:
            left[sale] += amount
            given_back[sale] |= {product for product, _amount in goods[pk]}
    return left, given_back
