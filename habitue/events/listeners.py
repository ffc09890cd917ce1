"""Observers of the journal, such as the search index and segments. Domains register theirs at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Written:
    """What a transaction or an event wrote, for listeners.

    `customers`: ids of those whose data changed; None at the end of an event of several transactions, where they may be
    too many. `columns`: "customers.tagging" for inserted or deleted rows, "customers.customer.name" for an edited
    column.
    """

    customers: set[int] | None = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    @property
    def tables(self) -> set[str]:
        """Labels of the models that were written, such as "customers.customer"."""
        return {".".join(column.split(".")[:2]) for column in self.columns}


Listener = Callable[[Written], None]
after_write: list[Listener] = []  # in each transaction that writes for an event, before its end
after_event: list[Listener] = []  # once an event is complete, in its last transaction where it has one


def listen(listeners: list[Listener], listener: Listener) -> None:
    """Register a listener, unless it is registered already."""
    if listener not in listeners:
        listeners.append(listener)


def notify(listeners: list[Listener], written: Written) -> None:
    for listener in listeners:
        listener(written)
