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
from django.utils import timezone

from habitue.imports.files.reading import Rows
from habitue.imports.kinds import Field, Kind
from habitue.imports.kinds.orders.deriving import FACTS, order_lines
from habitue.imports.mappings.mapping import Mapping, Origin
from habitue.imports.staging import sql
from habitue.imports.staging.engine import connect, parquet, quoted, write_parquet

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
        f" WHEN t.{f.text} <> g.{f.text} THEN {quoted(f'{f.name}:contradicts')}"
        for f in kind.shared
        if f not in kind.keys
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
    texts = [f"{sql.text(columns.get(field.name), rows)} AS {field.text}" for field in kind.fields]
    texts += [f"{sql.text(Origin((d.column,)), rows)} AS d_{name}" for name, d in mapping.discounts.items()]
    source = f"(SELECT line, extra, {', '.join(texts)} FROM {parquet(rows.path)})"
    if kind.without_key(columns):
        source = f"(SELECT * REPLACE ({_made_key(kind, columns)} AS {kind.key.text}) FROM {source})"
    # A row without its key is a group of its own: nobody knows where it belongs. `||` gives NULL where a part is.
    key = " || chr(31) || ".join(field.text for field in kind.keys)
    return f"SELECT *, coalesce('n' || {key}, 'l' || line) AS key FROM {source}"


def _made_key(kind: Kind, columns: dict[str, Origin]) -> str:
    """The same row gets the same key whenever it comes: its e-mail address, or else a mark of all that it says."""
    texts = ", ".join(f"coalesce({field.text}, '')" for field in kind.fields if field.name in columns)
    mark = f"'X' || upper(substr(md5(concat_ws(chr(31), {texts})), 1, 15))"
    if "email" not in columns:
        return mark
    email = kind.field("email").text
    return f"CASE WHEN length({email}) <= {kind.key.limit} AND {email} LIKE '%@%' THEN {email} ELSE {mark} END"


def _groups(kind: Kind, mapping: Mapping) -> str:
    """The facts that rows of a group share, from the first row that states each."""
    firsts = ", ".join(f"arg_min({field.text}, line) AS {field.text}" for field in kind.shared)
    grouped = f"SELECT key, min(line) AS first_line, count(*) AS n, {firsts} FROM texts GROUP BY key"
    values = ", ".join(expression for field in kind.shared for expression in _value(field, mapping))
    faults = " ".join(fault for field in kind.shared for fault in _faults(field))
    known = f"LEFT JOIN {sql.currencies()} ON upper(t_currency) = code" if kind.has_currency else ""
    if kind.money:
        values += ", coalesce(decimals, 6) AS decimals"
        faults += " WHEN refund_of = number THEN 'refund_of:itself'"
    return f"""
        SELECT *, CASE WHEN n > {MOST_ROWS} THEN '{kind.key.name}:too_many_rows' {faults} END AS fault
        FROM (SELECT key, first_line, n, {", ".join(field.text for field in kind.shared)}, {values}
        FROM ({grouped}) {known})
    """


def _value(field: Field, mapping: Mapping) -> list[str]:
    text, name = field.text, field.sql
    if field.type == "moment":
        instant, on = sql.moment(text, mapping)
        return [f"timezone('UTC', {instant}) AS placed_at", f"{on} AS placed_on"]
    if field.type == "day":
        earliest = sql.ANY_DAY if field.first_day else sql.EARLIEST
        return [f"{sql.moment(text, mapping, earliest)[1]} AS {name}"]
    if field.type in ("amount", "count", "number"):
        exponent = "coalesce(decimals, 6)" if field.type == "amount" and mapping.unit == "major" else "0"
        return [f"{sql.whole(text, mapping, '4' if field.type == 'number' else exponent)} AS {name}"]
    if field.type == "currency":
        return [f"code AS {name}"]
    if field.type in ("choice", "flag"):
        return [f"{sql.chosen(text, field)} AS {name}"]
    return [f"{text} AS {name}"]


def _faults(field: Field) -> list[str]:
    text, name = field.text, field.sql

    def fault(condition: str, why: str) -> str:
        return f"WHEN {condition} THEN {quoted(f'{field.name}:{why}')}"

    faults = [fault(f"{text} IS NULL", "missing")] if field.required else []
    if field.type == "text":
        return [*faults, fault(f"length({text}) > {field.limit}", "too_long")]
    why = "unknown" if field.type in ("currency", "choice", "flag") else "unreadable"
    faults.append(fault(f"{text} IS NOT NULL AND {name} IS NULL", why))
    if field.type in ("amount", "count"):
        faults.append(fault(f"{name} < {field.least}", "too_small"))
    if field.not_before:
        faults.append(fault(f"{name} < {field.not_before}", "ends_early"))
    if field.first_day:
        faults.append(fault(f"{name} < DATE '{field.first_day}'", "too_early"))
    if field.past:
        faults.append(fault(f"{name} > DATE '{timezone.localdate()}'", "in_future"))
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
        whole = "concat_ws(chr(31), product, quantity, gross, amount, paid, discounts, 'for ' || recipient)"
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
        roles = (
            "'paid by ' || payer, 'for ' || recipient"  # NULL is left out: who says neither says what they said before
        )
        extra = (
            f", gross, amount, paid, md5(concat_ws(chr(31), {shared}, n, gross, paid, content, {roles})) AS fingerprint"
        )
    names = ", ".join(field.sql for field in kind.shared) + (", placed_on" if kind.money else "")
    before = f"sum(n) OVER (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    return f"""
        SELECT *, bad_line IS NOT NULL AS faulty
        FROM (SELECT key, row_number() OVER (ORDER BY {order}) AS rank, coalesce({before}, 0)::BIGINT AS rows_before,
            n, first_line, {names}, fault, CASE WHEN fault IS NULL THEN bad_line
                ELSE coalesce(least(bad_line, first_line), first_line) END AS bad_line{extra}
        FROM (SELECT * REPLACE ({fault} AS fault) FROM found JOIN sums USING (key)))
    """
