"""The dry run of an import: the same writers check every row, on a read-only connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from habitue.imports import summing
from habitue.imports.files import reading
from habitue.imports.files.choices import Choices
from habitue.imports.files.reading import Rows
from habitue.imports.files.recognising import recognise
from habitue.imports.importing import COUNTS, digest_of, finished, understood, working_folder
from habitue.imports.kind import kind_named
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.models import Import
from habitue.imports.staging import staging
from habitue.imports.staging.staging import Staged
from habitue.imports.writing.walking import SHOWN, Outcome, Run, next_chunk, write_chunk
from habitue.kernel.database import bulk

ROWS_AT_ONCE = 5_000  # few, so that somebody at the desk never waits long for an import that writes
Progress = Callable[[int, int], None]


def run(
    kind: str,
    path: Path,
    mapping: Mapping | None,
    progress: Progress | None = None,
    *,
    choices: Choices | None = None,
    answers: dict[str, str] | None = None,
    shown: Callable[[Mapping, Rows], None] | None = None,
) -> dict[str, Any]:
    """Check a whole file and return what an import would do, as stored in `Upload.dry_run`.

    That is: the counts, samples of changes, of possible duplicates and of rejections, a summary, and the completed
    mapping. The staged file is kept, so that the import need not stage it again. For the others see `importing.run`.
    """
    of = kind_named(kind)
    recognise(path)
    content = reading.content_digest(path)
    with working_folder(content, kept=True) as folder:
        rows, whole = understood(of, path, folder, mapping, choices, answers)
        if shown:
            shown(whole, rows)
        digest = digest_of(whole, content)
        import_ = Import(kind=kind, mapping=whole.as_data(), digest=digest)
        staged = staging.stage(of.fitted(whole.columns), whole, rows, folder / digest[:16])
        with closing(staged.connection):
            result = _walk(Run(import_, staged), staged, progress)
            result["summary"] = summing.summary(staged, result.pop("taken"), result.pop("people"))
    return result | {"mapping": whole.as_data(), "already": _already(digest)}


def _walk(run: Run, staged: Staged, progress: Progress | None) -> dict[str, Any]:
    counts: Counter[str] = Counter(dict.fromkeys((*COUNTS, "unsure", "alike"), 0))
    reasons: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    shown: dict[str, list[Any]] = {"changes": [], "doubles": [], "refusals": []}
    taken: dict[str, list[int]] = {}
    people: set[str] = set()
    cursor = 0
    while cursor < staged.groups:
        with _read_only(), bulk.without_collection():
            chunk = next_chunk(staged, cursor, ROWS_AT_ONCE)
            outcome = write_chunk(run, chunk)
        outcome.refused.extend(chunk.refused)
        cursor = chunk.last
        counts["rows"] += chunk.rows
        _add(counts, outcome)
        notes += outcome.notes
        findings.update(outcome.findings)
        people |= outcome.people
        for how, ranks in outcome.taken.items():
            taken.setdefault(how, []).extend(ranks)
        reasons.update(refused.code for refused in outcome.refused)
        for name, some in (("changes", outcome.changes), ("doubles", outcome.alike), ("refusals", outcome.refused)):
            shown[name] += some[: SHOWN - len(shown[name])]
        if progress:
            progress(counts["rows"], staged.rows.count)
    shown["changes"] = [
        [of, {name: [_text(was), _text(now)] for name, (was, now) in changes.items()}]
        for of, changes in shown["changes"]
    ]
    shown["refusals"] = [list(refused[:5]) for refused in sorted(shown["refusals"])]
    beside = {"reasons": dict(reasons), "notes": dict(notes), "findings": dict(findings)}
    return dict(counts) | shown | beside | {"taken": taken, "people": people}


def _add(counts: Counter[str], outcome: Outcome) -> None:
    counts["created"] += outcome.created
    counts["updated"] += outcome.updated
    counts["unchanged"] += outcome.unchanged
    counts["rejected"] += len(outcome.refused)
    counts["unsure"] += outcome.unsure
    counts["alike"] += len(outcome.alike)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _already(digest: str) -> int | None:
    known = finished(digest)
    return known.pk if known else None


@contextmanager
def _read_only() -> Iterator[None]:
    """Make the database connection read-only, so that a writer that ignores the dry run fails."""
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
        try:
            yield
        finally:
            cursor.execute(off)
