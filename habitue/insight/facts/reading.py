"""Facts from other sources: tables of a data frame library, or a CSV file of orders."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from habitue.insight.days import day_number
from habitue.insight.facts.engine import open_engine
from habitue.insight.facts.tables import TABLES, Facts, FactsError, check_rows, schema, typed

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

    from habitue.insight.facts.tables import Frame

DELIMITERS = ",;\t|"


def facts_from(orders: Any, *, engine: str = "duckdb", session: Any = None, check: bool = True, **others: Any) -> Facts:
    """Facts from tables in memory (PyArrow, pandas, Polars) or lazy frames (DuckDB relation, Polars, Spark DataFrame).

    `others` are tables of `tables.TABLES` by name. A missing table is empty; missing `customers` are those of the
    orders, created on the day of their first one. Columns beyond the contract are dropped, and orders may lack
    `refund_of`. Tables in memory are put on `engine`; lazy frames stay on theirs and must all be of one engine.

    FactsError for the first violation of the contract, with its row for a table in memory (`check=False` looks at
    columns and types only). ValueError for an unknown table name, or frames of two engines.
    """
    import narwhals as nw

    unknown = sorted(set(others) - set(TABLES))
    if unknown:
        raise ValueError(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
    given = {name: nw.from_native(table) for name, table in ({"orders": orders} | others).items() if table is not None}
    lazy = {name for name, frame in given.items() if isinstance(frame, nw.LazyFrame)}
    if not lazy:
        put = open_engine(engine, session=session).take
        frames = {name: put(_in_memory(frame, name, check)) for name, frame in given.items()}
    elif lazy == set(given) and len({frame.implementation for frame in given.values()}) == 1:
        frames = {name: _on_engine(frame, name, check) for name, frame in given.items()}
    else:
        raise ValueError("all tables must be in memory, or all be lazy frames of one engine")
    return _complete(frames)


def read_orders(
    path: Path | str,
    *,
    customer: str,
    date: str,
    amount: str,
    currency: str,
    order: str | None = None,
    refund_of: str | None = None,
    date_format: str | None = None,
    decimal_mark: str = ".",
    decimals: int | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8-sig",
    engine: str = "duckdb",
) -> Facts:
    """Facts from a CSV file with one row an order.

    `customer`, `date`, `amount`, `order` and `refund_of` are names of its columns; `currency` is an ISO 4217 code.
    Customers may be any text: ids are given in alphabetical order, `Facts.names["customer_id"][id]` is the text, and
    `Facts.named(table)` puts the texts back into a table. Amounts are decimal numbers, converted exactly to minor
    units; `decimals` is how many digits follow the mark, by default those of the currency. Dates are ISO dates, or in
    `date_format` (of `datetime.strptime`). `order` holds order numbers; a refund has an amount below 0 and names its
    order in `refund_of` where that is known. Without `delimiter` the most frequent of , ; tab | in the heading is
    taken.

    FactsError names the column and the row (1 is the first below the heading).
    """
    layout = _Layout(customer, date, amount, order, refund_of, date_format, decimal_mark, _decimals(currency, decimals))
    with Path(path).open(newline="", encoding=encoding) as file:
        heading = file.readline()
        separator = delimiter or max(DELIMITERS, key=heading.count)
        reader = csv.DictReader(chain([heading], file), delimiter=separator)
        absent = [name for name in layout.columns if name not in (reader.fieldnames or [])]
        if absent:
            raise FactsError(f"the column is missing; there are {reader.fieldnames}", "orders", absent[0])
        rows = list(layout.read(reader))
    table, names = _orders(rows, layout, currency)
    facts = facts_from(table, engine=engine)
    return Facts(**{name: getattr(facts, name) for name in TABLES}, names=names)


@dataclass(frozen=True)
class _Layout:
    """Which column of the file holds what, and how dates and numbers are written in it."""

    customer: str
    date: str
    amount: str
    order: str | None
    refund_of: str | None
    date_format: str | None
    decimal_mark: str
    decimals: int

    @property
    def columns(self) -> list[str]:
        named = (self.customer, self.date, self.amount, self.order, self.refund_of)
        return [name for name in named if name is not None]

    def read(self, reader: Iterable[Mapping[str, str | None]]) -> Iterator[tuple[str, int, int, str, str]]:
        """Customer, day number, amount in minor units, order number and refunded order of each row."""
        for number, row in enumerate(reader, start=1):
            cells = {name: (row[name] or "").strip() for name in self.columns}
            yield (
                self._filled(cells, self.customer, number),
                self._day(self._filled(cells, self.date, number), number),
                self._minor(self._filled(cells, self.amount, number), number),
                self._filled(cells, self.order, number) if self.order else str(number),
                cells[self.refund_of] if self.refund_of else "",
            )

    def _filled(self, cells: Mapping[str, str], column: str, number: int) -> str:
        """The text of a cell; FactsError if it is empty."""
        if not cells[column]:
            raise FactsError("a value is needed", "orders", column, number)
        return cells[column]

    def _day(self, text: str, number: int) -> int:
        """The day number of a date text; FactsError if it is no date."""
        try:
            if self.date_format:
                return day_number(datetime.datetime.strptime(text, self.date_format).date())
            return day_number(text)
        except ValueError:
            wanted = self.date_format or "YYYY-MM-DD"
            raise FactsError(f"{text!r} is no date {wanted}", "orders", self.date, number, text) from None

    def _minor(self, text: str, number: int) -> int:
        """The amount of a number text in minor units; FactsError for no number, or too many decimals."""
        try:
            minor = Decimal(text.replace(self.decimal_mark, ".")).scaleb(self.decimals)
            whole = int(minor)
        except (InvalidOperation, ValueError, OverflowError):
            raise FactsError(f"{text!r} is no number", "orders", self.amount, number, text) from None
        if whole != minor:
            raise FactsError(f"{text!r} has over {self.decimals} decimals", "orders", self.amount, number, text)
        return whole


def _decimals(currency: str, given: int | None) -> int:
    """The decimals of amounts: as given, else those of the currency."""

    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency)) if given is None else given


def _orders(
    rows: list[tuple[str, int, int, str, str]], layout: _Layout, currency: str
) -> tuple[pa.Table, dict[str, list[str]]]:
    """The orders table of the rows, and the texts behind the ids that were assigned."""

    import pyarrow as pa

    customers = sorted({row[0] for row in rows})
    ids = {text: number for number, text in enumerate(customers)}
    numbers = _order_ids([row[3] for row in rows], layout.order or "")
    columns: dict[str, list[Any]] = {
        "order_id": list(range(len(rows))),
        "customer_id": [ids[row[0]] for row in rows],
        "day": [row[1] for row in rows],
        "amount": [row[2] for row in rows],
        "currency": [currency] * len(rows),
        "refund_of": [_refunded(row[4], numbers, layout, at) for at, row in enumerate(rows, start=1)],
    }
    return pa.table(columns, schema=schema("orders")), {"customer_id": customers, "order_id": list(numbers)}


def _order_ids(texts: list[str], column: str) -> dict[str, int]:
    """The id of each order number: its row from 0; FactsError for a duplicate."""
    numbers: dict[str, int] = {}
    for at, text in enumerate(texts):
        if numbers.setdefault(text, at) != at:
            raise FactsError(f"{text!r} is there twice", "orders", column, at + 1, text)
    return numbers


def _refunded(text: str, numbers: Mapping[str, int], layout: _Layout, row: int) -> int | None:
    """The id of the refunded order, None for a plain order; FactsError if there is no such order."""
    if text and text not in numbers:
        raise FactsError(f"there is no order {text!r}", "orders", layout.refund_of or "", row, text)
    return numbers[text] if text else None


def _in_memory(frame: nw.DataFrame[Any], name: str, check: bool) -> pa.Table:
    """The table as Arrow with the declared columns and types, its rows checked."""

    import narwhals as nw

    lazy: Frame = nw.from_native(_with_gaps(frame.to_arrow(), name)).lazy()
    rows: pa.Table = typed(lazy, name).collect("pyarrow").to_native()
    if check:
        check_rows(nw.from_native(rows).lazy(), name, lambda: [("", rows)])
    return rows


def _with_gaps(rows: pa.Table, name: str) -> pa.Table:
    """The table with `refund_of`, and with integers where pandas made floats of integers with missing values."""
    import pyarrow as pa

    if name == "orders" and "refund_of" not in rows.column_names:
        rows = rows.append_column("refund_of", pa.nulls(len(rows), pa.int64()))
    for column, declared in TABLES[name].columns.items():
        if not declared.nullable or column not in rows.column_names:
            continue
        cells = rows[column]
        if pa.types.is_null(cells.type) or (pa.types.is_floating(cells.type) and declared.kind != "text"):
            at = rows.column_names.index(column)
            rows = rows.set_column(at, column, _whole(cells, name, column))
    return rows


def _whole(cells: pa.ChunkedArray, name: str, column: str) -> pa.ChunkedArray:
    """A column of floats or nulls cast to its declared integer type; FactsError for a fraction."""

    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.if_else(pc.is_nan(cells), None, cells) if pa.types.is_floating(cells.type) else cells
    try:
        return cells.cast(schema(name).field(column).type)
    except pa.ArrowInvalid:
        raise FactsError("a whole number is needed", name, column) from None


def _on_engine(frame: Frame, name: str, check: bool) -> Frame:
    """The lazy frame with the declared columns and types, its rows checked."""

    import narwhals as nw

    if name == "orders" and "refund_of" not in frame.collect_schema():
        frame = frame.with_columns(refund_of=nw.lit(None).cast(nw.Int64()))
    frame = typed(frame, name)
    if check:
        check_rows(frame, name)
    return frame


def _complete(frames: Mapping[str, Frame]) -> Facts:
    """Facts with the missing tables made out of the orders, so that all live on the same engine."""
    import narwhals as nw

    orders = frames["orders"]
    customers = orders.group_by("customer_id").agg(created_day=nw.col("day").min())
    kinds = {"int64": nw.Int64(), "int32": nw.Int32(), "text": nw.String()}
    empty = {
        name: orders.head(0)
        .with_columns(**{column: nw.lit(None).cast(kinds[part.kind]) for column, part in table.columns.items()})
        .select(*table.columns)
        for name, table in TABLES.items()
    }
    complete: dict[str, Any] = empty | {"customers": customers} | dict(frames)
    return Facts(**complete)
