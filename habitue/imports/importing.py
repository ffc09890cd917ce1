"""Import a file in chunks. It can stop anywhere: rows, rejections, counts and cursor are written in one transaction."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from django.conf import settings
from django.core.files import locks
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.events.journal import begin, finish, resume
from habitue.events.models import Event
from habitue.imports.files import describing, reading
from habitue.imports.files.choices import Choices
from habitue.imports.files.reading import Rows
from habitue.imports.files.recognising import recognise
from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings import mapping as mappings
from habitue.imports.mappings.mapping import Mapping, as_toml
from habitue.imports.mappings.proposing import Asked
from habitue.imports.models import Import, Rejection
from habitue.imports.profiles.taking import mapping_for
from habitue.imports.staging import staging
from habitue.imports.staging.completing import complete
from habitue.imports.staging.steps import script
from habitue.imports.writing.walking import Chunk, Outcome, Run, next_chunk, write_chunk
from habitue.kernel.database import bulk
from habitue.kernel.database.locking import held
from habitue.kernel.errors import HabitueError

ROWS_AT_ONCE = 20_000
ATTEMPTS = 3  # another import may make the same buyer at the same moment
COUNTS = ("rows", "created", "updated", "unchanged", "rejected")
REJECTION = ("of", "line", "column", "value", "code", "data", "row")


def run(
    kind: str,
    path: Path,
    mapping: Mapping | None = None,
    by: Any = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    choices: Choices | None = None,
    answers: dict[str, str] | None = None,
    shown: Callable[[Mapping, Rows], None] | None = None,
    before: Callable[[staging.Staged], None] | None = None,
    after: Callable[[staging.Staged], None] | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Import:
    """Import `path`, or resume an import that stopped. For one that is finished its Import is returned.

    `choices` are how to read the file, `answers` those to questions about it, where no mapping is given; the answer
    `profile` is its format (see `profiles.taking.mapping_for`).
    `progress` gets (rows done, all rows); `shown` gets the completed mapping and the rows before any write; `before`
    and `after` get the staged file, before its first row is written and after the last.
    """
    of = kind_named(kind)
    recognise(path)
    content = reading.content_digest(path)
    with working_folder(content) as folder:
        rows, whole = understood(of, path, folder, mapping, choices, answers)
        if shown:
            shown(whole, rows)
        digest = digest_of(whole, content)
        if known := finished(digest):
            known.known_before = True
            return known
        staged = staging.stage(of.fitted(whole.columns), whole, rows, folder / digest[:16])
        with closing(staged.connection):
            if before:
                before(staged)
            import_ = _walked(begun(path, whole, digest, by), staged, progress, rows_at_once)
            if after:
                after(staged)
    return import_


def lock_of(import_: Import) -> str:
    """The name of the lock that is held while an import goes on, for pages to tell."""
    return f"import {import_.pk}"


def finished(digest: str) -> Import | None:
    """The import of this file with this mapping, if it is finished and stands."""
    known = Import.objects.filter(digest=digest, undone_at=None, finished_at__isnull=False)
    return known.exclude(event__undone_by__isnull=False).first()


def staging_sql(
    kind: str,
    path: Path,
    mapping: Mapping | None = None,
    rows_to: Path | None = None,
    *,
    choices: Choices | None = None,
    answers: dict[str, str] | None = None,
) -> str:
    """The SQL that stages an import of `path`, as a script with the completed mapping as a comment. Nothing is
    imported.

    `rows_to`: where to copy the table of texts, on which the script can be run.
    """
    of = kind_named(kind)
    recognise(path)
    (settings.HOME / "imports").mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.HOME / "imports", prefix="sql-") as folder:
        rows, whole = understood(of, path, Path(folder), mapping, choices, answers)
        if rows_to:
            shutil.copyfile(rows.path, rows_to)
    comment = "".join(f"-- {line}".rstrip() + "\n" for line in as_toml(whole.as_data()).splitlines())
    steps = staging.steps_of(of.fitted(whole.columns), whole, rows)
    return f"{comment}\n{script(steps, rows_to or Path('rows.parquet'))}"


def understood(
    kind: Kind,
    path: Path,
    folder: Path,
    mapping: Mapping | None,
    choices: Choices | None = None,
    answers: dict[str, str] | None = None,
) -> tuple[Rows, Mapping]:
    """(the file as it was read, completed mapping). `choices` and `answers` are for a file without a mapping."""
    rows = reading.read(path, folder, mapping.reading if mapping else choices)
    try:
        fitting = mappings.fitted(mapping, rows.headings) if mapping else mapping_for(kind, rows, answers or {})
    except Asked as asked:
        raise Asked(asked.question, asked.kind, describing.as_read(rows)) from None
    except HabitueError as error:
        raise HabitueError(f"{error.message}\n{describing.as_read(rows)}", status=error.status) from None
    return rows, complete(kind.fitted(fitting.columns), rows, fitting)


def digest_of(mapping: Mapping, content: str) -> str:
    return sha256(json.dumps([mapping.as_data(), content], sort_keys=True).encode()).hexdigest()


def begun(path: Path, mapping: Mapping, digest: str, by: Any) -> Import:
    undone = Import.objects.filter(digest=digest, undone_at=None, event__undone_by__isnull=False)
    undone.update(undone_at=timezone.now())
    import_, _new = Import.objects.get_or_create(
        digest=digest,
        undone_at=None,
        defaults={
            "kind": mapping.kind,
            "file_name": path.name.encode("utf-8", "replace").decode()[:255],
            "mapping": mapping.as_data(),
            "source": mapping.source,
            "by": by,
        },
    )
    return import_


def _walked(
    import_: Import, staged: staging.Staged, progress: Callable[[int, int], None] | None, rows_at_once: int
) -> Import:
    if progress:
        progress(import_.rows, staged.rows.count)
    with held(lock_of(import_)):
        _walk(import_, staged, progress, rows_at_once)
    import_.refresh_from_db()
    return import_


def _walk(
    import_: Import, staged: staging.Staged, progress: Callable[[int, int], None] | None, rows_at_once: int
) -> None:
    walk = Run(import_, staged)
    attempts = 0
    while not import_.finished_at:
        try:
            import_ = advance(walk, rows_at_once)
            attempts = 0
        except IntegrityError:
            attempts += 1
            if attempts == ATTEMPTS:
                raise
            walk = replace(walk, buyers={}, products={}, matched=set())
        if progress:
            progress(import_.rows, staged.rows.count)
    if import_.event:
        finish(import_.event)


@bulk.without_collection()
def advance(walk: Run, rows_at_once: int) -> Import:
    """Import the next chunk in one transaction. The cursor is locked, so that two processes never import the same
    chunk.
    """
    with transaction.atomic():
        import_ = Import.objects.select_for_update(of=("self",)).select_related("event").get(pk=walk.of.pk)
        if import_.undone_at or import_.undo_asked_at:
            raise HabitueError(_("This import has been undone while it went on. Import the file again."), status=409)
        if not import_.finished_at:
            with resume(_event(import_)) as walk.journal:
                chunk = next_chunk(walk.staged, import_.cursor, rows_at_once)
                outcome = write(walk, chunk)
                save_progress(import_, chunk, outcome, last=chunk.last == walk.staged.groups)
    return import_


def _event(import_: Import) -> Event:
    """The one event of an import, begun with its first rows: all that it changed is undone together."""
    if import_.event is None:
        data = {"import": import_.pk, "kind_of_file": import_.kind, "file": import_.file_name}
        import_.event = begin("import.started", by=import_.by, **data)
        import_.save(update_fields=["event"])
    return import_.event


def write(walk: Run, chunk: Chunk) -> Outcome:
    outcome = write_chunk(walk, chunk)
    outcome.refused.extend(chunk.refused)
    bulk.insert(Rejection, REJECTION, ([walk.of.pk, *refused] for refused in outcome.refused))
    return outcome


def save_progress(import_: Import, chunk: Chunk, outcome: Outcome, *, last: bool) -> None:
    import_.cursor = chunk.last
    import_.rows += chunk.rows
    import_.created += outcome.created
    import_.updated += outcome.updated
    import_.unchanged += outcome.unchanged
    import_.rejected += len(outcome.refused)
    import_.notes = dict(Counter(import_.notes) + outcome.notes)
    findings = Counter(import_.findings)
    findings.update(outcome.findings)  # `+` would leave out what is negative
    import_.findings = dict(findings)
    if last:
        import_.finished_at = timezone.now()
        event = _event(import_)
        event.kind = "import.finished"
        event.data |= {name: getattr(import_, name) for name in COUNTS}
        event.save(update_fields=["kind", "data"])
    import_.save(
        update_fields=[
            "cursor",
            "rows",
            "created",
            "updated",
            "unchanged",
            "rejected",
            "notes",
            "findings",
            "finished_at",
        ]
    )


@contextmanager
def working_folder(content: str, *, kept: bool = False) -> Iterator[Path]:
    """A context with the staging folder of a file's content, for one process at a time; others wait.

    It is deleted at the end and on an error that cannot be resumed. A crash leaves it, to resume, and so does a dry run
    (`kept`).
    """
    folder = settings.HOME / "imports" / f"staging-{content[:16]}"
    with ExitStack() as stack:
        while True:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = stack.enter_context((folder / "lock").open("w"))
            locks.lock(file, locks.LOCK_EX)
            with suppress(FileNotFoundError):
                if os.fstat(file.fileno()).st_ino == (folder / "lock").stat().st_ino:
                    break  # else the one that we waited for has taken the folder away
        try:
            yield folder
        except HabitueError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            shutil.rmtree(folder, ignore_errors=True)
            raise _no_room() from None
        except duckdb.Error as error:
            if "No space left" not in str(error):
                raise
            shutil.rmtree(folder, ignore_errors=True)
            raise _no_room() from None
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def forget(content: str) -> None:
    """Delete the staging folder that a dry run kept, unless a process is using it."""
    folder = settings.HOME / "imports" / f"staging-{content[:16]}"
    with suppress(FileNotFoundError), (folder / "lock").open("w") as file:
        if locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)


def _no_room() -> HabitueError:
    return HabitueError(
        _(
            "There is no room left on the disk of %(folder)s, where the file is prepared. Nothing was changed. Make "
            "room for about twice the size of the file, then start again: it goes on where it was."
        )
        % {"folder": settings.HOME},
        status=507,
    )
