"""Files uploaded at the desk: received, read, checked in a dry run and imported, the long parts in the background."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from habitue.imports import dry_run, importing, sampling, undoing
from habitue.imports.evidence.guess import Question
from habitue.imports.files import choices, reading
from habitue.imports.files.controls import at_the_desk
from habitue.imports.files.recognising import recognise
from habitue.imports.kind import Field, kind_named
from habitue.imports.mappings import answering, saved_mappings
from habitue.imports.mappings.guessing import lacking
from habitue.imports.mappings.mapping import from_data
from habitue.imports.mappings.proposing import guess_of
from habitue.imports.mappings.rules import Amounts
from habitue.imports.models import Import, Upload
from habitue.imports.profiles import recognising
from habitue.kernel.errors import HabitueError
from habitue.queue import leasing

BY_HAND = "by_hand"
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
    """Set the kind and mapping of an upload and queue a new dry run; without columns they are guessed.

    Questions about what somebody has changed by hand are answered with that.
    """
    kind_named(kind)
    said: dict[str, Any] = {}
    if kind == upload.kind and mapping.get("columns"):
        changed = answering.touched(upload.mapping, mapping)
        by_hand = [question.code for question in asked(upload) if changed & set(question.covers)]
        said = upload.about.get("answered", {}) | dict.fromkeys(by_hand, BY_HAND)
    _choose(upload, kind, mapping, said)


def answer(upload: Upload, code: str, at: int, statuses: dict[str, str] | None = None) -> None:
    """Answer a question about an upload: its mapping says so, and a new dry run is queued.

    `statuses`: what each status means, where they are asked about one by one.
    """
    question = next((question for question in asked(upload) if question.code == code), None)
    if question is None or not 0 <= at < len(question.answers):
        raise HabitueError(_("This is not asked any more. Look at the page again."), status=409)
    said = upload.about.get("answered", {}) | {code: at}
    kind = question.answers[at].data.get("kind", upload.kind) if code == "kind" else upload.kind
    if kind != upload.kind:
        _choose(upload, kind, choices.from_data(upload.mapping).as_data(), {})
        return
    mapping = answering.answered(kind, upload.mapping, question, at)
    if statuses:
        mapping["statuses"] = mapping.get("statuses", {}) | statuses
    _choose(upload, kind, mapping, said)


def ask_again(upload: Upload) -> None:
    """Forget the answers and what was chosen by hand, and ask anew."""
    _choose(upload, upload.kind, choices.from_data(upload.mapping).as_data(), {})


def asked(upload: Upload) -> list[Question]:
    """The questions about an upload that nobody has answered yet."""
    said = upload.about.get("answered", {})
    stored = upload.about.get("guess", {}).get("questions", ())
    return [answering.question_of(data) for data in stored if data["code"] not in said]


def _choose(upload: Upload, kind: str, mapping: dict[str, Any], said: dict[str, Any]) -> None:
    upload.kind, upload.mapping, upload.mapped_by = kind, mapping, ""
    upload.about["answered"] = said
    upload.save(update_fields=["kind", "mapping", "mapped_by", "about"])
    _queue_dry_run(upload)


def _queue_dry_run(upload: Upload) -> None:
    of = [upload.kind, upload.mapping, upload.about.get("answered", {})]
    mark = sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:16]
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
            if missing := _lacking(upload):
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


def _lacking(upload: Upload) -> list[Field]:
    """Required fields that have no column, are not made by a rule, and have nothing in their place."""
    kind, mapping = kind_named(upload.kind), upload.mapping
    given = {*mapping["columns"], Amounts(**mapping.get("amounts", {})).computed}
    return [field for field in lacking(kind, given) if not kind.replaced(field, given)]


def _look(upload: Upload) -> None:
    """Read the file and set `about` of the upload; guess its kind and mapping unless somebody has chosen them."""
    how = choices.from_data(upload.mapping)
    with importing.working_folder(upload.content, kept=True) as folder:
        rows = reading.read(path_of(upload), folder, how)
        said = {name: upload.about[name] for name in ("guess", "answered") if name in upload.about}
        upload.about = sampling.about(rows) | (said if upload.mapping.get("columns") else {"answered": {}})
    upload.corrects = upload.corrects or sampling.corrected(upload.about)
    if not upload.mapping.get("columns"):
        of = upload.corrects.kind if upload.corrects else saved_mappings.kind_for(rows.headings)
        if not upload.kind and not of and (recognised := recognising.recognise(rows)) and recognised.fits:
            of = recognised.profile.kind
        guessed = None if upload.kind or of else guess_of(rows)
        upload.kind = upload.kind or of or (guessed.kind if guessed else "")
        upload.mapping, upload.mapped_by = saved_mappings.proposed(upload, rows, guessed)
        upload.mapping |= how.as_data()
        if kind_named(upload.kind).discounts and not upload.corrects:
            upload.mapping["source"] = {"name": _source(upload)} | upload.mapping.get("source", {})
    upload.about["values"] = sampling.values(rows, _told_apart(upload.mapping))


def _source(upload: Upload) -> str:
    """A name for where the file is from: that of its saved mapping, else the file's without dates and numbers. The next
    export of the same source changes what this one brings.
    """
    stem = Path(upload.file_name).stem
    return (upload.mapped_by or re.sub(r"^[\W\d_]+|[\W\d_]+$", "", stem) or stem)[:120]


def _told_apart(mapping: dict[str, Any]) -> list[str]:
    """The columns of which each different cell may be spoken of."""
    columns = mapping.get("columns", {})
    some = [columns.get(fact) for fact in ("status", "currency")]
    return [heading for heading in some if isinstance(heading, str)] + list(mapping.get("filters", {}))


def start(upload: Upload, by: Any, name: str = "", confirms: str = "") -> Import:
    """Queue the import of an upload as the dry run checked it. With `name` its mapping is saved for such files;
    `confirms` is the mark of the check that somebody has read.
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if upload.became:
            return upload.became
        if upload.dry_run.get("state") != DONE:
            raise HabitueError(_("Wait until the file has been checked, then import it."), status=409)
        if confirms and confirms != upload.dry_run["for"]:
            raise HabitueError(_("The file was checked anew meanwhile. Look at its page again."), status=409)
        if asked(upload):
            raise HabitueError(_("There is a question about this file. Answer it first, then import it."), status=409)
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
