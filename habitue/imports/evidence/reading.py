"""A file read as one kind: the column of each fact, and how far cells and headings speak for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.module_loading import import_string

from habitue.imports.evidence import amounts, arithmetic
from habitue.imports.evidence.amounts import Paid
from habitue.imports.evidence.arithmetic import Relation
from habitue.imports.evidence.clues import NAMED, Clues, blind, fits, misplaced, one_day, repeats_by_mistake
from habitue.imports.evidence.collecting import Evidence
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Confidence, Reason, Taken
from habitue.imports.evidence.structure import Grouping
from habitue.imports.evidence.taking import take
from habitue.imports.kind import Kind, variant_of
from habitue.kernel.names import name_key

WORTH = {SURE: 2.0, LIKELY: 1.2, UNSURE: 0.6}
SEVERAL = 3
NOTHING_PAID = Paid()
MISPLACED = 2  # headings that stand above other cells than they say: then none is believed
REQUIRED = {"orders": ("number", "buyer", "placed_at", "product"), "customers": ("reference",)}
WITH_NAMES = ("name", "given_name", "family_name", "email", "phone")


@dataclass(frozen=True)
class Reading:
    """`points` say how much of the file this kind explains; `possible` whether it has what the kind needs."""

    clues: Clues
    facts: dict[str, Taken] = field(default_factory=dict)
    paid: Paid = NOTHING_PAID
    misplaced: tuple[Reason, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.clues.kind

    @property
    def doubted(self) -> bool:
        """Whether headings tell nothing, or plainly stand above other columns."""
        return self.clues.trust < 1 or blind(self.clues)

    @property
    def possible(self) -> bool:
        if self.kind.name == "orders":
            return (
                "placed_at" in self.facts
                and bool(self.paid.rule)
                and bool({"number", "product", "buyer", "buyer_name"} & set(self.facts))
            )
        return bool(set(WITH_NAMES) & set(self.facts)) or ("reference" in self.facts and len(self.facts) > 1)

    @property
    def points(self) -> float:
        points = sum(WORTH[taken.confidence] for taken in self.facts.values())
        order = self.clues.evidence.order
        if self.kind.name == "orders":
            points += 3.0 * bool(order and order.multi) + 2.0 * any(r.name == "product" for r in self._relations())
            points += WORTH[self.paid.confidence]
        return points

    def _relations(self) -> Iterable[Relation]:
        return (relation for relation in self.clues.evidence.relations if not relation.weak)

    def column(self, fact: str) -> Column | None:
        return self.clues.evidence.column(self.facts[fact].column) if fact in self.facts else None


def read_as(kind: Kind, evidence: Evidence) -> Reading:
    """The likeliest columns; where several headings plainly stand above other cells, cells alone decide."""
    clues = Clues(kind, evidence)
    if kind.name == "orders":
        clues = replace(clues, evidence=_by_number(clues))
    wrong = misplaced(clues)
    if len(wrong) >= MISPLACED:
        clues = clues.distrusting()
    read = _orders if kind.name == "orders" else _customers
    matches = replace(read(clues), misplaced=tuple(wrong))
    return matches if matches.doubted else replace(matches, facts=_without_hints(matches))


def _without_hints(matches: Reading) -> dict[str, Taken]:
    """The facts without those that nobody needs and that only cells hint at."""
    needed = (*REQUIRED[matches.kind.name], *WITH_NAMES, *matches.paid.columns, "born_on", "placed_at", "status")
    return {fact: of for fact, of in matches.facts.items() if of.confidence != UNSURE or fact in needed}


def _by_number(clues: Clues) -> Evidence:
    """With the orders that the column called so makes, where its cells allow it.

    Cells alone may take a buyer with several orders on one day for an order of several lines.
    """
    evidence = clues.evidence
    named = [c.at for c in clues.columns if clues.meaning(c.at) == "number" and not c.empty]
    group = next((group for at in named if (group := evidence.grouping(at))), None)
    if group is None or group == evidence.order:
        return evidence
    other = evidence.order
    if group.multi and not repeats_by_mistake(clues, group):
        return _ordered(evidence, group) if one_day(clues, group) else evidence
    strong = other and other.neighbours and other.multi >= SEVERAL and clues.meaning(other.at) in ("", "number")
    return evidence if strong else _ordered(evidence, None)


def _ordered(evidence: Evidence, order: Grouping | None) -> Evidence:
    """The evidence with other orders than cells alone have told, and what their totals say then."""
    related = arithmetic.relations(evidence.columns, evidence.table, order)
    return replace(evidence, order=order, relations=related)


def _orders(clues: Clues) -> Reading:
    names = [f.name for f in clues.kind.fields if f.name not in ("quantity", "gross", "amount", "paid")]
    codes = take(clues, ("number", "buyer", "placed_at", "product", "currency", "status"))
    used = _positions(clues, codes)
    product = clues.evidence.column(codes["product"].column).at if "product" in codes else None
    paid = amounts.paid(clues, used, product)
    used |= set(paid.columns.values())
    rest = take(clues, [name for name in names if name not in codes], used)
    return Reading(clues, codes | rest | _amounts(clues, paid), paid)


def _amounts(clues: Clues, paid: Paid) -> dict[str, Taken]:
    """The columns of what was paid, as facts and further roles."""
    matches = {}
    for role, at in paid.columns.items():
        named = clues.meaning(at) != ""
        confidence: Confidence = SURE if named and paid.confidence == SURE else LIKELY if paid.by_words else UNSURE
        matches[role] = Taken(role, clues.heading(at), confidence, paid.reasons)
    return matches


def _customers(clues: Clues) -> Reading:
    variants = _variants(clues)
    names = [f.name for f in (*clues.kind.fields, *clues.kind.further()) if f.name not in ("name", "employer")]
    matches = variants | take(clues, names, _positions(clues, variants))
    companies = {c.at for c in clues.columns if clues.words[c.at].get("employer", 0) >= NAMED}
    used = _positions(clues, matches)
    beside = {"given_name", "family_name"} & set(matches)
    matches |= take(clues, ["name"], used | (companies if beside else set()))
    used = _positions(clues, matches)
    if companies - used and (company := take(clues, ["employer"], used)):
        matches |= company
    if (
        "reference" in matches
        and "name" not in matches
        and _holds_names(clues.evidence.column(matches["reference"].column))
    ):
        matches["name"] = replace(matches.pop("reference"), fact="name", confidence=UNSURE)
    if clues.kind.settle:
        matches = _settled(clues.kind, matches)
    return Reading(clues, matches)


def _variants(clues: Clues) -> dict[str, Taken]:
    """A second telephone, a mobile, a reference in another program: by their headings."""
    matches: dict[str, Taken] = {}
    for field_ in clues.kind.fields:
        for column in clues.columns if field_.variants else ():
            variant = variant_of(field_, name_key(column.heading))
            name = f"{field_.name}.{variant}"
            if (
                variant
                and name not in matches
                and not _another(clues, column, field_.name)
                and fits(clues.kind, field_.name, column)
            ):
                matches[name] = Taken(name, column.heading, SURE, (Reason("heading", {"heading": column.heading}),))
    return matches


def _holds_names(column: Column) -> bool:
    """Words without a digit are names: two customers may bear one."""
    digits = any(letter.isdigit() for text in column.values for letter in text)
    return bool(column.values) and not digits and column.share("text") == 1 and not column.unique


def _another(clues: Clues, column: Column, name: str) -> bool:
    """Whether the heading says another field: “address 2” is the second line of a street, no second street."""
    return clues.meaning(column.at) not in ("", name)


def _settled(kind: Kind, matches: dict[str, Taken]) -> dict[str, Taken]:
    columns = import_string(kind.settle)(kind, {fact: taken.column for fact, taken in matches.items()})
    of = {taken.column: taken for taken in matches.values()}
    return {fact: replace(of[column], fact=fact) for fact, column in columns.items()}


def _positions(clues: Clues, matches: dict[str, Taken]) -> set[int]:
    return {clues.evidence.column(taken.column).at for taken in matches.values()}
