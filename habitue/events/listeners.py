"""Who is told what the journal wrote: the search index, the segments. Domains add theirs when the program starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Written:
    """What was written.

    `customers`: those whose data changed; None where an event of several transactions is over and they are too many to
    name. `columns`: what changed, as "customers.tagging" for rows made or deleted and "customers.customer.name" for a
    column of rows that were edited.
    """

    customers: set[int] | None = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    @property
    def tables(self) -> set[str]:
        """The models of these columns, as Django labels them."""
        return {".".join(column.split(".")[:2]) for column in self.columns}


Listener = Callable[[Written], None]
after_write: list[Listener] = []  # in each transaction that writes for an event, before its end
after_event: list[Listener] = []  # once an event is complete, in its last transaction where it has one


def listen(listeners: list[Listener], listener: Listener) -> None:
    """Add a listener, once however often the program's parts are loaded."""
    if listener not in listeners:
        listeners.append(listener)


def tell(listeners: list[Listener], written: Written) -> None:
    for listener in listeners:
        listener(written)
