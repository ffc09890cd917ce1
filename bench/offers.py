"""Accuracy of next offers on The Complete Journey, and their cost on a million customers.

    python -m bench offers        OFFERS="journey million wide" chooses the parts

Measured on the last four weeks of the year, with settings chosen on the four weeks before. Of the households that began
with something new to them: hit@10, the share with one of the first ten offers right; and MAP@10, a household's average
precision divided by min(10, number of new items). Each size runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue import insight
from habitue.insight.offers.offers import MOST, offers
from habitue.insight.offers.ownership import Ownership, ownership
from habitue.insight.offers.rankings import KINDS, WINDOW, Accuracy, Ranking, measure, rankings

LAST = insight.day_number("2017-12-31")
NAMES = {
    "ours": "ours, as chosen",
    "ease alone": "EASE alone",
    "neighbours alone": "neighbours alone",
    "uptake": "uptake of these weeks",
    "popularity": "popularity, 8 weeks",
    "purchases": "the same, days bought",
    "ever": "popularity, all time",
}
AS_OF = 20_453  # of what is made up
YEARS = 3 * 365
BATCH = 250_000  # customers drawn at a time


def report() -> None:
    chosen = os.environ.get("OFFERS", "journey million wide").split()
    with tempfile.TemporaryDirectory() as folder:
        if "journey" in chosen:
            write_journey(Path(folder) / "journey")
            for level in ("family", "product"):
                print(f"\nOffers by {level} on The Complete Journey: hit@10, MAP@10 (four weeks before: the same)")
                show(alone("compare", f"{folder}/journey", level))
                tell(alone("time", f"{folder}/journey", level, str(LAST)))
        for name, customers, products, families in (("million", 1_000_000, 3_000, 300), ("wide", 20_000, 100_000, 0)):
            if name in chosen:
                write_made_up(Path(folder) / name, customers, products, families)
                level = "family" if families else "product"
                print(f"\nOffers for {customers:,} customers of {families or products:,} {level} items, by chance")
                tell(alone("time", f"{folder}/{name}", level, str(AS_OF)))


def alone(*arguments: str) -> dict:
    command = [sys.executable, "-m", "bench.offers", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2")}
    process = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=environment)
    return json.loads(process.stdout)


def show(accuracies: dict) -> None:
    for name, words in NAMES.items():
        (hit, precision), (hit_before, precision_before) = accuracies[name]
        print(f"  {words:<24} {hit:.4f}  {precision:.5f}   ({hit_before:.4f}  {precision_before:.5f})")


def tell(cost: dict) -> None:
    print(f"  {cost['rows']:,} offers and reminders, {cost['used']} used: {cost['seconds']:.1f} s ", end="")
    print(f"({cost['busy']:.1f} s on all cores), {cost['mebibytes']:.0f} MiB, {cost['before']:.0f} before it began")


def compare(folder: str, level: str) -> dict[str, list[tuple[float, float]]]:
    """By ranking, (hit@10, MAP@10) in the last four weeks and in those before, by whose MAP settings are chosen."""
    facts = insight.open_facts(folder)
    (now,) = ownership(facts, LAST, level)
    between, before = (ownership(facts, LAST - back, level, now.items)[0] for back in (WINDOW, 2 * WINDOW))
    best: dict[str, tuple[Ranking, Accuracy]] = {}
    for name, way, accuracy in ways(before, between):
        if name not in best or accuracy.map > best[name][1].map:
            best[name] = way, accuracy
    judged = {
        name: accuracy
        for name, way, accuracy in ways(between, now)
        if (way.kind, way.settings) == (best[name][0].kind, best[name][0].settings)
    }
    return {name: [(accuracy.hit, accuracy.map) for accuracy in (judged[name], best[name][1])] for name in NAMES}


def ways(known: Ownership, later: Ownership) -> Iterator[tuple[str, Ranking, Accuracy]]:
    """Each ranking with its accuracy, under the name of its line in the table."""
    for some in rankings([known], MOST):
        plain = [replace(some[0], base=np.ones_like(some[0].base), settings=some[0].settings | {"power": 0.0})]
        if some[0].weights is None:
            plain = others(known, some[0]) if some[0].kind == "popularity" else []
        for way, accuracy in zip([*some, *plain], measure([*some, *plain], known, later), strict=True):
            if way.weights is not None and way.settings["power"] == 0:
                yield f"{way.kind} alone", way, accuracy
            elif way.kind in NAMES:
                yield way.kind, way, accuracy
            if way.kind in KINDS and way.settings.get("power") != 0:
                yield "ours", way, accuracy


def others(known: Ownership, popular: Ranking) -> list[Ranking]:
    """Rankings by popularity: by customers of all time, and by days with a purchase in eight weeks (as far as facts
    go).
    """
    recent = known.last > known.day - 56
    ever = np.bincount(known.item, minlength=len(known.items))
    days = np.bincount(known.item[recent], known.days[recent], minlength=len(known.items))
    return [
        replace(popular, kind=kind, base=score[popular.items].astype(np.float32))
        for kind, score in (("ever", ever), ("purchases", days))
    ]


def timed(folder: str, level: str, as_of: int) -> dict:
    facts = insight.open_facts(folder, memory_limit="256MB")
    before = peak()
    started = time.perf_counter()
    result = offers(facts, as_of, level)
    rows = sum(len(part) for part in result.parts())
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows,
        "used": result.used,
        "seconds": time.perf_counter() - started,
        "busy": used.ru_utime + used.ru_stime,
        "mebibytes": peak(),
        "before": before,
    }


def peak() -> float:
    """Peak memory of this process in MiB; `ru_maxrss` would include that of its parent process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def write_journey(folder: Path) -> None:
    """Write facts of the year: every order line by local day, with product types as families."""
    from habitue.management.demo import data_folder

    bought = pq.read_table(
        data_folder() / "transactions.parquet",
        columns=["basket_id", "household_id", "product_id", "quantity", "sales_value", "transaction_timestamp"],
    )
    there = bought["transaction_timestamp"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "America/New_York"))
    received = pc.round(pc.multiply(bought["sales_value"], 100)).cast(pa.int64())
    day = pc.local_timestamp(there).cast(pa.date32(), safe=False).cast(pa.int32())
    ids = [bought[name].cast(pa.int64()) for name in ("basket_id", "household_id", "product_id", "quantity")]
    products = pq.read_table(data_folder() / "products.parquet", columns=["product_id", "product_type"])
    write(folder, ids[0], ids[1], day, ids[2], pc.multiply(ids[3], 1000), received)
    known = pa.table([products[0].cast(pa.int64()), products[1]], names=["product_id", "family"])
    write_part(folder / "products", known)


def write_made_up(folder: Path, customers: int, products: int, families: int) -> None:
    """Write synthetic facts: three orders of three lines a customer over three years; each prefers one of 20 groups."""
    random = np.random.default_rng(1)
    share = 1 / np.arange(1, products + 1) ** 0.8
    edges = np.cumsum(share) / share.sum()
    for begin in range(0, customers, BATCH):
        count = min(BATCH, customers - begin)
        buyers = np.repeat(np.arange(begin, begin + count), random.poisson(2, count) + 1)
        on = (AS_OF - YEARS * random.random(len(buyers))).astype(np.int32)
        order = np.arange(len(buyers)) + begin * 100
        lines = np.repeat(np.arange(len(buyers)), 3)
        product = np.searchsorted(edges, random.random(len(lines)))
        leaning = random.random(len(lines)) < 0.5
        product[leaning] += (buyers[lines[leaning]] - product[leaning]) % 20
        one = np.full(len(lines), 1000)
        columns = (order[lines], buyers[lines], on[lines], product % products, one, one)
        write(folder, *map(pa.array, columns), part=f"part{begin}")
    family = pa.array([f"family {at % families}" if families else None for at in range(products)], pa.string())
    write_part(folder / "products", pa.table([pa.array(range(products)), family], names=["product_id", "family"]))


def write(folder: Path, order, customer, day, product, quantity, amount, part: str = "part") -> None:
    month = f"month=2017-{int(part.removeprefix('part') or 0) // BATCH + 1:02d}"
    names = ["order_id", "customer_id", "day", "product_id", "quantity", "gross", "amount", "paid", "currency"]
    columns = [order, customer, day, product, quantity, amount, amount, amount]
    lines = pa.table([*columns, pa.repeat("EUR", len(amount))], names=names)
    write_part(folder / "lines" / month, lines)
    orders = lines.group_by(["order_id", "customer_id", "day", "currency"]).aggregate([("amount", "sum")])
    orders = orders.rename_columns({"amount_sum": "amount"})
    write_part(folder / "orders" / month, orders.append_column("refund_of", pa.nulls(len(orders), pa.int64())))


def write_part(folder: Path, table: pa.Table) -> None:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part.parquet")


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    print(json.dumps(compare(*given) if what == "compare" else timed(given[0], given[1], int(given[2]))))
