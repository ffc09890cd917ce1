"""The format of a file, recognised by its content and never by its name."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.imports.files.letters import utf_16
from habitue.kernel.errors import HabitueError

HEAD = 8192
MOST_CELLS = 50_000_000
LARGEST_OLD = 200_000_000
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
LARGEST_SHEET = 2_000_000_000  # bytes once unpacked: more is a mistake or an attack
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BEGINNINGS = (
    (b"%PDF", gettext_lazy("a PDF")),
    (b"\x89PNG", gettext_lazy("an image (PNG)")),
    (b"\xff\xd8\xff", gettext_lazy("an image (JPEG)")),
    (b"GIF8", gettext_lazy("an image (GIF)")),
    (b"II*\0", gettext_lazy("an image (TIFF)")),
    (b"\x1f\x8b", gettext_lazy("a packed file (gzip)")),
    (b"7z\xbc\xaf", gettext_lazy("a packed file (7z)")),
    (b"Rar!", gettext_lazy("a packed file (rar)")),
    (b"SQLite format 3", gettext_lazy("an SQLite database")),
    (b"{\\rtf", gettext_lazy("a text document (RTF)")),
)


def recognise(path: Path) -> str:
    """The format: `csv`, `xlsx`, `ods`, `xls`, `vcf` or `parquet`. HabitueError for any other, naming what it is."""
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
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _in_old_office(path)
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
        return _in_open_document(path, files["content.xml"])
    raise _not_a_table(path, _("a ZIP file; unpack it first"))


def _in_open_document(path: Path, size: int) -> str:
    """ "ods" for a spreadsheet; an error for other documents and for sheets too large to be read.

    The cells are counted first: a few bytes can repeat a cell a billion times, and reading would take the memory for
    it.
    """
    with zipfile.ZipFile(path) as archive:
        kind = archive.read("mimetype")[:100] if "mimetype" in archive.namelist() else b""
        if kind and b"opendocument.spreadsheet" not in kind:
            raise _not_a_table(path, _("a LibreOffice file"))
        if size > LARGEST_SHEET or (kind and _cells(archive) > MOST_CELLS):
            raise HabitueError(
                _("%(file)s is too large a workbook. Save its sheet as CSV and import that.") % {"file": path.name}
            )
    if not kind:
        raise _not_a_table(path, _("a LibreOffice file"))
    return "ods"


def _cells(archive: zipfile.ZipFile) -> int:
    """How many cells the sheets have, repeated ones included and empty rows at the end left out."""
    total, row, repeated = 0, 0, 1
    with archive.open("content.xml") as file:
        try:
            for _event, element in ElementTree.iterparse(file):  # noqa: S314 - expat stops entities that grow
                name = element.tag.rpartition("}")[2]
                if name == "table-cell":
                    times = int(element.get(f"{TABLE}number-columns-repeated", "1"))
                    row += times if len(element) or times < 1_000 else 0
                elif name == "table-row":
                    repeated = int(element.get(f"{TABLE}number-rows-repeated", "1"))
                    total, row = total + row * (repeated if any(len(cell) for cell in element) else 1), 0
                    element.clear()
                if total > MOST_CELLS:
                    break
        except (ElementTree.ParseError, ValueError):
            return 0  # the reader of the file reports it
    return total


def _in_old_office(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(LARGEST_OLD + 1)
    if len(content) > LARGEST_OLD:
        raise HabitueError(
            _("%(file)s is too large a workbook. Save its sheet as CSV and import that.") % {"file": path.name}
        )
    streams = [name.encode("utf-16-le") for name in ("Workbook", "Book")]
    if any(name in content for name in streams):
        return "xls"
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _not_a_table(path, _("a workbook locked with a password; save it without one"))
    raise _not_a_table(path, _("an old Office file (.xls or .doc)"))


def _text(path: Path, head: bytes) -> str:
    wide = "utf-16" if head.startswith(MARKS[1:]) else utf_16(head)
    plain = head[: len(head) // 2 * 2].decode(wide, "replace").encode() if wide else head
    start = plain.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table")):
        raise _not_a_table(path, _("a web page (some programs save one under the name of a spreadsheet)"))
    if start.startswith(b"begin:vcard"):
        return "vcf"
    if start.startswith(b"<?xml"):
        raise _not_a_table(path, _("an XML file"))
    if start.startswith((b"{", b"[{", b"[\n")):
        raise _not_a_table(path, _("a JSON file"))
    if b"\0" in head and not head.startswith(MARKS) and not wide:
        raise _not_a_table(path, _("not text: it holds NUL bytes"))
    return "csv"


def _not_a_table(path: Path, what: str) -> HabitueError:
    return HabitueError(
        _("%(file)s is no table that can be read: it is %(what)s. Export the data as CSV, XLSX or Parquet.")
        % {"file": path.name, "what": what}
    )
