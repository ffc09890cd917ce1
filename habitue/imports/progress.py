"""How far an import or its undo is, as a page may say it at this moment, also where a worker has died in it."""

from __future__ import annotations

from typing import Literal

from habitue.imports import undoing, uploading
from habitue.imports.importing import lock_of
from habitue.imports.models import Import, Upload
from habitue.kernel.database.locking import is_held
from habitue.queue import leasing

State = Literal["finished", "undone", "undoing", "trouble", "left", "waiting", "running", "stopped", "given_up"]
UNDERWAY = ("undoing", "waiting", "running", "stopped")  # it changes by itself


def state_of(import_: Import) -> State:
    """What an import does. "stopped": its worker died, and another takes it up; "left": nobody does."""
    if undoing.is_undone(import_):
        return "undone"
    if undo_of(import_) in UNDERWAY:
        return "undoing"
    if import_.finished_at:
        return "finished"
    if import_.trouble:
        return "trouble"
    if job := leasing.state(uploading.IMPORT, import_.pk):
        return job
    if is_held(lock_of(import_)):
        return "running"  # by the command line
    cursor = import_.cursor
    import_.refresh_from_db()
    # It may have gone on or ended since it was read.
    ended = import_.finished_at or import_.trouble or import_.undone_at or import_.cursor != cursor
    return state_of(import_) if ended else "left"


def undo_of(import_: Import) -> leasing.State | None:
    """What the undo of an import does that was asked for; None where none is going on."""
    return leasing.state(uploading.UNDO, import_.pk) if import_.undo_asked_at else None


def check_of(upload: Upload) -> leasing.State | None:
    """What the check of an upload does; None where it has ended. Reads the upload anew where it ends meanwhile."""
    if upload.dry_run.get("state") not in (uploading.WAITING, uploading.RUNNING):
        return None
    if job := leasing.state(uploading.CHECK, upload.pk, upload.dry_run.get("for", "")):
        return job
    upload.refresh_from_db()
    underway = upload.dry_run.get("state") in (uploading.WAITING, uploading.RUNNING)
    return (leasing.state(uploading.CHECK, upload.pk, upload.dry_run["for"]) or "given_up") if underway else None
