"""The rows of an overview: a dataclass for each kind, of which one query fills all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from habitue.reading.events import say


@dataclass(frozen=True)
class ContactRow:
    """A way to reach the customer, and the event that it came with."""

    pk: int
    kind: str
    typed: str
    value: str
    label: str
    source_kind: str
    source_by: str
    valid: bool
    since: date | None
    until: date | None

    @property
    def in_use(self) -> bool:
        return self.until is None


@dataclass(frozen=True)
class RelationRow:
    """A relation with another customer; `backward` where it is declared from the other's end."""

    pk: int
    kind: str
    backward: bool
    other_pk: int
    other_name: str
    other_reference: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class TagRow:
    """A tag of the customer; `pk` is that of the tagging."""

    pk: int
    name: str


@dataclass(frozen=True)
class ValueRow:
    """The value of a custom field; of a field for a customer `text` is their name."""

    pk: int
    type: str
    label: str
    position: int
    text: str
    number: Decimal | None
    day: date | None
    other_pk: int | None


@dataclass(frozen=True)
class UnreadRow:
    """What a file said of a fact and could not be read."""

    pk: int
    fact: str
    typed: str


@dataclass(frozen=True)
class ComparisonRow:
    """A competitor whom the customer considered, and the outcome."""

    pk: int
    competitor: str
    outcome: str
    reason: str
    day: date


@dataclass(frozen=True)
class OrderRow:
    """An order that somebody else placed, of which the customer received something, or which they paid."""

    pk: int
    number: str
    day: date
    buyer_pk: int
    buyer_name: str
    buyer_reference: str


@dataclass(frozen=True)
class TransitionRow:
    """A change of stage; `was` is empty before the first one."""

    pk: int
    was: str
    now: str
    day: date


@dataclass(frozen=True)
class EventRow:
    """An event of which the customer is a subject; `undone_kind` and `undone_data` are those of the event that it
    undoes."""

    pk: int
    kind: str
    data: dict[str, Any]
    by: str
    day: date
    undone_kind: str
    undone_data: dict[str, Any]
    undone: bool

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        return say(self.kind, self.data, self.undone_kind, self.undone_data)
