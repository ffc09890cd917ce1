"""The table of texts becomes groups of rows (orders) that are judged, in the order in which they will be written.

Three Parquet files: `groups`, `lines` of the good ones, `faults` with the rows of the others. All of it runs in DuckDB
over whole columns and spills to disk; a row is looked at in Python only when it is written or refused.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from habitue.imports import sql
from habitue.imports.deriving import FACTS, order_lines
from habitue.imports.engine import connect, parquet, quoted, write_parquet
from habitue.imports.kinds import Field, Kind
from habitue.imports.mapping import Mapping, Origin
from habitue.imports.reading import Rows

MOST_ROWS = 50_000  # in one group: an order with more is a wrong column taken for its number


@dataclass
class Staged:
    kind: Kind
    mapping: Mapping
    rows: Rows
    folder: Path
    connection: duckdb.DuckDBPyConnection
    groups: int

    def records(self, query: str, *values: Any) -> list[dict[str, Any]]:
        found = self.connection.execute(query, list(values))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def tuples(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(values)).fetchall()


def stage(kind: Kind, mapping: Mapping, rows: Rows, folder: Path) -> Staged:
    """Judge all rows, unless a run before did; written beside and renamed, so what is there is whole."""
    if not folder.exists():
        beside = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            with connect(beside, [rows.path]) as connection:
                _judge(connection, kind, mapping, rows, beside)
            (beside / "facts.parquet").unlink()
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    connection = connect(folder, [rows.path])
    connection.execute(f"CREATE VIEW file AS SELECT * FROM {parquet(rows.path)}")
    for path in folder.glob("*.parquet"):
        connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM {parquet(path)}")
    (groups,) = connection.execute("SELECT count(*) FROM groups").fetchone() or (0,)
    return Staged(kind, mapping, rows, folder, connection, groups)


def _judge(connection: duckdb.DuckDBPyConnection, kind: Kind, mapping: Mapping, rows: Rows, folder: Path) -> None:
    connection.execute(f"CREATE VIEW texts AS {_texts(kind, mapping, rows)}")
    connection.execute(f"CREATE TABLE found AS {_groups(kind, mapping)}")
    contradictions = "".join(
        f" WHEN t.t_{f.name} <> g.t_{f.name} THEN '{f.name}:contradicts'" for f in kind.shared if f is not kind.key
    )
    refund = "g.refund_of IS NOT NULL AS refund, g.decimals" if kind.money else "FALSE AS refund"
    connection.execute(
        f"CREATE VIEW joined AS SELECT t.*, {refund}, CASE{contradictions} END AS contradiction "
        "FROM texts AS t JOIN found AS g USING (key)"
    )
    write_parquet(connection, _lines(kind, mapping), folder / "facts.parquet")
    connection.execute(f"CREATE VIEW facts AS SELECT * FROM {parquet(folder / 'facts.parquet')}")
    connection.execute(f"CREATE TABLE sums AS {_sums(kind)}")
    connection.execute(f"CREATE TABLE ranked AS {_ranked(kind)}")
    write_parquet(connection, "SELECT * EXCLUDE (key) FROM ranked ORDER BY rank", folder / "groups.parquet")
    if kind.own:
        facts = ", ".join(f"facts.{name}" for name in FACTS)
        good = f"SELECT rank, line, {facts} FROM facts JOIN ranked USING (key) WHERE NOT faulty ORDER BY rank, line"
        write_parquet(connection, good, folder / "lines.parquet")
    connection.execute(f"CREATE VIEW file AS SELECT * FROM {parquet(rows.path)}")
    bad = """
        SELECT r.rank, f.line, coalesce(f.fault, CASE WHEN f.line = r.first_line THEN r.fault END) AS fault,
            r.bad_line, r.first_line, file.* EXCLUDE (line)
        FROM facts AS f JOIN ranked AS r USING (key) JOIN file USING (line) WHERE r.faulty ORDER BY r.rank, f.line
    """
    write_parquet(connection, bad, folder / "faults.parquet")


def _texts(kind: Kind, mapping: Mapping, rows: Rows) -> str:
    columns = dict(mapping.columns)
    if kind.money:
        columns.setdefault("quantity", Origin(value="1"))
    texts = [f"{sql.text(columns.get(field.name), rows)} AS t_{field.name}" for field in kind.fields]
    texts += [f"{sql.text(Origin((d.column,)), rows)} AS d_{name}" for name, d in mapping.discounts.items()]
    key = f"t_{kind.key.name}"
    # A row without its key is a group of its own: nobody knows where it belongs.
    return (
        f"SELECT *, coalesce('n' || {key}, 'l' || line) AS key "
        f"FROM (SELECT line, extra, {', '.join(texts)} FROM {parquet(rows.path)})"
    )


def _groups(kind: Kind, mapping: Mapping) -> str:
    """The facts that rows of a group share, from the first row that states each."""
    firsts = ", ".join(f"arg_min(t_{field.name}, line) AS t_{field.name}" for field in kind.shared)
    grouped = f"SELECT key, min(line) AS first_line, count(*) AS n, {firsts} FROM texts GROUP BY key"
    values = ", ".join(expression for field in kind.shared for expression in _value(field, mapping))
    faults = " ".join(fault for field in kind.shared for fault in _faults(field))
    known = f"LEFT JOIN {sql.currencies()} ON upper(t_currency) = code" if kind.has_currency else ""
    if kind.money:
        values += ", coalesce(decimals, 6) AS decimals"
        faults += " WHEN refund_of = number THEN 'refund_of:itself'"
    return f"""
        SELECT *, CASE WHEN n > {MOST_ROWS} THEN '{kind.key.name}:too_many_rows' {faults} END AS fault
        FROM (SELECT key, first_line, n, {", ".join(f"t_{field.name}" for field in kind.shared)}, {values}
        FROM ({grouped}) {known})
    """


def _value(field: Field, mapping: Mapping) -> list[str]:
    text = f"t_{field.name}"
    if field.type == "moment":
        instant, on = sql.moment(text, mapping)
        return [f"timezone('UTC', {instant}) AS placed_at", f"{on} AS placed_on"]
    if field.type == "day":
        return [f"{sql.moment(text, mapping)[1]} AS {field.name}"]
    if field.type in ("amount", "count"):
        exponent = "coalesce(decimals, 6)" if field.type == "amount" and mapping.unit == "major" else "0"
        return [f"{sql.whole(text, mapping, exponent)} AS {field.name}"]
    if field.type == "currency":
        return [f"code AS {field.name}"]
    if field.type == "choice":
        choices = ", ".join(quoted(choice) for choice in field.choices)
        return [f"CASE WHEN lower({text}) IN ({choices}) THEN lower({text}) END AS {field.name}"]
    return [f"{text} AS {field.name}"]


def _faults(field: Field) -> list[str]:
    text = f"t_{field.name}"
    faults = [f"WHEN {text} IS NULL THEN '{field.name}:missing'"] if field.required else []
    if field.type == "text":
        return [*faults, f"WHEN length({text}) > {field.limit} THEN '{field.name}:too_long'"]
    why = "unknown" if field.type in ("currency", "choice") else "unreadable"
    faults.append(f"WHEN {text} IS NOT NULL AND {field.name} IS NULL THEN '{field.name}:{why}'")
    if field.type in ("amount", "count"):
        faults.append(f"WHEN {field.name} < {field.least} THEN '{field.name}:too_small'")
    if field.not_before:
        faults.append(f"WHEN {field.name} < {field.not_before} THEN '{field.name}:ends_early'")
    return faults


def _lines(kind: Kind, mapping: Mapping) -> str:
    if kind.money:
        return order_lines(kind, mapping, "joined")
    fault = "CASE WHEN extra IS NOT NULL THEN ':too_many_cells' ELSE contradiction END"
    return f"SELECT line, key, {fault} AS fault FROM joined"


def _sums(kind: Kind) -> str:
    sums = "key, min(line) FILTER (fault IS NOT NULL) AS bad_line"
    if kind.money:
        # Sums of hashes do not depend on the order of the lines, and need no sorting.
        whole = "concat_ws(chr(31), product, quantity, gross, amount, paid, discounts)"
        sums += f""", sum(gross) AS gross, sum(amount) AS amount, sum(paid) AS paid,
            min(sign) < 0 AND max(sign) > 0 AS mixed,
            sum(md5_number_lower({whole})) AS content"""
    return f"SELECT {sums} FROM facts GROUP BY key"


def _ranked(kind: Kind) -> str:
    """Refunds after all sales, so that a refund may stand before its order in the file."""
    order, extra, fault = "first_line", "", "fault"
    if kind.money:
        order = "refund_of IS NOT NULL, first_line"
        fault = "CASE WHEN fault IS NULL AND mixed AND refund_of IS NOT NULL THEN ':signs_mixed' ELSE fault END"
        shared = ", ".join(
            f"coalesce({name}::VARCHAR, '')"
            for name in ("number", "buyer", "placed_at", "placed_on", "place", "currency", "refund_of")
        )
        extra = f", gross, amount, paid, md5(concat_ws(chr(31), {shared}, n, gross, paid, content)) AS fingerprint"
    names = ", ".join(field.name for field in kind.shared) + (", placed_on" if kind.money else "")
    before = f"sum(n) OVER (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    return f"""
        SELECT *, bad_line IS NOT NULL AS faulty
        FROM (SELECT key, row_number() OVER (ORDER BY {order}) AS rank, coalesce({before}, 0)::BIGINT AS rows_before,
            n, first_line, {names}, fault, CASE WHEN fault IS NULL THEN bad_line
                ELSE coalesce(least(bad_line, first_line), first_line) END AS bad_line{extra}
        FROM (SELECT * REPLACE ({fault} AS fault) FROM found JOIN sums USING (key)))
    """
