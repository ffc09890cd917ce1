"""The registry of event kinds. Each domain declares its own in its events.py, which its app loads at the start.

    declare(EventKind("tag.put", gettext_lazy("Tag put: %(name)s"), personal=("name",)))

An event of an undeclared kind cannot be written, and a kind without words cannot be declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import checks

from habitue.team import rights

if TYPE_CHECKING:
    from habitue.events.models import Event
    from habitue.events.undoing import Kept, Undone

Words = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class EventKind:
    """The type of an event: its words, who may undo it, what happens before and after an undo.

    `words`: the event in the reader's language, as a text with placeholders for its data or a function of its data.
    `right`: who may undo it (of `team.rights`); `own_only`: only the person who did it. `before_undo` raises where an
    undo makes no sense, and returns what else the undo will keep; `after_undo` updates what depends on the event.
    `personal`: keys of its data that hold personal data, for erasure. `public`: whether webhooks may send it.
    """

    code: str
    words: Any
    right: str = rights.CHANGE_CUSTOMERS
    undoable: bool = True
    own_only: bool = False
    before_undo: Callable[[Event], list[Kept]] | None = None
    after_undo: Callable[[Event, Undone], None] | None = None
    personal: tuple[str, ...] = ()
    public: bool = True

    def __post_init__(self) -> None:
        if not callable(self.words) and not str(self.words).strip():
            raise ValueError(f"The event kind {self.code} has no words.")

    def say(self, data: Mapping[str, Any]) -> str:
        """The event in words of the reader's language."""
        return str(self.words(data)) if callable(self.words) else str(self.words) % data


KINDS: dict[str, EventKind] = {}


def declare(*kinds: EventKind) -> None:
    """Register event kinds. The same one again is ignored; ValueError for two different kinds with one code."""
    for kind in kinds:
        if KINDS.get(kind.code, kind) != kind:
            raise ValueError(f"The event kind {kind.code} is declared twice.")
        KINDS[kind.code] = kind


def kind_of(code: str) -> EventKind:
    """The registered kind with this code; ValueError where there is none."""
    if code not in KINDS:
        raise ValueError(f"No event kind {code!r} is declared: add it to the events.py of its domain.")
    return KINDS[code]


def undoable_codes() -> list[str]:
    return [kind.code for kind in KINDS.values() if kind.undoable]


def check_kinds(app_configs: Any, **_options: Any) -> Iterable[checks.CheckMessage]:
    """System check: each kind names an existing right and has words."""
    for kind in KINDS.values():
        if kind.right not in rights.RIGHTS:
            yield checks.Error(f"The event kind {kind.code} names no right: {kind.right!r}.", id="events.E001")
        if not callable(kind.words) and not str(kind.words).strip():
            yield checks.Error(f"The event kind {kind.code} has no words.", id="events.E002")
