"""The year of The Complete Journey as facts: amounts received by the retailer, days of the local calendar."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.laying import lay_down
from habitue.management.demo import data_folder


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
