"""Everything that the cells of a file say by themselves: each column, and how columns hang together."""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from habitue.imports.evidence import arithmetic, cells, columns, structure
from habitue.imports.evidence.arithmetic import Relation
from habitue.imports.evidence.cells import Table
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.structure import Grouping
from habitue.imports.files.reading import Rows
from habitue.kernel.database.duck import connect, parquet

LONGEST = 60


@dataclass(frozen=True)
class Evidence:
    """`looked_at` rows of `rows` were looked at: all, or a sample that keeps neighbouring rows together."""

    rows: int
    looked_at: int
    columns: tuple[Column, ...]
    filled_down: tuple[int, ...]
    groupings: tuple[Grouping, ...]
    order: Grouping | None
    relations: tuple[Relation, ...]
    table: Table

    @property
    def sampled(self) -> bool:
        return self.looked_at < self.rows

    def column(self, heading: str) -> Column:
        return columns.named(self.columns, heading)

    def grouping(self, at: int) -> Grouping | None:
        return next((group for group in self.groupings if group.at == at), None)

    def related(self, *names: str) -> list[Relation]:
        return [relation for relation in self.relations if relation.name in names]


def collect(rows: Rows) -> Evidence:
    """What a file that was read says. Its headings are not looked at."""
    lines, all_cells = cells.read(rows)
    looked = [columns.look_at(heading, at, all_cells[at]) for at, heading in enumerate(rows.headings)]
    seen = tuple(column for column, _values in looked)
    table = Table(
        lines,
        {column.at: all_cells[column.at].codes for column in seen if not column.empty},
        {column.at: values for column, values in looked if values is not None},
        {column.at: all_cells[column.at].texts for column in seen if not column.empty},
    )
    filled = structure.filled_down(seen, table)
    table = structure.with_filled_down(table, filled)
    groups = structure.groupings(seen, table, filled)
    order = _order(seen, groups)
    return Evidence(
        rows.count, len(lines), seen, filled, groups, order, arithmetic.relations(seen, table, order), table
    )


def example_rows(rows: Rows, lines: Sequence[int], headings: Sequence[str]) -> list[dict[str, str]]:
    """Cells of these lines of the file, as they stand in it."""
    if not lines or not headings:
        return []
    cells = ", ".join(f"left(coalesce({rows.at(heading)}, ''), {LONGEST})" for heading in headings)
    chosen = ", ".join(str(int(line)) for line in lines)
    with connect(rows.folder) as connection:
        seen = connection.execute(
            f"SELECT line, {cells} FROM {parquet(rows.path)} WHERE line IN ({chosen}) ORDER BY line"
        ).fetchall()
    return [{"line": str(line), **dict(zip(headings, values, strict=True))} for line, *values in seen]


def _order(seen: Sequence[Column], groups: Sequence[Grouping]) -> Grouping | None:
    """The column that groups rows into orders: one day within each group, and something else that differs there.

    Of several, the one of which most columns hang: a buyer's orders share the buyer, an order's lines share more.
    """
    dated = [column.at for column in seen if column.dated]
    able = [
        group for group in groups if group.multi and group.groups > 1 and _one_day(group, dated) and _has_lines(group)
    ]
    return max(able, key=lambda group: (group.neighbours, len(_of_order(group)), -group.at), default=None)


def _one_day(group: Grouping, dated: Sequence[int]) -> bool:
    levels = [level for at in dated if (level := group.level(at)) != "unknown"]
    return bool(levels) and 2 * sum(level != "line" for level in levels) > len(levels)


def _of_order(group: Grouping) -> list[int]:
    return [at for at in group.varies if group.level(at) in ("order", "first_line")]


def _has_lines(group: Grouping) -> bool:
    return any(group.level(at) == "line" for at in group.varies)
