"""Read a file of any format into one table of texts: `line`, `extra` (cells beyond the headings), `c0`, `c1` ...

The table is a Parquet file, written under another name and then renamed, so that an existing one is complete.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import datetime as dt
import json
import math
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from habitue.imports.files import decoding, vcards
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
    """A file that was read into a Parquet table. `form` is that of `recognise`; encoding and separator as used."""

    folder: Path
    headings: list[str]
    count: int
    form: str
    encoding: str = ""
    separator: str = ""

    @property
    def path(self) -> Path:
        return self.folder / "rows.parquet"

    def at(self, heading: str) -> str:
        """The column of the table for a heading, such as "c3"."""
        return f"c{self.headings.index(heading)}"


def content_digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(decoding.BLOCK):
            digest.update(block)
    return digest.hexdigest()


def read(path: Path, folder: Path, encoding: str | None, separator: str | None, sheet: str | None) -> Rows:
    """Read the file `path` into a table in `folder`, or return the one that is complete there already."""
    choices = sha256(repr((encoding, separator, sheet)).encode()).hexdigest()[:8]
    target = folder / f"rows-{choices}"
    if not target.exists():
        beside = folder / f"{target.name}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            about = _stage(path, beside, encoding, separator, sheet)
            (beside / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
            beside.rename(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return Rows(folder=target, **json.loads((target / "about.json").read_text(encoding="utf-8")))


def _stage(path: Path, folder: Path, encoding: str | None, separator: str | None, sheet: str | None) -> dict[str, Any]:
    form = recognise(path)
    if form == "parquet":
        rows = _from_parquet(path, folder)
    elif form in ("xlsx", "ods", "xls"):
        rows = _written(folder, path, form, _sheet_cells(path, sheet))
    elif form == "vcf":
        encoding = decoding.marked(path) or encoding or decoding.encoding_of(path)
        rows = _written(folder, path, form, vcards.cells(path, encoding)) | {"encoding": encoding}
    else:
        encoding = decoding.marked(path) or encoding or decoding.encoding_of(path)
        separator = separator or decoding.separator_of(path, encoding)
        rows = _written(folder, path, form, decoding.cells(path, encoding, separator))
        rows |= {"encoding": encoding, "separator": separator}
    if not rows["count"]:
        raise HabitueError(
            _("%(file)s has headings (%(headings)s) but no row under them. Export it again with its data.")
            % {"file": path.name, "headings": ", ".join(rows["headings"])}
        )
    return rows


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
    return {"headings": [name for name, _kind in typed], "count": count, "form": "parquet"}


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


def _written(folder: Path, path: Path, form: str, cells: Iterator[tuple[int, list[str]]]) -> dict[str, Any]:
    first = next(cells, None)
    if first is None:
        raise HabitueError(
            _("%(file)s is empty. Export it again, with a line of headings and a line for each row.")
            % {"file": path.name}
        )
    distinct = _distinct(first[1])
    inside = [at for at, heading in enumerate(distinct) if not EXTRA.fullmatch(heading)]
    headings = [distinct[at] for at in inside]
    schema = pa.schema(
        [("line", pa.int64()), ("extra", pa.string()), *((f"c{at}", pa.string()) for at in range(len(headings)))]
    )
    count = 0
    with pq.ParquetWriter(folder / "rows.parquet", schema, compression="snappy") as writer:
        for batch in _batches(cells, len(distinct), inside):
            writer.write_table(
                pa.table([pa.array(c, t) for c, t in zip(batch, schema.types, strict=True)], schema=schema)
            )
            count += len(batch[0])
    return {"headings": headings, "count": count, "form": form}


def _batches(cells: Iterator[tuple[int, list[str]]], width: int, inside: list[int]) -> Iterator[list[Sequence[Any]]]:
    """Batches of rows as columns: line, extra, then the cells under headings.

    `extra` joins the cells beyond the headings and those that a file of rejections has kept of such cells.
    """
    rows: list[list[Any]] = []
    outside = sorted(set(range(width)) - set(inside))
    characters = 0
    for line, row in cells:
        beyond = row[width:]
        if outside:
            beyond = [row[at] for at in outside if at < len(row)] + beyond
            row = [row[at] for at in inside if at < len(row)]
        extra = CELL_END.join(beyond).rstrip(CELL_END) if any(cell.strip() for cell in beyond) else None
        rows.append([line, extra, *row[: len(inside)], *[None] * (len(inside) - len(row))])
        characters += sum(map(len, row))
        if len(rows) == BATCH_ROWS or characters > BATCH_CHARACTERS:
            yield list(zip(*rows, strict=True))
            rows, characters = [], 0
    if rows:
        yield list(zip(*rows, strict=True))


def _distinct(cells: Sequence[str]) -> list[str]:
    """The headings with blank ones named and repeated ones numbered; empty cells at the end are dropped."""
    while cells and not cells[-1].strip():
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


def _sheet_cells(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open("rb") as file:  # by its content: the name may lie
            book = CalamineWorkbook.from_filelike(file)
        if sheet is not None and sheet not in book.sheet_names:
            raise HabitueError(
                _("%(file)s has no sheet “%(sheet)s”. Its sheets are: %(sheets)s.")
                % {"file": path.name, "sheet": sheet, "sheets": ", ".join(book.sheet_names)}
            )
        names = [sheet] if sheet is not None else book.sheet_names
        pages = (book.get_sheet_by_name(name) for name in names)
        page = next((page for page in pages if page.total_height), None)
        if page is None:
            return
        for line, row in enumerate(page.iter_rows(), 1):
            texts = [_cell_text(value) for value in row]
            if any(texts):
                yield line, texts
    except CalamineError as error:
        raise HabitueError(
            _("%(file)s cannot be read as a workbook (%(error)s). Save it again as XLSX, or as CSV.")
            % {"file": path.name, "error": error}
        ) from None


def _cell_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= 1e15:
            return repr(value)
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value).replace("\0", "")
