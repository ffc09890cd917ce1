"""Whether a guess is right, asked or wrong, fact by fact, of a file whose truth is known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from habitue.imports.evidence.guess import Guess
from habitue.imports.evidence.guessing import guess
from habitue.imports.files import reading
from tests.imports.evidence.planted import Variant

OF_ORDERS = ("number", "buyer", "placed_at", "product")
OF_CUSTOMERS = ("reference", "given_name", "family_name", "name", "email", "phone", "born_on", "postcode")
OPTIONAL = ("buyer_name", "product_name", "street", "city", "country")  # right, or left out: never another column


def judged(variant: Variant, folder: Path) -> tuple[Counter[str], list[str], Guess]:
    """Counts of right, asked and wrong, and what is wrong though nobody is asked."""
    path = variant.write(folder / "file.csv")
    guessed = guess(reading.read(path, folder))
    verdicts = {"kind": _verdict(guessed.kind == variant.layout.kind, "kind" in guessed.asked)}
    needed = OF_ORDERS if variant.layout.kind == "orders" else OF_CUSTOMERS
    for fact in (*needed, *OPTIONAL):
        if fact in variant.layout.roles:
            column = guessed.columns.get(fact)
            left_out = fact in OPTIONAL and column is None
            lacking = column is None and fact in OF_ORDERS  # the page asks for what is required and not there
            verdicts[fact] = _verdict(left_out or column == variant.headings[fact], lacking or fact in guessed.asked)
        elif fact in guessed.columns and not _as_well(variant, fact, guessed.columns[fact]):
            verdicts[fact] = _verdict(False, fact in guessed.asked)
    if variant.layout.readings:
        verdicts["amount"] = _verdict(_right_amount(variant, guessed), "amount_rule" in guessed.asked)
    if variant.layout.discount:
        right = guessed.rule("discount_rule") == variant.layout.discount
        verdicts["discount"] = _verdict(right, "discount_rule" in guessed.asked)
    if guessed.kind != variant.layout.kind and "kind" in guessed.asked:
        verdicts = {"kind": "asked"}
    wrong = [fact for fact, verdict in verdicts.items() if verdict == "wrong"]
    return Counter(verdicts.values()), wrong, guessed


def _verdict(right: bool, asked: bool) -> str:
    return "right" if right else "asked" if asked else "wrong"


def _as_well(variant: Variant, fact: str, column: str) -> bool:
    """An address is a reference too; a whole name of which nothing else is known."""
    return fact in ("reference", "buyer") and column == variant.headings.get("email")


def _right_amount(variant: Variant, guessed: Guess) -> bool:
    return any(
        guessed.rule("amount_rule") == rule
        and all(guessed.columns.get(role) == variant.headings[role] for role in roles)
        for rule, roles in variant.layout.readings
    )
