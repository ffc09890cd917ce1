"""A rejection in words: what, where, why, and what to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.models import Import, Rejection
from habitue.kernel.formats import day, money, number

LONGEST = 80  # characters of a value that are shown
REASONS = {
    "missing": gettext_lazy("%(fact)s: the cell is empty. Fill it in."),
    "too_long": gettext_lazy("%(fact)s: “%(value)s” is longer than %(limit)s characters. Shorten it."),
    "too_many_cells": gettext_lazy(
        "The row has more cells than there are headings: “%(value)s” is left over. A separator within a cell needs "
        "quotation marks around the cell."
    ),
    "date_unreadable": gettext_lazy(
        "%(fact)s: “%(value)s” is no date written as %(format)s. Correct it, or say date_format in the mapping if all "
        "dates are written like this one."
    ),
    "number_unreadable": gettext_lazy("%(fact)s: “%(value)s” is no number. Write digits only, such as %(example)s."),
    "number_ambiguous": gettext_lazy(
        "%(fact)s: “%(value)s” can be read in two ways. Write it without a separator of thousands, or say "
        "decimal and thousands in the mapping."
    ),
    "number_other_decimal": gettext_lazy(
        "%(fact)s: “%(value)s” has the other decimal mark; this file is read with “%(decimal)s”, as in %(example)s. "
        "Correct it, or say decimal in the mapping if all numbers are written like this one."
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
    "amount_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative, but the row is no refund. Say in a column which order it refunds "
        "(refund_of in the mapping), or correct the amount."
    ),
    "quantity_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative, but the row is no refund. Say in a column which order it refunds "
        "(refund_of in the mapping), or correct the quantity."
    ),
    "discount_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative. Write a discount as the positive amount that is taken off."
    ),
    "discounts_exceed": gettext_lazy(
        "%(fact)s: the discounts are larger than “%(value)s”. Correct them; or, if somebody else pays one of them "
        "back to you, say reimbursed = true for it in the mapping."
    ),
    "disagree": gettext_lazy(
        "%(fact)s: “%(value)s” does not agree with the other amounts and the discounts of the row. Paid must be the "
        "amount before discount less all discounts; received must be paid plus what others reimburse."
    ),
    "too_small": gettext_lazy("%(fact)s: “%(value)s” is less than %(least)s. Correct it."),
    "ends_early": gettext_lazy("%(fact)s: “%(value)s” lies before the first day. Correct one of the two."),
    "begins_after_end": gettext_lazy(
        "%(fact)s: “%(value)s” lies after the day on which the stored contract ended, %(end)s. Say the new end too, or "
        "give a new contract a reference of its own."
    ),
    "other_customer": gettext_lazy(
        "%(fact)s: the contract is stored for “%(stored)s”, not for “%(value)s”. Correct one or the other, or give "
        "this contract a reference of its own."
    ),
    "in_future": gettext_lazy("%(fact)s: “%(value)s” is still to come. Correct it."),
    "country_unknown": gettext_lazy(
        "%(fact)s: “%(value)s” is no country. Write its name in English or French, or its two letters, such as FR."
    ),
    "customer_unknown": gettext_lazy(
        "%(fact)s: there is no customer “%(value)s”. Import the customers first, or correct the reference."
    ),
    "relation_to_itself": gettext_lazy(
        "%(fact)s: “%(value)s” is the same customer as the one before. A relation is between two: correct one of them."
    ),
    "itself": gettext_lazy("%(fact)s: an order cannot refund itself. Give the refund a number of its own."),
    "signs_mixed": gettext_lazy(
        "The rows of this refund have amounts of both signs. Write all of them positive, or all negative; enter what "
        "was bought in exchange as an order of its own."
    ),
    "refund_of_unknown": gettext_lazy(
        "%(fact)s: there is no order “%(value)s”. Import it first, or correct the number."
    ),
    "refund_of_refund": gettext_lazy(
        "%(fact)s: “%(value)s” is itself a refund. Give the number of the order that was bought."
    ),
    "refund_other_buyer": gettext_lazy(
        "%(fact)s: the order “%(value)s” was bought by “%(buyer)s”, not by “%(given)s”. Correct one or the other."
    ),
    "refund_other_currency": gettext_lazy(
        "%(fact)s: the order “%(value)s” is in %(currency)s, the refund in %(given)s. Refund it in its own currency."
    ),
    "refund_too_much": gettext_lazy(
        "%(fact)s: %(given)s would be refunded on the order “%(value)s”, of which %(left)s is left. Check whether the "
        "refund is in twice, and its amount."
    ),
    "order_differs": gettext_lazy(
        "%(fact)s: the order “%(value)s” is stored already, with other content (%(differences)s). Nothing was changed. "
        "If this is another order, give it another number; if the stored one is wrong, refund it and enter it anew."
    ),
}  # fmt: skip
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
    """The whole of it: line, column, reason and remedy."""
    text = why(rejection, import_)
    if rejection.column:
        where = _("Line %(line)s, column “%(column)s”") % {"line": rejection.line, "column": rejection.column}
    else:
        where = _("Line %(line)s") % {"line": rejection.line}
    return _("%(where)s. %(reason)s") % {"where": where, "reason": text}


def why(rejection: Rejection, import_: Import | None = None) -> str:
    """The reason and the remedy, for where line and column are shown already."""
    text = str(REASONS[rejection.code]) % _facts(rejection, import_ or rejection.of)
    return text[:1].upper() + text[1:]


def counts(import_: Import) -> str:
    """What an import has done, in one sentence."""
    created, updated, unchanged = import_.created, import_.updated, import_.unchanged
    parts = [
        (ngettext("%(count)s row", "%(count)s rows", import_.rows), import_.rows),
        (ngettext("%(count)s created", "%(count)s created", created), created),
        (ngettext("%(count)s updated", "%(count)s updated", updated), updated),
        (ngettext("%(count)s unchanged", "%(count)s unchanged", unchanged), unchanged),
        (ngettext("%(count)s row rejected", "%(count)s rows rejected", import_.rejected), import_.rejected),
    ]
    return ", ".join(template % {"count": number(count)} for template, count in parts)


def mapping_lines(kind: Kind, mapping: Mapping) -> list[tuple[str, str]]:
    """Each fact and where it is taken from, for a person to check before it is believed."""
    lines = []
    for field in kind.fields:
        if origin := mapping.columns.get(field.name):
            where = (
                " + ".join(origin.columns) if origin.value is None else _("always %(value)s") % {"value": origin.value}
            )
            lines.append((str(field.label), where))
    for name, discount in mapping.discounts.items():
        template = _("discount “%(kind)s”, reimbursed") if discount.reimbursed else _("discount “%(kind)s”")
        lines.append((template % {"kind": name}, discount.column))
    return lines


def unused(mapping: Mapping, headings: list[str]) -> list[str]:
    used = {column for origin in mapping.columns.values() for column in origin.columns}
    used |= {discount.column for discount in mapping.discounts.values()}
    return [heading for heading in headings if heading not in used]


def date_format(written: str) -> str:
    """`%d/%m/%Y` as day/month/year."""
    if written == "iso":
        return _("year-month-day")
    for code, word in FORMATS.items():
        written = written.replace(code, str(word))
    return written


def _facts(rejection: Rejection, import_: Import) -> dict[str, Any]:
    data = dict(rejection.data)
    name = str(data.get("fact", ""))
    value = rejection.value if len(rejection.value) <= LONGEST else rejection.value[:LONGEST] + "…"
    decimal = data.get("decimal", ".")
    facts = data | {"fact": _label(import_, name, rejection.code), "value": value, "example": f"12{decimal}50"}
    if "format" in data:
        facts["format"] = date_format(data["format"])
    if "key" in data:
        facts["key"] = _label(import_, data["key"], "")
    if "end" in data:
        facts["end"] = day(date.fromisoformat(data["end"]))
    if "choices" in data:
        facts["choices"] = ", ".join(data["choices"])
    if rejection.code == "refund_too_much":
        facts |= {of: money(data[of], data["currency"]) for of in ("left", "given")}
    if rejection.code == "order_differs":
        facts["differences"] = _differences(data)
    return facts


def _label(import_: Import, name: str, code: str) -> str:
    kind = kind_named(import_.kind)
    if name.startswith("discounts."):
        return _("discount “%(kind)s”") % {"kind": name.removeprefix("discounts.")}
    if not name and code.startswith("refund"):
        name = "refund_of"
    return str(kind.field(name or kind.key.name).label)


def _differences(data: dict[str, Any]) -> str:
    labels = {
        "buyer": _("buyer"),
        "day": _("day"),
        "currency": _("currency"),
        "amount": _("amount received"),
        "paid": _("amount paid"),
        "lines": _("number of lines"),
        "payer": _("who paid"),
        "recipient": _("who received it"),
    }
    parts = []
    for name, was in data["stored"].items():
        now = data["given"][name]
        if name in ("amount", "paid"):
            was, now = (money(v, currency) for v, currency in zip((was, now), data["currencies"], strict=True))
        parts.append(
            _("%(what)s: %(stored)s stored, %(given)s in the file")
            % {"what": labels[name], "stored": was, "given": now}
        )
    return "; ".join(parts) or _("other lines")
