"""Facts in files, opened as lazy frames on an engine in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw

    Frame = nw.LazyFrame[Any]

ORDERS = {
    "order_id": "BIGINT",
    "customer_id": "BIGINT",
    "day": "INTEGER",
    "amount": "BIGINT",
    "currency": "VARCHAR",
    "refund_of": "BIGINT",
}
CUSTOMERS = {"customer_id": "BIGINT", "created_day": "INTEGER"}


@dataclass(frozen=True)
class Facts:
    """What is known, as lazy frames.

    `customers`: customer_id, created_day.
    `orders`: order_id, customer_id, day, amount (minor units, net of discounts, at most 0 for a refund), currency,
    refund_of (the order_id that a refund takes back, else null).
    Days are integers since 1970-01-01 on the company's own calendar: engines differ on dates, not on integers.
    """

    customers: Frame
    orders: Frame


def open_facts(path: Path, memory_limit: str = "512MB", threads: int = 2) -> Facts:
    """Open the Parquet files under `path` (`orders/month=*/part.parquet`, `customers/part.parquet`) with DuckDB.

    A folder that is missing or empty gives an empty frame. The connection reads below `path` and nowhere else, loads
    no extension, and its settings are locked. It lives as long as the frames do.
    """
    import duckdb
    import narwhals as nw

    path = path.resolve()
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(path / ".spill"),
            "preserve_insertion_order": False,
        }
    )
    connection.execute("SET allowed_directories = [$folder]", {"folder": f"{path}/"})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return Facts(
        customers=nw.from_native(_read(connection, path / "customers", "part.parquet", CUSTOMERS)),
        orders=nw.from_native(_read(connection, path / "orders", "month=*/part.parquet", ORDERS)),
    )


def _read(
    connection: duckdb.DuckDBPyConnection, folder: Path, pattern: str, columns: dict[str, str]
) -> duckdb.DuckDBPyRelation:
    files = sorted(str(file) for file in folder.glob(pattern))
    if not files:
        nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
        return connection.sql(f"SELECT {nothing} WHERE false")
    return connection.read_parquet(files, hive_partitioning=False).select(*columns)
