"""Take an import back: what it made goes, what it changed is as before; what people changed since is kept and told."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.events import undoing as event_undoing
from habitue.events.models import Event
from habitue.events.undoing import Undone
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError


def undo(import_: Import, by: Any = None) -> Undone:
    """Once. The same file can be imported again afterwards; an import that goes on stops."""
    with transaction.atomic():
        import_ = Import.objects.select_for_update(of=("self",)).select_related("event").get(pk=import_.pk)
        if import_.undone_at:
            raise HabitueError(_("This import has been undone already."), status=409)
        done = event_undoing.undo(_event(import_), by)
        import_.undone_at = timezone.now()
        import_.save(update_fields=["undone_at"])
    return done


def preview(import_: Import) -> Undone:
    """What an undo would put back and keep: it is done, and taken back."""
    with transaction.atomic():
        done = undo(import_)
        transaction.set_rollback(True)
    return done


def is_undone(import_: Import) -> bool:
    return bool(import_.undone_at or (import_.event and Event.objects.filter(undoes=import_.event).exists()))


def _event(import_: Import) -> Event:
    """Without one it has written nothing, or was made before imports could be undone."""
    if import_.event:
        return import_.event
    if import_.rows:
        raise HabitueError(_("This import was made before imports could be undone."), status=409)
    import_.event = Event.objects.create(kind="import.started", by_id=import_.by_id, data={"import": import_.pk})
    import_.save(update_fields=["event"])
    return import_.event
