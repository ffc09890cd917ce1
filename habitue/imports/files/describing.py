"""How a file was read, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.imports.files import lines
from habitue.imports.files.controls import control
from habitue.imports.files.reading import Rows
from habitue.kernel.database.duck import connect, parquet
from habitue.kernel.formats import number

FIRST = 2  # rows that an error shows
LONGEST = 300  # characters of a row that is shown


def sentences(how: dict[str, Any]) -> list[str]:
    """How a file was read (`Rows.how`) in sentences: layout, sheets, rows left out, mended text, ambiguities."""
    sheets = [sheet["name"] for sheet in how.get("sheets", []) if sheet["read"]]
    return [*_layout(how), *_sheets(how), *_left_out(how, sheets), *_mended(how), *_cells(how, sheets), *_doubts(how)]


def as_read(rows: Rows) -> str:
    """How a file was read, with its headings and first rows, for an error message."""
    columns = ", ".join(f"c{at}" for at in range(len(rows.headings)))
    with connect(rows.folder) as connection:
        query = f"SELECT line, {columns} FROM {parquet(rows.path)} ORDER BY line LIMIT {FIRST}"  # noqa: S608
        first = connection.execute(query).fetchall()
    parts = [_("Read as %(form)s.") % {"form": rows.form.upper()}, *sentences(rows.how)]
    if rows.separator:
        parts.append(_("Cells between “%(mark)s”.") % {"mark": rows.separator.replace("\t", "tab")})
    parts.append(_("Headings: %(headings)s.") % {"headings": _short(rows.headings)})
    for line, *cells in first:
        parts.append(
            _("Line %(line)s: %(cells)s")
            % {"line": lines.words(line, rows.sheets), "cells": _short(cell or "" for cell in cells)}
        )
    return "\n  ".join(parts)


def _layout(how: dict[str, Any]) -> Iterable[str]:
    line = how.get("heading_line", 1)
    if line == 0:
        yield _("The first line looks like the others, so no line is taken for headings. Another one: %(control)s.") % {
            "control": control("heading_line")
        }
    elif line > 1:
        yield _("Headings in line %(line)s. Another one: %(control)s.") % {
            "line": line,
            "control": control("heading_line"),
        }
    if how.get("hinted"):
        yield _("The first line says which mark stands between cells.")
    if how.get("backslash"):
        yield _("Quotation marks within cells stand behind a backslash.")
    if widths := how.get("widths"):
        yield _("Columns of fixed width: %(widths)s characters. Others: %(control)s.") % {
            "widths": ", ".join(map(str, widths)),
            "control": control("widths"),
        }


def _sheets(how: dict[str, Any]) -> Iterable[str]:
    sheets = how.get("sheets", [])
    if len(sheets) < 2:
        return
    read, others = ([sheet for sheet in sheets if sheet["read"] is of] for of in (True, False))
    yield ngettext("Sheet read: %(sheets)s.", "Sheets read together: %(sheets)s.", len(read)) % {
        "sheets": ", ".join(map(_sheet, read))
    }
    if others:
        yield ngettext(
            "Sheet not used: %(sheets)s. To read it: %(control)s.",
            "Sheets not used: %(sheets)s. To read them: %(control)s.",
            len(others),
        ) % {"sheets": ", ".join(map(_sheet, others)), "control": control("sheet")}


def _sheet(sheet: dict[str, Any]) -> str:
    rows = ngettext("%(count)s row", "%(count)s rows", sheet["rows"]) % {"count": number(sheet["rows"])}
    return f"{sheet['name']} ({_('hidden')}, {rows})" if sheet.get("hidden") else f"{sheet['name']} ({rows})"


def _left_out(how: dict[str, Any], sheets: list[str]) -> Iterable[str]:
    for entry in how.get("left_out", []):
        first = _short(filter(str.strip, entry["cells"][0]))
        yield f"{_reason(entry['why'], entry['count'])} {_at(entry, sheets)}: {first}"


def _reason(why: str, count: int) -> str:
    words = {
        "above": ngettext(
            "%(count)s line above the headings is left out", "%(count)s lines above the headings are left out", count
        ),
        "total": ngettext("%(count)s line of totals is left out", "%(count)s lines of totals are left out", count),
        "headings": ngettext(
            "%(count)s line that repeats the headings is left out",
            "%(count)s lines that repeat the headings are left out",
            count,
        ),
        "said": ngettext("%(count)s line is left out as you said", "%(count)s lines are left out as you said", count),
    }
    return words[why] % {"count": number(count)}


def _at(entry: dict[str, Any], sheets: list[str]) -> str:
    """The lines of an entry in parentheses; only the first where they are many."""
    some = ", ".join(lines.words(line, sheets) for line in entry["lines"])
    some += ", …" if entry["count"] > len(entry["lines"]) else ""
    return "(" + ngettext("line %(lines)s", "lines %(lines)s", entry["count"]) % {"lines": some} + ")"


def _mended(how: dict[str, Any]) -> Iterable[str]:
    if entry := how.get("foreign"):
        text = ngettext(
            "%(count)s line is written in another encoding than the file and was read in its own",
            "%(count)s lines are written in another encoding than the file and were read in their own",
            entry["count"],
        )
        yield f"{text % {'count': number(entry['count'])}} {_at(entry, [])}: {_short(one[1] for one in entry['texts'])}"
    if entry := how.get("twice"):
        text = ngettext(
            "%(count)s line was encoded twice and is mended",
            "%(count)s lines were encoded twice and are mended",
            entry["count"],
        )
        pairs = (_("“%(was)s” is read as “%(now)s”") % {"was": was, "now": now} for was, now in entry["texts"][:2])
        yield f"{text % {'count': number(entry['count'])}} {_at(entry, [])}: {_short(pairs)}"


def _cells(how: dict[str, Any], sheets: list[str]) -> Iterable[str]:
    if entry := how.get("short"):
        text = ngettext(
            "%(count)s row has fewer cells than there are headings",
            "%(count)s rows have fewer cells than there are headings",
            entry["count"],
        )
        yield f"{text % {'count': number(entry['count'])}} {_at(entry, sheets)}."
    for heading, count in how.get("merged", {}).items():
        yield _("Merged cells of “%(column)s” are filled: %(count)s.") % {"column": heading, "count": number(count)}
    for heading, count in how.get("unfilled", {}).items():
        yield _(
            "Merged cells of “%(column)s” hold numbers that may be sums: they stand on the first of their rows only "
            "(%(count)s left empty)."
        ) % {"column": heading, "count": number(count)}
    for heading, entry in how.get("dates", {}).items():
        if entry["texts"]:
            yield _("The column “%(column)s” mixes %(dates)s true dates and %(texts)s texts.") % {
                "column": heading,
                "dates": number(entry["dates"]),
                "texts": number(entry["texts"]),
            }
    if count := how.get("groups"):
        text = ngettext(
            "%(count)s card of a group is no customer and left out",
            "%(count)s cards of groups are no customers and left out",
            count,
        )
        yield f"{text % {'count': number(count)}}."


def _doubts(how: dict[str, Any]) -> Iterable[str]:
    for doubt in how.get("doubts", []):
        if doubt["code"] == "encoding":
            for name, was, now in doubt["others"]:
                yield _("The encoding is in doubt: in %(encoding)s, “%(was)s” would be “%(now)s”: %(control)s.") % {
                    "encoding": name,
                    "was": was,
                    "now": now,
                    "control": control("encoding"),
                }
        elif doubt["code"] == "sheets_apart":
            yield _(
                "By their names, the sheets %(sheets)s are no sales: they are left out. To read others, or * for all "
                "of them: %(control)s."
            ) % {"sheets": ", ".join(doubt["sheets"]), "control": control("sheet")}
        else:
            yield _(
                "The sheets %(sheets)s have the same headings and some rows in common: only the first is read. To "
                "read others, or * for all of them: %(control)s."
            ) % {"sheets": ", ".join(doubt["sheets"]), "control": control("sheet")}


def _short(cells: Iterable[str]) -> str:
    text = ", ".join(cells)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
