"""Rules of reading that a guess says beside the columns: discounts, tax, statuses, currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from habitue.imports.evidence import arithmetic, beside, words
from habitue.imports.evidence.clues import HINTED, NAMED, Clues
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Reason, Rule
from habitue.imports.evidence.reading import Reading

CURRENCY_IN_HEADING = re.compile(r"€|\$|£|¥|\b(?:EUR|USD|GBP|CHF|CAD|AUD|JPY)\b")
CODES = {"€": "EUR", "£": "GBP", "¥": "JPY"}
RATE_WORDS = re.compile(r"%|\b(?:rate|taux|percent|pct|pourcent\w*)\b", re.IGNORECASE)
MONEY_WORDS = re.compile(r"€|\$|£|\b(?:EUR|USD|GBP|CHF|euros?|amount|montant|total|value|valeur)\b", re.IGNORECASE)
WHOLE = 100
MADE = "quantity_x_unit_price"
FEW_RATES = 6
RATES = frozenset({
    "0", "2.1", "2.6", "3", "3.8", "4", "5", "5.5", "6", "7", "7.7", "8", "8.1", "8.5", "9", "10", "12", "13", "15",
    "19", "20", "21", "22", "23", "24", "25",
})  # fmt: skip
MUCH_MORE = 10  # amounts are this many times a discount of less than one, if that is a rate


def rules(reading: Reading) -> dict[str, Rule]:
    """Of a file of orders, by name."""
    results = [amount(reading), discount(reading), tax(reading), statuses(reading), currency(reading), blanks(reading)]
    return {rule.name: rule for rule in results if rule}


def amount(reading: Reading) -> Rule | None:
    paid = reading.paid
    if not paid.rule:
        return None
    columns = {role: reading.clues.heading(at) for role, at in paid.columns.items()}
    return Rule("amount_rule", paid.rule, paid.confidence, columns, paid.reasons)


def discount(reading: Reading) -> Rule | None:
    """Money or a rate, of the line or of the order."""
    clues = reading.clues
    at = reading.paid.columns.get("discount", _discount_column(reading))
    if at is None:
        return None
    column = clues.columns[at]
    relation = next(
        (r for r in clues.evidence.relations if at in r.columns and not r.name.endswith("make_total")), None
    )
    columns = {"discount": column.heading}
    if relation is not None and relation.name in ("product_less_rate", "with_rate"):
        return Rule("discount_rule", "rate", SURE, columns, (_reason(clues, relation),))
    if RATE_WORDS.search(column.heading) or column.share("percent") >= HALF:
        return Rule("discount_rule", "rate", SURE, columns, (Reason("heading", {"heading": column.heading}),))
    if relation is not None and relation.name in ("product_less_discount", "sum") and not relation.weak:
        return Rule("discount_rule", "money", SURE, columns, (_reason(clues, relation),))
    if _like_rate(reading, column):
        return Rule("discount_rule", "rate", LIKELY, columns, (Reason("below_one", {"most": _most(column)}),))
    if relation is None and _either(column):
        return Rule("discount_rule", "rate", UNSURE, columns)
    return _of_order(clues, column, columns)


HALF = 0.5


def _discount_column(reading: Reading) -> int | None:
    clues, used = reading.clues, set(reading.paid.columns.values())
    able = [
        (max(clues.word("discount", c.at), clues.word("discount_rate", c.at)), -c.at)
        for c in clues.columns
        if c.numeric and not c.dated and c.at not in used and c.numbers
    ]
    score, at = max(able, default=(0.0, 0))
    return -at if score >= NAMED - 0.5 else None


def _either(column: Column) -> bool:
    """Whole numbers up to a hundred, of which nothing says whether they are money or a rate."""
    written = column.numbers
    plain = written is not None and written.whole and not (written.decimals or written.marks) and written.least >= 0
    return plain and 1 < _most(column) <= WHOLE and not MONEY_WORDS.search(column.heading)


def _most(column: Column) -> float:
    return max(abs(column.numbers.least), abs(column.numbers.most)) if column.numbers else 0.0


def _like_rate(reading: Reading, column: Column) -> bool:
    """Parts of one where amounts are much more."""
    beside = reading.paid.columns.get(
        "amount", reading.paid.columns.get("unit_price", reading.paid.columns.get("gross"))
    )
    if (
        column.numbers is None
        or beside is None
        or column.numbers.whole
        or _most(column) > 1
        or column.numbers.least < 0
    ):
        return False
    of = reading.clues.columns[beside].numbers
    return of is not None and not column.numbers.marks and of.median >= MUCH_MORE


def _of_order(clues: Clues, column: Column, columns: Mapping[str, str]) -> Rule:
    """The same discount on all lines of an order may be the line's or the order's: only the owner can know."""
    group, values = clues.evidence.order, clues.evidence.table.values[column.at]
    if group is None or not group.multi:
        return Rule("discount_rule", "money", SURE, columns)
    _keys, member = np.unique(clues.evidence.table.codes[group.at], return_inverse=True)
    given = np.nan_to_num(np.abs(values)) > 0
    sizes, with_discount = np.bincount(member), np.bincount(member, weights=given)
    first = np.zeros(len(sizes), dtype=bool)
    starts = np.unique(member, return_index=True)[1]
    first[member[starts]] = given[starts]
    some = (sizes > 1) & (with_discount > 0)
    data = {"heading": column.heading, "orders": int(some.sum())}
    if some.any() and group.level(column.at) == "order":
        return Rule("discount_rule", "order_repeated", UNSURE, columns, (Reason("same_on_lines", data),))
    if some.sum() >= arithmetic.FEW and (first & (with_discount == 1))[some].all():
        return Rule("discount_rule", "order_once", LIKELY, columns, (Reason("first_line_only", data),))
    return Rule("discount_rule", "money", SURE, columns)


def tax(reading: Reading) -> Rule:
    """With or without, by the sum that makes the amount or by the heading; unknown where nothing says.

    Without it, the column of the tax or of its rate is told as well; it is unsure where there is none.
    """
    columns, clues = reading.paid.columns, reading.clues
    roles = ("unit_price", "amount") if reading.paid.rule == MADE else ("amount", "order_total", "unit_price")
    at = next((columns[role] for role in roles if role in columns), None)
    if at is None:
        return Rule("tax", "unknown", UNSURE)
    heading = {"amount": clues.heading(at)}
    if "line_tax" in columns and "amount" in columns:
        return Rule("tax", "with", SURE, heading | {"line_tax": clues.heading(columns["line_tax"])})
    if not (word := words.tax_word(clues.heading(at))) and (on_top := beside.tax_on_top(clues, at)):
        return Rule("tax", "without", SURE, heading | on_top)
    said = word or ("without" if clues.meaning(at) == "net" else "unknown")  # “net” may be of discounts
    added = _tax_column(reading, at) if said == "without" else {}
    return Rule("tax", said, SURE if word == "with" or (word and added) else UNSURE, heading | added)


def _tax_column(reading: Reading, amount: int) -> dict[str, str]:
    """The column of the tax by its role: a rate, or money of the line or of the order."""
    clues, used = reading.clues, set(reading.paid.columns.values())
    able = [
        (max(clues.word("tax", c.at), clues.word("tax_rate", c.at)), -c.at)
        for c in clues.columns
        if c.numeric and not c.dated and c.at not in used and c.numbers
    ]
    score, minus_at = max(able, default=(0.0, 0))
    if score < HINTED:
        return {}
    column = clues.columns[-minus_at]
    if _is_tax_rate(clues, column):
        return {"tax_rate": column.heading}
    group = clues.evidence.order
    of_order = group and group.multi and group.level(column.at) in ("order", "first_line")
    of_line = group and group.level(amount) == "line"
    return {"tax" if of_order and not of_line else "line_tax": column.heading}


def _is_tax_rate(clues: Clues, column: Column) -> bool:
    if RATE_WORDS.search(column.heading) or column.share("percent") >= HALF:
        return True
    return column.distinct <= FEW_RATES and not (column.numbers and column.numbers.marks) and _all_rates(column)


def _all_rates(column: Column) -> bool:
    """Whether all cells are among the rates of tax in Europe and Northern America."""
    return bool(column.values) and {_plain_number(value) for value in column.values} <= RATES


def _plain_number(text: str) -> str:
    number = text.replace(",", ".").strip("% ")
    return number.rstrip("0").rstrip(".") if "." in number else number


def statuses(reading: Reading) -> Rule | None:
    """What each value of the status means; None for a value that is not known."""
    column = reading.column("status")
    if column is None or column.empty or not column.values:
        return None
    meanings: dict[str, Any] = {value: words.status_of(value, column.heading) or None for value in column.values}
    sure = SURE if all(meanings.values()) else UNSURE
    counts = dict(column.values.items())
    return Rule(
        "statuses", meanings, sure, {"status": column.heading}, (Reason("statuses_counted", {"counts": counts}),)
    )


def currency(reading: Reading) -> Rule | None:
    """A mark in the heading or the cells of what was paid, where no column says it."""
    if column := reading.column("currency"):
        marked = "$" in column.values
        return (
            Rule("currency", "USD", UNSURE, {"amount": column.heading}, (Reason("mark", {"mark": "$"}),))
            if marked
            else None
        )
    for at in reading.paid.columns.values():
        column = reading.clues.columns[at]
        marks = CURRENCY_IN_HEADING.findall(column.heading) or list(column.numbers.marks if column.numbers else ())
        if marks:
            code = CODES.get(marks[0], marks[0])
            known = code != "$"
            value = code if known else "USD"
            return Rule(
                "currency",
                value,
                SURE if known else UNSURE,
                {"amount": column.heading},
                (Reason("mark", {"mark": marks[0]}),),
            )
    return None


def blanks(reading: Reading) -> Rule | None:
    """Columns whose empty cells repeat the one above."""
    filled = reading.clues.evidence.filled_down
    if not filled:
        return None
    headings = [reading.clues.heading(at) for at in filled]
    return Rule("filled_down", headings, SURE, {}, (Reason("empty_together", {"columns": headings}),))


def _reason(clues: Clues, relation: Any) -> Reason:
    columns = [clues.heading(at) for at in relation.columns]
    return Reason(
        relation.name, {"columns": columns, "tested": relation.tested, "agree": relation.agree, "weak": relation.weak}
    )
