"""Copies facts from the database into Parquet files: a folder a fact, a partition a month of the company's calendar.

Facts hold ids, days, amounts and codes; no names and no free text. A partition is written beside its place and
renamed into it: a crash leaves the old file. What has to be copied is found by comparing each month with the manifest
(how many orders, when the last one changed), so that late commits and deletions are seen too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Count, Max, Min
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.purchases.models import Order

EPOCH = dt.date(1970, 1, 1).toordinal()
CUSTOMERS = pa.schema([("customer_id", pa.int64()), ("created_day", pa.int32())])
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
AT_ONCE = 50_000

Manifest = dict[str, list[Any]]


def folder() -> Path:
    return settings.HOME / "facts"


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> dt.date:
    return dt.date.fromordinal(number + EPOCH)


def copy() -> Manifest:
    """Bring the files in line with the database and return the manifest: the state of each month, by its first day."""
    copy_customers()
    manifest = read_manifest()
    months = list(month_starts())
    for month in months:
        state = state_of(month)
        if manifest.get(month.isoformat()) != state or not partition(month).exists():
            copy_orders(month)
            manifest[month.isoformat()] = state
            write_manifest(manifest)
    kept = {month.isoformat() for month in months}
    for gone in sorted(set(manifest) - kept):
        partition(dt.date.fromisoformat(gone)).unlink(missing_ok=True)
        del manifest[gone]
    write_manifest(manifest)
    return manifest


def changed_months(before: Manifest, now: Manifest) -> list[dt.date]:
    """The first day of every month whose facts are not the same in two manifests."""
    differing = {month for month in {*before, *now} if before.get(month) != now.get(month)}
    return sorted(map(dt.date.fromisoformat, differing))


def last_day() -> dt.date | None:
    """The last day that the facts speak of: portraits are made as of it (docs/decisions/0003-as-of.md)."""
    known = Order.objects.filter(placed_on__lte=timezone.localdate())  # a day to come is a slip of the pen
    last: dt.date | None = known.aggregate(last=Max("placed_on"))["last"]
    return last


def first_day() -> dt.date | None:
    first: dt.date | None = Order.objects.aggregate(first=Min("placed_on"))["first"]
    return first


def copy_customers() -> None:
    rows = Customer.objects.order_by("id").values_list("id", "created_at").iterator(AT_ONCE)
    write(folder() / "customers" / "part.parquet", CUSTOMERS, ((id_, day_number(at.date())) for id_, at in rows))


def copy_orders(month: dt.date) -> None:
    rows = (
        Order.objects.filter(placed_on__gte=month, placed_on__lt=next_month(month))
        .order_by("id")
        .values_list("id", "buyer_id", "placed_on", "amount", "currency", "refund_of_id")
        .iterator(AT_ONCE)
    )
    write(partition(month), ORDERS, ((row[0], row[1], day_number(row[2]), *row[3:]) for row in rows))


def partition(month: dt.date) -> Path:
    return folder() / "orders" / f"month={month:%Y-%m}" / "part.parquet"


def month_starts() -> Iterator[dt.date]:
    span = Order.objects.aggregate(first=Min("placed_on"), last=Max("placed_on"))
    if span["first"] is None:
        return
    month = span["first"].replace(day=1)
    while month <= span["last"]:
        yield month
        month = next_month(month)


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def state_of(month: dt.date) -> list[Any]:
    orders = Order.objects.filter(placed_on__gte=month, placed_on__lt=next_month(month))
    state = orders.aggregate(count=Count("id"), changed=Max("changed_at"))
    return [state["count"], state["changed"].isoformat() if state["changed"] else ""]


def read_manifest() -> Manifest:
    """What the files hold; nothing when that cannot be read, so that all is copied anew."""
    try:
        manifest: Manifest = json.loads((folder() / "manifest.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return manifest


def write_manifest(manifest: Manifest) -> None:
    path = folder() / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(manifest, indent=1, sort_keys=True))
    os.replace(beside, path)


def write(path: Path, schema: pa.Schema, rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
        for some in batches(rows, AT_ONCE):
            writer.write_table(
                pa.table(
                    [pa.array(c, t) for c, t in zip(zip(*some, strict=True), schema.types, strict=True)], schema=schema
                )
            )
    os.replace(beside, path)


def batches(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    some: list[Sequence[Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
