"""How columns of numbers hang together: quantity x price, discounts, tax, and lines that add up to the order's total.

Each relation says on how many rows (or orders) it was tried and how many agree. Rows that agree with anything (a
quantity of one, nothing added) are not counted; a relation that is left with few is `weak`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from habitue.imports.evidence.cells import Table, Values
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.structure import Grouping
from habitue.imports.evidence.words import heading_key

Name = Literal[
    "product",
    "product_less_discount",
    "product_less_rate",
    "sum",
    "with_rate",
    "lines_make_total",
    "products_make_total",
    "price_of_product",
    "amount_of_product",
]
FEW = 3  # fewer prove little by themselves
MANY = 20
HOLDS = 0.9
COLUMNS = 12
TRIED = 400
LARGEST_QUANTITY = 1e5
LONG_CODE = 1e7
CENT = 0.0051
OF_RATES = re.compile(r"%|rate|taux|\bta[xv]|vat\b|discount|remise|rabais|reduction|percent|pourcent")
Counts = tuple[int, int]


@dataclass(frozen=True)
class Relation:
    """`columns` in the order of the name: (quantity, price, total), (.., discount, total), (net, added, total)."""

    name: Name
    columns: tuple[int, ...]
    tested: int
    agree: int

    @property
    def weak(self) -> bool:
        return self.tested < FEW

    @property
    def share(self) -> float:
        return self.agree / self.tested if self.tested else 0.0

    @property
    def holds(self) -> bool:
        return self.tested > 0 and self.share >= HOLDS


def relations(columns: Sequence[Column], table: Table, group: Grouping | None) -> tuple[Relation, ...]:
    """Those that hold, of all that could."""
    able = numeric(columns, table)
    few = {c.at: table.values[c.at][:TRIED] for c in able}
    related = []
    for name, at in _candidates(able):
        if _may_hold(tested(name, at, few)):
            relation = Relation(name, at, *tested(name, at, table.values))
            if relation.holds:
                related.append(relation)
    if group is not None and group.multi:
        related += [relation for relation in _totals(able, table, group) if relation.holds]
    return tuple(related)


def numeric(columns: Sequence[Column], table: Table) -> list[Column]:
    """Columns whose numbers can be counted with: no dates, no long codes, no zeros only; those with decimals first."""
    able = [c for c in columns if c.numbers and c.at in table.values and not c.dated and _countable(c)]
    return sorted(able, key=lambda c: bool(c.numbers and c.numbers.whole))[:COLUMNS]


def per_product(table: Table, product: int, quantity: int, price: int) -> tuple[Relation, Relation]:
    """Of products sold in several quantities: those whose price is always the same, and those whose price goes with
    the quantity.
    """
    key, q, p = table.codes[product], np.abs(table.values[quantity]), np.abs(table.values[price])
    able = (key != 0) & (q > 0) & (p > 0)
    key, q, p = key[able], q[able], p[able]
    order = np.argsort(key, kind="stable")
    key, q, p = key[order], q[order], p[order]
    at = (quantity, price)
    if not len(key):
        return Relation("price_of_product", at, 0, 0), Relation("amount_of_product", at, 0, 0)
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    several = _spread(q, starts) > 0
    same = _spread(p, starts) <= 0.02 * np.maximum.reduceat(p, starts)
    each = p / q
    with_quantity = _spread(each, starts) <= 0.02 * np.maximum.reduceat(each, starts) + 0.01
    tested = int(several.sum())
    return (
        Relation("price_of_product", at, tested, int((several & same).sum())),
        Relation("amount_of_product", at, tested, int((several & with_quantity & ~same).sum())),
    )


def _candidates(able: Sequence[Column]) -> Iterator[tuple[Name, tuple[int, ...]]]:
    quantities = [c.at for c in able if _quantity_like(c)][:4]
    rates = [c.at for c in sorted(able, key=_unlike_rate) if _rate_like(c)][:4]
    every = [c.at for c in able]
    for q in quantities:
        for p, t in permutations([at for at in every if at != q], 2):
            yield "product", (q, p, t)
            rest = [at for at in every if at not in (q, p, t)]
            yield from (("product_less_discount", (q, p, d, t)) for d in rest)
            yield from (("product_less_rate", (q, p, r, t)) for r in rest if r in rates)
    fine = [c.at for c in able if c.numbers and not c.numbers.whole]
    for t in every:
        for net, added in combinations([at for at in every if at != t], 2):
            if {net, added, t} & set(fine):
                yield "sum", (net, added, t)
    for r in rates:
        yield from (("with_rate", (net, r, t)) for net, t in permutations([at for at in every if at != r], 2))


def tested(name: Name, at: tuple[int, ...], values: Mapping[int, Values]) -> Counts:
    """Rows that could disagree, and those that agree."""
    of = [values[each] for each in at]
    with np.errstate(invalid="ignore"):
        expected, telling, slack = TERMS[name](*of[:-1])
        total = of[-1]
        telling &= ~np.isnan(expected) & ~np.isnan(total)
        agree = telling & (np.abs(expected - total) <= CENT + np.minimum(slack, 0.01 * np.abs(total)))
    return int(telling.sum()), int(agree.sum())


def _product(q: Values, p: Values) -> tuple[Values, NDArray[np.bool_], Values]:
    return q * p, (np.abs(q) != 1) & (q != 0) & (p != 0), 0.005 * np.abs(q)


def _less_discount(q: Values, p: Values, d: Values) -> tuple[Values, NDArray[np.bool_], Values]:
    expected, telling, slack = _product(q, p)
    return expected - np.sign(expected) * np.abs(d), telling & (d != 0), slack


def _less_rate(q: Values, p: Values, r: Values) -> tuple[Values, NDArray[np.bool_], Values]:
    expected, _telling, slack = _product(q, p)
    return expected * (1 - _share(r)), (expected != 0) & (r != 0), slack + 0.005


def _sum(net: Values, added: Values) -> tuple[Values, NDArray[np.bool_], Values]:
    return net + added, (net != 0) & (added != 0), np.full(net.shape, 0.005)


def _with_rate(net: Values, rate: Values) -> tuple[Values, NDArray[np.bool_], Values]:
    return net * (1 + _share(rate)), (net != 0) & (rate != 0), np.full(net.shape, 0.005)


TERMS: Mapping[str, Callable[..., tuple[Values, NDArray[np.bool_], Values]]] = {
    "product": _product,
    "product_less_discount": _less_discount,
    "product_less_rate": _less_rate,
    "sum": _sum,
    "with_rate": _with_rate,
}


def _may_hold(counts: Counts) -> bool:
    tested, agree = counts
    return not tested or agree / tested >= HOLDS - 0.05


def _totals(able: Sequence[Column], table: Table, group: Grouping) -> Iterator[Relation]:
    """Lines, or quantity x price, that add up to a column which belongs to the order."""
    codes = table.codes[group.at]
    _keys, member = np.unique(codes, return_inverse=True)
    several = (np.bincount(member) > 1) & (_keys != 0)
    of_order = [c.at for c in able if group.level(c.at) in ("order", "first_line") and not c.constant]
    lines = [c for c in able if group.level(c.at) in ("line", "order")]
    for total in of_order:
        stated = _stated(table.values[total], member)
        for line in lines:
            if line.at != total:
                counts = _adds_up(table.values[line.at], member, stated, several)
                yield Relation("lines_make_total", (line.at, total), *counts)
        for q, p in permutations([c for c in lines if c.at != total], 2):
            if _quantity_like(q):
                made = table.values[q.at] * table.values[p.at]
                more = np.bincount(member, weights=made != table.values[p.at], minlength=len(stated)) > 0
                counts = _adds_up(made, member, stated, several & more)  # of single pieces prices add up as amounts do
                yield Relation("products_make_total", (q.at, p.at, total), *counts)


def _stated(values: Values, member: NDArray[np.int64]) -> Values:
    """The value of each order; -inf where it says none."""
    stated = np.full(member.max() + 1, -np.inf)
    np.maximum.at(stated, member, np.where(np.isnan(values), -np.inf, values))
    return stated


def _adds_up(line: Values, member: NDArray[np.int64], stated: Values, several: NDArray[np.bool_]) -> Counts:
    sums = np.bincount(member, weights=np.nan_to_num(line), minlength=len(stated))
    telling = several & np.isfinite(stated) & (stated != 0)
    with np.errstate(invalid="ignore"):
        agree = telling & (np.abs(sums - stated) <= 0.0251)
    return int(telling.sum()), int(agree.sum())


def _spread(values: Values, starts: NDArray[np.int64]) -> Values:
    return np.asarray(np.maximum.reduceat(values, starts) - np.minimum.reduceat(values, starts))


def _share(rate: Values) -> Values:
    """Rates are written as 0.2 or as 20."""
    return rate / 100 if np.nanmax(np.abs(rate), initial=0) > 1 else rate


def _countable(column: Column) -> bool:
    written = column.numbers
    if written is None or (written.least == written.most == 0):
        return False
    return not (written.whole and written.most >= LONG_CODE)


def _quantity_like(column: Column) -> bool:
    written = column.numbers
    return bool(
        written
        and not written.marks
        and max(abs(written.least), abs(written.most)) <= LARGEST_QUANTITY
        and (written.whole or written.decimals == 3)
        and not (column.constant and written.most == 1)
    )


def _unlike_rate(column: Column) -> tuple[bool, int]:
    """Least for what is called a rate, a tax or a discount, then for few distinct values."""
    return not OF_RATES.search(heading_key(column.heading) + column.heading), column.distinct


def _rate_like(column: Column) -> bool:
    written = column.numbers
    return bool(written and written.least >= 0 and written.most <= 100 and column.distinct <= 60)
