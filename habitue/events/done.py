from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from habitue.events.models import Event

Row = TypeVar("Row")


@dataclass(frozen=True)
class Done(Generic[Row]):
    """What a verb returns: the row it was asked about, as it is now, and its event; None where nothing changed.

    Of a removal: the row as it was.
    """

    row: Row
    event: Event | None = None
