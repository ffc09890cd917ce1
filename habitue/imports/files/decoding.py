"""Lines of a text file, with bounded memory whatever the file contains."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from habitue.imports.files import letters
from habitue.imports.files.controls import control
from habitue.imports.files.letters import Mended, Survey
from habitue.kernel.errors import HabitueError

LONGEST_LINE = 1_000_000  # characters
BLOCK = 1 << 20


def texts(path: Path, encoding: str, noted: Mended, survey: Survey | None = None) -> Iterator[str]:
    """The lines of a file with their ends, decoded. Checks that the survey made unnecessary are skipped."""
    several = "+" in encoding
    with opened(path, "latin-1" if several else encoding) as stream:
        harmless = survey is not None and survey.utf8 and not survey.nul and not survey.endless and encoding != "utf-16"
        plain: Iterable[str] = stream if harmless and encoding.startswith("utf-8") else lines(stream)
        yield from letters.mended(plain, encoding, noted) if several else plain


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
                "say another encoding: %(control)s."
            )
            % {"line": number, "encoding": error.encoding, "control": control("encoding")}
        ) from None
