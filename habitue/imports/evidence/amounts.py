"""How the amount is told: by a column of the line, by quantity x unit price, or by a total of the order on its lines.

Relations between the columns come first, words second. Where both leave two readings, `Paid.doubts` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from habitue.imports.evidence import arithmetic, beside, words
from habitue.imports.evidence.arithmetic import FEW, Relation
from habitue.imports.evidence.clues import HINTED, NAMED, Clues, fits
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Confidence, Reason

TOTALS = ("amount", "order_total", "paid", "subtotal", "net", "gross")
IN_RELATION: Mapping[str, tuple[frozenset[str], ...]] = {
    "product": (frozenset({"quantity"}), frozenset({"unit_price", "amount", "net"}), frozenset(TOTALS)),
    "product_less_discount": (
        frozenset({"quantity"}), frozenset({"unit_price"}), frozenset({"discount"}), frozenset(TOTALS),
    ),
    "product_less_rate": (
        frozenset({"quantity"}), frozenset({"unit_price"}), frozenset({"discount", "discount_rate"}), frozenset(TOTALS),
    ),
    "products_make_total": (frozenset({"quantity"}), frozenset({"unit_price", "amount", "net"}), frozenset(TOTALS)),
}  # fmt: skip
DISCOUNTS = ("discount", "discount_rate")
MANY = 20
ALIKE = 2  # so few amounts in the whole file stand on the lines of an order by chance
WRONG_WORD = 8.0


@dataclass(frozen=True)
class Paid:
    """Columns by role (quantity, unit_price, amount, gross, order_total ...), and how they make the amount."""

    columns: Mapping[str, int] = field(default_factory=dict)
    rule: str = ""  # column, quantity_x_unit_price, order_total_first_line, order_total_repeated
    confidence: Confidence = UNSURE
    reasons: tuple[Reason, ...] = ()
    doubts: tuple[str, ...] = ()  # codes of the questions that remain
    by_words: bool = False

    def with_columns(self, **roles: int) -> Paid:
        return replace(self, columns={**self.columns, **roles})


def paid(clues: Clues, used: Iterable[int], product: int | None) -> Paid:
    """How the amount of a line or an order is told; `used` columns are something else already."""
    left = _able(clues, set(used))
    relation = _multiplied(clues, left)
    quantity = relation.columns[0] if relation else _named(clues, left, ("quantity",))
    price = relation.columns[1] if relation else _unit_price(clues, left, quantity)
    rest = [at for at in left if at not in (quantity, price)]
    base = Paid({role: at for role, at in (("quantity", quantity), ("unit_price", price)) if at is not None})
    if relation and relation.name == "product" and _of_whole_order(clues, relation):
        made = replace(base, rule="quantity_x_unit_price", confidence=SURE, by_words=_by_words(clues, relation))
        return _order_total(clues, made, relation.columns[-1], rest)
    if relation and relation.name != "products_make_total":
        return _line_total(clues, base, relation, rest)
    total = _named(clues, rest, TOTALS[:3]) if relation is None else relation.columns[-1]
    total = _named(clues, rest, TOTALS) if total is None else total
    if quantity is not None and price is not None:
        return _made_of_price(clues, base, relation, rest, total, product)
    if total is None and clues.trust == 1:
        total = _only(clues, rest)
    return _stated(clues, base, total, rest, product)


def _able(clues: Clues, used: set[int]) -> list[int]:
    """Columns of numbers, and those whose heading says a number though some cells are none."""
    roles = (*TOTALS, "quantity", "unit_price", "discount")
    return [
        column.at
        for column in clues.columns
        if column.at not in used and not column.dated
        and (column.numbers or (clues.meaning(column.at) in roles and fits(clues.kind, "amount", column)))
    ]  # fmt: skip


def _multiplied(clues: Clues, left: Sequence[int]) -> Relation | None:
    """The relation quantity x price = total that words and numbers speak for most."""
    able = [r for r in clues.evidence.related(*IN_RELATION) if set(r.columns) <= set(left)]
    scored = [(_speaks_for(clues, relation), relation) for relation in able]
    score, relation = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return relation if relation and score >= 3 else None


def _speaks_for(clues: Clues, relation: Relation) -> float:
    allowed = IN_RELATION[relation.name]
    score = min(relation.tested, MANY) / 5 + 2 * (relation.share - 0.9)
    for roles, at in zip(allowed, relation.columns, strict=True):
        meaning = clues.meaning(at)
        if meaning in roles:
            score += 2.5
        elif meaning:
            score -= WRONG_WORD
        elif any(clues.word(role, at) >= HINTED for role in roles):
            score += 1
    q, p = (clues.columns[at].numbers for at in relation.columns[:2])
    if q and p:
        score += 1.5 * (q.whole and not p.whole) + 0.5 * (q.decimals <= p.decimals) + 0.4 * (q.median <= p.median)
        score -= 2.0 * (p.whole and not q.whole) + 1.0 * (p.decimals < q.decimals)
    score -= 0.5 * (relation.name == "products_make_total") + 0.3 * (len(relation.columns) - 3)
    return score + 0.3 * (clues.meaning(relation.columns[-1]) == "amount")


def _named(clues: Clues, left: Sequence[int], roles: Sequence[str]) -> int | None:
    """The column whose heading says one of the roles best. With tax goes before without, the longer word before."""
    able = [
        (clues.word(role, at) + _tax_bonus(clues, at) - 0.2 * rank - 3 * clues.columns[at].empty, -at)
        for at in left
        for rank, role in enumerate(roles)
        if not beside.is_shipping(clues.heading(at))
    ]
    score, at = max(able, default=(0.0, 0))
    return -at if score >= HINTED else None


def _tax_bonus(clues: Clues, at: int) -> float:
    return {"with": 1.0, "without": -1.0}.get(words.tax_word(clues.heading(at)), 0.0)


def _unit_price(clues: Clues, left: Sequence[int], quantity: int | None) -> int | None:
    """By its heading. A bare “price” is the unit's where quantities differ, else it is what was paid."""
    at = _named(clues, [at for at in left if at != quantity], ("unit_price",))
    if at is None or not (clues.meaning(at) in ("unit_price", "amount") or beside.some_price(clues, at)):
        return None
    bare = clues.words[at].get("amount", 0) >= NAMED or beside.some_price(clues, at)
    return None if bare and (quantity is None or _all_ones(clues, quantity)) else at


def _all_ones(clues: Clues, quantity: int) -> bool:
    of = clues.columns[quantity].numbers
    return of is None or (of.least >= -1 and of.most <= 1)


def _only(clues: Clues, rest: Sequence[int]) -> int | None:
    """The one column of money that has no name."""
    money = [
        at
        for at in rest
        if (of := clues.columns[at].numbers) and (of.decimals == 2 or of.marks) and not clues.words[at]
    ]
    return money[0] if len(money) == 1 else None


def _level(clues: Clues, at: int) -> str:
    return clues.evidence.order.level(at) if clues.evidence.order else "unknown"


def _several(clues: Clues) -> int:
    return clues.evidence.order.multi if clues.evidence.order else 0


def _of_whole_order(clues: Clues, relation: Relation) -> bool:
    """Whether the product is of orders of one line only: on several lines their prices add up to it."""
    _quantity, price, total = relation.columns
    repeated = _level(clues, total) in ("order", "first_line")
    added = any(r.columns == (price, total) for r in clues.evidence.related("lines_make_total"))
    return repeated and (added or clues.meaning(total) == "order_total")


def _line_total(clues: Clues, base: Paid, relation: Relation, rest: Sequence[int]) -> Paid:
    """Quantity x price makes a column: that is the line's amount, or the amount before a discount or tax beside it."""
    total = relation.columns[-1]
    reason = _reason(clues, relation)
    named = _by_words(clues, relation)
    sure = SURE if named and (not relation.weak or clues.trust == 1) else UNSURE
    results = replace(
        base.with_columns(amount=total), rule="column", confidence=sure, reasons=(reason,), by_words=named
    )
    if relation.name != "product":
        return results.with_columns(discount=relation.columns[2])
    return _beyond(clues, results, total, rest)


def _by_words(clues: Clues, relation: Relation) -> bool:
    return all(
        clues.meaning(at) in roles or any(clues.word(role, at) >= HINTED for role in roles)
        for roles, at in zip(IN_RELATION[relation.name], relation.columns, strict=True)
    )


def _beyond(clues: Clues, results: Paid, total: int, rest: Sequence[int]) -> Paid:
    """A sum that goes from the product to what was paid: less a discount, or with its tax."""
    for relation in clues.evidence.related("sum", "with_rate"):
        net, added, whole = relation.columns
        if added not in rest or (relation.weak and not _meant(clues, relation)):
            continue
        role = _added(clues, added)
        if role == "tax" and net == total and whole in rest:
            return replace(
                results.with_columns(amount=whole, net=total, line_tax=added),
                reasons=(*results.reasons, _reason(clues, relation)),
            )
        if role == "discount" and total in (net, whole) and (other := whole if total == net else net) in rest:
            columns = results.with_columns(amount=other, gross=total, discount=added)
            return replace(columns, reasons=(*results.reasons, _reason(clues, relation)))
    before = beside.not_taken_off(clues, results.columns, _named(clues, rest, DISCOUNTS))
    return replace(results, columns=before) if before else _rival(clues, results, rest)


def _added(clues: Clues, at: int) -> str:
    """What is added or taken off: tax, a discount, shipping; by its heading, or nothing."""
    roles = ("tax", "tax_rate", "discount", "discount_rate", "shipping")
    role = max(roles, key=lambda role: clues.word(role, at))
    results = role if clues.word(role, at) >= HINTED else ""
    return {"tax_rate": "tax", "discount_rate": "discount"}.get(results, results)


def _meant(clues: Clues, relation: Relation) -> bool:
    return bool(_added(clues, relation.columns[1]))


def _rival(clues: Clues, results: Paid, rest: Sequence[int]) -> Paid:
    """Another column whose heading says the amount better than the one that numbers found."""
    other = _named(clues, [at for at in rest if _level(clues, at) in ("line", "unknown")], ("amount",))
    own = results.columns["amount"]
    if other is None or clues.word("amount", other) < clues.word("amount", own) + 1:
        return results
    return replace(results.with_columns(gross=own, amount=other), confidence=LIKELY, doubts=("amount",))


def _made_of_price(
    clues: Clues, base: Paid, relation: Relation | None, rest: Sequence[int], total: int | None, product: int | None
) -> Paid:
    """A unit price and no product of it: the amount is made of both, unless another column says it."""
    quantity, price = base.columns["quantity"], base.columns["unit_price"]
    made = replace(base, rule="quantity_x_unit_price", confidence=SURE, by_words=True)
    bare = clues.words[price].get("amount", 0) >= NAMED or beside.some_price(clues, price)
    if relation is not None:
        sure = SURE if _by_words(clues, relation) else UNSURE
        made = replace(made, confidence=sure, reasons=(_reason(clues, relation),), by_words=sure == SURE)
        return _order_total(clues, made, relation.columns[-1], rest)
    if bare and not _unit_proven(clues, product, quantity, price):
        made = replace(made, confidence=LIKELY, doubts=("unit_price",))
    if total is None:
        return made
    if _level(clues, total) in ("order", "first_line"):
        return _order_total(clues, made, total, rest)
    if _all_ones(clues, quantity):
        return _stated(clues, base, total, rest, product)
    doubts: tuple[str, ...] = ("amount",) if _differs(clues, quantity, price, total) else ()
    stated = replace(
        base.with_columns(amount=total), rule="column", confidence=LIKELY if doubts else SURE, doubts=doubts
    )
    return _with_tax(clues, stated, rest)


def _differs(clues: Clues, quantity: int, price: int, total: int) -> bool:
    """Whether quantity x price and the stated amount differ on most of the rows that could tell."""
    of = clues.evidence.table.values
    if not {quantity, price, total} <= set(of):
        return False
    relation = Relation(
        "product", (quantity, price, total), *arithmetic.tested("product", (quantity, price, total), of)
    )
    return relation.tested > 0 and not relation.holds


def _unit_proven(clues: Clues, product: int | None, quantity: int, price: int) -> bool:
    if product is None or not {quantity, price} <= set(clues.evidence.table.values):
        return False
    unit, _amount = arithmetic.per_product(clues.evidence.table, product, quantity, price)
    return unit.tested >= FEW and unit.holds


def _order_total(clues: Clues, made: Paid, total: int, rest: Sequence[int]) -> Paid:
    """Lines are known from their prices; the order's total says the same, or more: with shipping, tax or a discount."""
    top = _top(clues, total, rest)
    made = made.with_columns(order_total=top)
    if top != total:
        made = made.with_columns(subtotal=total)
    agrees = any(r.columns[-1] == top for r in clues.evidence.related("products_make_total"))
    agrees |= any(r.columns == (made.columns["unit_price"], top) for r in clues.evidence.related("lines_make_total"))
    level = _level(clues, top)
    if agrees or _several(clues) == 0 or level not in ("order", "first_line"):
        return made
    rule = "order_total_repeated" if level == "order" else "order_total_first_line"
    named = clues.meaning(top) in TOTALS
    doubts = made.doubts if named and top != total else (*made.doubts, "amount")
    return replace(made, rule=rule, confidence=SURE if not doubts else LIKELY, doubts=doubts)


def _top(clues: Clues, total: int, rest: Sequence[int]) -> int:
    """From a subtotal by sums of shipping and tax to the order's total."""
    for relation in clues.evidence.related("sum"):
        net, added, whole = relation.columns
        if total in (net, added) and whole in rest and clues.word("order_total", whole) >= HINTED:
            return whole
    named = _named(clues, rest, ("order_total",))
    return named if named is not None and clues.word("order_total", named) > clues.word("order_total", total) else total


def _stated(clues: Clues, base: Paid, total: int | None, rest: Sequence[int], product: int | None) -> Paid:
    """The amount is what a column says: of the line, or of the order and then on its first line or on each."""
    if total is None:
        return base
    named = clues.meaning(total) in TOTALS
    says = named or clues.word("amount", total) >= HINTED
    reasons = (Reason("heading", {"heading": clues.heading(total)}),) if says else ()
    results = replace(base, confidence=SURE if named else UNSURE, reasons=reasons, by_words=named)
    level, several = _level(clues, total), _several(clues)
    lines = _lines_of(clues, total, rest)
    if lines is not None:
        return replace(results.with_columns(amount=lines, order_total=total), rule="column")
    differ = "quantity" in base.columns and _level(clues, base.columns["quantity"]) == "line"
    called = clues.meaning(total)
    telling = differ or clues.columns[total].distinct > ALIKE or called == "order_total" or _says_total(clues, total)
    if level in ("order", "first_line") and telling:
        rule = "order_total_repeated" if level == "order" else "order_total_first_line"
        if several < FEW and called in ("amount", "gross", "paid") and not _says_total(clues, total):
            of_line = _of_line(clues, base, results, total, rest, product)  # two lines may well cost the same
            return of_line if _says_line(clues, total) and not differ else _or_of_order(of_line, total)
        doubts = ("order_total",) if level == "order" and (several < FEW or called != "order_total") else ()
        return replace(results.with_columns(order_total=total), rule=rule, doubts=doubts)
    return _of_line(clues, base, results, total, rest, product)


def _says_total(clues: Clues, at: int) -> bool:
    """A “total” that is not the line's."""
    tokens = set(words.heading_key(clues.heading(at)).split())
    return "total" in tokens and not tokens & {"line", "ligne", "item", "article"}


def _says_line(clues: Clues, at: int) -> bool:
    return bool(set(words.heading_key(clues.heading(at)).split()) & {"line", "lines", "ligne", "lignes", "lineitem"})


def _or_of_order(results: Paid, total: int) -> Paid:
    """Amounts of lines that are the same in each order of several lines: they may be the order's total, repeated."""
    if results.columns.get("amount") != total or results.doubts:
        return results
    return replace(results.with_columns(order_total=total), confidence=LIKELY, doubts=("order_total",))


def _of_line(clues: Clues, base: Paid, results: Paid, total: int, rest: Sequence[int], product: int | None) -> Paid:
    results = replace(results.with_columns(amount=total), rule="column")
    if "quantity" in base.columns and product is not None:
        results = _against_products(clues, results, product)
    return _subtotal(clues, _with_tax(clues, results, rest), rest)


def _lines_of(clues: Clues, total: int, rest: Sequence[int]) -> int | None:
    """The column of lines that add up to this total, alone or with shipping or tax."""
    for relation in clues.evidence.related("lines_make_total"):
        line, whole = relation.columns
        if whole == total and line in rest and _level(clues, line) == "line":
            return line
    return beside.lines_of_total(clues, total, rest)


def _against_products(clues: Clues, results: Paid, product: int) -> Paid:
    """An “amount” that stays the same whatever the quantity of the product is the price of one."""
    quantity, amount = results.columns["quantity"], results.columns["amount"]
    if not {quantity, amount} <= set(clues.evidence.table.values):
        return results
    unit, whole = arithmetic.per_product(clues.evidence.table, product, quantity, amount)
    if unit.tested >= 5 and unit.holds:
        return replace(
            results, confidence=LIKELY, doubts=("unit_price",), reasons=(*results.reasons, _reason(clues, unit))
        )
    return replace(results, reasons=(*results.reasons, _reason(clues, whole))) if whole.holds else results


def _with_tax(clues: Clues, results: Paid, rest: Sequence[int]) -> Paid:
    """Beside its net and its tax, the sum of both is what was paid."""
    amount = results.columns["amount"]
    for relation in clues.evidence.related("sum"):
        net, added, whole = relation.columns
        pair = (net, added) if _added(clues, added) == "tax" else (added, net)
        if _added(clues, pair[1]) == "tax" and amount in (pair[0], whole):
            taxed = results.with_columns(amount=whole, net=pair[0], line_tax=pair[1])
            return taxed if relation.weak else replace(taxed, confidence=SURE, by_words=True)
    return results


def _subtotal(clues: Clues, results: Paid, rest: Sequence[int]) -> Paid:
    """A “subtotal” beside a discount is before or after it: only sums can tell."""
    amount = results.columns["amount"]
    discount = _named(clues, [at for at in rest if at != amount], ("discount",))
    if clues.meaning(amount) not in ("subtotal", "gross") or discount is None:
        return results
    if clues.meaning(amount) == "gross" and clues.words[amount].get("subtotal", 0) < HINTED:
        return replace(
            results, columns={**{r: c for r, c in results.columns.items() if r != "amount"}, "gross": amount}
        )
    return replace(results.with_columns(discount=discount), confidence=LIKELY, doubts=("subtotal",))


def _reason(clues: Clues, relation: Relation) -> Reason:
    data = {
        "columns": [clues.heading(at) for at in relation.columns],
        "tested": relation.tested,
        "agree": relation.agree,
    }
    return Reason(relation.name, data | {"weak": relation.weak})
