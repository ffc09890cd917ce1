"""Suppliers among customers, as the books of a company have them: a column says which rows they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from habitue.imports.evidence import words
from habitue.imports.evidence.guess import Answer, Question, Rule
from habitue.imports.evidence.reading import Reading
from habitue.kernel.names import name_key


def question(reading: Reading, _rivals: Sequence[str], _rules: Mapping[str, Rule]) -> Question | None:
    """Whether rows that are said to be suppliers are to be left out; of a file of suppliers alone nothing would be."""
    if reading.kind.name != "customers":
        return None
    names = {reading.facts[fact].column for fact in ("name", "given_name", "family_name") if fact in reading.facts}
    for column in reading.clues.columns:
        values = [value for value in column.values if name_key(value) in words.suppliers()]
        if values and len(values) < len(column.values) and column.heading not in names:
            left = {column.heading: {"not": values}}
            answers = (Answer("suppliers_out", rules={"filters": left}), Answer("suppliers_in"))
            return Question("suppliers", ("filters",), answers, {"heading": column.heading, "values": values})
    return None
