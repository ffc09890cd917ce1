"""What stands beside the amount of a line: a discount that is not taken off it yet, shipping that comes on top, a
voucher; and whether its heading speaks of cents or of thousands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from habitue.imports.evidence import words
from habitue.imports.evidence.cells import Values
from habitue.imports.evidence.clues import Clues
from habitue.imports.evidence.collecting import Evidence
from habitue.imports.evidence.columns import Column

CENTS = 0.0251
AGREE = 0.9
FEW = 2  # orders
CENTS_IN = re.compile(r"(?<!pour )(?<!per )\b(?:cents?|centimes?|pence|minor|minor units?)\b")
THOUSANDS_IN = re.compile(
    r"\bk ?(?:€|eur\b|euros?\b|\$|usd\b|£|gbp\b|chf\b)|\bmilliers\b|\bthousands?\b", re.IGNORECASE
)
VOUCHER = re.compile(r"\b(?:vouchers?|coupons?|bons? (?:d )?achat|(?:bon|carte|cheque)s? cadeau|gift cards?)\b")
AFTER = frozenset({"net", "nets", "nette", "after", "apres", "discounted", "remise", "remisee", "paid", "paye"})


def not_taken_off(clues: Clues, columns: Mapping[str, int], discount: int | None) -> dict[str, int] | None:
    """The columns where quantity x price makes the total on rows with a discount too: it is the amount before it."""
    total, price, values = columns["amount"], columns["unit_price"], clues.evidence.table.values
    if discount is None or not {total, price, discount} <= set(values):
        return None
    named = {word for at in (total, price) for word in words.heading_key(clues.heading(at)).split()}
    adds_up = any(r.columns[0] == total for r in clues.evidence.related("lines_make_total"))
    off = np.nan_to_num(values[discount]) != 0
    made = np.abs(values[columns["quantity"]] * values[price] - values[total]) < CENTS
    if named & AFTER or adds_up or not off.any() or made[off].mean() < AGREE:
        return None
    return {role: at for role, at in columns.items() if role != "amount"} | {"gross": total, "discount": discount}


def shipping_on_top(evidence: Evidence, shipping: str, columns: Mapping[str, str]) -> bool:
    """Whether the shipping of an order is no part of the amounts of its lines: by the order's total, or because
    amounts are of lines. Headings by role.
    """
    amount = columns.get("amount") or columns.get("gross") or columns.get("paid")
    at = evidence.column(shipping).at
    if amount is None or evidence.column(amount).at not in evidence.table.values:
        return False
    line = evidence.column(amount).at
    if evidence.order is None or not evidence.order.multi:
        return any(r.columns[-1] == line for r in evidence.related("product", "product_less_discount"))
    if evidence.order.level(at) not in ("order", "first_line") or evidence.order.level(line) != "line":
        return False
    total = columns.get("order_total")
    return total is None or _in_total(evidence, line, at, evidence.column(total).at)


def _in_total(evidence: Evidence, line: int, shipping: int, total: int) -> bool:
    """Whether lines with shipping make the total more often than lines alone."""
    order, values = evidence.order, evidence.table.values
    if order is None:
        return False
    _keys, member = np.unique(evidence.table.codes[order.at], return_inverse=True)
    lines = _sums(values[line], member)
    more, stated = _most(values[shipping], member), _most(values[total], member)
    with_it, alone = (np.abs(each - stated) < CENTS for each in (lines + more, lines))
    return bool(with_it.sum() > alone.sum())


def _sums(values: Values, member: NDArray[np.int64]) -> Values:
    """The sum of each order."""
    return np.bincount(member, weights=np.nan_to_num(values)).astype(np.float64)


def _most(values: Values, member: NDArray[np.int64]) -> Values:
    """The value farthest from 0 of each order."""
    most, given = np.zeros(member.max() + 1), np.nan_to_num(values)
    np.maximum.at(most, member, np.abs(given))
    least = np.zeros(len(most))
    np.minimum.at(least, member, given)
    return np.where(-least >= most, least, most)


def tax_on_top(clues: Clues, line: int) -> dict[str, str] | None:
    """The column of the tax that amounts of lines are without, by the total of the order; None where it does not tell.

    Lines with their tax make the total of the order, and lines alone do not, in nearly all orders with tax.
    """
    order, values = clues.evidence.order, clues.evidence.table.values
    if order is None or not order.multi or line not in values or order.level(line) != "line":
        return None
    _keys, member = np.unique(clues.evidence.table.codes[order.at], return_inverse=True)
    lines = _sums(values[line], member)
    totals = [
        _most(values[c.at], member) for c in clues.columns if c.at in values and c.at != line and _of_order(clues, c)
    ]
    taxes = [c for c in clues.columns if c.at in values and clues.words[c.at].get("tax")]
    for role, of_order in (("line_tax", False), ("tax", True)):
        for column in (c for c in taxes if of_order == _of_order(clues, c)):
            tax = (_most if of_order else _sums)(values[column.at], member)
            if any(_added(lines, tax, total) for total in totals):
                return {role: column.heading}
    return None


def lines_of_total(clues: Clues, total: int, rest: Iterable[int]) -> int | None:
    """The column of amounts of lines that make this total of the order together with one of shipping or of tax."""
    order, values = clues.evidence.order, clues.evidence.table.values
    if order is None or not order.multi or total not in values:
        return None
    _keys, member = np.unique(clues.evidence.table.codes[order.at], return_inverse=True)
    whole, able = _most(values[total], member), [at for at in rest if at in values and at != total]
    for beside in (at for at in able if clues.words[at].get("shipping") or clues.words[at].get("tax")):
        more = (_most if _of_order(clues, clues.columns[beside]) else _sums)(values[beside], member)
        for line in (at for at in able if at != beside and order.level(at) == "line"):
            if _added(_sums(values[line], member), more, whole):
                return line
    return None


def _of_order(clues: Clues, column: Column) -> bool:
    """Whether it is an amount that stands once for each order, or on each of its lines."""
    order = clues.evidence.order
    return (
        order is not None and column.numeric and not column.dated and order.level(column.at) in ("order", "first_line")
    )


def _added(lines: Values, more: Values, total: Values) -> bool:
    """Whether lines and what is added make the total of nearly all orders that have some, and not lines alone."""
    some = np.abs(more) >= CENTS
    if some.sum() < FEW:
        return False
    whole, alone = (np.abs(each - total)[some] < CENTS for each in (lines + more, lines))
    return bool(whole.mean() >= AGREE and not alone.any())


def voucher(clues: Clues, paid: Mapping[str, int]) -> Column | None:
    """A column of the money of vouchers, that is no part of any amount which was taken."""
    most = max((_largest(clues.columns[at]) for role, at in paid.items() if role != "quantity"), default=0.0)
    for column in clues.columns:
        named = VOUCHER.search(words.heading_key(column.heading)) and column.numeric and column.at not in paid.values()
        if named and not column.dated and 0 < _largest(column) <= most and _of_money(clues, column):
            return column
    return None


def voucher_rule(clues: Clues, column: Column) -> dict[str, str]:
    """The discount that a voucher is: of the order where each of its lines says the same, else of its line."""
    order = clues.evidence.order
    of_order = order is not None and order.multi and order.level(column.at) == "order"
    return {"column": column.heading} | ({"rule": "order"} if of_order else {})


def in_cents(column: Column) -> bool:
    """Whether the heading says so and the cells can be."""
    said = CENTS_IN.search(words.heading_key(column.heading))
    return bool(said and column.numbers and column.numbers.whole and not column.numbers.decimals)


def in_thousands(heading: str) -> bool:
    """Whether the heading says so."""
    return bool(THOUSANDS_IN.search(heading))


def some_price(clues: Clues, at: int) -> bool:
    """Whether the heading says a price, and not whether it is that of one: “public price”, “price incl. tax”."""
    said = set(words.heading_key(clues.heading(at)).split())
    whole = said & {"total", "line", "ligne", "montant", "amount", "extended"}
    return clues.trust == 1 and clues.meaning(at) != "unit_price" and bool(said & {"prix", "price"}) and not whole


def is_shipping(heading: str) -> bool:
    """Whether the heading begins with it, as “shipping-price” does."""
    return words.heading_key(heading).startswith(("shipping ", "delivery ", "livraison ", "frais de port", "postage "))


def _largest(column: Column) -> float:
    return max(abs(column.numbers.least), abs(column.numbers.most)) if column.numbers else 0.0


def _of_money(clues: Clues, column: Column) -> bool:
    """Decimals, a mark, or zeros where none was given: no numbers of vouchers."""
    written = column.numbers
    values = clues.evidence.table.values.get(column.at)
    return bool(written and (written.decimals or written.marks or (values is not None and (values == 0).any())))
