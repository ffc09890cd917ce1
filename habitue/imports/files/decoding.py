"""Encoding, separator and cells of CSV files, with bounded memory whatever the file contains."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError

LONGEST_LINE = 1_000_000  # characters
BLOCK = 1 << 20
SAMPLE = 1 << 18
SEPARATORS = (",", ";", "\t", "|")
# Of the tables of single bytes, those that business files in Europe and America are written in, likeliest first.
ENCODINGS = ["cp1252", "cp850", "mac_roman", "cp1250"]


def marked(path: Path) -> str | None:
    """The encoding that a byte order mark at the beginning of the file states; None without one.

    It wins over the mapping: a file of rejections is UTF-8, whatever the original was.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def encoding_of(path: Path) -> str:
    """UTF-8 where the whole file is valid UTF-8; else the encoding guessed from its lines with other than ASCII
    characters.
    """
    if _is_utf8(path):
        return "utf-8-sig"
    matches = list(from_bytes(_lines_beyond_ascii(path), cp_isolation=ENCODINGS))
    least = min((match.chaos for match in matches), default=0)
    # What reads as cleanly as the best may be it: a few French words are clean in several tables.
    clean = {name for m in matches if m.chaos <= least for name in (m.encoding, *m.could_be_from_charset)}
    return next((name for name in ENCODINGS if name in clean), ENCODINGS[0])


def separator_of(path: Path, encoding: str) -> str:
    """The separator that splits the heading into most cells, and the first rows into the same number."""
    sample = []
    with opened(path, encoding) as stream:
        for line in lines(stream):
            sample.append(line)
            if len(sample) == 50:
                break

    def score(separator: str) -> float:
        rows: list[list[str]] = []
        with suppress(csv.Error):  # a quotation that runs past the sample
            rows.extend(row for row in csv.reader(sample, delimiter=separator) if row)
        if not rows or len(rows[0]) == 1:
            return 0
        return len(rows[0]) * sum(len(row) == len(rows[0]) for row in rows) / len(rows)

    return max(SEPARATORS, key=score)


def cells(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not blank, the heading first; HabitueError where quotes do not match."""
    with opened(path, encoding) as stream:
        reader = csv.reader(lines(stream), delimiter=separator, strict=True)
        line = 1
        try:
            for row in reader:
                if any(cell and not cell.isspace() for cell in row):
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise HabitueError(
                _(
                    "Line %(line)s cannot be cut into cells (%(error)s). A quotation mark is opened and not closed, or "
                    "stands within a cell: write it twice, or take it out."
                )
                % {"line": line, "error": error}
            ) from None


def opened(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(path.open("rb"), encoding=encoding, newline="")


def lines(stream: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := _line(stream, number + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise HabitueError(
                _(
                    "Line %(line)s is longer than %(limit)s characters: no row of a table is. Check that the file has "
                    "line ends, and export it again as CSV."
                )
                % {"line": number, "limit": f"{LONGEST_LINE:,}".replace(",", "\u202f")}
            )
        if "\0" in line:
            raise HabitueError(
                _("Line %(line)s holds a NUL byte: the file is damaged or not text. Export it again as CSV in UTF-8.")
                % {"line": number}
            )
        yield line


def _line(stream: io.TextIOWrapper, number: int) -> str:
    try:
        return stream.readline(LONGEST_LINE + 1)
    except UnicodeDecodeError as error:
        raise HabitueError(
            _(
                "Near line %(line)s there are bytes that are no characters in %(encoding)s. Save the file as UTF-8, or "
                'say encoding = "…" in the mapping.'
            )
            % {"line": number, "encoding": error.encoding}
        ) from None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _lines_beyond_ascii(path: Path) -> bytes:
    sample = bytearray()
    with path.open("rb") as file:
        while (line := file.readline(BLOCK)) and len(sample) < SAMPLE:
            if not line.isascii():
                sample += line[:SAMPLE]
    return bytes(sample)
