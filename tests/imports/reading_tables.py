"""Files as they are read: their headings, and their rows with the lines on which they stand."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import openpyxl
import pyarrow.parquet as pq

from habitue.imports.files import choices, reading

HEADINGS = ["N° commande", "Code client", "Nom client", "Date", "Article", "Quantité", "Montant"]
ROWS = [
    ["C1", "K1", "Éloïse Ménétrier", "13/03/2024", "Savon", "1", "12,50"],
    ["C2", "K2", "Noël Garçon", "14/03/2024", "Crème", "2", "30,00"],
    ["C3", "K1", "Éloïse Ménétrier", "15/03/2024", "Bougie", "1", "8,00"],
]
Cells = Sequence[Any]


class Read(NamedTuple):
    headings: list[str]
    rows: list[list[str]]
    lines: list[int]
    how: dict[str, Any]
    encoding: str
    separator: str


def read(content: bytes | Path, **said: Any) -> Read:
    """A content as it is read, `said` as a mapping says it."""
    with TemporaryDirectory() as folder:
        path = content if isinstance(content, Path) else Path(folder) / "file.csv"
        if isinstance(content, bytes):
            path.write_bytes(content)
        rows = reading.read(path, Path(folder), choices.from_data(said))
        table = pq.read_table(rows.path).to_pylist()
    cells = [[row[f"c{at}"] or "" for at in range(len(rows.headings))] for row in table]
    return Read(rows.headings, cells, [row["line"] for row in table], rows.how, rows.encoding, rows.separator)


def text(*rows: Iterable[str], separator: str = ";", end: str = "\n") -> str:
    return "".join(separator.join(row) + end for row in rows)


def left_out(of: Read) -> dict[str, tuple[int, list[int]]]:
    """How many rows were left out for each reason, and the lines of the first."""
    return {entry["why"]: (entry["count"], entry["lines"]) for entry in of.how.get("left_out", [])}


def workbook(*sheets: tuple[str, Sequence[Cells]], hidden: Sequence[str] = (), merged: Sequence[str] = ()) -> bytes:
    """An XLSX file of these sheets; `merged` are ranges of the first, such as A2:A4."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
