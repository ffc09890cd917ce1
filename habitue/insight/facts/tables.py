"""The contract for facts: which tables the analysis works on, their columns and units, and what is checked.

Days are whole days since 1970-01-01 on the company's own calendar, money is in the currency's minor unit, quantities
are in thousandths: engines differ on dates, decimals and sums of floats, but not on integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

    Frame = nw.LazyFrame[Any]


class FactsError(ValueError):
    """A value that breaks the contract, with its table, column and row (from 1, within the table or within `file`).

    `row` is None where the whole column is wrong, and for a lazy frame, whose rows have no order: then `value` and the
    message say what is wrong.
    """

    def __init__(
        self, problem: str, table: str, column: str = "", row: int | None = None, value: Any = None, file: str = ""
    ) -> None:
        where = f"{table}.{column}" if column else table
        where += f", row {row}" if row is not None else ""
        where += f" of {file}" if file else ""
        super().__init__(f"{where}: {problem}")
        self.table, self.column, self.row, self.value, self.file = table, column, row, value, file


@dataclass(frozen=True)
class Column:
    """A declared column: its type, its unit, and whether values may be missing."""

    kind: Literal["int64", "int32", "text"]
    unit: str
    nullable: bool = False

    @property
    def optional(self) -> Column:
        return replace(self, nullable=True)


@dataclass(frozen=True)
class Rule:
    """A constraint on a row: `broken` gives the expression that is true for a row which violates it."""

    column: str
    problem: str
    broken: Callable[[], nw.Expr]


@dataclass(frozen=True)
class Table:
    """A declared table. `key`: the column that is unique. `by_month`: stored as one file for each month of `day`."""

    columns: Mapping[str, Column]
    key: str | None = None
    by_month: bool = False
    rules: tuple[Rule, ...] = ()


ID = Column("int64", "id")
DAY = Column("int32", "days since 1970-01-01")
DAYS = Column("int32", "days")
MONEY = Column("int64", "minor units of the currency")
QUANTITY = Column("int64", "thousandths of the product's unit")
CURRENCY = Column("text", "ISO 4217 code")
CODE = Column("text", "code")


def _refunds_itself() -> nw.Expr:
    import narwhals as nw

    return nw.col("refund_of") == nw.col("order_id")


def _wrong_sign() -> nw.Expr:
    import narwhals as nw

    return ~nw.col("refund_of").is_null() & (nw.col("amount") > 0)


def _ends_before_it_begins() -> nw.Expr:
    import narwhals as nw

    return nw.col("last_day") < nw.col("first_day")


def _no_period() -> nw.Expr:
    import narwhals as nw

    return nw.col("period_days") <= 0


ENDS_BEFORE = Rule("last_day", "ends before it begins", _ends_before_it_begins)


def _declare(
    columns: Mapping[str, Column], key: str | None = None, by_month: bool = False, rules: tuple[Rule, ...] = ()
) -> dict[str, Table]:
    return {"table": Table(columns, key, by_month, rules)}


@dataclass(frozen=True)
class Facts:
    """The tables of facts, each a lazy frame. A new domain declares its table here and nowhere else.

    `customers`: one row a customer, whether they bought or not.
    `orders`: one row an order or a refund. refund_of: the order that a refund takes back; amount: what was received net
    of discounts, at least 0 for an order and at most 0 for a refund. An amount below 0 without refund_of is a refund of
    an order that is not known.
    `lines`: one row a product of an order. gross: before any discount; amount: received; paid: by the buyer. The
    discount is gross - paid.
    `products`: family is the group of products that it belongs to.
    `promotions`: a lower price for a product or a family, from first_day to last_day inclusive.
    `contracts`: a subscription. last_day: the day on which it ended, null while it runs; amount: for each period.
    `names`: the texts behind the ids of a column, where ids were assigned on reading (`names["customer_id"][id]`).
    """

    customers: Frame = field(metadata=_declare({"customer_id": ID, "created_day": DAY}, key="customer_id"))
    orders: Frame = field(
        metadata=_declare(
            {
                "order_id": ID,
                "customer_id": ID,
                "day": DAY,
                "amount": MONEY,
                "currency": CURRENCY,
                "refund_of": ID.optional,
            },
            key="order_id",
            by_month=True,
            rules=(
                Rule("refund_of", "an order cannot take itself back", _refunds_itself),
                Rule("amount", "a refund has no amount above 0", _wrong_sign),
            ),
        )
    )
    lines: Frame = field(
        metadata=_declare(
            {
                "order_id": ID,
                "customer_id": ID,
                "day": DAY,
                "product_id": ID,
                "quantity": QUANTITY,
                "gross": MONEY,
                "amount": MONEY,
                "paid": MONEY,
                "currency": CURRENCY,
            },
            by_month=True,
        )
    )
    products: Frame = field(metadata=_declare({"product_id": ID, "family": CODE.optional}, key="product_id"))
    promotions: Frame = field(
        metadata=_declare(
            {
                "promotion_id": ID,
                "product_id": ID.optional,
                "family": CODE.optional,
                "kind": CODE,
                "first_day": DAY,
                "last_day": DAY,
            },
            key="promotion_id",
            rules=(ENDS_BEFORE,),
        )
    )
    contracts: Frame = field(
        metadata=_declare(
            {
                "contract_id": ID,
                "customer_id": ID,
                "plan": CODE,
                "first_day": DAY,
                "last_day": DAY.optional,
                "period_days": DAYS,
                "amount": MONEY,
                "currency": CURRENCY,
            },
            key="contract_id",
            rules=(ENDS_BEFORE, Rule("period_days", "a period has at least one day", _no_period)),
        )
    )
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def named(self, table: pa.Table) -> pa.Table:
        """`table` with the texts of `names` in place of the ids."""
        import pyarrow as pa

        for column in set(self.names) & set(table.column_names):
            texts = pa.array(self.names[column], pa.string()).take(table[column])
            table = table.set_column(table.column_names.index(column), column, texts)
        return table


TABLES: dict[str, Table] = {f.name: f.metadata["table"] for f in fields(Facts) if "table" in f.metadata}


def schema(name: str) -> pa.Schema:
    """The Arrow schema of the table `name`: what its Parquet files are written with."""
    import pyarrow as pa

    kinds = {"int64": pa.int64(), "int32": pa.int32(), "text": pa.string()}
    return pa.schema(
        pa.field(column, kinds[declared.kind], declared.nullable) for column, declared in TABLES[name].columns.items()
    )


def typed(frame: Frame, name: str) -> Frame:
    """`frame` with the declared columns of the table `name`, in order and cast to their types.

    Integers of another width are accepted. FactsError for a missing column or another type: decimals for money, dates
    and text ids have to be converted before (see `reading`).
    """
    import narwhals as nw

    kinds = {"int64": nw.Int64(), "int32": nw.Int32(), "text": nw.String()}
    types = frame.collect_schema()
    chosen = []
    for column, declared in TABLES[name].columns.items():
        if column not in types:
            raise FactsError("the column is missing", name, column)
        dtype, wanted = types[column], kinds[declared.kind]
        if not _is_kind(dtype, declared):
            raise FactsError(f"{declared.kind} expected ({declared.unit}), {dtype} found", name, column)
        chosen.append(nw.col(column) if dtype == wanted else nw.col(column).cast(wanted))
    return frame.select(*chosen)


def _is_kind(dtype: Any, declared: Column) -> bool:
    """Whether a column of this type can hold what is declared. A column of nulls only has no type of its own."""

    import narwhals as nw

    if dtype == nw.Unknown():
        return declared.nullable
    return bool(dtype in (nw.String, nw.Categorical) if declared.kind == "text" else dtype.is_integer())


def check_rows(frame: Frame, name: str, parts: Callable[[], Iterable[tuple[str, pa.Table]]] | None = None) -> None:
    """FactsError for the first row that breaks the contract: a null, a violated rule, a duplicate key.

    One scan counts violations, a second one groups by the key. Foreign keys are not checked: an id may be unknown in
    another table. `parts` gives the rows again, in order, file by file, so that the error can name the row.
    """
    import narwhals as nw

    rules = _rules(name)
    counts = frame.select(
        *(rule.broken().cast(nw.Int64()).sum().alias(str(number)) for number, rule in enumerate(rules))
    ).collect("pyarrow")
    for number, rule in enumerate(rules):
        if counts[str(number)].item():
            raise _where(rule, frame, name, parts)
    key = TABLES[name].key
    if key:
        twice = frame.group_by(key).agg(_rows=nw.len()).filter(nw.col("_rows") > 1).sort(key).head(1).collect("pyarrow")
        if len(twice):
            raise _where_again(key, twice[key].item(), name, parts)


def _rules(name: str) -> list[Rule]:
    """The rules of a table, with one more for each column that may not be null."""

    import narwhals as nw

    table = TABLES[name]
    filled = [
        Rule(column, "a value is needed", lambda column=column: nw.col(column).is_null())  # type: ignore[misc]
        for column, declared in table.columns.items()
        if not declared.nullable
    ]
    return [*filled, *(Rule(r.column, r.problem, lambda r=r: r.broken().fill_null(False)) for r in table.rules)]  # type: ignore[misc]


def _where(
    rule: Rule, frame: Frame, name: str, parts: Callable[[], Iterable[tuple[str, pa.Table]]] | None
) -> FactsError:
    """The error for the first row that violates the rule, with its row number if `parts` are given."""

    import narwhals as nw

    for file, rows in parts() if parts else ():
        broken = nw.from_native(rows).with_row_index("_row").filter(rule.broken()).head(1)
        if len(broken):
            value = broken[rule.column].item()
            return FactsError(f"{value!r}: {rule.problem}", name, rule.column, broken["_row"].item() + 1, value, file)
    first = frame.filter(rule.broken()).sort(*frame.columns).head(1).collect("pyarrow").rows(named=True)[0]
    value = first[rule.column]
    return FactsError(f"{value!r}: {rule.problem}, in {first}", name, rule.column, value=value)


def _where_again(
    key: str, value: Any, name: str, parts: Callable[[], Iterable[tuple[str, pa.Table]]] | None
) -> FactsError:
    """The error for the second row with that value of the key, with its row number if `parts` are given."""

    import narwhals as nw

    before = 0
    for file, rows in parts() if parts else ():
        there = nw.from_native(rows).with_row_index("_row").filter(nw.col(key) == value)["_row"].to_list()
        if before + len(there) > 1:
            return FactsError(f"{value!r} is there twice", name, key, there[1 - before] + 1, value, file)
        before += len(there)
    return FactsError(f"{value!r} is there twice", name, key, value=value)
