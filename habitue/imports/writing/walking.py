"""Chunks of staged groups, and the state and result of writing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.module_loading import import_string

from habitue.events.journal import Journal
from habitue.imports.models import Import
from habitue.imports.staging.explaining import Reason, explain, row_as_read
from habitue.imports.staging.staging import Staged


class Refused(NamedTuple):
    """A Rejection before it is written: everything but its import."""

    line: int
    column: str
    value: str
    code: str
    data: dict[str, Any]
    row: list[list[str]]


SHOWN = 50  # changes kept to be shown


@dataclass
class Run:
    """The state of a running import or dry run. `buyers` and `products` cache looked-up rows: most recur.

    A dry run has no `journal`: writers count and check as always and write nothing. `refunded`: (amount, paid) that
    refunds of the dry run have used, by order number; `refused`: references and numbers refused so far; `matched`:
    ids of customers who were recognised by an e-mail address or a telephone so far; `changed`: (amount, paid, buyer)
    that stored orders would have, by number.
    """

    of: Import
    staged: Staged
    journal: Journal | None = None
    buyers: dict[str, Any] = field(default_factory=dict)
    products: dict[str, Any] = field(default_factory=dict)
    refunded: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    matched: set[int] = field(default_factory=set)
    changed: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    @property
    def dry_run(self) -> bool:
        return self.journal is None

    @property
    def written(self) -> Journal:
        assert self.journal, "a dry run writes nothing"  # noqa: S101 - a guard against our own mistakes
        return self.journal


@dataclass(frozen=True)
class Chunk:
    groups: list[dict[str, Any]]
    lines: list[tuple[Any, ...]]
    refused: list[Refused]
    last: int
    rows: int
    faulty: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Outcome:
    """The result of writing a chunk.

    `changes`: samples of updates, each (of what, (old, new) by field). `alike`: new rows that may be duplicates.
    `unsure`: number of values that could not be read and are stored as typed. `repairs`: number of cells that a program
    had damaged and that were put right, by code. `findings`: what the kind counts beside, see `wording.findings`.
    In a dry run, for the summary: `taken`, the ranks of the groups that would be new, changed or the same; `people`,
    the customers whom they name.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    changes: list[tuple[str, dict[str, tuple[Any, Any]]]] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)
    unsure: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    taken: dict[str, list[int]] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)

    @property
    def notes(self) -> Counter[str]:
        """What an import says beside its counts, by code."""
        return +(Counter(kept_as_typed=self.unsure) + self.repairs)

    def note(self, of: str, changes: dict[str, tuple[Any, Any]]) -> None:
        self.updated += 1
        if len(self.changes) < SHOWN:
            self.changes.append((of, changes))


class Alike(NamedTuple):
    """A new row, and a customer (`pk`) or an earlier line of the file that may be the same. `why` is a code."""

    line: int
    name: str
    why: str
    pk: int | None
    other: str


def next_chunk(staged: Staged, cursor: int, size: int) -> Chunk:
    """The next chunk after `cursor`: whole groups of about `size` rows together."""
    ((start,),) = staged.tuples("SELECT rows_before FROM groups WHERE rank = ?", cursor + 1)
    groups = staged.records(
        "SELECT * FROM groups WHERE rank > ? AND rows_before < ? ORDER BY rank", cursor, start + size
    )
    last = groups[-1]["rank"]
    lines: list[tuple[Any, ...]] = []
    if staged.kind.own:
        lines = staged.tuples("SELECT * FROM lines WHERE rank > ? AND rank <= ? ORDER BY rank, line", cursor, last)
    faults = []
    if any(group["faulty"] for group in groups):
        faults = staged.records("SELECT * FROM faults WHERE rank > ? AND rank <= ? ORDER BY line", cursor, last)
    return Chunk(
        groups=[group for group in groups if not group["faulty"]],
        lines=lines,
        refused=[_refused(staged, record, explain(staged, record)) for record in faults],
        last=last,
        faulty=[group for group in groups if group["faulty"]],
        rows=groups[-1]["rows_before"] + groups[-1]["n"] - start,
    )


def write_chunk(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk with the kind's writer; in a dry run, count what it would write."""
    outcome: Outcome = import_string(run.staged.kind.writer)(run, chunk)
    return outcome


def refuse(staged: Staged, reasons: dict[int, Reason]) -> Iterable[Refused]:
    """Rejections of valid groups that cannot be written: the first row gets the reason, its other rows refer to that
    line.

    A kind without fields of single rows has no `lines`: only the first row of a group is rejected.
    """
    if not reasons:
        return
    first_lines: dict[int, int] = {}
    marks = ", ".join("?" * len(reasons))
    lines = "lines" if staged.kind.own else "(SELECT rank, first_line AS line FROM groups)"
    query = f"SELECT rank, file.* FROM {lines} JOIN file USING (line) WHERE rank IN ({marks}) ORDER BY rank, line"  # noqa: S608
    for record in staged.records(query, *reasons):
        first = first_lines.setdefault(record["rank"], record["line"])
        reason = reasons[record["rank"]]
        if record["line"] != first:
            reason = Reason("", "", "kept_back", {"line": first})
        yield _refused(staged, record, reason)


def _refused(staged: Staged, record: dict[str, Any], reason: Reason) -> Refused:
    return Refused(
        record["line"], reason.column[:200], reason.value, reason.code, reason.data, row_as_read(staged, record)
    )
