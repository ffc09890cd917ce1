"""Files of something else than sales and customers: the statement of a bank account, the books of a company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from habitue.imports.evidence import words
from habitue.imports.evidence.guess import Answer, Question, Rule
from habitue.imports.evidence.reading import Reading

FEW = 3  # headings that such files have
OF_MONEY = 2  # of these, at least: a file of customers has accounts too


def question(reading: Reading, _rivals: Sequence[str], _rules: Mapping[str, Rule]) -> Question | None:
    """Whether a file with the headings of such files is one of sales or customers after all."""
    headings = [column.heading for column in reading.clues.columns if not column.empty]
    money = [heading for heading in headings if words.heading_key(heading) in words.movements()]
    some = [heading for heading in headings if heading in money or words.heading_key(heading) in words.accounts()]
    if len(money) < OF_MONEY or len(some) < FEW:
        return None
    return Question("other_file", ("kind",), (Answer("all_the_same"),), {"headings": some})
