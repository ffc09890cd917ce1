"""The year of The Complete Journey as facts: what the retailer received, on the local calendar."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue.demo import data_folder


def write_facts(folder: Path) -> pa.Table:
    lines = pq.read_table(
        data_folder() / "transactions.parquet",
        columns=["basket_id", "household_id", "sales_value", "transaction_timestamp"],
    )
    there = lines["transaction_timestamp"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "America/New_York"))
    lines = pa.table(
        {
            "order_id": lines["basket_id"],
            "customer_id": lines["household_id"],
            "day": pc.local_timestamp(there).cast(pa.date32(), safe=False).cast(pa.int32()),
            "amount": pc.round(pc.multiply(lines["sales_value"], 100)).cast(pa.int64()),
        }
    )
    orders = lines.group_by(["order_id", "customer_id", "day"]).aggregate([("amount", "sum")])
    orders = orders.rename_columns(["order_id", "customer_id", "day", "amount"])
    orders = orders.append_column("currency", pa.repeat("USD", len(orders)))
    return lay_down(folder, orders)


def lay_down(folder: Path, orders: pa.Table) -> pa.Table:
    """The files of a base that never refunded anything; `orders` without that column."""
    orders = orders.append_column("refund_of", pa.nulls(len(orders), pa.int64()))
    (folder / "orders" / "month=2017-01").mkdir(parents=True)
    pq.write_table(orders, folder / "orders" / "month=2017-01" / "part.parquet")
    customers = orders["customer_id"].unique()
    created = pa.array([0] * len(customers), pa.int32())
    (folder / "customers").mkdir()
    pq.write_table(pa.table({"customer_id": customers, "created_day": created}), folder / "customers" / "part.parquet")
    return orders
