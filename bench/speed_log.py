"""Logs of orders for `bench.speed`: customers simulated by BG/NBD, as Parquet files in our layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST = 17_000  # the day on which the log begins
AT_ONCE = 1_000_000  # customers
RHYTHM = (0.243, 4.414 * 7, 0.793, 2.426)  # of CDNOW, in days
AMOUNTS = (6.25, 3.74, 1_544.0)  # of CDNOW, in cents
MONTH = 30


@dataclass(frozen=True)
class World:
    """What to simulate. `spread`: days over which customers arrive; `days`: until the end; `names`: ids are texts."""

    customers: int
    spread: int = 84
    days: int = 546
    names: bool = False

    @property
    def as_of(self) -> int:
        return FIRST + self.days - 1


def write(world: World, folder: Path, seed: int = 1) -> int:
    """Write the customers and their orders by month; returns the number of orders."""
    random = np.random.default_rng(seed)
    ids = random.permutation(world.customers) + 1
    writers: dict[int, pq.ParquetWriter] = {}
    orders = 0
    for start in range(0, world.customers, AT_ONCE):
        buyers, day, amount = _bought(random, world, ids[start : start + AT_ONCE])
        for month, table in _by_month(buyers, day, amount, orders, world.names):
            if month not in writers:
                place = folder / "orders" / f"month={2016 + month // 12}-{month % 12 + 1:02d}" / "part.parquet"
                place.parent.mkdir(parents=True)
                writers[month] = pq.ParquetWriter(place, table.schema, compression="zstd")
            writers[month].write_table(table)
        orders += len(buyers)
    for writer in writers.values():
        writer.close()
    (folder / "customers").mkdir()
    everybody = np.sort(ids)
    created = np.full(len(everybody), FIRST, np.int32)
    pq.write_table(pa.table({"customer_id": everybody, "created_day": created}), folder / "customers" / "part.parquet")
    return orders


def _bought(random: np.random.Generator, world: World, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(customer, day, amount) of each order, as arrays sorted by day."""
    r, alpha, a, b = RHYTHM
    p, q, v = AMOUNTS
    rate, leaves = random.gamma(r, 1 / alpha, len(ids)), random.beta(a, b, len(ids))
    time = random.uniform(0, world.spread, len(ids))
    buyers, days, still = [np.arange(len(ids))], [time.astype(np.int32)], np.arange(len(ids))
    while len(still):
        time[still] += random.exponential(1 / np.maximum(rate[still], 1e-300))
        still = still[time[still] < world.days]
        buyers.append(still)
        days.append(time[still].astype(np.int32))
        still = still[random.random(len(still)) > leaves[still]]
    at, day = np.concatenate(buyers), np.concatenate(days)
    order = np.argsort(day, kind="stable")
    at, day = at[order], day[order]
    amount = np.maximum(np.rint(random.gamma(p, 1 / random.gamma(q, 1 / v, len(ids))[at])), 1)
    return ids[at], day, amount.astype(np.int64)


def _by_month(
    buyers: np.ndarray, day: np.ndarray, amount: np.ndarray, known: int, names: bool
) -> Iterator[tuple[int, pa.Table]]:
    months = day // MONTH
    for month in np.unique(months):
        first, end = np.searchsorted(months, [month, month + 1])
        size = end - first
        customers = pa.array(buyers[first:end])
        if names:
            customers = pa.array([f"customer-{number:09d}" for number in buyers[first:end].tolist()])
        yield (
            int(month),
            pa.table(
                {
                    "order_id": np.arange(known + first, known + end),
                    "customer_id": customers,
                    "day": (FIRST + day[first:end]).astype(np.int32),
                    "amount": amount[first:end],
                    "currency": pa.repeat("EUR", int(size)),
                    "refund_of": pa.nulls(int(size), pa.int64()),
                }
            ),
        )
