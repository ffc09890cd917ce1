from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from habitue.events.models import Event

Row = TypeVar("Row")


@dataclass(frozen=True)
class Done(Generic[Row]):
    """The result of a verb: the row it acted on, as it is now (or as it was before its removal), and the event.

    `event` is None where nothing changed.
    """

    row: Row
    event: Event | None = None
