"""The mapping of a file as a form: the field for each column, and the file's formats."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from habitue.desk.imports import choosing, reasons
from habitue.imports import wording
from habitue.imports.files import describing
from habitue.imports.files.choices import ALL, SEPARATORS
from habitue.imports.files.controls import at_the_desk
from habitue.imports.files.letters import ENCODINGS
from habitue.imports.kind import VARIANTS, Field, Kind, kind_named
from habitue.imports.models import Upload
from habitue.imports.staging.completing import DAYS, TIMES
from habitue.kernel.names import name_key

Choice = tuple[str, str]
DISCOUNT, REIMBURSED = "discount:ours", "discount:reimbursed"
NUMBERED = ("2", "3", "4")
READING = ("encoding", "separator", "sheet", "heading_line", "leave_out", "widths")
OPTIONS = (
    *READING, "decimal", "thousands", "unit", "date_format", "date_order", "time_zone", "business_time_zone",
    "birth_century", "country", "buyer_kind",
)  # fmt: skip
CONSTANT = ("value", "made_of")


@dataclass(frozen=True)
class Column:
    """A column of the file with cells, the fact that it is taken for, and why."""

    number: int
    heading: str
    samples: list[str]
    fact: str
    why: str = ""


def columns(upload: Upload) -> list[Column]:
    taken = _facts_by_column(upload)
    about = upload.about
    why = reasons.by_column(upload)
    return [
        Column(number, heading, about["samples"][number], taken.get(heading, ""), why.get(heading, ""))
        for number, heading in enumerate(about["headings"])
        if not heading.startswith("habitue_")
    ]


def choices(upload: Upload) -> list[Choice]:
    """(field name, words) of all fields that a column can be mapped to."""
    kind = kind_named(upload.kind)
    choices: list[Choice] = []
    for field in (*kind.fields, *kind.further()):
        choices.append((field.name, str(field.label)))
        if field.variants and field.name != "outside":
            choices += [(each.name, str(each.label)) for each in _variants(field)]
    for fact in _facts_by_column(upload).values():
        if fact not in dict(choices) and (known := kind.known(fact)):
            choices.append((fact, str(known.label)))
    if kind.discounts:
        choices += [(DISCOUNT, _("a discount")), (REIMBURSED, _("a discount that somebody else pays back to us"))]
    return choices


def preview(upload: Upload) -> dict[str, Any]:
    """The first rows of the file, with the fields to which their columns are mapped as headings."""
    kind = kind_named(upload.kind)
    used = [column for column in columns(upload) if column.fact]
    labels = [str(field.label) if (field := kind.known(column.fact)) else column.heading for column in used]
    return {"labels": labels, "rows": [[row[column.number] for column in used] for row in upload.about["first"]]}


def options(upload: Upload) -> dict[str, Any]:
    """Context of the file's formats (encoding, separator, decimal mark, dates): possible, chosen and detected ones."""
    chosen, detected = upload.mapping, upload.dry_run.get("mapping", {})
    currency = chosen.get("columns", {}).get("currency")
    return {
        "chosen": chosen,
        "encoding_found": (detected.get("encoding") or upload.about["encoding"]).replace("-sig", ""),
        "encodings": ["utf-8", *ENCODINGS, "utf-16"] if upload.about["encoding"] else [],
        "separator_found": detected.get("separator") or upload.about["separator"],
        "separators": [(mark, _("tab") if mark == "\t" else mark) for mark in SEPARATORS]
        if upload.about["separator"]
        else [],
        "sheets": _sheets(upload),
        "notes": _notes(upload),
        "heading_found": upload.about.get("how", {}).get("heading_line", 1) or _("none"),
        "decimal_found": detected.get("decimal", ""),
        "date_format_found": wording.date_format(detected["date_format"]) if detected.get("date_format") else "",
        "date_formats": [(written, wording.date_format(written)) for written in _date_formats(upload)],
        "currency": currency["value"] if isinstance(currency, dict) else "",
        "country": chosen.get("country") or settings.COUNTRY,
        "time_zone": settings.TIME_ZONE,
    }


def _notes(upload: Upload) -> list[str]:
    profile = upload.about.get("profile", {})
    with at_the_desk():
        return [*([profile["words"]] if profile else []), *describing.sentences(upload.about.get("how", {}))]


def _sheets(upload: Upload) -> list[Choice]:
    """Which sheets can be read: each, and all that have the same headings."""
    names = [sheet["name"] for sheet in upload.about.get("how", {}).get("sheets", [])]
    return [(ALL, _("all with the same headings")), *((name, name) for name in names)] if len(names) > 1 else []


def read(upload: Upload, form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """(kind, mapping) as chosen in the form. For a kind other than before the mapping is guessed."""
    kind = kind_named(form.get("kind", upload.kind))
    plain = {name: form.get(name, upload.mapping.get(name)) for name in OPTIONS}
    plain = {name: value for name, value in plain.items() if value}
    reread = any(plain.get(name) != upload.mapping.get(name) for name in READING)
    if kind.name != upload.kind or reread:
        return kind.name, {name: value for name, value in plain.items() if name in READING}
    chosen: dict[str, list[str]] = {}
    discounts: dict[str, Any] = {}
    for column in columns(upload):
        fact = form.get(f"fact-{column.number}", "")
        if fact in (DISCOUNT, REIMBURSED):
            name = _code(column.heading)
            said = _said_of_discount(upload, column.heading)
            discounts[name] = said | {"column": column.heading, "reimbursed": fact == REIMBURSED}
        elif fact == "outside":
            chosen.setdefault(f"outside.{column.heading[:40]}", []).append(column.heading)
        elif kind.known(fact):
            for name in _same_column(upload, column) if fact == column.fact else (fact,):
                chosen.setdefault(name, []).append(column.heading)
    origins = _constants(upload, form) | _origins(kind, chosen, form)
    rules = choosing.read(upload, form, origins, discounts)
    return kind.name, plain | rules | {"columns": origins, "discounts": discounts}


def _same_column(upload: Upload, column: Column) -> list[str]:
    """All facts that are taken from a column: the form shows one."""
    columns = upload.mapping.get("columns", {})
    return [name for name, of in columns.items() if of == column.heading] or [column.fact]


def _constants(upload: Upload, form: Mapping[str, str]) -> dict[str, Any]:
    """What is the same on every row, or made, and has no column in the form."""
    shown = ("number", "product", "currency") if choosing.SEEN in form else ("currency",)
    return {
        name: of
        for name, of in upload.mapping.get("columns", {}).items()
        if isinstance(of, dict) and set(of) & set(CONSTANT) and name not in shown
    }


def _said_of_discount(upload: Upload, heading: str) -> dict[str, Any]:
    """How the mapping so far reads the discount of a column: the form has no field for it."""
    discounts = [one for one in upload.mapping.get("discounts", {}).values() if isinstance(one, dict)]
    said = next((one for one in discounts if one["column"] == heading), {})
    return {name: said[name] for name in ("rule", "negative") if name in said}


def _origins(kind: Kind, chosen: dict[str, list[str]], form: Mapping[str, str]) -> dict[str, Any]:
    origins: dict[str, Any] = {
        fact: headings[0] if len(headings) == 1 else {"columns": headings} for fact, headings in chosen.items()
    }
    if kind.currency and "currency" not in origins:
        origins["currency"] = {"value": form.get("currency") or settings.CURRENCY}
    return origins


def _facts_by_column(upload: Upload) -> dict[str, str]:
    facts: dict[str, str] = {}
    for fact, origin in upload.mapping.get("columns", {}).items():
        if isinstance(origin, str):
            facts[origin] = fact
        else:
            facts |= dict.fromkeys(origin.get("columns", ()), fact)
    for discount in upload.mapping.get("discounts", {}).values():
        if isinstance(discount, str):
            facts[discount] = DISCOUNT
        else:
            facts[discount["column"]] = REIMBURSED if discount.get("reimbursed") else DISCOUNT
    return facts


def _variants(field: Field) -> list[Field]:
    named = [variant for variant, _words in field.variant_words if variant in VARIANTS]
    return [field.variant(name) for name in (*named, *NUMBERED)]


def _date_formats(upload: Upload) -> list[str]:
    """The date formats by which some sample of a date column can be parsed; empty without such a column."""
    kind = kind_named(upload.kind)
    days = [c for c in columns(upload) if (f := kind.known(c.fact)) and f.type in ("day", "moment")]
    samples = [sample for column in days for sample in column.samples]
    readable = [
        written
        for written in (day + time for day in DAYS for time in TIMES)
        if any(_reads(s, written) for s in samples)
    ]
    chosen = upload.mapping.get("date_format")
    return list(dict.fromkeys(["iso", *readable, *([chosen] if chosen else [])])) if days else []


def _reads(sample: str, written: str) -> bool:
    try:
        dt.datetime.strptime(sample, written)
    except ValueError:
        return False
    return True


def _code(heading: str) -> str:
    code = re.sub(r"[^a-z0-9_]", "_", name_key(heading))[:40]
    return code if code[:1].isalpha() else f"d_{code}"[:40]
