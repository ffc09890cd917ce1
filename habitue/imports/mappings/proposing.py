"""The mapping that a guess proposes, as far as a mapping can say it; what headings alone say fills in what agrees."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence

from django.conf import settings

from habitue.imports.evidence import guessing as from_cells
from habitue.imports.evidence import words
from habitue.imports.evidence.beside import shipping_on_top
from habitue.imports.evidence.clues import HALF, fits
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import Guess, Question
from habitue.imports.evidence.wording import answer_text, question_text
from habitue.imports.files.column_values import values
from habitue.imports.files.reading import Rows
from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings import answering
from habitue.imports.mappings.guessing import guess_kind, lacking, likely
from habitue.imports.mappings.mapping import Discount, Mapping, Origin, from_data
from habitue.imports.mappings.rules import (
    COLUMN,
    MONEY,
    MULTIPLIED,
    OF_ORDER,
    PERCENT,
    RATE,
    TOTAL,
    WITH,
    WITHOUT,
    Amounts,
    Rules,
)
from habitue.kernel.errors import HabitueError

TOLD = ("number", "percent", "date", "moment", "email", "telephone", "flag", "status", "currency")
AMOUNTS = ("amount", "gross", "paid", "quantity")
TAXES = ("tax", "line_tax", "tax_rate")
SOFT = frozenset({"century"})
SOFT_OF_KIND = frozenset({("customers", "dates_mixed")})


def guess_of(rows: Rows, kind: str = "") -> Guess:
    """What the file is, from its cells first. Kinds that cells cannot tell are known by their headings."""
    headed = guess_kind(rows.headings)
    columns, discounts = likely(headed, rows.headings)
    able = not lacking(headed, columns)
    return from_cells.guess(rows, kind, (headed.name, len(columns) + len(discounts)) if able else None)


class Asked(HabitueError):  # noqa: N818 - named after what it holds
    """A question that has to be answered before a file can be read; `kind` is what the file is taken for, `read` how
    it was read, in words.
    """

    def __init__(self, question: Question, kind: str, read: str = ""):
        options = (
            f"--answer {question.code}={answering.name_of(answer, at, question)}  {answer_text(answer, kind)}"
            for at, answer in enumerate(question.answers, 1)
        )
        parts = (question_text(question, kind), *(f"  {option}" for option in options), read)
        super().__init__("\n".join(filter(None, parts)))
        self.question, self.kind = question, kind


def to_ask(guessed: Guess, rows: Rows) -> list[Question]:
    """The questions of a guess that an answer settles: no answer puts dates right that a spreadsheet has swapped."""
    swapped = any("swapped" in mixed for mixed in rows.how.get("dates", {}).values())
    return [question for question in guessed.questions if not (swapped and question.code == "dates_mixed")]


def mapping_of(kind: Kind, rows: Rows, answers: Map[str, str] | None = None) -> Mapping:
    """The mapping of a file. `answers` are those to questions, by code; `Asked` where one has none."""
    guessed = guess_of(rows, kind.name)
    settled = []
    for question in to_ask(guessed, rows):
        at = answering.chosen(question, (answers or {}).get(question.code, ""))
        if at is None and not _goes_without_answer(question, kind, rows):
            raise Asked(question, guessed.kind)
        settled += [(question, at)] if at is not None else []
    columns, discounts = columns_of(guessed, rows)
    origins = {name: Origin((heading,)) for name, heading in columns.items()}
    for fact, value in constants(guessed, columns).items():
        origins.setdefault(fact, Origin(value=value))
    data = Mapping(kind.name, origins, discounts, rules=rules_of(guessed, columns)).as_data()
    for question, at in settled:
        data = answering.answered(kind.name, data, question, at)
    return from_data(kind.name, data)


def constants(guessed: Guess, columns: Map[str, str]) -> dict[str, str]:
    """Facts that are the same on all rows where no column has them: the currency, and what may stand in for a fact
    that alone is lacking, as for the product of a list of invoices.
    """
    kind = kind_named(guessed.kind)
    usual = {"currency": guessed.rule("currency") or settings.CURRENCY} if kind.currency else {}
    missing = {of.name for of in lacking(kind, columns) if not kind.replaced(of, columns)}
    return usual | ({name: value for name, value in kind.stand_ins if missing == {name}})


def _goes_without_answer(question: Question, kind: Kind, rows: Rows) -> bool:
    """Whether nothing goes wrong where nobody answers: what cannot be read is kept as typed and told; and columns that
    cells alone leave in doubt are those that the headings name."""
    if question.code in SOFT or (kind.name, question.code) in SOFT_OF_KIND:
        return True
    named, _discounts_named = likely(kind, rows.headings)
    doubtful: dict[str, str] = question.data["columns"] if question.code == "columns" else {}
    return bool(doubtful) and all(named.get(fact) == column for fact, column in doubtful.items())


def columns_of(guessed: Guess, rows: Rows) -> tuple[dict[str, str], dict[str, Discount]]:
    """The heading of each field, and each kind of discount."""
    kind = kind_named(guessed.kind)
    by_headings, discounts = likely(kind, rows.headings, values(rows))
    if not guessed.facts or guessed.evidence is None:
        return by_headings, {name: Discount(column) for name, column in discounts.items()}
    taken = {fact: column for fact, column in guessed.columns.items() if kind.known(fact) and fact not in AMOUNTS}
    used = set(taken.values()) | {column for rule in guessed.rules.values() for column in rule.columns.values()}
    rule = _amount_rule(guessed)
    taken |= _amounts(guessed, by_headings, rule)
    able = AMOUNTS if guessed.rule("amount_rule") in (COLUMN, None) else ()
    for fact, column in by_headings.items():
        free = fact not in taken and column not in used and (fact not in AMOUNTS or fact in able)
        if free and _likely(kind, fact, guessed.evidence.column(column)) and not _doubted(guessed, fact):
            taken[fact] = column
    further = _further(guessed, kind, rows.headings, set(taken.values()))
    if rule == COLUMN and "shipping" in further and not shipping_on_top(guessed.evidence, further["shipping"], taken):
        del further["shipping"]
    taken |= further
    for fact in _not_taken(guessed, rule):
        taken.pop(fact, None)
    taken |= _taxes(guessed)
    names = [field.name for field in (*kind.fields, *kind.further())]
    taken = {name: taken[name] for name in sorted(taken, key=lambda name: _place(name, names))}
    left = _discounts(guessed, {name: at for name, at in discounts.items() if at not in taken.values()})
    if not left and _paid_in_part(guessed, taken):
        del taken["paid"]
    return taken, left


def rules_of(guessed: Guess, columns: Map[str, str]) -> Rules:
    """The rules that a mapping of these columns needs beside them."""
    repeated = set(guessed.rule("filled_down") or ())
    if columns.get("number") not in repeated:
        repeated = set()  # each row says whose order it is: what is blank there stands on another row of that order
    statuses = {value: code for value, code in (guessed.rule("statuses") or {}).items() if code}
    tax = guessed.rule("tax") if set(TAXES) & set(columns) else ""
    return Rules(
        amounts=Amounts(rule=_amount_rule(guessed), tax=tax or ""),
        statuses=statuses if "status" in columns else {},
        repeat_above=tuple(fact for fact, column in columns.items() if column in repeated),
    )


def _amount_rule(guessed: Guess) -> str:
    """How the amount of a line comes about. Lines with a price are told apart, and must make the order's total."""
    rule = guessed.rule("amount_rule") or COLUMN
    if rule == COLUMN:
        return COLUMN
    priced = {"quantity", "unit_price"} <= set(guessed.columns)
    return MULTIPLIED if priced else TOTAL


def _not_taken(guessed: Guess, rule: str) -> tuple[str, ...]:
    """Facts that would contradict the rule, or of which nothing says how to take them."""
    untold = TAXES if guessed.rule("tax") != WITH else ()
    return untold if rule == MULTIPLIED else (*untold, "unit_price")


def _taxes(guessed: Guess) -> dict[str, str]:
    """The column of the tax, where the amounts are without it."""
    if guessed.rule("tax") != WITHOUT:
        return {}
    return {role: column for role, column in guessed.rules["tax"].columns.items() if role in TAXES}


def _further(guessed: Guess, kind: Kind, headings: Sequence[str], used: set[str]) -> dict[str, str]:
    """Amounts of the order that headings name: what was given back, and the shipping that is a part of its total."""
    wanted = [fact for fact in ("refunded", "shipping") if kind.known(fact)]
    if not wanted or guessed.evidence is None:
        return {}
    roles, taken = words.roles(kind), {}
    for heading in headings:
        scores = words.scores(roles, heading)
        fact = max(scores, key=lambda role: scores[role], default="")
        named = fact in wanted and fact not in taken and scores[fact] >= words.STRIPPED
        if named and heading not in used and guessed.evidence.column(heading).numeric:
            taken[fact] = heading
    return taken


def _paid_in_part(guessed: Guess, taken: Map[str, str]) -> bool:
    """Whether what was paid is less than the amount on some rows without a discount: those are payments so far."""
    amount = taken.get("amount") or taken.get("gross")
    if amount is None or "paid" not in taken or guessed.evidence is None:
        return False
    values = guessed.evidence.table.values
    due, paid = (values.get(guessed.evidence.column(at).at) for at in (amount, taken["paid"]))
    return due is not None and paid is not None and bool((abs(paid) < abs(due)).any())


def _discounts(guessed: Guess, columns: Map[str, str]) -> dict[str, Discount]:
    rule = guessed.rule("discount_rule")
    if rule not in ("money", None) and not columns:
        columns = {"discount": guessed.rules["discount_rule"].columns["discount"]}
    return {name: Discount(column, rule=_discount_rule(guessed, column, rule)) for name, column in columns.items()}


def _discount_rule(guessed: Guess, column: str, rule: str | None) -> str:
    if rule == "rate" and guessed.evidence:
        looks = guessed.evidence.column(column)
        of_hundred = looks.share("percent") >= HALF or bool(looks.numbers and looks.numbers.most > 1)
        return PERCENT if of_hundred else RATE
    return OF_ORDER if rule in ("order_once", "order_repeated") else MONEY


def _place(fact: str, names: list[str]) -> tuple[bool, int]:
    """In the order of the kind, then variants."""
    return (False, names.index(fact)) if fact in names else (True, 0)


def _amounts(guessed: Guess, by_headings: Map[str, str], rule: str) -> dict[str, str]:
    """What the buyer paid stays apart from what was received: a coupon may be paid for by its maker."""
    roles = {
        COLUMN: ("quantity", "gross", "amount", "order_total"),
        MULTIPLIED: ("quantity", "unit_price", "order_total"),
        TOTAL: ("quantity", "order_total"),
    }[rule]
    if guessed.rule("amount_rule") is None:
        return {}
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
