"""Stage a file: validate its rows and group them (into orders, say), in the order in which they will be written.

Three Parquet files result: `groups`, `lines` of the valid ones, and `faults` with the rows of the others. All of it
runs in DuckDB over whole columns and spills to disk; Python sees a row only when it is written or refused.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from django.utils import timezone

from habitue.imports.files.reading import Rows
from habitue.imports.kind import Field, Kind
from habitue.imports.mappings.mapping import Mapping, Origin
from habitue.imports.staging import months, sql
from habitue.imports.staging.derivation import Derivation, When, derivation
from habitue.imports.staging.steps import Step, case, select, statements, view
from habitue.kernel.database import duck
from habitue.kernel.database.quoting import identifier, quoted

FEW_ROWS = 20_000  # that one thread stages sooner than two
MOST_ROWS = 50_000  # in one group: an order with more is a wrong column taken for its number


@dataclass
class Staged:
    """A staged file: its groups, lines and faults, as views of `connection`."""

    kind: Kind
    mapping: Mapping
    rows: Rows
    folder: Path
    connection: duckdb.DuckDBPyConnection
    groups: int

    def records(self, query: str, *values: Any) -> list[dict[str, Any]]:
        result = self.connection.execute(query, list(values))
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def tuples(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(values)).fetchall()


def stage(kind: Kind, mapping: Mapping, rows: Rows, folder: Path) -> Staged:
    """Stage all rows into `folder`, or open what is staged there already; it is renamed into place when complete."""
    with ExitStack() as on_error:
        threads = 1 if rows.count < FEW_ROWS else 2
        connection = on_error.enter_context(duck.connect(folder.parent, [rows.path], threads=threads))
        connection.execute(view("file", rows.path))
        if not folder.exists():
            _make(connection, steps_of(kind, mapping, rows), folder)
        for path in folder.glob("*.parquet"):
            connection.execute(view(path.stem, path))
        (groups,) = connection.execute("SELECT count(*) FROM groups").fetchone() or (0,)
        on_error.pop_all()
    return Staged(kind, mapping, rows, folder, connection, groups)


def _make(connection: duckdb.DuckDBPyConnection, steps: list[Step], folder: Path) -> None:
    beside = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        _run(connection, steps, beside)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _run(connection: duckdb.DuckDBPyConnection, steps: list[Step], folder: Path) -> None:
    """Run the steps; of what they make only the files in `folder` stay."""
    connection.execute("CREATE SCHEMA steps; SET search_path = 'steps,main'")
    for statement in statements(steps, folder):
        connection.execute(statement)
    connection.execute("SET search_path = 'main'; DROP SCHEMA steps CASCADE")


def steps_of(kind: Kind, mapping: Mapping, rows: Rows) -> list[Step]:
    """All staging steps, in order, from the view `file` to the Parquet files."""
    of = derivation(kind, mapping)
    return [
        *_text_steps(kind, mapping, rows, of),
        *_group_steps(kind, mapping, of),
        _joined(kind, of),
        *of.line_steps(),
        *_rank_steps(kind, of),
        *_file_steps(kind, of),
    ]


def _text_steps(kind: Kind, mapping: Mapping, rows: Rows, of: Derivation) -> list[Step]:
    """Steps `texts`: the text of each field and kind of discount; and `keyed`: with the key of the row's group."""
    columns = {field.name: Origin(value=field.default) for field in kind.fields if field.default} | mapping.columns
    texts = [f"{_text(field, columns.get(field.name), mapping, rows)} AS {field.text}" for field in kind.fields]
    texts += [f"{sql.text(Origin((d.column,)), rows)} AS d_{name}" for name, d in mapping.discounts.items()]
    steps = [Step("texts", select(["line", "extra", *texts], of.source(rows)))]
    if repaired := of.repaired_texts():
        values = ", ".join(f"{value} AS {kind.field(name).text}" for name, value in repaired.items())
        steps.append(Step("repaired", f"SELECT * REPLACE ({values}) FROM texts"))
    steps += of.text_steps(steps[-1].name)
    if kind.without_key(columns):
        steps.append(Step("named", f"SELECT * REPLACE ({of.made_key()} AS {kind.key.text}) FROM {steps[-1].name}"))
    # A row without its key is a group of its own: nobody knows where it belongs. `||` gives NULL where a part is.
    key = " || chr(31) || ".join(field.text for field in kind.keys)
    return [*steps, Step("keyed", f"SELECT *, coalesce('n' || {key}, 'l' || line) AS key FROM {steps[-1].name}")]


def _text(field: Field, origin: Origin | None, mapping: Mapping, rows: Rows) -> str:
    text = sql.text(origin, rows)
    dated = field.type in ("moment", "day") and not field.soft and origin is not None
    return months.in_digits(text) if dated and mapping.date_format == months.IN_WORDS else text


def _group_steps(kind: Kind, mapping: Mapping, of: Derivation) -> list[Step]:
    """Steps `firsts`: shared fields of a group, each from its first row that has a text; `valued`: parsed; `judged`:
    with faults.
    """
    texts = [field.text for field in kind.shared]
    firsts = ["key", "min(line) AS first_line", "count(*) AS n"]
    steps = [
        Step("firsts", select([*firsts, *(f"arg_min({t}, line) AS {t}" for t in texts)], "FROM keyed GROUP BY key"))
    ]
    values = ["key", "first_line", "n", *texts]
    values += [value for field in kind.shared for value in of.value(field) or _value(field, mapping)]
    source = "FROM firsts"
    if currency := kind.currency:
        steps.append(Step("currencies", f"SELECT * FROM {sql.currencies()}"))
        source += f" LEFT JOIN currencies ON upper({currency.text}) = code"
        values.append("coalesce(decimals, 6) AS decimals")
    faults = [(f"n > {MOST_ROWS}", f"{kind.key.name}:too_many_rows")]
    faults += [fault for field in kind.shared for fault in _faults(field, of)] + of.group_faults()
    steps.append(Step("valued", select(values, source)))
    fault = _fault(faults, of.excused)
    return [*steps, Step("judged", select(["*", f"{fault} AS fault"], "FROM valued"), "table")]


def _value(field: Field, mapping: Mapping) -> list[str]:
    text, name = field.text, field.sql
    if field.soft:
        return [f"{text} AS {name}"]
    if field.type == "moment":
        instant, on = sql.moment(text, mapping)
        at_name, on_name = field.columns
        return [f"timezone('UTC', {instant}) AS {at_name}", f"{on} AS {on_name}"]
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


def _faults(field: Field, of: Derivation) -> list[When]:
    text, name = field.text, field.sql

    def fault(condition: str, code: str) -> When:
        return condition, f"{field.name}:{code}"

    faults = [fault(f"{text} IS NULL", "missing")] if field.required and field.name not in of.optional else []
    if field.soft:
        return faults
    if field.type == "text":
        return [*faults, fault(f"length({text}) > {field.limit}", "too_long")]
    code = "unknown" if field.type in ("currency", "choice", "flag") else "unreadable"
    faults.append(fault(f"{text} IS NOT NULL AND {name} IS NULL", code))
    if field.type in ("amount", "count"):
        faults.append(fault(f"{name} < {field.least}", "too_small"))
    if field.not_before:
        faults.append(fault(f"{name} < {field.not_before}", "ends_early"))
    if field.first_day:
        faults.append(fault(f"{name} < DATE '{field.first_day}'", "too_early"))
    if field.past:
        faults.append(fault(f"{name} > DATE '{timezone.localdate()}'", "in_future"))
    return faults


def _fault(faults: list[When], excused: str = "") -> str:
    nothing = [(excused, "NULL::VARCHAR")] if excused else []
    return case([*nothing, *((condition, quoted(fault)) for condition, fault in faults)])


def _joined(kind: Kind, of: Derivation) -> Step:
    """The step `joined`: each row with columns of its group, and the field in which it contradicts the group."""
    shared = [field for field in kind.shared if field not in kind.keys]
    faults = [(f"t.{field.text} <> g.{field.text}", f"{field.name}:contradicts") for field in shared]
    columns = ["t.*", *of.carried, f"{_fault(faults)} AS contradiction"]
    return Step("joined", select(columns, "FROM keyed AS t JOIN judged AS g USING (key)"))


def _rank_steps(kind: Kind, of: Derivation) -> list[Step]:
    """Steps `sums`: aggregates of each group; `summed`: groups with them; `ranked`: in the order of writing."""
    sums = select(["key", "min(line) FILTER (fault IS NOT NULL) AS bad_line", *of.sums()], "FROM facts GROUP BY key")
    late = [("fault IS NOT NULL", "fault"), *((condition, quoted(fault)) for condition, fault in of.late_faults())]
    summed = f"SELECT * REPLACE ({case(late)} AS fault)\nFROM {of.judged} JOIN sums USING (key)"
    before = f"sum(n) OVER (ORDER BY {of.order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    bad_line = "CASE WHEN fault IS NULL THEN bad_line ELSE coalesce(least(bad_line, first_line), first_line) END"
    ranked = [
        "key",
        f"row_number() OVER (ORDER BY {of.order}) AS rank",
        f"coalesce({before}, 0)::BIGINT AS rows_before",
        "n",
        "first_line",
        *(identifier(name) for field in kind.shared for name in field.columns),
        "fault",
        f"{bad_line} AS bad_line",
        f"{bad_line} IS NOT NULL AS faulty",
        *of.group_columns(),
    ]
    return [
        Step("sums", sums, "table"),
        Step("summed", summed),
        Step("ranked", select(ranked, "FROM summed"), "table"),
    ]


def _file_steps(kind: Kind, of: Derivation) -> list[Step]:
    steps = [Step("groups", "SELECT * EXCLUDE (key) FROM ranked ORDER BY rank", "file")]
    if kind.own:
        columns = ["rank", "line", *(f"facts.{name}" for name in of.line_columns)]
        good = "FROM facts JOIN ranked USING (key) WHERE NOT faulty ORDER BY rank, line"
        steps.append(Step("lines", select(columns, good), "file"))
    own_or_group = "coalesce(f.fault, CASE WHEN f.line = r.first_line THEN r.fault END) AS fault"
    columns = ["r.rank", "f.line", own_or_group, "r.bad_line", "r.first_line", "file.* EXCLUDE (line)"]
    bad = "FROM facts AS f JOIN ranked AS r USING (key) JOIN file USING (line)\n"
    bad += f"WHERE r.faulty{of.reported} ORDER BY r.rank, f.line"
    return [*steps, Step("faults", select(columns, bad), "file")]
