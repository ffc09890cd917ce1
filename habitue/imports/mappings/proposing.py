"""The mapping that a guess proposes, as far as a mapping can say it; what headings alone say fills in what agrees."""

from __future__ import annotations

from django.conf import settings

from habitue.imports.evidence import guessing as from_cells
from habitue.imports.evidence.clues import HALF, fits
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import Guess
from habitue.imports.evidence.wording import question_text
from habitue.imports.files.column_values import values
from habitue.imports.files.reading import Rows
from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings.guessing import guess_kind, lacking, likely
from habitue.imports.mappings.mapping import Discount, Mapping, Origin, checked
from habitue.kernel.errors import HabitueError

TOLD = ("number", "percent", "date", "moment", "email", "telephone", "flag", "status", "currency")
AMOUNTS = ("amount", "gross", "paid", "quantity")
SAID = "column"  # the one rule of amounts that a mapping can say
# Where nobody can be asked, these are refused with the question: either answer would be a guess at money.
REFUSED = frozenset({"unit_price", "order_total", "amount", "thousands"})


def guess_of(rows: Rows, kind: str = "") -> Guess:
    """What the file is, from its cells first. Kinds that cells cannot tell are known by their headings."""
    headed = guess_kind(rows.headings)
    columns, discounts = likely(headed, rows.headings)
    able = not lacking(headed, columns)
    return from_cells.guess(rows, kind, (headed.name, len(columns) + len(discounts)) if able else None)


def mapping_of(kind: Kind, rows: Rows) -> Mapping:
    """The mapping of a file where nobody can be asked: what is doubtful is refused, with the question."""
    guessed = guess_of(rows, kind.name)
    for question in guessed.questions:
        if question.code in REFUSED or question.data.get("moved", 0) > 1:
            raise HabitueError(question_text(question, guessed.kind))
    columns, discounts = columns_of(guessed, rows)
    origins = {name: Origin((heading,)) for name, heading in columns.items()}
    if kind.currency:
        origins.setdefault("currency", Origin(value=settings.CURRENCY))
    return checked(kind, Mapping(kind.name, origins, {name: Discount(at) for name, at in discounts.items()}))


def columns_of(guessed: Guess, rows: Rows) -> tuple[dict[str, str], dict[str, str]]:
    """The heading of each field and of each kind of discount."""
    kind = kind_named(guessed.kind)
    by_headings, discounts = likely(kind, rows.headings, values(rows))
    if not guessed.facts or guessed.evidence is None:
        return by_headings, discounts
    taken = {fact: column for fact, column in guessed.columns.items() if kind.known(fact) and fact not in AMOUNTS}
    used = set(taken.values()) | {column for rule in guessed.rules.values() for column in rule.columns.values()}
    if guessed.rule("amount_rule") == SAID:
        taken |= _amounts(guessed, by_headings)
    able = AMOUNTS if guessed.rule("amount_rule") in (SAID, None) else ()
    for fact, column in by_headings.items():
        free = fact not in taken and column not in used and (fact not in AMOUNTS or fact in able)
        if free and _likely(kind, fact, guessed.evidence.column(column)) and not _doubted(guessed, fact):
            taken[fact] = column
    if guessed.rule("discount_rule") not in ("money", None):
        discounts = {}
    names = [field.name for field in (*kind.fields, *kind.further())]
    taken = {name: taken[name] for name in sorted(taken, key=lambda name: _place(name, names))}
    return taken, {name: column for name, column in discounts.items() if column not in taken.values()}


def _place(fact: str, names: list[str]) -> tuple[bool, int]:
    """In the order of the kind, then variants."""
    return (False, names.index(fact)) if fact in names else (True, 0)


def _amounts(guessed: Guess, by_headings: dict[str, str]) -> dict[str, str]:
    """What the buyer paid stays apart from what was received: a coupon may be paid for by its maker."""
    roles: tuple[str, ...] = ("quantity", "gross", "amount")
    columns = {role: guessed.columns[role] for role in roles if role in guessed.columns}
    if "amount" in columns and columns["amount"] == by_headings.get("paid"):
        columns["paid"] = columns.pop("amount")
    return columns


def _likely(kind: Kind, fact: str, column: Column) -> bool:
    """Cells that are this fact, or nothing that could be told: then the import says of each row what is wrong."""
    return fits(kind, fact, column) or ((kind.field(fact).required or fact in AMOUNTS) and column.share(*TOLD) < HALF)


def _doubted(guessed: Guess, fact: str) -> bool:
    """Headings that stand above other columns say nothing."""
    return fact in guessed.asked and any(question.data.get("moved", 0) > 1 for question in guessed.questions)
