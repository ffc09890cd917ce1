"""The kinds of events. Each domain declares its own in its events.py, which its app loads when the program starts.

    declare(EventKind("tag.put", gettext_lazy("Tag put: %(name)s"), personal=("name",)))

An event of a kind that nobody declared cannot be written, and a kind without words cannot be declared.
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
    """What can be done with events of one kind.

    `words`: the event in the reader's language: a text into which its data go, or a function of its data.
    `right`: who may undo it (of `team.rights`). `before_undo` raises where an undo would make no sense, and returns
    what else it will leave alone; `after_undo` keeps what hangs on the event in line.
    `own_only`: only who did it may undo it, whatever others may.
    `personal`: the keys of its data that tell of a person, for erasure.
    `public`: whether programs outside may be told of it (webhooks).
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
    """Add kinds; once more is no error, two different kinds of one code are."""
    for kind in kinds:
        if KINDS.get(kind.code, kind) != kind:
            raise ValueError(f"The event kind {kind.code} is declared twice.")
        KINDS[kind.code] = kind


def kind_of(code: str) -> EventKind:
    """The declared kind; ValueError where nobody declared it."""
    if code not in KINDS:
        raise ValueError(f"No event kind {code!r} is declared: add it to the events.py of its domain.")
    return KINDS[code]


def undoable_codes() -> list[str]:
    return [kind.code for kind in KINDS.values() if kind.undoable]


def check_kinds(app_configs: Any, **_options: Any) -> Iterable[checks.CheckMessage]:
    """System check: each kind names a right that there is, and its words can be said."""
    for kind in KINDS.values():
        if kind.right not in rights.RIGHTS:
            yield checks.Error(f"The event kind {kind.code} names no right: {kind.right!r}.", id="events.E001")
        if not callable(kind.words) and not str(kind.words).strip():
            yield checks.Error(f"The event kind {kind.code} has no words.", id="events.E002")
