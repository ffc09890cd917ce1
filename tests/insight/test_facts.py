"""The contract of the facts: what comes in is checked, and what is wrong is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from habitue.insight import Facts, FactsError, day_number, facts_from, open_facts, portraits, read_orders
from habitue.insight.facts.tables import TABLES, schema

GOOD = {
    "order_id": [1, 2, 3, 4],
    "customer_id": [7, 7, 8, 7],
    "day": [10, 11, 12, 13],
    "amount": [500, 300, 200, -300],
    "currency": ["EUR"] * 4,
    "refund_of": [None, None, None, 2],
}


def orders(**changes: list) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in (GOOD | changes).items()})


def rows(frame: Any) -> list[tuple]:
    return sorted(frame.collect("pyarrow").rows())


def error_of(make: Callable[[], object]) -> FactsError:
    with pytest.raises(FactsError) as caught:
        make()
    return caught.value


LAZY: dict[str, Callable[[pa.Table], object]] = {
    "a Polars lazy frame": lambda table: pl.DataFrame(table).lazy(),
    "a DuckDB relation": lambda table: duckdb.from_arrow(table),
}
NATIVE: dict[str, Callable[[pa.Table], object]] = {
    "an Arrow table": lambda table: table,
    "a Polars frame": pl.DataFrame,
    "a pandas frame": lambda table: table.to_pandas(),
    **LAZY,
}


def test_each_table_is_declared_once_and_has_a_frame():
    declared = {part.name for part in dataclasses.fields(Facts)} - {"names"}
    assert declared == set(TABLES) == {"customers", "orders", "lines", "products", "promotions", "contracts"}


def test_the_schema_of_the_files_follows_from_the_declaration():
    assert schema("products").equals(
        pa.schema([pa.field("product_id", pa.int64(), nullable=False), pa.field("family", pa.string())])
    )
    assert schema("contracts").field("last_day") == pa.field("last_day", pa.int32())


def test_a_day_is_counted_from_1970():
    assert (day_number("1970-01-01"), day_number("1970-02-01"), day_number("1969-12-31")) == (0, 31, -1)


@pytest.mark.parametrize("kind", NATIVE)
def test_facts_are_made_from_any_table(kind):
    facts = facts_from(NATIVE[kind](orders()))
    assert rows(facts.orders)[3] == (4, 7, 13, -300, "EUR", 2)
    assert rows(facts.customers) == [(7, 10), (8, 12)]
    assert facts.contracts.columns == list(TABLES["contracts"].columns)
    assert rows(facts.contracts) == []
    assert portraits(facts, 40).table["value"].to_pylist() == [500, 200]


@pytest.mark.parametrize("kind", NATIVE)
def test_tables_that_are_given_are_taken_and_columns_too_many_are_left_out(kind):
    make = NATIVE[kind]
    customers = pa.table({"customer_id": [6, 7, 8], "created_day": [1, 2, 3], "mood": ["a", "b", "c"]})
    products = pa.table({"product_id": [1, 2], "family": ["tea", None]})
    facts = facts_from(make(orders()), customers=make(customers), products=make(products))
    assert rows(facts.customers) == [(6, 1), (7, 2), (8, 3)]
    assert {tuple(row) for row in facts.products.collect("pyarrow").rows()} == {(1, "tea"), (2, None)}


def test_whole_numbers_with_gaps_come_back_from_pandas():
    frame = pd.DataFrame(GOOD)
    assert frame["refund_of"].dtype.kind == "f"
    assert rows(facts_from(frame).orders) == rows(facts_from(orders()).orders)


def test_numbers_with_gaps_that_were_made_decimals_are_whole_again():
    assert rows(facts_from(orders(refund_of=[None, None, None, 2.0])).orders) == rows(facts_from(orders()).orders)
    assert error_of(lambda: facts_from(orders(refund_of=[None, None, None, 2.5]))).column == "refund_of"


def test_an_orders_table_may_do_without_refunds():
    table = orders(amount=[500, 300, 200, 300]).drop_columns("refund_of")
    for make in NATIVE.values():
        assert [row[5] for row in rows(facts_from(make(table)).orders)] == [None] * 4


@pytest.mark.parametrize("kind", NATIVE)
def test_a_missing_column_is_named(kind):
    error = error_of(lambda: facts_from(NATIVE[kind](orders().drop_columns("currency"))))
    assert (error.table, error.column, error.row) == ("orders", "currency", None)
    assert "missing" in str(error)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount", [5.0, 3.0, 2.0, -3.0]),
        ("day", ["2024-01-01"] * 4),
        ("customer_id", ["Ada", "Ada", "Bo", "Ada"]),
        ("currency", [1, 2, 3, 4]),
        ("order_id", [True, False, True, False]),
    ],
)
def test_a_column_of_another_type_is_named_with_its_unit(column, values):
    for make in NATIVE.values():
        error = error_of(lambda make=make: facts_from(make(orders(**{column: values}))))
        assert (error.table, error.column, error.row) == ("orders", column, None)
        assert TABLES["orders"].columns[column].unit in str(error)


BROKEN: dict[str, tuple[str, list, int, object]] = {
    "a value that is missing": ("currency", ["EUR", "EUR", None, "EUR"], 3, None),
    "a number that is missing": ("day", [10, None, 12, 13], 2, None),
    "a refund above 0": ("amount", [500, 300, 200, 300], 4, 300),
    "a refund of itself": ("refund_of", [None, None, None, 4], 4, 4),
    "an order twice": ("order_id", [1, 2, 1, 4], 3, 1),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named_with_its_row_and_value(case):
    column, values, row, value = BROKEN[case]
    error = error_of(lambda: facts_from(orders(**{column: values})))
    assert (error.table, error.column, error.row, error.value) == ("orders", column, row, value)
    assert str(error).startswith(f"orders.{column}, row {row}: {value!r}")


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("kind", LAZY)
def test_on_an_engine_without_an_order_of_rows_the_value_is_named(case, kind):
    column, values, _, value = BROKEN[case]
    error = error_of(lambda: facts_from(LAZY[kind](orders(**{column: values}))))
    assert (error.table, error.column, error.row, error.value) == ("orders", column, None, value)


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ("promotions", "last_day", (1, None, "tea", "price", 20, 19)),
        ("contracts", "last_day", (1, 7, "basic", 20, 19, 30, 900, "EUR")),
        ("contracts", "period_days", (1, 7, "basic", 20, None, 0, 900, "EUR")),
        ("customers", "customer_id", (None, 3)),
    ],
)
def test_the_rules_of_the_other_tables_are_kept(table, column, row):
    broken = pa.table({part.name: pa.array([value], part.type) for part, value in zip(schema(table), row, strict=True)})
    error = error_of(lambda: facts_from(orders(), **{table: broken}))
    assert (error.table, error.column, error.row) == (table, column, 1)


def test_a_contract_that_runs_on_has_no_last_day():
    row = dict(zip(TABLES["contracts"].columns, (1, 7, "basic", 20, None, 30, 900, "EUR"), strict=True))
    facts = facts_from(orders(), contracts=pa.table({name: [value] for name, value in row.items()}))
    assert rows(facts.contracts) == [tuple(row.values())]


def test_a_table_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no such table: moods"):
        facts_from(orders(), moods=orders())


def test_tables_of_two_engines_are_refused():
    products = pl.LazyFrame({"product_id": [1], "family": ["tea"]})
    with pytest.raises(ValueError, match="one engine"):
        facts_from(duckdb.from_arrow(orders()), products=products)


def lay(folder: Path, **months: pa.Table) -> Path:
    for month, table in months.items():
        part = folder / "orders" / f"month={month[1:].replace('_', '-')}"
        part.mkdir(parents=True)
        pq.write_table(table, part / "part.parquet")
    return folder


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("case", BROKEN)
def test_checked_files_name_the_file_and_the_row_in_it(tmp_path, engine, case):
    column, values, row, value = BROKEN[case]
    fine = orders(order_id=[11, 12, 13, 14], refund_of=[None, None, None, 12]).cast(schema_without_nulls())
    folder = lay(tmp_path, m1970_01=fine, m1970_02=orders(**{column: values}).cast(schema_without_nulls()))
    open_facts(folder, engine)
    error = error_of(lambda: open_facts(folder, engine, check=True))
    assert (error.column, error.row, error.value) == (column, row, value)
    assert error.file == "orders/month=1970-02/part.parquet"
    assert f"row {row} of {error.file}" in str(error)


def schema_without_nulls() -> pa.Schema:
    return pa.schema([part.with_nullable(True) for part in schema("orders")])


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_an_order_in_two_files_is_found(tmp_path, engine):
    table = orders().cast(schema_without_nulls())
    folder = lay(tmp_path, m1970_01=table.slice(0, 2), m1970_02=table.slice(1, 3))
    error = error_of(lambda: open_facts(folder, engine, check=True))
    assert (error.column, error.row, error.value) == ("order_id", 1, 2)
    assert error.file == "orders/month=1970-02/part.parquet"


def test_a_file_of_another_shape_is_named_without_reading_its_rows(tmp_path):
    fine = orders().cast(schema_without_nulls())
    other = fine.rename_columns(["order_id", "customer_id", "day", "total", "currency", "refund_of"])
    folder = lay(tmp_path, m1970_01=fine, m1970_02=other)
    error = error_of(lambda: open_facts(folder))
    assert (error.table, error.column, error.file) == ("orders", "amount", "orders/month=1970-02/part.parquet")
    assert "missing" in str(error)


def test_a_file_with_integers_of_another_width_is_named(tmp_path):
    folder = lay(tmp_path, m1970_01=orders().cast(schema_without_nulls()), m1970_02=orders())
    error = error_of(lambda: open_facts(folder))
    assert (error.column, error.file) == ("day", "orders/month=1970-02/part.parquet")
    assert "int32 expected (days since 1970-01-01), int64 found" in str(error)


SALES = """\
client;date;montant;numéro;rembourse
Zoé;05/01/2024;12,50;A1;
Ada;06/01/2024;3;A2;
Zoé;05/02/2024;10,05;A3;
Zoé;09/02/2024;-2,5;A4;A3
"""
FRENCH: dict[str, Any] = {
    "customer": "client",
    "date": "date",
    "amount": "montant",
    "currency": "EUR",
    "order": "numéro",
    "refund_of": "rembourse",
    "date_format": "%d/%m/%Y",
    "decimal_mark": ",",
}


@pytest.fixture
def sales(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "sales.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_csv_file_becomes_facts_to_the_last_cent(sales, engine):
    facts = read_orders(sales(SALES), engine=engine, **FRENCH)
    january, february = day_number("2024-01-05"), day_number("2024-02-05")
    assert rows(facts.orders) == [
        (0, 1, january, 1250, "EUR", None),
        (1, 0, january + 1, 300, "EUR", None),
        (2, 1, february, 1005, "EUR", None),
        (3, 1, february + 4, -250, "EUR", 2),
    ]
    table = facts.named(portraits(facts, february + 30).table)
    assert table.select(["customer_id", "value"]).to_pylist() == [
        {"customer_id": "Ada", "value": 300},
        {"customer_id": "Zoé", "value": 2005},
    ]


def test_a_csv_file_without_order_numbers_and_with_a_byte_order_mark_is_read(sales):
    facts = read_orders(
        sales("\ufeffwho,on,sum\nAda,2024-01-05,1.10\nAda,2024-01-06,2\n"),
        customer="who",
        date="on",
        amount="sum",
        currency="USD",
    )
    assert [row[3] for row in rows(facts.orders)] == [110, 200]


def test_a_currency_has_its_own_number_of_decimals(sales):
    text = "who,on,sum\nAda,2024-01-05,1500\n"
    for currency, amount in (("JPY", 1500), ("EUR", 150_000), ("KWD", 1_500_000)):
        facts = read_orders(sales(text), customer="who", date="on", amount="sum", currency=currency)
        assert rows(facts.orders)[0][3] == amount


@pytest.mark.parametrize(
    ("old", "new", "column", "row", "said"),
    [
        ("10,05", "10,055", "montant", 3, "'10,055' has over 2 decimals"),
        ("10,05", "1 000", "montant", 3, "'1 000' is no number"),
        ("10,05", "nan", "montant", 3, "'nan' is no number"),
        ("10,05", "", "montant", 3, "a value is needed"),
        ("06/01/2024", "2024-01-06", "date", 2, "is no date %d/%m/%Y"),
        ("Ada", "  ", "client", 2, "a value is needed"),
        ("A4;A3", "A4;A9", "rembourse", 4, "there is no order 'A9'"),
        ("A2", "A1", "numéro", 2, "'A1' is there twice"),
        ("-2,5", "2,5", "amount", 4, "above 0"),
        (";montant;", ";total;", "montant", None, "missing"),
    ],
)
def test_what_is_wrong_in_a_csv_file_is_named_with_its_row(sales, old, new, column, row, said):
    assert old in SALES
    error = error_of(lambda: read_orders(sales(SALES.replace(old, new, 1)), **FRENCH))
    assert (error.column, error.row) == (column, row)
    assert said in str(error)
