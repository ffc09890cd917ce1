"""What must not matter does not: order of rows, files, calendar, unit of money, who never buys, what is to come."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from habitue.insight import Facts, facts_from, open_facts, portraits
from habitue.insight.facts.tables import DAY, MONEY, TABLES, schema
from tests.insight.conftest import day
from tests.insight.figures import FIGURES, ask, differences
from tests.sampling import sampled

Tables = dict[str, pa.Table]

START, AS_OF = day("2023-01-15"), day("2024-05-20")
FOUR_CENTURIES = 146_097  # days: the calendar repeats itself
ENGINES = st.sampled_from(["polars", "duckdb"])

few = sampled(2, phases=[Phase.explicit, Phase.generate])  # an example is a whole log: it tells enough as it is


@st.composite
def logs(draw: st.DrawFn) -> Tables:
    """Sixty customers who buy by chance, enough to fit the models on, or none; and a few odd ones, drawn one by one."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16), label="seed"))
    orders = list(_by_chance(rng, draw(st.sampled_from([60, 60, 0]), label="customers")))
    odd = st.tuples(
        st.integers(1, 4),  # customer
        st.integers(START, AS_OF),
        st.sampled_from([0, 1, 999, 10**7]),
        st.sampled_from(["EUR", "EUR", "JPY"]),
        st.sampled_from([None, 0.0, 0.5, 1.0]),  # the share that is taken back
        st.integers(0, 40),  # days later
    )
    for customer, on, amount, currency, share, later in draw(st.lists(odd, max_size=10), label="odd"):
        orders.append((len(orders) + 1, customer, on, amount, currency, None))
        if share is not None:
            orders.append((len(orders) + 1, customer, on + later, -int(amount * share), currency, len(orders)))
    return _tables(orders)


def _by_chance(rng: np.random.Generator, customers: int) -> Iterator[tuple]:
    number = 0
    for customer in range(10, 10 + customers):
        gap, level, on = rng.gamma(2, 20), 2000 / rng.gamma(4), START + rng.integers(0, 300)
        while on <= AS_OF and rng.random() > 0.1:
            number += 1
            yield number, customer, int(on), int(rng.gamma(4, level)), "EUR", None
            on += max(rng.exponential(gap), 1)


def _tables(orders: list[tuple], first_line: int = 0) -> Tables:
    """Orders with their lines: two products each, the second one at half its price."""
    lines = []
    for order, customer, on, amount, currency, _refund in orders:
        first, second = (order + customer) % 7, 7 + order % 5
        lines.append((order, customer, on, first, 1000, amount // 3, amount // 3, amount // 3, currency))
        rest = amount - amount // 3
        lines.append((order, customer, on, second, 2000, 2 * rest, rest, rest, currency))
    return {
        "customers": _table("customers", [(customer, START) for customer in sorted({row[1] for row in orders})]),
        "orders": _table("orders", orders),
        "lines": _table("lines", lines),
        "products": _table("products", [(number, f"family {number % 3}") for number in range(12)]),
        "promotions": _table("promotions", [(1, 7, None, "price", START + 100, START + 140)]),
        "contracts": _contracts(still_running_ends=None),
    }


def _contracts(still_running_ends: int | None) -> pa.Table:
    ends = [START + 100 + 6 * n if n % 2 else still_running_ends for n in range(60)]
    return _table("contracts", [(n, 10 + n, "basic", START + 3 * n, end, 30, 900, "EUR") for n, end in enumerate(ends)])


def _table(name: str, rows: list[tuple]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(TABLES[name].columns)
    return pa.table(
        {part.name: pa.array(values, part.type) for part, values in zip(schema(name), columns, strict=True)}
    )


def take(tables: Tables, engine: str) -> Facts:
    return facts_from(**tables, engine=engine)


@given(logs(), ENGINES, st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_does_not_matter(tables, engine, random):
    shuffled = {name: table.take(random.sample(range(len(table)), len(table))) for name, table in tables.items()}
    assert differences(ask(take(tables, engine), AS_OF), ask(take(shuffled, engine), AS_OF)) == []


@given(logs(), ENGINES, st.integers(2, 5))
@few
def test_how_a_log_is_dealt_out_to_files_does_not_matter(tables, engine, parts):
    def laid(folder: Path, parts: int) -> Facts:
        for name, table in tables.items():
            for part in range(parts if TABLES[name].by_month else 1):
                below = folder / name / (f"month=2024-{part + 1:02d}" if TABLES[name].by_month else "")
                below.mkdir(parents=True)
                rows = table.take(list(range(part, len(table), parts))) if TABLES[name].by_month else table
                pq.write_table(rows, below / "part.parquet")
        return open_facts(folder, engine, check=True)

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as several:
        assert differences(ask(laid(Path(one), 1), AS_OF), ask(laid(Path(several), parts), AS_OF)) == []


def changed(tables: Tables, unit: str, change: Callable[[pa.Array], pa.Array]) -> Tables:
    """`tables` with `change` made in every column of a unit, as the contract declares them."""
    result = dict(tables)
    for name, declared in TABLES.items():
        for column, of in declared.columns.items():
            if of.unit == unit:
                at = result[name].column_names.index(column)
                values = change(result[name][column]).cast(result[name].schema.field(column).type)
                result[name] = result[name].set_column(at, column, values)
    return result


CALENDAR = {"retention", "second_purchase", "spend_by_tenure"}  # speak of months, which are not alike
CALENDAR |= {"after_discounts", "churn_by_price"}  # and these of weeks from Monday to Sunday
DAY_KEYS = re.compile(r"(as_of|first_day|last_day|next_\w+|\.day|scores\.recency)$")


@given(logs(), ENGINES, st.integers(-5_000, 5_000))
@few
def test_moving_all_dates_moves_days_and_nothing_else(tables, engine, days):
    moved = take(changed(tables, DAY.unit, lambda column: pc.add(column, days)), engine)
    names = sorted(set(FIGURES) - CALENDAR - {"backtest"})
    here, there = ask(take(tables, engine), AS_OF, names), ask(moved, AS_OF + days, names)
    assert differences(moved_by(here, days), there) == []


@given(logs(), ENGINES)
@few
def test_the_calendar_of_four_centuries_later_is_the_same(tables, engine):
    moved = take(changed(tables, DAY.unit, lambda column: pc.add(column, FOUR_CENTURIES)), engine)
    names = sorted(CALENDAR | {"backtest"})
    here, there = ask(take(tables, engine), AS_OF, names), ask(moved, AS_OF + FOUR_CENTURIES, names)
    assert differences(moved_by(here, FOUR_CENTURIES), there) == []


def moved_by(answer: Any, days: int, where: str = "") -> Any:
    """Every day of an answer moved; months and dates as text are, by whole centuries."""
    if isinstance(answer, dict):
        return {key: moved_by(value, days, f"{where}.{key}") for key, value in answer.items()}
    if isinstance(answer, list):
        return [moved_by(value, days, where) for value in answer]
    if isinstance(answer, str) and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", answer):
        return f"{int(answer[:4]) + 400 * days // FOUR_CENTURIES:04d}{answer[4:]}"
    if isinstance(answer, int) and DAY_KEYS.search(where):
        return answer + days
    return answer


MONEY_KEYS = re.compile(
    r"value$|value_(low|high|sd)|amount|\.(mean|low|high|mae|bias|gross)$|let_off$|received_with(out)?$"
    r"|\.value\.(expected|actual)$|gammagamma\.v$"
)
IN_A_UNIT = {"log_likelihood"}  # of amounts: a density, which has a unit of its own


@given(logs(), ENGINES)
@few
def test_the_unit_of_the_currency_changes_amounts_and_nothing_else(tables, engine):
    cents = ask(take(tables, engine), AS_OF)
    mills = ask(take(changed(tables, MONEY.unit, lambda column: pc.multiply(column, 100)), engine), AS_OF)
    for answer in (*cents.values(), *mills.values()):
        if isinstance(answer, dict) and "gammagamma" in answer.get("parameters", {}):
            answer["parameters"]["gammagamma"] |= dict.fromkeys(IN_A_UNIT)
    assert [line for line in differences(cents, mills, 1e-6) if not _of_money(line)] == []
    assert cents["portraits"]["table"]["stage"] == mills["portraits"]["table"]["stage"]
    values = zip(cents["portraits"]["table"]["value"], mills["portraits"]["table"]["value"], strict=True)
    assert all(100 * small == large for small, large in values)


def _of_money(line: str) -> bool:
    """Of a difference `where: one / other`: an amount is told there, and the other is a hundred times the one."""
    where, _, pair = line.partition(": ")
    one, other = (float(text) for text in pair.split(" / "))
    # Amounts are told in whole units: what was rounded to one may lie half of it away, times a hundred.
    return bool(MONEY_KEYS.search(re.sub(r"\[\d+\]", "", where)) and np.isclose(other, 100 * one, rtol=1e-4, atol=51))


@given(logs(), ENGINES, st.integers(1, 30))
@few
def test_who_never_buys_changes_nothing_for_the_others(tables, engine, idle):
    more = pa.concat_tables([tables["customers"], _table("customers", [(900 + n, AS_OF) for n in range(idle)])])
    before, after = ask(take(tables, engine), AS_OF), ask(take(tables | {"customers": more}, engine), AS_OF)
    table = after["portraits"]["table"]
    assert table["stage"][-idle:] == ["prospect"] * idle
    after["portraits"]["table"] = {name: values[:-idle] for name, values in table.items()}
    assert differences(before, after) == []


@given(logs(), ENGINES, st.integers(0, 2**16))
@few
def test_nothing_looks_past_as_of(tables, engine, seed):
    rng = np.random.default_rng(seed)
    future = list(to_come(tables["orders"], rng))
    later = _tables(future)
    added = {name: pa.concat_tables([tables[name], later[name]]) for name in ("orders", "lines")}
    added["contracts"] = _contracts(still_running_ends=AS_OF + 30)
    sale = _table("promotions", [(2, 3, None, "price", AS_OF + 1, AS_OF + 9)])
    added["promotions"] = pa.concat_tables([tables["promotions"], sale])
    known = tables | {"customers": _table("customers", [(c, START) for c in [*range(1, 5), *range(10, 120)]])}
    assert len(future) > 50
    assert differences(ask(take(known, engine), AS_OF), ask(take(known | added, engine), AS_OF)) == []


def to_come(orders: pa.Table, rng: np.random.Generator) -> Iterator[tuple]:
    """After as_of: refunds of a third of what is known, orders of who is known, of who is new, in new currencies."""
    for row in orders.to_pylist()[::3]:
        if row["refund_of"] is None:
            number, on = 10**6 + row["order_id"], AS_OF + 1 + int(rng.integers(0, 200))
            yield number, row["customer_id"], on, -row["amount"], row["currency"], row["order_id"]
    for number in range(2 * 10**6, 2 * 10**6 + 200):
        on = AS_OF + 1 + int(rng.integers(0, 200))
        yield number, int(rng.integers(10, 120)), on, int(rng.gamma(4, 5000)), str(rng.choice(["EUR", "ZAR"])), None


def test_the_log_of_these_tests_is_one_that_models_can_be_fitted_on():
    rows = list(_by_chance(np.random.default_rng(0), 60))
    made = portraits(take(_tables(rows), "duckdb"), AS_OF)
    assert not made.parameters["mbgnbd"]["fallback"]
    assert len(set(made.table["stage"].to_pylist())) >= 4


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_orders_that_were_looked_at_too_early_would_be_seen(engine):
    rows = list(_by_chance(np.random.default_rng(0), 60))
    last = [(10**6 + customer, customer, AS_OF, 100, "EUR", None) for customer in range(10, 70)]
    before = ask(take(_tables(rows), engine), AS_OF)
    after = ask(take(_tables([*rows, *last]), engine), AS_OF)
    changed = {name for name in FIGURES if differences(before[name], after[name])}
    assert changed == set(FIGURES) - {"contracts", "after_discounts", "churn_by_price"}
