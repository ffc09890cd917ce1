"""Read a file of any format into one table of texts: `line`, `extra` (cells beyond the headings), `c0`, `c1` ...

The table is a Parquet file, written under another name and then renamed, so that an existing one is complete.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from habitue.imports.files import decoding, dialects, letters, vcards, workbooks
from habitue.imports.files.choices import Choices
from habitue.imports.files.headings import PEEK, Layout, Row, layout
from habitue.imports.files.leftovers import SHOWN, noted, take_out
from habitue.imports.files.lines import STRIDE
from habitue.imports.files.recognising import recognise
from habitue.kernel.database.duck import connect, copy_to_parquet
from habitue.kernel.database.quoting import identifier, quoted
from habitue.kernel.errors import HabitueError

BATCH_ROWS = 20_480
BATCH_CHARACTERS = 16_000_000
CELL_END = "\x1f"  # between cells that are kept in one
EXTRA = re.compile(r"habitue_extra_\d+")  # headings that a file of rejections gives to cells without one


@dataclass(frozen=True)
class Rows:
    """A file that was read into a Parquet table. `form` is that of `recognise`; encoding and separator as used.

    `how` says the rest of how it was read, as JSON: the line of the headings, what was left out and why, what was
    mended, the sheets, and what is doubtful. `describing` puts it in words.
    """

    folder: Path
    headings: list[str]
    count: int
    form: str
    encoding: str = ""
    separator: str = ""
    how: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "rows.parquet"

    @property
    def sheets(self) -> list[str]:
        """The sheets that were read, in order."""
        return [sheet["name"] for sheet in self.how.get("sheets", []) if sheet["read"]]

    def at(self, heading: str) -> str:
        """The column of the table for a heading, such as "c3"."""
        return f"c{self.headings.index(heading)}"


@dataclass
class Table:
    """A file while it is read: its layout and an iterator of its rows. `how` describes the reading once they are read.

    `printed`: laid out for readers, so that totals and repeated headings can stand between its rows.
    """

    layout: Layout
    rows: Iterator[Row]
    printed: bool = True
    how: Callable[[Sequence[str]], dict[str, Any]] = lambda _headings: {}


def content_digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(decoding.BLOCK):
            digest.update(block)
    return digest.hexdigest()


def read(path: Path, folder: Path, choices: Choices | None = None) -> Rows:
    """Read the file `path` into a table in `folder`, or return the one that is complete there already."""
    choices = choices or Choices()
    target = folder / f"rows-{sha256(repr(choices).encode()).hexdigest()[:8]}"
    if not target.exists():
        beside = folder / f"{target.name}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            about = _stage(path, beside, choices)
            (beside / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
            beside.rename(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return Rows(folder=target, **json.loads((target / "about.json").read_text(encoding="utf-8")))


def _stage(path: Path, folder: Path, choices: Choices) -> dict[str, Any]:
    form = recognise(path)
    if form == "parquet":
        about = _from_parquet(path, folder)
    elif form in ("xlsx", "ods", "xls"):
        about = _written(folder, _from_workbook(path, choices), choices)
    elif form == "vcf":
        about = _from_cards(path, folder, choices)
    else:
        about = _from_text(path, folder, choices)
    if not about["count"]:
        raise HabitueError(
            _("%(file)s has headings (%(headings)s) but no row under them. Export it again with its data.")
            % {"file": path.name, "headings": ", ".join(about["headings"])}
        )
    return about | {"form": form}


def _from_text(path: Path, folder: Path, choices: Choices) -> dict[str, Any]:
    seen = letters.survey(path)
    encoding = letters.encoding_of(path, choices.encoding, seen)
    doubts = [] if choices.encoding else letters.doubtful_tables(path, encoding)

    def lines(mended: letters.Mended) -> Iterator[str]:
        return decoding.texts(path, encoding, mended, seen)

    dialect = dialects.dialect_of(lambda: lines(letters.Mended()), choices, backslash=seen.backslash)
    mended = letters.Mended()
    about = _written(folder, _laid_out(path, dialects.cells(lines(mended), dialect), choices), choices)
    about["how"] |= dialect.as_data() | mended.as_data()
    if doubts:
        about["how"]["doubts"] = [{"code": "encoding", "others": doubts}]
    return about | {"encoding": letters.needed(encoding, mended), "separator": dialect.separator}


def _from_cards(path: Path, folder: Path, choices: Choices) -> dict[str, Any]:
    encoding = vcards.encoding_of(path, choices.encoding)
    book = vcards.Book(path, encoding)
    cells = book.cells()
    table = Table(Layout(*next(cells)), cells, printed=False, how=lambda _headings: book.as_data())
    return _written(folder, table, choices) | {"encoding": encoding}


def _from_workbook(path: Path, choices: Choices) -> Table:
    book = workbooks.book_of(path, choices)
    if book is None:
        raise _empty(path)
    return Table(book.layout, book.rows(), how=book.as_data)


def _laid_out(path: Path, cells: Iterator[Row], choices: Choices) -> Table:
    """The table whose layout the first rows show; HabitueError where there are none."""
    first: list[Row] = []
    for row in cells:
        first.append(row)
        if len(first) >= PEEK and row[0] >= (choices.heading_line or 0):
            break
    if not first:
        raise _empty(path)
    place = layout(first, choices)
    return Table(place, chain([row for row in first if row[0] > place.before], cells))


def _empty(path: Path) -> HabitueError:
    return HabitueError(
        _("%(file)s is empty. Export it again, with a line of headings and a line for each row.") % {"file": path.name}
    )


def _from_parquet(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with connect(folder, [path]) as connection:
            source = f"read_parquet({quoted(str(path))}, file_row_number = true)"
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            typed = [(name, kind) for name, kind, *_rest in described if name != "file_row_number"]
            columns = ", ".join(f"{_as_text(name, kind)} AS c{at}" for at, (name, kind) in enumerate(typed))
            # The heading of a table is line 1, so that lines mean the same in every kind of file.
            query = f"SELECT file_row_number + 2 AS line, NULL::VARCHAR AS extra, {columns} FROM {source}"
            connection.execute(copy_to_parquet(query, folder / "rows.parquet"))
    except duckdb.Error as error:
        raise HabitueError(
            _("%(file)s cannot be read as Parquet (%(error)s). Write it again.")
            % {"file": path.name, "error": str(error).splitlines()[0][:200]}
        ) from None
    count = pq.read_metadata(folder / "rows.parquet").num_rows
    return {"headings": [name for name, _kind in typed], "count": count}


def _as_text(name: str, kind: str) -> str:
    """SQL that gives a Parquet column as text, binary floats rounded to six decimals: 0.1 + 0.2 is 0.3."""
    column = identifier(name)
    if kind in ("DOUBLE", "FLOAT"):
        value = column if kind == "DOUBLE" else f"CAST({column} AS VARCHAR)::DOUBLE"
        exact = f"TRY_CAST({value} AS DECIMAL(18, 6))::VARCHAR"
        text = f"coalesce(rtrim(rtrim({exact}, '0'), '.'), {column}::VARCHAR)"
        return f"CASE WHEN isnan({column}) THEN NULL ELSE {text} END"
    if kind == "VARCHAR":
        return f"replace({column}, chr(0), '')"
    return f"{column}::VARCHAR"


def _written(folder: Path, table: Table, choices: Choices) -> dict[str, Any]:
    """Write the rows of a table as Parquet, without totals and the like; headings, count and description of it."""
    distinct = _distinct(table.layout)
    inside = [at for at, heading in enumerate(distinct) if not EXTRA.fullmatch(heading)]
    headings = [distinct[at] for at in inside]
    schema = pa.schema(
        [("line", pa.int64()), ("extra", pa.string()), *((f"c{at}", pa.string()) for at in range(len(headings)))]
    )
    said: list[Row] = []
    rows = _without(table.rows, choices.leave_out, said) if choices.leave_out else table.rows
    short = Short()
    with pq.ParquetWriter(folder / "rows.parquet", schema, compression="snappy") as writer:
        for batch in _batches(rows, len(distinct), inside, short):
            writer.write_table(
                pa.table([pa.array(c, t) for c, t in zip(batch, schema.types, strict=True)], schema=schema)
            )
    left_out = [noted("above", table.layout.above)] if table.layout.above else []
    left_out += [noted("said", said)] if said else []
    if headings and table.printed:
        left_out += take_out(folder, [table.layout.cells[at] for at in inside])
    how: dict[str, Any] = {"heading_line": table.layout.line} | ({"left_out": left_out} if left_out else {})
    how |= {"short": {"count": short.count, "lines": short.lines}} if short.count else {}
    count = pq.read_metadata(folder / "rows.parquet").num_rows
    return {"headings": headings, "count": count, "how": how | table.how(headings)}


def _without(rows: Iterator[Row], ranges: Sequence[tuple[int, int]], said: list[Row]) -> Iterator[Row]:
    for line, cells in rows:
        if any(start <= line % STRIDE <= end for start, end in ranges):
            said.append((line, cells))
        else:
            yield line, cells


@dataclass
class Short:
    """Rows with fewer cells than there are headings, the first of them by their lines."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def note(self, line: int) -> None:
        self.count += 1
        if len(self.lines) < SHOWN:
            self.lines.append(line)


def _batches(rows: Iterator[Row], width: int, inside: list[int], short: Short) -> Iterator[list[Sequence[Any]]]:
    """Batches of rows as columns: line, extra, then the cells under headings.

    `extra` joins the cells beyond the headings and those that a file of rejections has kept of such cells.
    """
    batch: list[list[Any]] = []
    characters = 0
    plain = len(inside) == width
    for line, row in rows:
        if plain and len(row) == width:
            batch.append([line, None, *row])
        else:
            if len(row) < width:
                short.note(line)
            batch.append(_fitted(line, row, width, inside))
        characters += sum(map(len, row))
        if len(batch) == BATCH_ROWS or characters > BATCH_CHARACTERS:
            yield list(zip(*batch, strict=True))
            batch, characters = [], 0
    if batch:
        yield list(zip(*batch, strict=True))


def _fitted(line: int, row: list[str], width: int, inside: list[int]) -> list[Any]:
    """The row of a batch for one with fewer or more cells than headings, or with cells without a heading."""
    beyond = row[width:]
    if outside := sorted(set(range(width)) - set(inside)):
        beyond = [row[at] for at in outside if at < len(row)] + beyond
        row = [row[at] for at in inside if at < len(row)]
    extra = CELL_END.join(beyond).rstrip(CELL_END) if any(cell.strip() for cell in beyond) else None
    return [line, extra, *row[: len(inside)], *[None] * (len(inside) - len(row))]


def _distinct(layout: Layout) -> list[str]:
    """The headings with blank ones named and repeated ones numbered; empty cells at the end are dropped."""
    cells: Sequence[str] = layout.cells
    while layout.line and cells and not cells[-1].strip():
        cells = cells[:-1]
    headings: list[str] = []
    for at, cell in enumerate(cells, 1):
        name = base = " ".join(cell.split()) or f"#{at}"
        repeated = 2
        while name in headings:
            name = f"{base} ({repeated})"
            repeated += 1
        headings.append(name)
    return headings
