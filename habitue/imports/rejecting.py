"""Export the rejections of an import as a file that can be corrected and imported with the same mapping."""

from __future__ import annotations

import csv
from pathlib import Path

from habitue.imports.files import choices, lines
from habitue.imports.mappings.mapping import as_toml
from habitue.imports.models import Import
from habitue.imports.wording import reason

EXTRA = ("habitue_line", "habitue_column", "habitue_reason", "habitue_import")


def write(import_: Import, path: Path) -> int:
    """Write the rejections as CSV: the original columns, then line, column, reason and import. Returns the number of
    rows.
    """
    rejections = import_.rejections.order_by("line")
    first = rejections.first()
    if first is None:
        return 0
    headings = [heading for heading, _cell in first.row if heading and heading not in EXTRA]
    most = max(_beyond(row) for row in rejections.values_list("row", flat=True).iterator(chunk_size=2_000))
    extra = [f"habitue_extra_{at}" for at in range(1, most + 1)]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    count = 0
    # With a mark of its encoding: without it spreadsheets take the file for one of yesteryear.
    with beside.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=import_.mapping.get("separator") or ",")
        rows.writerow([*headings, *extra, *EXTRA])
        for rejection in rejections.iterator(chunk_size=2_000):
            cells = [cell for heading, cell in rejection.row if heading not in EXTRA]
            cells += [""] * (most - _beyond(rejection.row))
            line = lines.words(rejection.line, import_.mapping.get("sheets", ()))
            rows.writerow([*cells, line, rejection.column, reason(rejection, import_), import_.pk])
            count += 1
    beside.replace(path)
    return count


def _beyond(row: list[list[str]]) -> int:
    """How many cells of a rejected row have no heading."""
    return sum(not heading for heading, _cell in row)


def write_mapping(import_: Import, path: Path) -> None:
    """Write the mapping of the import as TOML, without encoding, separator and sheet: the rejections are a file of
    their own.
    """
    data = {name: value for name, value in import_.mapping.items() if name not in choices.KEYS}
    path.write_text(as_toml(data), encoding="utf-8")
