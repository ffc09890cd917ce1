"""Files uploaded at the desk: received, read, checked in a dry run and imported, the long parts in the background."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from habitue.imports import dry_run, importing, sampling, undoing
from habitue.imports.files import choices as reading_choices
from habitue.imports.files import reading
from habitue.imports.files.controls import at_the_desk
from habitue.imports.files.recognising import recognise
from habitue.imports.kind import Field, kind_named
from habitue.imports.mappings import saved_mappings
from habitue.imports.mappings.guessing import lacking
from habitue.imports.mappings.mapping import from_data
from habitue.imports.mappings.proposing import guess_of
from habitue.imports.mappings.rules import Amounts
from habitue.imports.models import Import, Upload
from habitue.imports.profiles import recognising
from habitue.kernel.errors import HabitueError
from habitue.queue import leasing

WAITING, RUNNING, DONE, REFUSED, LACKING = "waiting", "running", "done", "refused", "lacking"
KEPT_DAYS = 7  # uploads that nobody imports
CHECK, IMPORT, UNDO = "habitue.jobs.dry_run", "habitue.jobs.bring_in", "habitue.jobs.undo_import"


def uploads() -> Path:
    folder = settings.HOME / "imports" / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(upload: Upload) -> Path:
    return uploads() / upload.folder / upload.file_name


def receive(path: Path, by: Any, *, kind: str = "", corrects: Import | None = None) -> Upload:
    """Create an upload for a file in a folder of its own in `uploads()`, and queue its dry run.

    A file that is no table is refused (HabitueError) and deleted.
    """
    try:
        recognise(path)
    except HabitueError:
        shutil.rmtree(path.parent)
        raise
    upload = Upload.objects.create(
        file_name=path.name,
        folder=path.parent.name,
        content=reading.content_digest(path),
        size=path.stat().st_size,
        by=by,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        kind=kind,
        corrects=corrects,
    )
    _queue_dry_run(upload)
    return upload


def choose(upload: Upload, kind: str, mapping: dict[str, Any]) -> None:
    """Set the kind and mapping of an upload and queue a new dry run; without columns they are guessed."""
    kind_named(kind)
    upload.kind, upload.mapping, upload.mapped_by = kind, mapping, ""
    upload.save(update_fields=["kind", "mapping", "mapped_by"])
    _queue_dry_run(upload)


def _queue_dry_run(upload: Upload) -> None:
    mark = sha256(json.dumps([upload.kind, upload.mapping], sort_keys=True).encode()).hexdigest()[:16]
    upload.dry_run = {"state": WAITING, "for": mark, "asked": [upload.kind, upload.mapping]}
    upload.save(update_fields=["dry_run"])
    leasing.add(CHECK, upload.pk, mark)


def check_again(upload: Upload) -> None:
    """Queue the dry run of an upload anew, with the same choices."""
    upload.kind, upload.mapping = upload.dry_run.get("asked", [upload.kind, upload.mapping])
    upload.save(update_fields=["kind", "mapping"])
    _queue_dry_run(upload)


def run_dry(upload: Upload, mark: str) -> None:
    """The background job of a dry run. `mark` identifies the choices it is for: after new choices it does nothing."""
    rows = Upload.objects.filter(pk=upload.pk, became=None, dry_run__for=mark)
    rows = rows.filter(dry_run__state__in=[WAITING, RUNNING])

    def report(**state: Any) -> None:
        underway = {"asked": asked} if state["state"] == RUNNING else {}
        rows.update(dry_run={"for": mark} | underway | state)

    if not rows.exists():
        return
    # What was chosen, not what a worker that died has guessed and kept: it is guessed again, with its reasons.
    asked = upload.dry_run.get("asked", [upload.kind, upload.mapping])
    upload.kind, upload.mapping = asked
    with translation.override(upload.language), at_the_desk():
        try:
            report(state=RUNNING, rows=0)
            _look(upload)
            names = ("about", "kind", "mapping", "mapped_by", "corrects")
            rows.update(**{name: getattr(upload, name) for name in names})
            if missing := _missing(upload):
                report(state=LACKING, facts=[field.name for field in missing])
                return
            result = dry_run.run(
                upload.kind,
                path_of(upload),
                from_data(upload.kind, upload.mapping),
                lambda done, total: report(state=RUNNING, rows=done, of=total),
            )
            report(state=DONE, **result)
        except HabitueError as error:
            report(state=REFUSED, message=error.message)
        except Exception:
            report(state=REFUSED, message=_unexpected())
            raise


def _missing(upload: Upload) -> list[Field]:
    """Fields that no column, no rule and no other field of the mapping gives."""
    kind = kind_named(upload.kind)
    names = {*upload.mapping["columns"], Amounts(**upload.mapping.get("amounts", {})).computed}
    return [field for field in lacking(kind, names) if not kind.replaced(field, names)]


def _look(upload: Upload) -> None:
    """Read the file and set `about` of the upload; guess its kind and mapping unless somebody has chosen them."""
    choices = reading_choices.from_data(upload.mapping)
    with importing.working_folder(upload.content, kept=True) as folder:
        rows = reading.read(path_of(upload), folder, choices)
        upload.about = sampling.about(rows)
    upload.corrects = upload.corrects or sampling.corrected(upload.about)
    if not upload.mapping.get("columns"):
        of = upload.corrects.kind if upload.corrects else saved_mappings.kind_for(rows.headings)
        if not upload.kind and not of and (recognised := recognising.recognise(rows)) and recognised.fits:
            of = recognised.profile.kind
        guessed = None if upload.kind or of else guess_of(rows)
        upload.kind = upload.kind or of or (guessed.kind if guessed else "")
        upload.mapping, upload.mapped_by = saved_mappings.proposed(upload, rows, guessed)
        upload.mapping |= choices.as_data()


def start(upload: Upload, by: Any, name: str = "") -> Import:
    """Queue the import of an upload as the dry run checked it. With `name` its mapping is saved for such files."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if upload.became:
            return upload.became
        if upload.dry_run.get("state") != DONE:
            raise HabitueError(_("Wait until the file has been checked, then import it."), status=409)
        whole = from_data(upload.kind, upload.dry_run["mapping"])
        import_ = importing.begun(path_of(upload), whole, importing.digest_of(whole, upload.content), by)
        upload.became = import_
        upload.save(update_fields=["became"])
        if name:
            saved_mappings.save(name, upload, by)
        leasing.add(IMPORT, import_.pk)
    return import_


def resume(import_: Import) -> None:
    """Queue an import again that stopped; rows imported so far stay."""
    Import.objects.filter(pk=import_.pk).update(trouble="", undo_asked_at=None)
    leasing.add(IMPORT, import_.pk)


def bring_in(import_: Import) -> None:
    """The background job of an import: all of it, or the rest where it stopped."""
    upload = import_.uploads.order_by("-pk").first()
    if upload is None or import_.finished_at or import_.undone_at or import_.undo_asked_at:
        return
    with translation.override(upload.language), at_the_desk():
        try:
            mapping = from_data(import_.kind, import_.mapping)
            path = path_of(upload)
            importing.run(import_.kind, path, mapping, import_.by, rows_at_once=dry_run.ROWS_AT_ONCE)
        except HabitueError as error:
            Import.objects.filter(pk=import_.pk).update(trouble=error.message)
            return
        except Exception:
            Import.objects.filter(pk=import_.pk).update(trouble=_unexpected())
            raise
    shutil.rmtree(path_of(upload).parent, ignore_errors=True)


def _unexpected() -> str:
    return _("It stopped on an error that we did not expect; the log of the worker tells more.")


def ask_undo(import_: Import, by: Any) -> None:
    """Queue the undo of an import, which stops where it goes on; HabitueError (409) where it is undone already."""
    with transaction.atomic():
        import_ = Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
        if undoing.is_undone(import_):
            raise HabitueError(_("This import has been undone already."), status=409)
        import_.undo_asked_at, import_.undo_by, import_.trouble = timezone.now(), by, ""
        import_.save(update_fields=["undo_asked_at", "undo_by", "trouble"])
        leasing.add(UNDO, import_.pk)


def undo(import_: Import) -> None:
    """The background job of an undo."""
    if undoing.is_undone(import_) or not import_.undo_asked_at:
        return
    try:
        undoing.undo(import_, import_.undo_by)
    except Exception as error:
        trouble = error.message if isinstance(error, HabitueError) else _unexpected()
        Import.objects.filter(pk=import_.pk).update(trouble=trouble, undo_asked_at=None)
        raise


def drop(upload: Upload) -> None:
    """Delete an upload that is not imported, with its file."""
    shutil.rmtree(path_of(upload).parent, ignore_errors=True)
    importing.forget(upload.content)
    upload.delete()


def sweep() -> None:
    """Delete uploads that nobody imported for KEPT_DAYS, as they hold personal data; called each night."""
    for upload in Upload.objects.filter(became=None, at__lt=timezone.now() - dt.timedelta(days=KEPT_DAYS)):
        drop(upload)
