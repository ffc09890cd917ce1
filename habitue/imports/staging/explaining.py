"""The reason why a row was refused, as a code and data, worked out from the fault that staging recorded."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from habitue.imports.files.reading import CELL_END
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.staging import sql
from habitue.imports.staging.staging import MOST_ROWS, Staged

MOST_CHOICES = 20  # that are named
LONGEST_VALUE = 2_000  # characters kept of a value; the row itself is kept whole


class Reason(NamedTuple):
    column: str
    value: str
    code: str
    data: dict[str, Any]


def explain(staged: Staged, record: dict[str, Any]) -> Reason:
    """`record` is a row of `faults`. Its `fault` is `fact:why` and perhaps values; none: a sister of it has one."""
    if not record["fault"]:
        return Reason("", "", "kept_back", {"line": record["bad_line"]})
    name, why, *more = record["fault"].split(":")
    column, value = _cell(staged, record, name)
    if why == "unreadable":
        code, data = _unreadable(staged, name, value)
    else:
        code, data = _code(staged, record, name, why)
    if more:  # what the columns know of it beside
        data |= {"more": more}
    return Reason(column, value[:LONGEST_VALUE], code, {"fact": name} | data if name else data)


def row_as_read(staged: Staged, record: dict[str, Any]) -> list[list[str]]:
    """(heading, cell) pairs of a row, in order; cells beyond the headings have an empty heading.

    Pairs, as PostgreSQL does not keep the order of a JSON object.
    """
    cells = [[heading, record[f"c{at}"] or ""] for at, heading in enumerate(staged.rows.headings)]
    return cells + [["", cell] for cell in (record["extra"] or "").split(CELL_END) if record["extra"]]


def _cell(staged: Staged, record: dict[str, Any], name: str) -> tuple[str, str]:
    mapping = staged.mapping
    if not name:
        return "", " ".join((record["extra"] or "").split(CELL_END))
    if name.startswith("discounts."):
        columns: tuple[str, ...] = (mapping.discounts[name.removeprefix("discounts.")].column,)
    elif name in mapping.columns:
        origin = mapping.columns[name]
        if origin.value is not None:
            return "", origin.value
        columns = origin.columns
    else:
        return "", ""
    values = (record[staged.rows.at(column)] or "" for column in columns)
    return " + ".join(columns), " ".join(value.strip(sql.SPACES) for value in values).strip()


def _code(staged: Staged, record: dict[str, Any], name: str, why: str) -> tuple[str, dict[str, Any]]:
    if why == "too_long":
        return "too_long", {"limit": staged.kind.field(name).limit}
    if why == "unknown":
        field = staged.kind.field(name)
        code = "currency_unknown" if field.type == "currency" else "choice_unknown"
        return code, {"choices": field.allowed[:MOST_CHOICES]}
    if why == "contradicts":
        return "contradicts", {"line": record["first_line"], "key": staged.kind.key.name}
    if why == "too_small":
        return "too_small", {"least": staged.kind.field(name).least}
    if why == "too_many_rows":
        return why, {"limit": MOST_ROWS}
    return why, {}


def _unreadable(staged: Staged, name: str, value: str) -> tuple[str, dict[str, Any]]:
    mapping = staged.mapping
    types = {field.name: field.type for field in staged.kind.fields}
    if types.get(name) in ("moment", "day"):
        return "date_unreadable", {"format": mapping.date_format}
    return number_fault(value, mapping), {"decimal": mapping.decimal}


def number_fault(value: str, mapping: Mapping) -> str:
    mark = mapping.decimal or "."
    other = "," if mark == "." else "."
    text = value.translate({ord(character): None for character in sql.SPACES + "’'"})
    if re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(other)}\d{{3}})+", text) and not mapping.thousands:
        return "number_ambiguous"
    if re.fullmatch(rf"[+-]?[\d{re.escape(mark)}]*{re.escape(other)}\d*", text):
        return "number_other_decimal"
    if not re.fullmatch(rf"[+-]?[\d{re.escape(other)}]*({re.escape(mark)}\d*)?", text) or not re.search(r"\d", text):
        return "number_unreadable"
    return "number_too_large" if len(re.sub(r"\D", "", text.split(mark)[0])) > 12 else "number_too_fine"
