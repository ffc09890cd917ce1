"""The time of the list on a large base: a page in each sort order, for everybody and five segments, and 3,000 pages
down.

    python -m bench lists                           100,000 and 1 M customers
    BENCH_CUSTOMERS=100000 python -m bench lists

On SQLite, and with DATABASE_URL on PostgreSQL too, in a database that is dropped afterwards. Each customer has three
orders and a portrait. A request goes through the whole desk in one process; its CPU time (without that of PostgreSQL)
is printed beside that of a fixed loop, to compare machines.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from bench.at_size import begin, calibrate, on_each, timed
from bench.nightly import DAYS, FIRST

TIMES = 3  # each page
FURTHER = 3_000
STAGES = ("prospect", "new", "settling", "regular", "slowing", "at_risk", "lost", "won_back")
SHARES = (0.0, 0.2, 0.2, 0.25, 0.1, 0.1, 0.13, 0.02)


def report() -> None:
    on_each("bench.lists")


def run(size: int) -> None:
    made(size)
    calibrate()
    ask = _desk()
    segments = counted()
    ask("/customers/", {})
    pages(ask, segments)
    further(ask)
    window(ask, size)


def made(size: int) -> None:
    """Write customers with three orders each, portraits, tags, a custom field and a refresh into the database."""
    import numpy as np
    from django.db import connection
    from django.utils import timezone

    from bench import nightly, people
    from habitue.customers.models import CustomField, CustomValue, Tag, Tagging
    from habitue.kernel.database import bulk
    from habitue.purchases.models import Product

    chance = np.random.default_rng(3)
    people.write(size)
    rows = ((f"P-{at}", f"Product {at}", f"Family {at % 100}") for at in range(1, 2_001))
    bulk.insert(Product, ["reference", "name", "family"], rows)
    buyers = np.sort(chance.integers(1, size + 1, 3 * size))
    nightly.insert_orders(chance, buyers, FIRST + chance.integers(0, DAYS, len(buyers)))
    _portraits(chance, size)
    tag = Tag.objects.create(name="Press", key="press")
    field = CustomField.objects.create(code="score", label="Score", type="number")
    now = timezone.now()
    bulk.insert(Tagging, ["tag", "customer", "at"], ((tag.pk, pk, now) for pk in range(7, size, size // 500)))
    bulk.insert(CustomValue, ["field", "customer", "number"], ((field.pk, pk, pk % 997) for pk in range(1, size, 2)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as its own keeper does within a minute
            cursor.execute("VACUUM ANALYZE")


def _portraits(chance: Any, size: int) -> None:
    import datetime as dt

    import numpy as np
    import pyarrow as pa
    from django.utils import timezone

    from habitue.kernel.database import bulk
    from habitue.portraits.models import Portrait, Refresh

    end = FIRST + DAYS
    rank = chance.choice(len(STAGES), size, p=SHARES)
    last = end - 1 - (chance.beta(1, 4, size) * 700 * (1 + rank == 7)).astype(int) - np.where(rank == 6, 300, 0)
    value = (chance.gamma(0.7, 30_000, size) + 100).astype(int)
    bought = rank > 0
    columns = {
        "customer": np.arange(1, size + 1),
        "as_of": pa.array(np.full(size, end), pa.int32()),
        "currency": pa.repeat("EUR", size),
        "standing": pa.array(np.where(rank == 6, "former", "customer")),
        "stage": pa.array(np.array(STAGES)[rank]),
        "stage_rank": rank,
        "purchases": 1 + chance.geometric(0.2, size),
        "first_day": pa.array(last - chance.integers(0, 300, size), pa.int32()),
        "last_day": pa.array(last, pa.int32()),
        "elapsed_days": end - last,
        "typical_gap": chance.gamma(2, 20, size),
        "value": value,
        "expected_value": pa.array(value // 2, mask=~bought | (chance.random(size) < 0.1)),
        "expected_value_low": value // 3,
        "expected_value_high": value,
    }
    bulk.replace(Portrait, pa.table(columns))
    stages = {code: {"customers": int((rank == at).sum())} for at, code in enumerate(STAGES)}
    Refresh.objects.create(
        as_of=dt.date(1970, 1, 1) + dt.timedelta(days=end),
        currency="EUR",
        customers=size,
        base={"stages": stages},
        finished_at=timezone.now(),
    )


def counted() -> dict[str, int]:
    """Save five segments and return their ids; prints the time of counting each while editing and of saving it."""
    from habitue.customers.models import Tag
    from habitue.segments import rules
    from habitue.team.models import User

    bo = User.objects.get(username="bo")
    tag = str(Tag.objects.get().pk)
    asked = {
        "at risk": [{"what": "stage", "how": "is", "value": ["at_risk"]}],
        "valuable with e-mail": [
            {"what": "value", "how": "at_least", "value": "400"},
            {"what": "has_email", "how": "yes"},
        ],
        "bought of a family": [
            {"what": "bought_family", "how": "times", "item": "Family 3", "times": 2, "days": 365},
            {"match": "none", "of": [{"what": "stage", "how": "is", "value": ["lost"]}]},
        ],
        "in Paris, quiet": [
            {"what": "city", "how": "is", "value": "Paris"},
            {"what": "last_day", "how": "before_days", "value": 60},
        ],
        "tagged": [{"what": "tag", "how": "has", "value": tag}],
    }
    segments: dict[str, int] = {}
    for name, of in asked.items():
        parsed = rules.parse({"match": "all", "of": of})
        first, *counts = [timed(lambda parsed=parsed: rules.matching(parsed).count())[0] for _ in range(1 + TIMES)]
        kept = timed(lambda name=name, of=of: segments.update({name: _save(name, of, bo)}))[0]
        size = _size(segments[name])
        counting = f"count {max(counts):6.2f} s (the very first {first:.2f} s)"
        print(f"  segment {name:<22} {size:>9,}  {counting}  kept in {kept:6.2f} s", flush=True)
    return segments


def _save(name: str, of: list[Any], by: Any) -> int:
    from habitue.segments import counting

    return counting.save(name, {"match": "all", "of": of}, by).row.pk


def _size(pk: int) -> int:
    from habitue.segments.models import Segment

    return Segment.objects.get(pk=pk).size or 0


def sorts() -> list[str]:
    from habitue.customers.columns import NAME
    from habitue.customers.list_columns import by_code

    codes = [column.code for column in (NAME, *by_code().values()) if column.sort]
    return [f"{sign}{code}" for code in codes for sign in ("", "-")]


def pages(ask: Callable[..., Any], segments: dict[str, int]) -> None:
    everything = []
    for name, pk in {"everybody": 0, **segments}.items():
        took = []
        for sort in sorts():
            query = {"sort": sort} | ({"segment": pk} if pk else {})
            some = [timed(lambda query=query: ask("/customers/", query)) for _ in range(TIMES)]
            took += [(wall, busy, sort) for wall, busy in some]
        tell(f"list, {name}", took)
        everything += took
    tell("list, all of these", everything)


def further(ask: Callable[..., Any]) -> None:
    """Compare pages far down the list with the first page, for each sort order, and print the ratios of their times."""
    from habitue.customers.columns import NAME
    from habitue.customers.list_columns import by_code

    ratios = []
    columns = {"name": NAME, **by_code()}
    for sort in sorts():
        column = columns[sort.lstrip("-")]
        after = _cursor(column.sort, sort.startswith("-"))
        if not after:
            continue
        pairs = []
        for _turn in range(2 * TIMES):
            first = timed(lambda sort=sort: ask("/customers/", {"sort": sort}))[0]
            later = timed(lambda sort=sort, after=after: ask("/customers/", {"sort": sort, "after": after}))[0]
            pairs.append(later / first)
        ratios.append((statistics.median(pairs), sort))
    if ratios:
        worst, sort = max(ratios)
        spread = f"median {statistics.median(ratio for ratio, _ in ratios):.2f}, most {worst:.2f} (by {sort})"
        print(f"  the page {FURTHER:,} further on takes, of the first: {spread}")


def _cursor(sort: Any, descending: bool) -> str:
    """The cursor 3,000 pages down (or in the middle of a shorter list), without reading the rows before it."""
    from habitue.customers.models import Customer
    from habitue.reading.customer_list.plan import ListQuery
    from habitue.reading.customer_list.query import Cursor, along_index, cursor_after

    (rows,) = along_index(sort, ListQuery(Customer.objects.unmerged()), Cursor(descending))
    at = min(FURTHER * 50, rows.count() // 2)
    for pk, key in rows.values_list("sort_owner", "sort_key")[at : at + 1]:
        return cursor_after(pk, key)
    return ""


def window(ask: Callable[..., Any], size: int) -> None:
    import random

    chance = random.Random(5)
    pks = [chance.randrange(1, size) for _ in range(100)]
    ask(f"/customers/{pks[0]}/", {})  # the program reads its templates once
    tell("window", [(*timed(lambda pk=pk: ask(f"/customers/{pk}/", {})), "") for pk in pks])


def tell(what: str, took: list[tuple[float, float, str]]) -> None:
    waits = sorted(wall for wall, _busy, _sort in took)
    p50, p95 = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    busy = statistics.mean(busy for _wall, busy, _sort in took)
    most, _busy, sort = max(took)
    by = f" (by {sort})" if sort else ""
    print(
        f"  {what:<28} p50 {1000 * p50:6.1f} ms  p95 {1000 * p95:6.1f} ms  most {1000 * most:7.1f} ms{by}"
        f"  CPU {1000 * busy:6.1f} ms",
        flush=True,
    )


def _desk() -> Callable[..., Any]:
    from django.conf import settings
    from django.test import Client

    from habitue.team.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    user = User.objects.create_user("bo", password="a password of the bench")
    user.let_into_the_desk()
    client = Client()
    client.force_login(user)

    def ask(address: str, query: dict[str, Any]) -> Any:
        response = client.get(address, query)
        assert response.status_code == 200, (address, query, response.status_code)
        return response

    return ask


if __name__ == "__main__":
    begin(run)
