"""A file given at the desk: received, looked at, checked and imported, the long parts beside the web."""

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
from django_q.tasks import async_task

from habitue.imports import dry_run, importing, sampling
from habitue.imports.files import reading
from habitue.imports.files.recognising import recognise
from habitue.imports.kind import kind_named
from habitue.imports.mappings import saved_mappings
from habitue.imports.mappings.guessing import guess_kind, lacking
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import, Upload
from habitue.kernel.errors import HabitueError

WAITING, RUNNING, DONE, REFUSED, LACKING = "waiting", "running", "done", "refused", "lacking"
KEPT_DAYS = 7  # what nobody imports


def uploads() -> Path:
    folder = settings.HOME / "imports" / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(upload: Upload) -> Path:
    return uploads() / upload.folder / upload.file_name


def receive(path: Path, by: Any, *, kind: str = "", corrects: Import | None = None) -> Upload:
    """Take a file that lies in a folder of its own in `uploads()`. What is no table is refused, and not kept."""
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
    """Read the file in another way; without columns these are guessed."""
    kind_named(kind)
    upload.kind, upload.mapping, upload.mapped_by = kind, mapping, ""
    upload.save(update_fields=["kind", "mapping", "mapped_by"])
    _queue_dry_run(upload)


def _queue_dry_run(upload: Upload) -> None:
    mark = sha256(json.dumps([upload.kind, upload.mapping], sort_keys=True).encode()).hexdigest()[:16]
    upload.dry_run = {"state": WAITING, "for": mark}
    upload.save(update_fields=["dry_run"])
    transaction.on_commit(lambda: async_task("habitue.jobs.dry_run", upload.pk, mark))


def run_dry(upload: Upload, mark: str) -> None:
    """The job: look at the file and say what an import would do. What was chosen anew meanwhile is left to its own."""
    rows = Upload.objects.filter(pk=upload.pk, became=None, dry_run__for=mark)

    def report(**state: Any) -> None:
        rows.update(dry_run={"for": mark} | state)

    if not rows.exists():
        return
    with translation.override(upload.language):
        try:
            report(state=RUNNING, rows=0)
            _look(upload)
            names = ("about", "kind", "mapping", "mapped_by", "corrects")
            rows.update(**{name: getattr(upload, name) for name in names})
            if missing := lacking(kind_named(upload.kind), upload.mapping["columns"]):
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


def _look(upload: Upload) -> None:
    """How the file is written; then, unless somebody has said so, what its columns mean."""
    choices = (upload.mapping.get("encoding"), upload.mapping.get("separator"), upload.mapping.get("sheet"))
    with importing.working_folder(upload.content, kept=True) as folder:
        rows = reading.read(path_of(upload), folder, *choices)
        upload.about = sampling.about(rows)
    upload.corrects = upload.corrects or sampling.corrected(upload.about)
    if not upload.mapping.get("columns"):
        of = upload.corrects.kind if upload.corrects else saved_mappings.kind_for(rows.headings)
        upload.kind = upload.kind or of or guess_kind(rows.headings).name
        upload.mapping, upload.mapped_by = saved_mappings.proposed(upload, rows.headings)
        upload.mapping |= {
            name: choice for name, choice in zip(("encoding", "separator", "sheet"), choices, strict=True) if choice
        }


def start(upload: Upload, by: Any, name: str = "") -> Import:
    """Import the file as it was checked; beside the web. `name`: keep the mapping under it for such files."""
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
        transaction.on_commit(lambda: async_task("habitue.jobs.bring_in", import_.pk))
    return import_


def resume(import_: Import) -> None:
    """Once more after it stopped; what is in stays in."""
    Import.objects.filter(pk=import_.pk).update(trouble="")
    transaction.on_commit(lambda: async_task("habitue.jobs.bring_in", import_.pk))


def bring_in(import_: Import) -> None:
    """The job: all of it, or on from where it stopped."""
    upload = import_.uploads.order_by("-pk").first()
    if upload is None or import_.finished_at or import_.undone_at:
        return
    with translation.override(upload.language):
        try:
            mapping = from_data(import_.kind, import_.mapping)
            path = path_of(upload)
            importing.run(import_.kind, path, mapping, import_.by, rows_at_once=dry_run.ROWS_AT_ONCE)
        except HabitueError as error:
            Import.objects.filter(pk=import_.pk).update(trouble=error.message)
            return
        except Exception:
            message = _("It stopped on an error that we did not expect; the log of the worker tells more.")
            Import.objects.filter(pk=import_.pk).update(trouble=message)
            raise
    shutil.rmtree(path_of(upload).parent, ignore_errors=True)


def resume_all() -> None:
    """When the worker starts: what it left when it ended goes on at once, not when the queue gives it out again."""
    for import_ in Import.objects.filter(
        finished_at=None, undone_at=None, trouble="", uploads__isnull=False
    ).distinct():
        async_task("habitue.jobs.bring_in", import_.pk)


def drop(upload: Upload) -> None:
    """Take away a file that is not imported."""
    shutil.rmtree(path_of(upload).parent, ignore_errors=True)
    importing.forget(upload.content)
    upload.delete()


def sweep() -> None:
    """Each night: files that somebody gave and forgot hold people's data."""
    for upload in Upload.objects.filter(became=None, at__lt=timezone.now() - dt.timedelta(days=KEPT_DAYS)):
        drop(upload)
