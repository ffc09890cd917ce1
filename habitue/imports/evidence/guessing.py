"""Guess what a file is, from its cells first and the words of its headings second."""

from __future__ import annotations

from collections.abc import Mapping

from habitue.imports.evidence.collecting import Evidence, collect
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Confidence, Guess, Reason, Rule
from habitue.imports.evidence.questions import of_reading, questions
from habitue.imports.evidence.reading import Reading, read_as
from habitue.imports.evidence.rules import rules
from habitue.imports.evidence.unread import rows_that_count
from habitue.imports.files.reading import Rows
from habitue.imports.kind import KINDS, kind_named

READ = ("orders", "customers")  # the kinds that cells tell; of the others headings must speak
APART = 3.0
LOST = ("number", "buyer", "product", "reference", "phone")


def guess(rows: Rows, kind: str = "", headed: tuple[str, float] | None = None) -> Guess:
    """What the file is. `kind` says what it is known to be; `headed` is a kind that headings alone speak for, and how
    many columns it explains.
    """
    evidence = collect(rows)
    if kind and kind not in READ:
        return _by_headings(rows, evidence, kind)
    names = [kind] if kind else [name for name in READ if name in KINDS]
    readings = [read_as(kind_named(name), evidence) for name in names]
    able = sorted((r for r in readings if r.possible or r.clues.trust < 1), key=lambda r: -r.points) or readings[:1]
    chosen = able[0]
    if headed and not kind and headed[0] not in READ and 2 * headed[1] >= (chosen.points if chosen.possible else 0):
        return _by_headings(rows, evidence, headed[0])
    rivals = _rivals(able) if not kind else []
    guessed = _rules(chosen) if chosen.kind.name == "orders" else {}
    return _whole(rows, chosen, rivals, guessed)


def _rules(reading: Reading) -> dict[str, Rule]:
    """The rules by name, with what columns that no fact and no rule takes may say."""
    guessed = rules(reading)
    used = {taken.column for taken in reading.facts.values()}
    used |= {column for rule in guessed.values() for column in rule.columns.values()}
    doubtful = rows_that_count(reading, used)
    return guessed | ({doubtful.name: doubtful} if doubtful else {})


def _whole(rows: Rows, reading: Reading, rivals: list[str], guessed: Mapping[str, Rule]) -> Guess:
    refused = tuple(_refused(reading))
    confidence: Confidence = UNSURE if len(rivals) > 1 else SURE if reading.possible else UNSURE
    evidence = reading.clues.evidence
    return Guess(
        kind=reading.kind.name,
        confidence=confidence,
        facts=reading.facts,
        rules=guessed,
        questions=questions(rows, reading, rivals, guessed),
        reasons=(*_why(reading), *reading.misplaced),
        refused=refused,
        rows=evidence.rows,
        looked_at=evidence.looked_at,
        evidence=evidence,
    )


def _by_headings(rows: Rows, evidence: Evidence, kind: str) -> Guess:
    reason = Reason("headings_only", {"kind": kind})
    asked = tuple(of_reading(rows))
    return Guess(kind, LIKELY, {}, {}, asked, (reason,), rows=evidence.rows, looked_at=evidence.looked_at)


def _rivals(able: list[Reading]) -> list[str]:
    first, *others = able
    near = [other for other in others if first.points - other.points < APART or other.clues.trust < 1]
    return [reading.kind.name for reading in (first, *near)] if near else []


def _why(reading: Reading) -> list[Reason]:
    """What tells the kind: orders of several lines, or a row for each order or customer."""
    order = reading.clues.evidence.order
    if reading.kind.name == "orders" and order is not None and order.multi:
        return [Reason("rows_are_lines", {"orders": order.groups, "several": order.multi})]
    code = "rows_are_orders" if reading.kind.name == "orders" else "rows_are_customers"
    return [Reason(code, {"rows": reading.clues.evidence.looked_at})]


def _refused(reading: Reading) -> list[Reason]:
    """Codes that a spreadsheet has rounded: no answer brings their digits back."""
    guessed = []
    for fact in LOST:
        column = reading.column(fact)
        if column is not None and column.share("scientific") > 0:
            guessed.append(
                Reason("digits_lost", {"fact": fact, "heading": column.heading, "share": column.share("scientific")})
            )
    dated = reading.column("placed_at")
    if dated is not None and dated.dates and dated.dates.order == "contradicted":
        guessed.append(Reason("dates_mixed", {"fact": "placed_at", "heading": dated.heading}))
    return guessed
