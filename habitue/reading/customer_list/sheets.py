"""Rows as CSV or XLSX, streamed in pieces, safe from formula injection.

XLSX states the type of each cell, so a text stays a text. In CSV a text that begins with = + - @ or a tab gets an
apostrophe before it, unless it is only a telephone number (+33 6 12 34 56 78) or a number (-12,5). The importer removes
one apostrophe again (`restored`), so that every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from babel import Locale
from babel.numbers import get_decimal_symbol

RUN = re.compile(r"^'*[=+\-@\t\r\n＝＋－＠]")
HARMLESS = re.compile(r"^(\+\d[\d\s().]*|[+-]?\d[\d\s]*([.,]\d+)?)$")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ROWS_OF_A_SHEET = 1_048_575  # besides the headings
LONGEST_CELL = 32_767
PIECE = 1 << 16
EPOCH = date(1899, 12, 30)


def neutralised(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if RUN.match(text) and not HARMLESS.match(text) else text


def restored(text: str) -> str:
    """The inverse of `neutralised`."""
    return text[1:] if text.startswith("'") and RUN.match(text[1:]) else text


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]], language: str) -> Iterator[bytes]:
    """The rows as CSV in pieces: UTF-8 with a byte order mark; semicolons where the language has decimal commas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if decimal_mark(language) == "," else ",", lineterminator="\r\n")
    out.write("\ufeff")
    writer.writerow([neutralised(text) for text in headings])
    for row in rows:
        writer.writerow([_written(value, language) for value in row])
        if out.tell() > PIECE:
            yield _taken(out).encode()
    yield _taken(out).encode()


def as_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Any]], language: str) -> Iterator[bytes]:
    """The rows as an XLSX workbook in pieces; too many rows for one sheet go on in further sheets."""
    sink = _Sink()
    sheets = 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        left: Iterator[Sequence[Any]] = iter(rows)
        first = next(left, None)
        while sheets == 0 or first is not None:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(SHEET_HEAD + _xml_row([*headings]))
                written, some = 0, []
                while first is not None and written < ROWS_OF_A_SHEET:
                    some.append(_xml_row(first))
                    written, first = written + 1, next(left, None)
                    if len(some) == 500:
                        sheet.write(b"".join(some))
                        some = []
                        yield sink.taken()
                sheet.write(b"".join(some) + SHEET_END)
        for name, text in _frame(sheets):
            archive.writestr(name, text)
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A writable file object for a zip archive, from which the bytes written so far are taken at once."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _written(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat() if language == "en" else value.strftime(day_pattern(language))
    if isinstance(value, Decimal | int):
        return _number(value).replace(".", decimal_mark(language))
    return neutralised(str(value))


@cache
def decimal_mark(language: str) -> str:
    return get_decimal_symbol(Locale.parse(language, sep="-"))


@cache
def day_pattern(language: str) -> str:
    """The date format of spreadsheets in a language, for strftime: "%d/%m/%Y". ISO 8601 for English, which has two."""
    pattern = str(Locale.parse(language, sep="-").datetime_skeletons["yMd"].pattern)
    return re.sub("d+", "%d", re.sub("M+", "%m", re.sub("y+", "%Y", pattern)))


def _number(value: Decimal | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:f}"


def _xml_row(values: Sequence[Any]) -> bytes:
    return f"<row>{''.join(map(_xml_cell, values))}</row>".encode()


def _xml_cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, Decimal | int):
        return f"<c><v>{_number(value)}</v></c>"
    text = escape(UNWRITABLE.sub("", str(value))[:LONGEST_CELL]).replace("\r", "&#13;")
    return f'<c t="inlineStr" s="2"><is><t xml:space="preserve">{text}</t></is></c>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
SHEET_HEAD = f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
SHEET_END = b"</sheetData></worksheet>"
# Style 1 is a day, 2 a text: number formats 14 and 49 of every spreadsheet.
STYLES = (
    f'{DECLARATION}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts of a workbook beside its sheets, written last, when the number of sheets is known."""
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, sheets + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{office}.worksheet+xml"/>' for at in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{office}.styles+xml"/>{types}</Types>',
    )
    yield (
        "_rels/.rels",
        f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    yield "xl/styles.xml", STYLES
    listed = "".join(f'<sheet name="{at}" sheetId="{at}" r:id="rId{at}"/>' for at in numbers)
    yield (
        "xl/workbook.xml",
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
    )
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{related}<Relationship Id="rId{sheets + 1}" '
        f'Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    )
