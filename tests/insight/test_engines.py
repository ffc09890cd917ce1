"""The same facts give the same answers on every engine: integers equal, floats to 1e-9."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.insight import Facts, FactsError, facts_from, open_facts
from habitue.insight.days import with_month
from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.tables import schema
from tests.insight.conftest import day, lay_down
from tests.insight.figures import FIGURES, ask, differences, missing, plain

AS_OF = day("2017-12-31")
OTHERS = ("polars", "spark")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """One Spark for the whole module: it starts slowly, and compiles each plan anew."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        # Each plan runs once: what the compiler gains there is less than what it costs.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m",
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def folder(
    journey_orders: pa.Table, journey_goods: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The year, with refunds, some orders in another currency, and one who never bought; contracts are made up."""
    everybody = [*pc.unique(journey_orders["customer_id"]).to_pylist(), 9_000_001]
    euros = journey_orders.slice(7, 30)
    euros = euros.set_column(0, "order_id", pc.subtract(-1_000_000_000_000, euros["order_id"]))
    euros = euros.set_column(4, "currency", pa.array(["EUR"] * 30))
    orders = pa.concat_tables([journey_orders, refunds_of(journey_orders), euros.cast(journey_orders.schema)])
    others = journey_goods | {"contracts": made_up_contracts(sorted(everybody))}
    return lay_down(tmp_path_factory.mktemp("engines") / "facts", orders, everybody, **others)


def refunds_of(orders: pa.Table) -> pa.Table:
    """Every 50th order taken back nine days later, in whole or in half."""
    taken = orders.take(list(range(0, orders.num_rows, 50)))
    parts = pc.divide(taken["amount"], pc.add(1, pc.bit_wise_and(taken["order_id"], 1)))
    columns = {
        "order_id": pc.negate(taken["order_id"]),
        "customer_id": taken["customer_id"],
        "day": pc.add(taken["day"], pa.scalar(9, pa.int32())),
        "amount": pc.negate(parts),
        "currency": taken["currency"],
        "refund_of": taken["order_id"],
    }
    return pa.table(columns, schema=orders.schema)


def made_up_contracts(customers: list[int]) -> pa.Table:
    rows = []
    for n, customer in enumerate(customers[:600]):
        start = day("2017-01-01") + n % 200
        rows.append((n, customer, ("basic", "full")[n % 2], start, start + n * 7 % 150 if n % 3 else None, 30, 900))
    columns = [*zip(*rows, strict=True), ["EUR"] * len(rows)]
    return pa.table(
        {part.name: pa.array(values, part.type) for part, values in zip(schema("contracts"), columns, strict=True)}
    )


@pytest.fixture(scope="module")
def opened(folder: Path, session: Any) -> dict[str, Facts]:
    """Checked in full where that is quick: Spark's check has a test of its own."""
    return {name: open_facts(folder, name, check=name != "spark", session=session) for name in ("duckdb", *OTHERS)}


@pytest.fixture(scope="module")
def result(opened: dict[str, Facts]) -> dict[str, Any]:
    return {name: ask(facts, AS_OF) for name, facts in opened.items()}


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_the_same_on_every_engine(result, name, engine):
    assert differences(result["duckdb"][name], result[engine][name], 1e-9) == []


def test_every_public_function_that_looks_at_facts_is_held_against_the_engines():
    assert missing() == set()


def test_the_comparison_sees_a_cent_a_type_and_a_row():
    table = {"a": pa.array([1, 2]), "b": pa.array([0.5, None])}
    one = plain(pa.table(table))
    assert differences(one, plain(pa.table(table))) == []
    for name, values in (("a", [1, 3]), ("a", [1.0, 2.0]), ("b", [0.5 + 1e-8, None]), ("b", [0.5, 0.0])):
        assert differences(one, plain(pa.table(table | {name: pa.array(values)})), 1e-9)
    assert differences(one, plain(pa.table(table).slice(0, 1)))


def test_spark_knows_the_months_of_all_days(session):
    days = [day(text) for text in ("1999-12-31", "2000-02-29", "2000-03-01", "2100-02-28", "2100-03-01")]
    rows = {"order_id": list(range(5)), "customer_id": [1] * 5, "day": days, "amount": [1] * 5, "currency": ["EUR"] * 5}
    facts = facts_from(pa.table(rows), engine="spark", session=session)
    months = with_month(facts.orders).sort("day").collect("pyarrow")["month"].to_list()
    assert [divmod(month, 12) for month in months] == [(1999, 11), (2000, 1), (2000, 2), (2100, 1), (2100, 2)]


def test_a_spark_frame_is_checked_where_it_is(session):
    good = "select 1L order_id, 7L customer_id, 10 day, -500L amount, 'EUR' currency, 9L refund_of"
    facts = facts_from(session.sql(good))
    assert facts.customers.collect("pyarrow").rows() == [(7, 10)]
    with pytest.raises(FactsError, match="500: a refund has no amount above 0") as caught:
        facts_from(session.sql(good.replace("-500L", "500L")))
    assert (caught.value.table, caught.value.column, caught.value.row) == ("orders", "amount", None)
    with pytest.raises(FactsError, match="int64 expected"):
        facts_from(session.sql(good.replace("-500L", "-5.00")))


@pytest.mark.parametrize("engine", ["duckdb", "polars", "spark"])
@pytest.mark.parametrize("seed", range(3))
def test_refunds_of_unknown_orders_lower_the_same_purchases_on_every_engine(engine, seed, session):
    chance = random.Random(seed)
    rows = [
        (at, chance.randrange(40), chance.randrange(90), chance.choice([0, 300, 500, -200, -700]), chance.choice("AB"))
        for at in range(400)
    ]
    names = ("order_id", "customer_id", "day", "amount", "currency")
    table = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    facts = facts_from(pa.table(table), engine=engine, session=session)
    for as_of in (30, 90):
        known = purchases(facts.orders, as_of).sort("customer_id", "day").collect("pyarrow")
        assert known.select("customer_id", "day", "amount").rows() == lowered(rows, as_of)


def place(key: tuple) -> tuple:
    order, _customer, day_, _currency = key
    return day_, order


def lowered(rows: list[tuple], as_of: int) -> list[tuple]:
    """Customer, day and amount of each purchase day; refunds taken off the latest order before them."""
    left: dict[tuple, int] = {}
    known = sorted((row for row in rows if row[2] <= as_of), key=lambda row: (row[2], row[3] < 0, row[0]))
    for order, customer, day_, amount, currency in known:
        if amount >= 0:
            left[order, customer, day_, currency] = amount
    for _order, customer, day_, amount, currency in known:
        own = [key for key in left if key[1] == customer and key[3] == currency]
        if amount < 0 and own:
            before = [key for key in own if key[2] <= day_]
            nearest = max(before, key=place) if before else min(own, key=place)
            left[nearest] += amount
    sums: dict[tuple, int] = {}
    for (_order, customer, day_, _currency), amount in left.items():
        sums[customer, day_] = sums.get((customer, day_), 0) + amount
    return [(*key, sums[key]) for key in sorted(sums)]


@pytest.mark.parametrize(("engine", "module"), [("polars", "polars"), ("spark", "pyspark")])
def test_an_engine_that_is_not_installed_names_the_command_that_installs_it(tmp_path, monkeypatch, engine, module):
    monkeypatch.setitem(sys.modules, module, None)  # Python's own way of saying that there is no such module
    with pytest.raises(ModuleNotFoundError, match=rf"pip install 'habitue\[{engine}\]'"):
        open_facts(tmp_path, engine)


def test_an_engine_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="engine must be one of duckdb, polars, spark, not 'sqlite'"):
        open_facts(tmp_path, "sqlite")
