"""Rejections in words: what is wrong, where, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from habitue.imports.files import lines
from habitue.imports.files.controls import control
from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings import mapping as mappings
from habitue.imports.models import Import, Rejection
from habitue.imports.staging.months import IN_WORDS
from habitue.imports.staging.sql import FINEST
from habitue.kernel.formats import money, number

LONGEST = 80  # characters of a value that are shown
REASONS = {
    "missing": gettext_lazy("%(fact)s: the cell is empty. Fill it in."),
    "too_long": gettext_lazy("%(fact)s: “%(value)s” is longer than %(limit)s characters. Shorten it."),
    "too_many_cells": gettext_lazy(
        "The row has more cells than there are headings: “%(value)s” is left over. A separator within a cell needs "
        "quotation marks around the cell."
    ),
    "date_unreadable": gettext_lazy(
        "%(fact)s: “%(value)s” is no date written as %(format)s. Correct it; if all dates are written like this "
        "one, say so: %(date_control)s."
    ),
    "number_unreadable": gettext_lazy("%(fact)s: “%(value)s” is no number. Write digits only, such as %(example)s."),
    "number_ambiguous": gettext_lazy(
        "%(fact)s: “%(value)s” can be read in two ways. Write it without a separator of thousands, or say "
        "how numbers are written: %(decimal_control)s."
    ),
    "number_other_decimal": gettext_lazy(
        "%(fact)s: “%(value)s” has the other decimal mark; this file is read with “%(decimal)s”, as in %(example)s. "
        "Correct it; if all numbers are written like this one, say so: %(decimal_control)s."
    ),
    "number_too_fine": gettext_lazy(
        "%(fact)s: “%(value)s” has more decimals than are kept. Round it to what was really paid or counted."
    ),
    "number_too_large": gettext_lazy("%(fact)s: “%(value)s” is too large to be true. Check the column and the unit."),
    "currency_unknown": gettext_lazy(
        "%(fact)s: “%(value)s” is no currency of ISO 4217. Write its three letters, such as EUR or USD."
    ),
    "choice_unknown": gettext_lazy("%(fact)s: “%(value)s” is not known. Write one of: %(choices)s."),
    "contradicts": gettext_lazy(
        "%(fact)s: “%(value)s” differs from line %(line)s, which has the same %(key)s. Make them agree, or give this "
        "row another %(key)s."
    ),
    "kept_back": gettext_lazy(
        "This row belongs with line %(line)s, which was refused; half of it would be a false fact. Correct line "
        "%(line)s and import both."
    ),
    "too_many_rows": gettext_lazy(
        "%(fact)s: more than %(limit)s rows have “%(value)s”. Check that the right column is taken for it."
    ),
    "too_small": gettext_lazy("%(fact)s: “%(value)s” is less than %(least)s. Correct it."),
    "ends_early": gettext_lazy("%(fact)s: “%(value)s” lies before the first day. Correct one of the two."),
    "too_early": gettext_lazy("%(fact)s: “%(value)s” is too long ago. Check the year."),
    "in_future": gettext_lazy("%(fact)s: “%(value)s” is still to come. Correct it."),
    "customer_unknown": gettext_lazy(
        "%(fact)s: there is no customer “%(value)s”. Import the customers first, or correct the reference."
    ),
}  # fmt: skip
# What an import says beside its counts, by the codes of `Outcome.notes`.
NOTES = {
    "kept_as_typed": ngettext_lazy(
        "%(count)s value is not complete or could not be read. It is kept as typed and marked.",
        "%(count)s values are not complete or could not be read. They are kept as typed and marked.",
        "count",
    ),
    "births_of_two_centuries": ngettext_lazy(
        "%(count)s of these is a date of birth with a year of two digits that may be of either century. Say which: "
        "%(control)s.",
        "%(count)s of these are dates of birth with years of two digits that may be of either century. Say which: "
        "%(control)s.",
        "count",
    ),
    "postcodes_completed": ngettext_lazy(
        "%(count)s postcode had lost the zero that it begins with, and has it again.",
        "%(count)s postcodes had lost the zero that they begin with, and have it again.",
        "count",
    ),
    "floats_restored": ngettext_lazy(
        "%(count)s number was written with decimals (1000.0) and is read without.",
        "%(count)s numbers were written with decimals (1000.0) and are read without.",
        "count",
    ),
    "organisations_made": ngettext_lazy(
        "%(count)s organisation was made for the people who work there.",
        "%(count)s organisations were made for the people who work there.",
        "count",
    ),
}
FORMATS = {
    "%d": gettext_lazy("day"),
    "%m": gettext_lazy("month"),
    "%Y": gettext_lazy("year"),
    "%y": gettext_lazy("year (two digits)"),
    "%H": gettext_lazy("hour"),
    "%I": gettext_lazy("hour (12)"),
    "%M": gettext_lazy("minute"),
    "%S": gettext_lazy("second"),
    "%p": "AM/PM",
}


def reason(rejection: Rejection, import_: Import | None = None) -> str:
    """A rejection in words: line, column, reason and remedy."""
    text = why(rejection, import_)
    at = line(rejection.line, import_ or rejection.of)
    if rejection.column:
        where = _("Line %(line)s, column “%(column)s”") % {"line": at, "column": rejection.column}
    else:
        where = _("Line %(line)s") % {"line": at}
    return _("%(where)s. %(reason)s") % {"where": where, "reason": text}


def line(number: int, import_: Import) -> str:
    """The line of a row as a person finds it in the file."""
    return lines.words(number, import_.mapping.get("sheets", ()))


def why(rejection: Rejection, import_: Import | None = None) -> str:
    """A rejection in words, without line and column: reason and remedy."""
    import_ = import_ or rejection.of
    reasons = REASONS | dict(kind_named(import_.kind).reasons)
    text = str(reasons[rejection.code]) % _placeholders(rejection, import_)
    return text[:1].upper() + text[1:]


def counts(import_: Import) -> str:
    """The counts of an import in one sentence."""
    created, updated, unchanged = import_.created, import_.updated, import_.unchanged
    parts = [
        (ngettext("%(count)s row", "%(count)s rows", import_.rows), import_.rows),
        (ngettext("%(count)s created", "%(count)s created", created), created),
        (ngettext("%(count)s updated", "%(count)s updated", updated), updated),
        (ngettext("%(count)s unchanged", "%(count)s unchanged", unchanged), unchanged),
        (ngettext("%(count)s row rejected", "%(count)s rows rejected", import_.rejected), import_.rejected),
    ]
    return ", ".join(template % {"count": number(count)} for template, count in parts)


def notes(counted: Mapping[str, int]) -> list[str]:
    """What an import says beside its counts, a sentence each: `Import.notes`, or those of a check."""
    century = control("birth_century")
    said = [(NOTES[code], count) for code in NOTES if (count := counted.get(code, 0))]
    return [str(words % {"count": count, "control": century}) for words, count in said]


def findings(import_: Import) -> list[str]:
    """What an import tells beside its counts, a sentence each."""
    return findings_of(import_.findings)


def findings_of(findings: dict[str, int]) -> list[str]:
    """The sentences for what was found: see `kinds.orders.finding`."""
    sentences = (
        ("not_a_sale", ngettext_lazy("%(count)s order is no sale.", "%(count)s orders are no sales.", "count")),
        ("not_yet", ngettext_lazy("%(count)s order is not paid yet.", "%(count)s orders are not paid yet.", "count")),
        (
            "no_buyer",
            ngettext_lazy(
                "%(count)s sale has no customer: %(sums)s.", "%(count)s sales have no customer: %(sums)s.", "count"
            ),
        ),
        (
            "kept_back",
            ngettext_lazy(
                "%(count)s order is kept back, worth as far as it can be read: %(sums)s.",
                "%(count)s orders are kept back, worth as far as they can be read: %(sums)s.",
                "count",
            ),
        ),
        (
            "rounded",
            ngettext_lazy(
                "%(count)s line was rounded, by %(sums)s.",
                "%(count)s lines were rounded, by %(sums)s together.",
                "count",
            ),
        ),
    )
    return [
        str(words % {"count": findings[name], "sums": _sums(findings, name)})
        for name, words in sentences
        if findings.get(name)
    ]


def _sums(findings: dict[str, int], name: str) -> str:
    sums = {key.partition(":")[2]: value for key, value in findings.items() if key.startswith(f"{name}:")}
    if name == "rounded":
        return ", ".join(f"{number(Decimal(value) / 10**FINEST, digits=4)} {code}" for code, value in sums.items())
    return ", ".join(money(value, code) for code, value in sums.items()) or "?"


def mapping_lines(kind: Kind, mapping: mappings.Mapping) -> list[tuple[str, str]]:
    """Pairs of each field and the columns that it is taken from, to be checked by a person."""
    lines = []
    for field in kind.fields:
        if origin := mapping.columns.get(field.name):
            where = (
                " + ".join(origin.columns) if origin.value is None else _("always %(value)s") % {"value": origin.value}
            )
            lines.append((str(field.label), where))
            if origin.made:
                lines[-1] = (str(field.label), _("made of %(columns)s") % {"columns": where or _("the whole row")})
    for name, discount in mapping.discounts.items():
        template = _("discount “%(kind)s”, reimbursed") if discount.reimbursed else _("discount “%(kind)s”")
        lines.append((template % {"kind": name}, discount.column))
    return lines


def unused(mapping: mappings.Mapping, headings: list[str]) -> list[str]:
    used = {column for origin in mapping.columns.values() for column in origin.columns}
    used |= {discount.column for discount in mapping.discounts.values()}
    return [heading for heading in headings if heading not in used]


def date_format(written: str) -> str:
    """A date format in words: `%d/%m/%Y` is "day/month/year"."""
    if written == "iso":
        return _("year-month-day")
    if written == IN_WORDS:
        return _("day, month in words, year")
    for code, word in FORMATS.items():
        written = written.replace(code, str(word))
    return written


def _placeholders(rejection: Rejection, import_: Import) -> dict[str, Any]:
    data = dict(rejection.data)
    name = str(data.get("fact", ""))
    value = rejection.value if len(rejection.value) <= LONGEST else rejection.value[:LONGEST] + "…"
    decimal = data.get("decimal", ".")
    values = data | {"fact": _label(import_, name), "value": value, "example": f"12{decimal}50"}
    values |= {"date_control": control("date_format"), "decimal_control": control("decimal")}
    values |= {"repeat_control": control("repeat_above")}
    values |= {"refund_control": control("refund_of"), "discount_control": control("reimbursed")}
    values["negative_control"] = control("negative")
    if "line" in data:
        values["line"] = line(data["line"], import_)
    if "format" in data:
        values["format"] = date_format(data["format"])
    if "key" in data:
        values["key"] = _label(import_, data["key"])
    if "choices" in data:
        values["choices"] = ", ".join(data["choices"])
    if details := kind_named(import_.kind).details:
        values |= import_string(details)(rejection.code, data)
    return values


def _label(import_: Import, name: str) -> str:
    kind = kind_named(import_.kind)
    if name.startswith("discounts."):
        return _("discount “%(kind)s”") % {"kind": name.removeprefix("discounts.")}
    return str(kind.field(name or kind.key.name).label)
