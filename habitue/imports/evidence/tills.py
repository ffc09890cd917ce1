"""Tills and shops that number alike: one number then stands for a sale of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from habitue.imports.evidence import words
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import Answer, Question, Rule
from habitue.imports.evidence.reading import Reading
from habitue.imports.evidence.structure import grouping

MANY = 200  # a company has fewer tills


def question(reading: Reading, _rivals: Sequence[str], _rules: Mapping[str, Rule]) -> Question | None:
    """Whether a number that stands beside several tills is a sale of each."""
    number = reading.column("number")
    if number is None or reading.kind.name != "orders" or number.empty:
        return None
    used = {taken.column for fact, taken in reading.facts.items() if fact != "place"}
    table = reading.clues.evidence.table
    for till in reading.clues.columns:
        if till.heading in used or not _is_till(till):
            continue
        if grouping(table, number.at).varies.get(till.at):
            columns = [till.heading, number.heading]
            answers = (Answer("each_till", rules={"number_of": columns}), Answer("one_sale"))
            return Question("tills", ("number",), answers, {"till": till.heading, "heading": number.heading})
    return None


def _is_till(column: Column) -> bool:
    """Whether the heading says a till or a shop, and the cells are a few names or codes."""
    tokens = set(words.heading_key(column.heading).split())
    few = 1 < column.distinct <= MANY and not column.dated
    return few and bool(tokens & words.tills()) and not (column.numbers and not column.numbers.whole)
