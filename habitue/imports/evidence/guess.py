"""What is guessed of a file: its kind, the column of each fact, rules of reading, and what must be asked.

Everything is said in codes and data; `wording` puts it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from habitue.imports.evidence.collecting import Evidence

Confidence = Literal["sure", "likely", "unsure"]
SURE: Confidence = "sure"
LIKELY: Confidence = "likely"
UNSURE: Confidence = "unsure"


@dataclass(frozen=True)
class Reason:
    """Why, as a code of `wording.REASONS` and what it needs to be said."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """A fact, the column that it is taken from, and the other columns that could be it, likeliest first."""

    fact: str
    column: str
    confidence: Confidence
    reasons: tuple[Reason, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """How columns are to be read, such as amount_rule = quantity_x_unit_price; `columns` by what they stand for."""

    name: str
    value: Any
    confidence: Confidence
    columns: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One reading: what taking it changes. A fact without a column is None."""

    code: str
    columns: Mapping[str, str | None] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """`covers` are the facts and rules that its answer settles; `rows` are rows of the file, by heading."""

    code: str
    covers: tuple[str, ...]
    answers: tuple[Answer, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Guess:
    """`refused` says what of the file cannot be relied on at all, such as codes whose digits are lost."""

    kind: str
    confidence: Confidence
    facts: Mapping[str, Taken]
    rules: Mapping[str, Rule]
    questions: tuple[Question, ...]
    reasons: tuple[Reason, ...] = ()
    refused: tuple[Reason, ...] = ()
    rows: int = 0
    looked_at: int = 0
    evidence: Evidence | None = field(default=None, compare=False, repr=False)

    @property
    def columns(self) -> dict[str, str]:
        return {fact: taken.column for fact, taken in self.facts.items()}

    @property
    def asked(self) -> set[str]:
        """The facts and rules that a question settles."""
        return {of for question in self.questions for of in question.covers}

    def rule(self, name: str) -> Any:
        return self.rules[name].value if name in self.rules else None

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it, without the cells."""
        plain = asdict(replace(self, evidence=None))
        del plain["evidence"]
        return plain
