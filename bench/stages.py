"""What the stages were worth on the real year: who bought in the 13 weeks after, beside groups of the same size
that a rule of thumb (days since the last purchase, the same for everybody) would have made."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue import insight
from habitue.demo import data_folder

EPOCH = dt.date(1970, 1, 1).toordinal()
CUTS = [dt.date(2017, month, 1) for month in (7, 8, 9, 10)]
DAYS = 91
ORDER = ("new", "settling", "won_back", "regular", "slowing", "at_risk", "lost")
FALLING = ("regular", "slowing", "at_risk", "lost")


def report() -> None:
    with tempfile.TemporaryDirectory() as folder:
        orders = write_facts(Path(folder))
        facts = insight.open_facts(Path(folder))
        for cut in CUTS:
            print(f"\nStages as of {cut}: customers, bought within 13 weeks | the same by days since the last purchase")
            for stage, size, bought, rule in compare(facts, orders, cut.toordinal() - EPOCH):
                beside = "" if rule is None else share(rule, size)
                print(f"  {stage:<9} {size:6} {bought:6} {share(bought, size)} | {beside}")


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "    -  "


def compare(facts: insight.Facts, orders: pa.Table, day: int) -> list[tuple[str, int, int, int | None]]:
    table = insight.portraits(facts, day).table
    stage = np.array(table["stage"].to_pylist())
    elapsed = np.array(table["elapsed_days"].fill_null(10_000).to_pylist())
    later = (orders["day"].to_numpy() > day) & (orders["day"].to_numpy() <= day + DAYS)
    again = np.isin(table["customer_id"].to_numpy(), orders["customer_id"].to_numpy()[later])
    by_rule = rule_of_thumb(stage, elapsed)
    found = []
    for name in ORDER:
        there = stage == name
        rule = int(again[by_rule[name]].sum()) if name in by_rule else None
        found.append((name, int(there.sum()), int(again[there].sum()), rule))
    return found


def rule_of_thumb(stage: np.ndarray, elapsed: np.ndarray) -> dict[str, np.ndarray]:
    """The customers of the four stages dealt out again, in groups of the same size, by days since the last purchase."""
    everybody = np.flatnonzero(np.isin(stage, FALLING))
    everybody = everybody[np.argsort(elapsed[everybody], kind="stable")]
    sizes = [int((stage == name).sum()) for name in FALLING]
    return dict(zip(FALLING, np.split(everybody, np.cumsum(sizes)[:-1]), strict=True))


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
    orders = orders.append_column("refund_of", pa.nulls(len(orders), pa.int64()))
    (folder / "orders" / "month=2017-01").mkdir(parents=True)
    pq.write_table(orders, folder / "orders" / "month=2017-01" / "part.parquet")
    customers = orders["customer_id"].unique()
    created = pa.array([0] * len(customers), pa.int32())
    (folder / "customers").mkdir()
    pq.write_table(pa.table({"customer_id": customers, "created_day": created}), folder / "customers" / "part.parquet")
    return orders
