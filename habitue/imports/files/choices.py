"""Options for how a file is read: encoding, separator, sheets, line of the headings. What is None is detected."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError

KEYS = ("encoding", "heading_line", "leave_out", "separator", "sheet", "sheets", "widths")
ALL = "*"  # the sheets with the headings of the first; no program allows it in the name of a sheet
SEPARATORS = (",", ";", "\t", "|")
TAB = {"\\t": "\t", "tab": "\t"}
LIST = re.compile(r"\s*[,;\s]\s*")


@dataclass(frozen=True)
class Choices:
    """`heading_line` 0: no line has the headings. `leave_out`: from and to. `widths`: in characters, of each column.

    Of an `encoding` such as `utf-8+cp1252` the first is that of the file, the others are those of foreign bytes in it.
    """

    encoding: str | None = None
    separator: str | None = None
    sheets: tuple[str, ...] = ()
    heading_line: int | None = None
    leave_out: tuple[tuple[int, int], ...] = ()
    widths: tuple[int, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The options that are set as plain data for JSON and TOML; `from_data` is the inverse."""
        data: dict[str, Any] = {"encoding": self.encoding, "separator": self.separator}
        data["heading_line"] = None if self.heading_line is None else str(self.heading_line)
        data["leave_out"] = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in self.leave_out)
        data["widths"] = ", ".join(map(str, self.widths))
        if len(self.sheets) == 1:
            data["sheet"] = self.sheets[0]
        elif self.sheets:
            data["sheets"] = list(self.sheets)
        return {name: value for name, value in sorted(data.items()) if value}


def from_data(data: dict[str, Any]) -> Choices:
    """The options that a mapping or a form states; HabitueError for a value that cannot be one."""
    heading = str(data.get("heading_line") or "" if data.get("heading_line") != 0 else "0")
    if heading and not (heading.isascii() and heading.isdecimal() and len(heading) < 10):
        raise refused("heading_line", heading, ("1", "4", "0"))
    separator = data.get("separator") or None
    separator = TAB.get(str(separator), separator)
    if separator is not None and separator not in SEPARATORS:
        raise refused("separator", separator, (",", ";", "\\t", "|"))
    return Choices(
        encoding=_encoding(data.get("encoding")),
        separator=separator,
        sheets=_sheets(data),
        heading_line=int(heading) if heading else None,
        leave_out=_ranges(_items(data.get("leave_out"))),
        widths=_widths(_items(data.get("widths"))),
    )


def refused(name: str, value: object, allowed: Sequence[str]) -> HabitueError:
    return HabitueError(
        _("“%(value)s” cannot stand for “%(name)s” in the mapping. Write for instance: %(allowed)s.")
        % {"value": value, "name": name, "allowed": ", ".join(f'"{text}"' for text in allowed)}
    )


def _encoding(value: Any) -> str | None:
    try:
        for name in str(value or "utf-8").split("+"):
            codecs.lookup(name)
    except LookupError:
        raise refused("encoding", value, ("utf-8", "cp1252", "latin-1")) from None
    return str(value) if value else None


def _sheets(data: dict[str, Any]) -> tuple[str, ...]:
    several, one = data.get("sheets"), data.get("sheet")
    if isinstance(several, list):
        return tuple(map(str, several))
    return tuple(str(name) for name in (several or one,) if name)


def _items(value: Any) -> list[str]:
    texts = map(str, value) if isinstance(value, list) else [str(value or "")]
    return [item for text in texts for item in LIST.split(re.sub(r"\s*[-–]\s*", "-", text).strip()) if item]


def _ranges(items: list[str]) -> tuple[tuple[int, int], ...]:
    ranges = []
    for item in items:
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", item, re.ASCII)
        if not match:
            raise refused("leave_out", item, ("3", "1-2, 40"))
        ranges.append((int(match[1]), int(match[2] or match[1])))
    return tuple(ranges)


def _widths(items: list[str]) -> tuple[int, ...]:
    for item in items:
        if not re.fullmatch("[1-9][0-9]{0,4}", item):
            raise refused("widths", item, ("6, 9, 3, 7",))
    return tuple(map(int, items))
