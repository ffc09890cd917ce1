"""The time of the nightly refresh on a large base: the first one, and one after another day's orders.

    python -m bench nightly        1 M customers, 3 M orders over three years
    CUSTOMERS=100000 python -m bench nightly

On SQLite, and with DATABASE_URL on PostgreSQL too, in a database that is dropped afterwards. The orders follow the
MBG/NBD model: each customer buys at a rate of their own and may leave after each purchase; first purchases are spread
over the three years. References are texts, as in real files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from bench.at_size import database, databases
from bench.pipeline import Cost, measure

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
DAYS = 3 * 365
FIRST = 19_358  # 2023-01-01
HABITUE = [sys.executable, "-m", "habitue.cli"]


def report() -> None:
    for name, url in databases():
        with tempfile.TemporaryDirectory() as home, database(url) as own:
            environment = {**os.environ, "DATABASE_URL": own, "HABITUE_HOME": home, "OMP_NUM_THREADS": "2"}
            subprocess.run([*HABITUE, "doctor", "--mend"], env=environment, stdout=subprocess.DEVNULL, check=False)
            print(f"\n{name}: {made(environment, 'everything')}", flush=True)
            tell("first refresh", *refreshed(environment))
            print(f"  and then {made(environment, 'another_day')}")
            tell("nightly refresh", *refreshed(environment))


def made(environment: dict[str, str], what: str) -> str:
    code = f"import django; django.setup(); from bench.nightly import {what}; print({what}())"
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "habitue.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def refreshed(environment: dict[str, str]) -> tuple[Cost, dict[str, float]]:
    with tempfile.NamedTemporaryFile("r") as answer:
        with open(answer.name, "w") as out:
            cost = measure([*HABITUE, "refresh", "--json"], environment, out)
        steps: dict[str, float] = json.load(answer)["seconds"]
    return cost, steps


def tell(name: str, cost: Cost, steps: dict[str, float]) -> None:
    for step, seconds in steps.items():
        print(f"  {step:<24} {seconds:7.1f} s")
    print(f"  {name:<24} {cost.seconds:7.1f} s {cost.mebibytes:7.0f} MiB", flush=True)


def everything() -> str:
    """Write customers, products and three years of orders into the empty database; returns a line to print."""
    import numpy as np
    import pyarrow as pa
    from django.db import transaction

    from habitue.customers.models import Customer
    from habitue.kernel.database import bulk
    from habitue.purchases.models import Product

    chance = np.random.default_rng(7)
    ids = np.arange(1, CUSTOMERS + 1)
    names = texts("Customer ", ids)
    start = FIRST + np.sort(chance.integers(0, DAYS, CUSTOMERS))
    customers = {
        "reference": texts("C-", ids),
        "kind": pa.repeat("person", CUSTOMERS),
        "name": names,
        "name_key": texts("customer ", ids),
        "created_at": midday(start),
    }
    with transaction.atomic(), bulk.indexed_afterwards(Customer):
        bulk.insert_table(Customer, pa.table(customers))
    products = np.arange(1, 2_001)
    families = texts("Family ", products % 100)
    bulk.insert_table(
        Product, pa.table({"reference": texts("P-", products), "name": texts("Product ", products), "family": families})
    )
    buyers, days = purchases(chance, start)
    lines = insert_orders(chance, buyers, days)
    return f"{CUSTOMERS:,} customers, {len(days):,} orders, {lines:,} lines"


def another_day() -> str:
    """Write one more day of orders, as many as on other days, some of new customers; returns a line to print."""
    import numpy as np

    from habitue.purchases.models import Order

    chance = np.random.default_rng(8)
    how_many = max(Order.objects.count() // DAYS, 1)
    buyers = np.sort(chance.choice(np.arange(1, CUSTOMERS + 1), how_many, replace=False))
    lines = insert_orders(chance, buyers, np.full(how_many, FIRST + DAYS))
    return f"a day with {how_many:,} orders, {lines:,} lines"


def purchases(chance, start):
    """Buyers and days of all orders, sorted by day; three orders a customer on average."""
    import numpy as np

    end = FIRST + DAYS
    pace = chance.gamma(0.61, 1 / 66, len(start))
    leaves = chance.beta(0.8, 2.5, len(start))
    customers, when = np.arange(len(start)), start.astype(float)
    buyers, days = [], []
    while len(customers):
        buyers.append(customers + 1)
        days.append(when.astype(np.int64))
        stays = chance.random(len(customers)) >= leaves[customers]
        customers, when = customers[stays], when[stays]
        when = when + chance.exponential(1, len(customers)) / np.maximum(pace[customers], 1e-9)
        customers, when = customers[when < end], when[when < end]
    buyers, days = np.concatenate(buyers), np.concatenate(days)
    in_order = np.argsort(days, kind="stable")
    return buyers[in_order], days[in_order]


def insert_orders(chance, buyers, days) -> int:
    """Insert orders with one to three lines each, some at a discount; returns the number of lines."""
    import numpy as np
    import pyarrow as pa
    from django.core.management.color import no_style
    from django.db import connection, transaction

    from habitue.kernel.database import bulk
    from habitue.purchases.models import Order, OrderLine

    first = (Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    ids = np.arange(first, first + len(days))
    many = chance.choice([1, 2, 3], len(days), p=[0.8, 0.15, 0.05])
    of = np.repeat(ids, many)
    gross = (chance.gamma(2, 1500, len(of)) + 100).astype(np.int64)
    paid = np.where(chance.random(len(of)) < 0.2, gross * 9 // 10, gross)
    sums = [np.add.reduceat(part, np.cumsum(many) - many) for part in (gross, paid)]
    orders = {
        "id": ids,
        "number": texts("2023/", ids),
        "buyer": buyers,
        "placed_at": midday(days),
        "placed_on": pa.array(days, pa.int32()),
        "place": pa.repeat("Lyon", len(days)),
        "currency": pa.repeat("EUR", len(days)),
        "gross": sums[0],
        "amount": sums[1],
        "paid": sums[1],
        "line_count": many,
        "fingerprint": pa.repeat("0" * 32, len(days)),
        "changed_at": midday(days),
    }
    with transaction.atomic(), bulk.indexed_afterwards(Order):
        bulk.insert_table(Order, pa.table(orders))
    lines = {
        "order": of,
        "position": np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many) + 1,
        "product": np.minimum(chance.zipf(1.3, len(of)), 2_000),
        "quantity": pa.repeat(1_000, len(of)),
        "gross": gross,
        "amount": paid,
        "paid": paid,
        "discounts": pa.repeat("{}", len(of)),
    }
    with transaction.atomic(), bulk.indexed_afterwards(OrderLine):
        bulk.insert_table(OrderLine, pa.table(lines))
    with connection.cursor() as cursor:  # PostgreSQL hands out ids that it has not seen
        for statement in connection.ops.sequence_reset_sql(no_style(), [Order]):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as its own keeper does within a minute
    return len(of)


def texts(prefix: str, numbers):
    import pyarrow as pa
    import pyarrow.compute as pc

    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def midday(days):
    import pyarrow as pa

    return pa.array(days * 86_400 + 43_200, pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "UTC"))
