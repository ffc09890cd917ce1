"""Which column is taken for which fact: the cells decide what is possible, structure and words what is likeliest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from habitue.imports.evidence import structure, words
from habitue.imports.evidence.clues import HALF, HINTED, MOSTLY, NAMED, Clues, fits, one_day, repeats_by_mistake
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Confidence, Reason, Taken

TAKEN = 3.5  # a score below is no reason to take a column
CLOSE = 1.5  # a rival this near may be it as well
MANY = 20
AMOUNTS = ("quantity", "gross", "amount", "paid")  # see `amounts`
Score = tuple[float, list[Reason]]


@dataclass(frozen=True)
class Candidate:
    fact: str
    at: int
    score: float
    word: float
    structure: float
    reasons: tuple[Reason, ...]


def take(clues: Clues, facts: Iterable[str], used: Iterable[int] = ()) -> dict[str, Taken]:
    """The likeliest column of each fact; each column serves once."""
    taken = set(used)
    ranked = sorted(
        (candidate for fact in facts for column in clues.columns if (candidate := _candidate(clues, fact, column))),
        key=lambda candidate: (-candidate.score, candidate.at),
    )
    results: dict[str, Taken] = {}
    for candidate in ranked:
        if candidate.fact not in results and candidate.at not in taken and candidate.score >= TAKEN:
            others = [c for c in ranked if c.fact == candidate.fact and c.at != candidate.at and c.score >= TAKEN]
            results[candidate.fact] = _taken(clues, candidate, others)
            taken.add(candidate.at)
    return results


def _candidate(clues: Clues, fact: str, column: Column) -> Candidate | None:
    if not fits(clues.kind, fact, column):
        return None
    word = clues.word(fact, column.at)
    place = PLACES.get(f"{clues.kind.name}.{fact}")
    needed = clues.kind.field(fact).required
    if column.empty:
        return None if needed or word < NAMED else Candidate(fact, column.at, word - 4, word, 0, ())
    bonus, reasons = place(clues, column) if place else (0.0, [])
    if word <= 0 and bonus <= 0:
        return None
    if word >= HINTED:
        reasons = [Reason("heading", {"heading": column.heading}), *reasons]
    return Candidate(fact, column.at, word + bonus, word, bonus, tuple(reasons))


def _taken(clues: Clues, of: Candidate, others: Sequence[Candidate]) -> Taken:
    rivals = [other for other in others if other.score > of.score - CLOSE and other.word < NAMED + 3]
    same = [other for other in rivals if not _equal(clues, of.at, other.at)]
    reasons = of.reasons
    if same:
        reasons = (*reasons, Reason("rivals", {"columns": [clues.heading(other.at) for other in same]}))
    confidence = _confidence(clues, of, same)
    return Taken(of.fact, clues.heading(of.at), confidence, reasons, tuple(clues.heading(o.at) for o in others[:4]))


def _confidence(clues: Clues, of: Candidate, rivals: Sequence[Candidate]) -> Confidence:
    """Sure: a heading that says it and cells that do not deny it. Cells alone leave it to be confirmed."""
    if of.structure < -1 or clues.trust < 1:
        return UNSURE
    if of.word >= NAMED:
        return LIKELY if any(rival.word >= of.word - 0.1 for rival in rivals) else SURE
    if of.word >= HINTED:
        return LIKELY
    return UNSURE


def _equal(clues: Clues, one: int, other: int) -> bool:
    """Whether both columns tell the same things apart, so that either serves."""
    codes = clues.evidence.table.codes
    return one in codes and other in codes and _bijective(clues, one, other)


def _bijective(clues: Clues, one: int, other: int) -> bool:
    there = structure.determines(clues.evidence.table, one, other)
    back = structure.determines(clues.evidence.table, other, one)
    return there[0] == there[1] and back[0] == back[1] and clues.columns[one].filled == clues.columns[other].filled


def _order_number(clues: Clues, column: Column) -> Score:
    """It groups rows into orders of one day each; where each row is an order, it never repeats."""
    evidence = clues.evidence
    group = evidence.grouping(column.at)
    chosen = evidence.order
    if group is None:
        return (0.5, []) if column.share("scientific") else (-2.0, [])
    if chosen and column.at == chosen.at:
        data = {"orders": chosen.groups, "several": chosen.multi}
        return 6.0 if chosen.neighbours else 4.0, [Reason("groups_rows", data)]
    several = group.multi and not repeats_by_mistake(clues, group)
    if several and one_day(clues, group):
        return (3.0, [Reason("groups_rows", {"orders": group.groups, "several": group.multi})])
    if several:
        return -9.0, [Reason("several_days", {"heading": column.heading})]
    if chosen and chosen.multi >= 3:
        return -5.0, [Reason("differs_within_order", {"heading": column.heading})]
    coded = column.share("code") >= MOSTLY and (column.unique or group.multi) and column.rows > 3
    return (3.6 if coded else 2.0), [Reason("never_repeats", {"rows": column.filled})]


def _level(clues: Clues, column: Column) -> str:
    group = clues.evidence.order
    return group.level(column.at) if group else "unknown"


def _several(clues: Clues) -> int:
    return clues.evidence.order.multi if clues.evidence.order else 0


def _buyer(clues: Clues, column: Column) -> Score:
    """One a order, and the same in several orders."""
    level = _level(clues, column)
    if level == "line":
        return -9.0, [Reason("differs_within_order", {"heading": column.heading})]
    group = clues.evidence.order
    orders = group.groups if group else column.rows
    if group and column.at == group.at:
        return -8.0, []
    named = clues.words[column.at].get("buyer", 0) >= HINTED and clues.trust == 1
    score = (-0.9 if named else -3.0) * (column.share_empty > HALF)
    score -= 0.9 * (column.share("person") >= HALF)  # a name is a poor reference
    if column.share("email") >= HALF:
        return score + (0.5 * (level == "order") if named else 3.6), [
            Reason("emails", {"share": column.share("email")})
        ]
    repeats = 5 < column.distinct < 0.95 * orders
    if level in ("order", "first_line") and repeats and column.share("code", "integer") >= MOSTLY:
        return score + 3.6, [Reason("one_an_order", {"distinct": column.distinct, "orders": orders})]
    return score + 0.5 * (level == "order"), []


def _of_order(clues: Clues, column: Column) -> Score:
    if _level(clues, column) == "line":
        return -8.0, [Reason("differs_within_order", {"heading": column.heading})]
    return 0.2, []


def _placed_at(clues: Clues, column: Column) -> Score:
    score, reasons = _of_order(clues, column)
    share = column.share("date", "moment")
    of_cells = 4.0 * share + 0.3 * (column.share("moment") >= HALF) - 3.0 * column.share_empty
    return score + of_cells, [Reason("dates", {"share": share}), *reasons]


def _buyer_name(clues: Clues, column: Column) -> Score:
    score, reasons = _of_order(clues, column)
    if score > 0 and clues.words[column.at].get("buyer_name", 0) < NAMED and column.share("person") < HALF:
        score -= 2
    return score + _belongs(clues, column, "product", "buyer", -6.0), reasons


def _product(clues: Clues, column: Column) -> Score:
    """It differs within orders, and comes again in others."""
    level = _level(clues, column)
    if level in ("order", "first_line") and _several(clues) >= 3 and not column.constant:
        return -6.0, [Reason("same_within_order", {"heading": column.heading})]
    if column.unique and column.rows >= MANY // 2 and clues.meaning(column.at) == "product":
        return -1.5, [Reason("never_repeats", {"rows": column.filled})]  # it may be the order's reference
    again = 1 < column.distinct <= 0.8 * column.filled
    text = column.share("code", "text")
    if level == "line" and again and text >= MOSTLY and not (column.numbers and not column.numbers.whole):
        coded = column.share("code") >= MOSTLY and not _small(column)
        return (3.8 if coded else 0.5), [Reason("differs_within_order_again", {"distinct": column.distinct})]
    return (0.5 if level == "line" else 0.0), []


def _small(column: Column) -> bool:
    """Small whole numbers are quantities."""
    return bool(column.numbers and abs(column.numbers.most) < 1000)


def _product_name(clues: Clues, column: Column) -> Score:
    level = _level(clues, column)
    if level in ("order", "first_line") and _several(clues) >= 3 and not column.constant:
        return -6.0, [Reason("same_within_order", {"heading": column.heading})]
    score = _belongs(clues, column, "buyer", "product", -6.0)
    beside = _beside_product_code(clues, column)
    if (
        level == "line"
        and column.share("text") >= MOSTLY
        and column.share("code") < HALF
        and 1 < column.distinct < column.filled
    ):
        score += 3.6
    return score + (2.0 if beside else 0.0), [Reason("beside_product_code", {})] if beside else []


def _beside_product_code(clues: Clues, column: Column) -> bool:
    """A bare “name” beside a product's code is the product's."""
    bare = clues.words[column.at].get("buyer_name", 0) and clues.words[column.at].get("product_name", 0)
    return bool(bare) and any(clues.meaning(other.at) == "product" for other in clues.columns if other.at != column.at)


def _belongs(clues: Clues, column: Column, wrong: str, right: str, penalty: float) -> float:
    """The penalty if a name hangs on the wrong code and not on the right one."""
    codes = {
        role: [c.at for c in clues.columns if clues.meaning(c.at) == role and not c.empty] for role in (wrong, right)
    }
    if not codes[wrong] or not codes[right] or column.at in (codes[wrong][0], codes[right][0]):
        return 0.0
    of_wrong = structure.determines(clues.evidence.table, codes[wrong][0], column.at)
    of_right = structure.determines(clues.evidence.table, codes[right][0], column.at)
    on_wrong = of_wrong[0] >= 2 and of_wrong[1] == of_wrong[0]
    on_right = of_right[0] == 0 or of_right[1] >= MOSTLY * of_right[0]
    return penalty if on_wrong and not on_right else 0.0


def _currency(clues: Clues, column: Column) -> Score:
    return 4.0 * column.share("currency"), [Reason("currencies", {"share": column.share("currency")})]


def _status(clues: Clues, column: Column) -> Score:
    known = column.share("status")
    return (4.0 * known if known >= HALF else -2.0), [Reason("statuses", {"share": known})]


def _reference(clues: Clues, column: Column) -> Score:
    """A code that hardly repeats; a bare number is worth less than a code."""
    named = clues.words[column.at].get("reference", 0.0)
    if named < NAMED and clues.words[column.at].get(words.DECOY, 0.0) >= NAMED:
        return 0.0, []
    if not column.filled or (column.distinct < 0.8 * column.filled and column.rows > 3):
        return -4.0, [Reason("repeats", {"distinct": column.distinct, "rows": column.filled})]
    if column.share("email", "telephone", "person", "postcode") >= HALF and not named:
        return 0.0, []
    return (3.6 if column.share("code") >= MOSTLY and column.unique and column.rows > 1 else 0.0), []


def _look(look: str, weight: float) -> Callable[[Clues, Column], Score]:
    def score(_clues: Clues, column: Column) -> Score:
        share = column.share(look)
        return weight * share, [Reason("cells", {"look": look, "share": share})] if share >= HALF else []

    return score


def _full_name(clues: Clues, column: Column) -> Score:
    """Names of persons; not a company's name beside first and last names."""
    return 3.6 * column.share("person") if not _product_like(column) else 0.0, []


def _product_like(column: Column) -> bool:
    return column.distinct < HALF * column.filled


PLACES: dict[str, Callable[[Clues, Column], Score]] = {
    "orders.number": _order_number,
    "orders.buyer": _buyer,
    "orders.buyer_name": _buyer_name,
    "orders.placed_at": _placed_at,
    "orders.place": _of_order,
    "orders.payer": _of_order,
    "orders.currency": _currency,
    "orders.product": _product,
    "orders.product_name": _product_name,
    "orders.status": _status,
    "customers.reference": _reference,
    "customers.email": _look("email", 4.0),
    "customers.phone": _look("telephone", 4.0),
    "customers.postcode": _look("postcode", 0.5),
    "customers.country": _look("country", 3.6),
    "customers.name": _full_name,
}  # fmt: skip
