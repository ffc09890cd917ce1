"""Undo an import: delete the rows that it created, restore the values that it changed, keep later changes by people."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.events import undoing as event_undoing
from habitue.events.journal import begin
from habitue.events.models import Event
from habitue.events.undoing import Kept, Undone
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError


def undo(import_: Import, by: Any = None) -> Undone:
    """Undo an import, once; one that is still running stops. The same file can be imported again afterwards."""
    with transaction.atomic():
        return event_undoing.undo(event_of(import_), by)


def preview(import_: Import) -> Undone:
    """What `undo` would restore and keep, found by an undo that is rolled back."""
    with transaction.atomic():
        done = undo(import_)
        transaction.set_rollback(True)
    return done


def before_undo(event: Event) -> list[Kept]:
    """Lock the import, so that a running one waits and then stops. HabitueError (409) where it is undone already."""
    for import_ in Import.objects.select_for_update(of=("self",)).filter(event=event):
        if import_.undone_at:
            raise HabitueError(_("This import has been undone already."), status=409)
    return []


def after_undo(event: Event, done: Undone) -> None:
    """Mark the import as undone, so that the same file can be imported again."""
    Import.objects.filter(event=event).update(undone_at=timezone.now())


def is_undone(import_: Import) -> bool:
    return bool(import_.undone_at or (import_.event and Event.objects.filter(undoes=import_.event).exists()))


def event_of(import_: Import) -> Event:
    """The event of an import, created where it has written nothing yet; 409 for one from before imports had events."""
    if import_.event:
        return import_.event
    if import_.rows:
        raise HabitueError(_("This import was made before imports could be undone."), status=409)
    data = {"import": import_.pk, "kind_of_file": import_.kind, "file": import_.file_name}
    import_.event = begin("import.started", by=import_.by, **data)
    import_.save(update_fields=["event"])
    return import_.event
