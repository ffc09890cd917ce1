"""What a file is, by its content. Its name may lie: people rename a PDF to .csv and hope."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.errors import HabitueError

HEAD = 8192
LARGEST_SHEET = 2_000_000_000  # bytes once unpacked: more is a mistake or an attack
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BEGINNINGS = (
    (b"%PDF", gettext_lazy("a PDF")),
    (b"\x89PNG", gettext_lazy("an image (PNG)")),
    (b"\xff\xd8\xff", gettext_lazy("an image (JPEG)")),
    (b"GIF8", gettext_lazy("an image (GIF)")),
    (b"II*\0", gettext_lazy("an image (TIFF)")),
    (b"\xd0\xcf\x11\xe0", gettext_lazy("an old Office file (.xls or .doc)")),
    (b"\x1f\x8b", gettext_lazy("a packed file (gzip)")),
    (b"7z\xbc\xaf", gettext_lazy("a packed file (7z)")),
    (b"Rar!", gettext_lazy("a packed file (rar)")),
    (b"SQLite format 3", gettext_lazy("an SQLite database")),
    (b"{\\rtf", gettext_lazy("a text document (RTF)")),
)


def recognise(path: Path) -> str:
    """`csv`, `xlsx` or `parquet`; anything else is an error that says what the file is and what to export instead."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except FileNotFoundError:
        raise HabitueError(_("There is no file %(file)s. Check the path.") % {"file": path}) from None
    except OSError as error:
        raise HabitueError(_("%(file)s cannot be read: %(error)s.") % {"file": path, "error": error.strerror}) from None
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise HabitueError(
            _("%(file)s is empty. Export it again, with a line of headings and a line for each row.")
            % {"file": path.name}
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(path)
    for beginning, what in BEGINNINGS:
        if head.startswith(beginning):
            raise _not_a_table(path, str(what))
    return _text(path, head)


def _in_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            files = {info.filename: info.file_size for info in archive.infolist()}
    except zipfile.BadZipFile:
        raise _not_a_table(path, _("a damaged ZIP or XLSX file")) from None
    if "xl/workbook.xml" in files:
        if sum(files.values()) > LARGEST_SHEET:
            raise HabitueError(
                _("%(file)s is too large a workbook. Save its sheet as CSV and import that.") % {"file": path.name}
            )
        return "xlsx"
    if "word/document.xml" in files:
        raise _not_a_table(path, _("a Word document"))
    if "content.xml" in files:
        raise _not_a_table(path, _("a LibreOffice file"))
    raise _not_a_table(path, _("a ZIP file; unpack it first"))


def _text(path: Path, head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table")):
        raise _not_a_table(path, _("a web page (some programs save one under the name of a spreadsheet)"))
    if start.startswith(b"<?xml"):
        raise _not_a_table(path, _("an XML file"))
    if start.startswith((b"{", b"[{", b"[\n")):
        raise _not_a_table(path, _("a JSON file"))
    if b"\0" in head and not head.startswith(MARKS):
        raise _not_a_table(path, _("not text: it holds NUL bytes"))
    return "csv"


def _not_a_table(path: Path, what: str) -> HabitueError:
    return HabitueError(
        _("%(file)s is no table that can be read: it is %(what)s. Export the data as CSV, XLSX or Parquet.")
        % {"file": path.name, "what": what}
    )
