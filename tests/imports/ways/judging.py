"""What comes of a file of orders when nobody is there to answer: its facts, or what is asked or refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from habitue.imports.files import reading
from habitue.imports.kind import kind_named
from habitue.imports.mappings.proposing import guess_of, mapping_of
from habitue.imports.staging import staging
from habitue.imports.staging.completing import complete
from habitue.kernel.errors import HabitueError
from tests.imports.ways.sales import Fact, Truth


@dataclass(frozen=True)
class Outcome:
    """`asked`: the codes of questions and the words of a refusal; `kept`: orders that are kept back, which is told."""

    asked: tuple[str, ...] = ()
    facts: Truth = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    kind: str = "orders"


def brought(path: Path, folder: Path) -> Outcome:
    """The facts as they are staged for the writer: what it makes of them, whole imports test."""
    try:
        rows = reading.read(path, folder)
        guessed = guess_of(rows)
        if asked := (*(question.code for question in guessed.questions), *(reason.code for reason in guessed.refused)):
            return Outcome(asked, kind=guessed.kind)
        if rows.how.get("doubts"):
            return Outcome(("doubts",), kind=guessed.kind)
        if guessed.kind != "orders":
            return Outcome(kind=guessed.kind)
        return _staged(rows, folder)
    except HabitueError as error:
        return Outcome((error.message,))


def _staged(rows: reading.Rows, folder: Path) -> Outcome:
    mapping = mapping_of(kind_named("orders"), rows)
    kind = kind_named("orders").fitted(mapping.columns)
    whole = complete(kind, rows, mapping)
    staged = staging.stage(kind.fitted(whole.columns), whole, rows, folder / "staged")
    try:
        groups = staged.records("SELECT * FROM groups WHERE NOT faulty")
        lines: dict[int, list[tuple[str, int, int]]] = {}
        for rank, product, quantity, amount in staged.tuples("SELECT rank, product, quantity, amount FROM lines"):
            lines.setdefault(rank, []).append((product, quantity // 1000, amount))
        kept = tuple(str(number) for (number,) in staged.tuples("SELECT number FROM groups WHERE faulty"))
    finally:
        staged.connection.close()
    aside = ("not_a_sale", "not_yet")
    facts = {
        group["number"]: Fact(
            group["buyer"], group["placed_on"], int(group["amount"]), tuple(sorted(lines.get(group["rank"], ())))
        )
        for group in groups
        if group.get("status") not in aside
    }  # fmt: skip
    return Outcome((), facts, kept)
