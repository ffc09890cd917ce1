"""Copies facts from the database into Parquet files for the analysis: a folder a fact, a partition a month.

Facts are ids, days, amounts and codes, without names and free text; `insight.facts.tables` says what the columns mean.
A file is written under another name and then renamed, so that a crash leaves the old one. Months of orders and lines
are copied where they differ from the manifest (number of orders, last change, buyers), so that late commits, deletions
and merges are noticed; the other facts are few and copied each time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import NullIf, TruncMonth
from django.utils import timezone

from habitue import insight
from habitue.customers.models import Customer
from habitue.kernel.database import bulk
from habitue.kernel.database.bulk import DayNumber
from habitue.purchases.models import Contract, Order, OrderLine, Product, Promotion

EPOCH = dt.date(1970, 1, 1).toordinal()
BY_MONTH = ("orders", "lines")
AT_ONCE = 50_000  # rows of a month that are gathered before they are written
MONTHS_AT_ONCE = 120  # each has a file open: a date of 1900, or of 2099, must not open thousands

SCHEMAS = {
    "customers": pa.schema({"customer_id": pa.int64(), "created_day": pa.int32()}),
    "orders": pa.schema(
        {
            "order_id": pa.int64(),
            "customer_id": pa.int64(),
            "day": pa.int32(),
            "amount": pa.int64(),
            "currency": pa.string(),
            "refund_of": pa.int64(),
        }
    ),
    "lines": pa.schema(
        {
            "order_id": pa.int64(),
            "customer_id": pa.int64(),
            "day": pa.int32(),
            "product_id": pa.int64(),
            "quantity": pa.int64(),
            "gross": pa.int64(),
            "amount": pa.int64(),
            "paid": pa.int64(),
            "currency": pa.string(),
        }
    ),
    "products": pa.schema({"product_id": pa.int64(), "family": pa.string()}),
    "promotions": pa.schema(
        {
            "promotion_id": pa.int64(),
            "product_id": pa.int64(),
            "family": pa.string(),
            "kind": pa.string(),
            "first_day": pa.int32(),
            "last_day": pa.int32(),
        }
    ),
    "contracts": pa.schema(
        {
            "contract_id": pa.int64(),
            "customer_id": pa.int64(),
            "plan": pa.string(),
            "first_day": pa.int32(),
            "last_day": pa.int32(),
            "period_days": pa.int32(),
            "amount": pa.int64(),
            "currency": pa.string(),
        }
    ),
}

ORDER_COLUMNS = ("id", "buyer_id", DayNumber("placed_on"), "amount", "currency", "refund_of_id")
CONTRACT_COLUMNS = (
    "id", "customer_id", "plan", DayNumber("first_day"), DayNumber("last_day"), "period_days", "amount", "currency",
)  # fmt: skip

Manifest = dict[str, list[Any]]


def folder() -> Path:
    return settings.HOME / "facts"


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> dt.date:
    return dt.date.fromordinal(number + EPOCH)


def copy() -> Manifest:
    """Bring the files up to date and return the manifest: the state of each month, by its first day."""
    for name, rows in whole_facts().items():
        with Parts(SCHEMAS[name]) as parts:
            parts.expect(folder() / name / "part.parquet")
            for batch in bulk.read(rows, SCHEMAS[name]):
                parts.add(folder() / name / "part.parquet", batch)
    manifest = read_manifest()
    months = list(month_starts())
    internal = internal_buyers()
    states = {month: [*state_of(month), *internal.get(month, [])] for month in months}
    for stale in neighbours(month for month in months if not is_current(month, states[month], manifest)):
        copy_months(stale)
        manifest |= {month.isoformat(): states[month] for month in stale}
        write_manifest(manifest)
    for gone in sorted(set(manifest) - {month.isoformat() for month in months}):
        for name in BY_MONTH:
            partition(dt.date.fromisoformat(gone), name).unlink(missing_ok=True)
        del manifest[gone]
    write_manifest(manifest)
    return manifest


def changed_months(before: Manifest, now: Manifest) -> list[dt.date]:
    """The first days of the months whose state differs between two manifests, in order."""
    differing = {month for month in {*before, *now} if before.get(month) != now.get(month)}
    return sorted(map(dt.date.fromisoformat, differing))


def last_day() -> dt.date | None:
    """The day of the last order up to today, None without orders: portraits are as of it
    (docs/decisions/0003-as-of.md).
    """
    known = Order.objects.filter(placed_on__lte=timezone.localdate())  # a day to come is a slip of the pen
    last: dt.date | None = known.aggregate(last=Max("placed_on"))["last"]
    return last


def first_day() -> dt.date | None:
    first: dt.date | None = Order.objects.aggregate(first=Min("placed_on"))["first"]
    return first


def of_customer(pk: int) -> insight.Facts:
    """The facts of one customer from the database: customer, orders with refunds, contracts.

    Empty for an internal or merged customer.
    """
    customers = analysed().filter(pk=pk)
    orders = Order.objects.filter(Q(buyer__in=customers) | Q(refund_of__buyer__in=customers))
    contracts = Contract.objects.filter(customer__in=customers)
    rows: dict[str, QuerySet[Any, Any]] = {
        "customers": customers.values_list("id", DayNumber("created_at")),
        "orders": orders.order_by("id").values_list(*ORDER_COLUMNS),
        "contracts": contracts.order_by("id").values_list(*CONTRACT_COLUMNS),
    }
    tables = {name: pa.Table.from_batches(bulk.read(of, SCHEMAS[name]), SCHEMAS[name]) for name, of in rows.items()}
    return insight.facts_from(tables.pop("orders"), check=False, **tables)


def whole_facts() -> dict[str, QuerySet[Any, Any]]:
    """Queries of the facts that are copied as a whole, by name."""
    family = NullIf("family", Value(""))
    return {
        "customers": analysed().order_by("id").values_list("id", DayNumber("created_at")),
        "products": Product.objects.filter(is_shipping=False).order_by("id").values_list("id", family),
        "promotions": Promotion.objects.order_by("id").values_list(
            "id", "product_id", family, "kind", DayNumber("first_day"), DayNumber("last_day")
        ),
        "contracts": Contract.objects.exclude(customer__in=excluded()).order_by("id").values_list(*CONTRACT_COLUMNS),
    }  # fmt: skip


def analysed() -> QuerySet[Customer]:
    return Customer.objects.unmerged().filter(internal=False)


def excluded() -> QuerySet[Customer]:
    return Customer.objects.filter(Q(internal=True) | Q(merged_into__isnull=False))


def internal_buyers() -> dict[dt.date, list[int]]:
    """Ids of buyers whose orders are left out (internal or merged), by month: a change of them changes the month's
    facts.
    """
    orders = Order.objects.filter(buyer__in=excluded()).annotate(month=TruncMonth("placed_on"))
    buyers: dict[dt.date, list[int]] = {}
    for month, buyer in orders.values_list("month", "buyer_id").distinct().order_by("month", "buyer_id"):
        buyers.setdefault(month, []).append(buyer)
    return buyers


def copy_months(months: Sequence[dt.date]) -> None:
    """Copy the orders and lines of consecutive months, in one pass over the tables."""
    start, end = months[0], next_month(months[-1])
    for name, rows in rows_between(start, end).items():
        with Parts(SCHEMAS[name]) as parts:
            for month in months:
                parts.expect(partition(month, name))
            for batch in bulk.read(rows, SCHEMAS[name]):
                for month, some in by_month(batch):
                    parts.add(partition(month, name), some)


def rows_between(start: dt.date, end: dt.date) -> dict[str, QuerySet[Any, Any]]:
    orders = Order.objects.filter(placed_on__gte=start, placed_on__lt=end, buyer__isnull=False)
    lines = OrderLine.objects.filter(order__placed_on__gte=start, order__placed_on__lt=end, order__buyer__isnull=False)
    if shipping := list(Product.objects.filter(is_shipping=True).values_list("pk", flat=True)):
        lines = lines.exclude(product__in=shipping)  # no goods: neither offered nor a price of any
    if excluded().exists():  # asked for once: a condition on each of a million rows takes its time
        orders, lines = orders.exclude(buyer__in=excluded()), lines.exclude(order__buyer__in=excluded())
    return {
        "orders": orders.values_list(*ORDER_COLUMNS),
        "lines": lines.values_list(
            "order_id", "order__buyer_id", DayNumber("order__placed_on"), "product_id", "quantity", "gross", "amount",
            "paid", "order__currency",
        ),
    }  # fmt: skip


def by_month(batch: pa.RecordBatch) -> Iterator[tuple[dt.date, pa.RecordBatch]]:
    months = batch["day"].to_numpy().astype("M8[D]").astype("M8[M]")
    for month in np.unique(months):
        yield month.astype("M8[D]").item(), batch.filter(pa.array(months == month))


class Parts:
    """A context that writes several Parquet files at once, and renames them to their final names at the end."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.writers: dict[Path, pq.ParquetWriter] = {}
        self.gathered: dict[Path, list[pa.RecordBatch]] = {}

    def expect(self, path: Path) -> None:
        """Begin a file, which is written even if no row is added to it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.writers[path] = pq.ParquetWriter(beside(path), self.schema, compression="zstd")
        self.gathered[path] = []

    def add(self, path: Path, batch: pa.RecordBatch) -> None:
        self.gathered[path].append(batch)
        if sum(map(len, self.gathered[path])) >= AT_ONCE:
            self.flush(path)

    def flush(self, path: Path) -> None:
        if self.gathered[path]:
            self.writers[path].write_table(pa.Table.from_batches(self.gathered[path]).combine_chunks())
            self.gathered[path] = []

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        for path, writer in self.writers.items():
            if not failure:
                self.flush(path)
            writer.close()
        if not failure:
            for path in self.writers:
                os.replace(beside(path), path)


def beside(path: Path) -> Path:
    return path.with_suffix(".new")


def partition(month: dt.date, name: str = "orders") -> Path:
    return folder() / name / f"month={month:%Y-%m}" / "part.parquet"


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


def neighbours(months: Iterable[dt.date]) -> list[list[dt.date]]:
    """Runs of consecutive months, each of at most MONTHS_AT_ONCE."""
    runs: list[list[dt.date]] = []
    for month in months:
        if runs and next_month(runs[-1][-1]) == month and len(runs[-1]) < MONTHS_AT_ONCE:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def state_of(month: dt.date) -> list[Any]:
    """The state of a month for the manifest: [number of orders, last change, sum of buyer ids].

    The sum is there because the undo of a merge restores the time of change of an order.
    """
    orders = Order.objects.filter(placed_on__gte=month, placed_on__lt=next_month(month))
    state = orders.aggregate(count=Count("id"), changed=Max("changed_at"), buyers=Sum("buyer_id"))
    changed = state["changed"].isoformat() if state["changed"] else ""
    return [state["count"], changed, int(state["buyers"] or 0)]


def is_current(month: dt.date, state: list[Any], manifest: Manifest) -> bool:
    return manifest.get(month.isoformat()) == state and all(partition(month, name).exists() for name in BY_MONTH)


def read_manifest() -> Manifest:
    """The stored manifest; empty where it is missing or damaged, so that everything is copied anew."""
    try:
        manifest: Manifest = json.loads((folder() / "manifest.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return manifest


def write_manifest(manifest: Manifest) -> None:
    path = folder() / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside(path).write_text(json.dumps(manifest, indent=1, sort_keys=True))
    os.replace(beside(path), path)
