"""Complete a mapping from all values of the file: the decimal mark and the date format."""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from dataclasses import replace

import duckdb
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from habitue.imports.files.choices import Choices
from habitue.imports.files.controls import control
from habitue.imports.files.reading import Rows
from habitue.imports.kind import Kind
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.staging import months, sql
from habitue.imports.staging.steps import view
from habitue.kernel.database.duck import connect
from habitue.kernel.database.quoting import quoted
from habitue.kernel.errors import HabitueError

DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%m/%d/%y")
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def complete(kind: Kind, rows: Rows, mapping: Mapping) -> Mapping:
    """The mapping with decimal mark and date format filled in; HabitueError where dates can be read in two ways."""
    mapping = replace(mapping, reading=_as_read(mapping, rows))
    days = [field.name for field in kind.fields if field.type in ("moment", "day") and field.name in mapping.columns]
    _refuse_swapped(rows, [column for name in days for column in mapping.columns[name].columns])
    with connect(rows.folder) as connection:
        connection.execute(view("file", rows.path))
        if mapping.decimal is None:
            mapping = replace(mapping, decimal=_decimal(connection, kind, rows, mapping))
        texts = [sql.text(mapping.columns[name], rows) for name in days]
        if texts and mapping.date_format is None:
            mapping = replace(mapping, date_format=_date_format(connection, texts, mapping.date_order), date_order="")
        if kind.completion:
            mapping = import_string(kind.completion)(kind, rows, mapping, connection)
    if mapping.date_format:
        sql.require_format(mapping.date_format)
    return mapping


def _as_read(mapping: Mapping, rows: Rows) -> Choices:
    """The options with which the file is read again in the same way."""
    sheets = tuple(rows.sheets) if len(rows.sheets) > 1 else mapping.reading.sheets
    return replace(mapping.reading, encoding=rows.encoding or None, separator=rows.separator or None, sheets=sheets)


def _refuse_swapped(rows: Rows, columns: list[str]) -> None:
    """HabitueError where a spreadsheet has swapped day and month in the true dates of a column."""
    for column in columns:
        mixed = rows.how.get("dates", {}).get(column, {})
        if "swapped" in mixed:
            raise HabitueError(
                _(
                    "The column “%(column)s” of the sheet “%(sheet)s” holds %(dates)s true dates, none of them after "
                    "the 12th of its month, and texts such as %(text)s: a spreadsheet has taken the day for the month "
                    "in the true dates, and which ones are right cannot be told. Import the file that the program "
                    "wrote, without opening it in a spreadsheet before; or open it there with this column as text."
                )
                % {"column": column, "sheet": mixed["sheet"], "dates": mixed["dates"], "text": mixed["swapped"]}
            )


def _decimal(connection: duckdb.DuckDBPyConnection, kind: Kind, rows: Rows, mapping: Mapping) -> str:
    """The decimal mark that more numbers use. Numbers such as 1,234 and 1.234 are ambiguous and not counted."""
    counted = [field.name for field in kind.fields if field.type in ("amount", "quantity", "count", "number")]
    columns = {rows.at(c) for name in counted if name in mapping.columns for c in mapping.columns[name].columns}
    columns |= {rows.at(discount.column) for discount in mapping.discounts.values()}
    if not columns:
        return "."
    union = " UNION ALL ".join(f"SELECT {column} AS v FROM file" for column in sorted(columns))
    points, commas = connection.execute(
        rf"""
        SELECT count(*) FILTER (regexp_matches(v, '^[^,]*(,\d+)*\.(\d{{1,2}}|\d{{4,}})\D*$')),
            count(*) FILTER (regexp_matches(v, '^[^.]*(\.\d+)*,(\d{{1,2}}|\d{{4,}})\D*$'))
        FROM ({union})
        """
    ).fetchone() or (0, 0)
    if not points and not commas:
        _ask_of_thousands(connection, kind, rows, mapping)
    return "," if commas > points else "."


def _ask_of_thousands(connection: duckdb.DuckDBPyConnection, kind: Kind, rows: Rows, mapping: Mapping) -> None:
    """HabitueError where amounts such as 1.500 may be read as 1500 or as 1.5, and no other number tells."""
    names = [field.name for field in kind.fields if field.type == "amount" and field.name in mapping.columns]
    for column in [rows.at(c) for name in names for c in mapping.columns[name].columns]:
        query = rf"SELECT min({column}) FROM file WHERE regexp_matches({column}, '^\D*[1-9]\d{{0,2}}(\.\d{{3}})+\D*$')"
        (value,) = connection.execute(query).fetchone() or (None,)
        if value:
            raise HabitueError(
                _("The amounts of this file, such as %(value)s, can be read in two ways. Say which: %(control)s.")
                % {"value": value, "control": control("thousands")}
            )


def _date_format(connection: duckdb.DuckDBPyConnection, texts: list[str], order: str) -> str:
    values = " UNION ".join(f"SELECT {text} AS v FROM file" for text in texts)
    connection.execute(f"CREATE TEMP TABLE dates AS SELECT DISTINCT v FROM ({values})")
    total = _count(connection, "v IS NOT NULL")
    if _count(connection, f"({sql.iso('v')}) IS NOT NULL") * 2 >= total:
        return "iso"
    if _count(connection, f"({sql.iso(months.in_digits('v'))}) IS NOT NULL") * 2 >= total:
        return months.IN_WORDS
    counts = {}
    for written in [day + time for day in DAYS for time in TIMES]:
        if count := _count(connection, sql.within(f"try_strptime(v, {quoted(written)})")):
            counts[written] = count
    if not counts:
        return "iso"
    best = [written for written, count in counts.items() if count == max(counts.values())]
    if order:
        best = [written for written in best if _first(written) == order] or best
    one, *others = best
    for other in others:
        differ = f"try_strptime(v, {quoted(one)}) <> try_strptime(v, {quoted(other)})"
        example = connection.execute(f"SELECT min(v) FROM dates WHERE {differ}").fetchone()
        if example and example[0]:
            raise HabitueError(
                _(
                    "The dates of this file, such as %(value)s, can be read in two ways. Say which, "
                    "“%(one)s” or “%(other)s”: %(control)s."
                )
                % {"value": example[0], "one": one, "other": other, "control": control("date_format")}
            )
    return one


def _first(written: str) -> str:
    """Whether the day or the month comes first in a date format."""
    return "day" if written.find("%d") < written.find("%m") else "month"


def _count(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM dates WHERE {condition}").fetchone() or (0,)
    return int(count)
