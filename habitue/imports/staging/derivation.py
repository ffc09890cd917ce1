"""The columns that a kind of import computes while rows are staged; kinds override them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.module_loading import import_string

from habitue.imports.files.reading import Rows
from habitue.imports.kind import Field, Kind
from habitue.imports.mappings.mapping import Mapping, Origin
from habitue.imports.staging import sql
from habitue.imports.staging.steps import Step, other, select
from habitue.kernel.database.quoting import quoted

When = tuple[str, str]  # a condition of SQL, and the fault (field:code) of a row for which it holds


class Derivation:
    """The default: no computed columns, and no row refers to another.

    Methods return expressions of DuckDB over the columns of a named step; see `staging.steps_of`.
    """

    order = "first_line"  # of groups, over `summed`
    judged = "judged"  # the step of which `summed` is made
    optional: frozenset[str] = frozenset()  # required fields that a group may do without
    excused = ""  # a condition over `valued`: a group for which it holds has no faults
    reported = ""  # a condition over `ranked`: which groups with faults are shown
    carried: tuple[str, ...] = ()  # columns of `judged` that each row of the group gets in `joined`
    line_columns: tuple[str, ...] = ()  # of `facts`, for the writer of each row

    def __init__(self, kind: Kind, mapping: Mapping):
        self.kind, self.mapping = kind, mapping

    def source(self, rows: Rows) -> str:
        """Where `texts` come from: the rows of the file that the filters of the mapping let through."""
        conditions = []
        for column, chosen in self.mapping.rules.filters.items():
            if chosen.excluded and not chosen.values:
                continue
            values = ", ".join(quoted(value) for value in chosen.values)
            cell = f"coalesce({sql.text(Origin((column,)), rows)}, '')"
            conditions.append(f"{cell} {'NOT ' if chosen.excluded else ''}IN ({values})")
        return "FROM file" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def text_steps(self, source: str) -> list[Step]:
        """From the step `source` to texts that are cleaner: cells that repeat the one above, `412.0` that is 412."""
        rules, steps = self.mapping.rules, []
        if rules.repeat_above:
            above = {
                self.kind.field(
                    name
                ).text: f"last_value({self.kind.field(name).text} IGNORE NULLS) OVER (ORDER BY line)"
                for name in rules.repeat_above
            }
            steps.append(replacing("repeated", above))
        if rules.whole_numbers:
            fields = (self.kind.field(name) for name in rules.whole_numbers)
            whole = quoted(r"^(\d+)\.0+$")
            steps.append(replacing("whole", {of.text: f"regexp_replace({of.text}, {whole}, '\\1')" for of in fields}))
        if rules.same_code:
            of_all = (self.kind.field(name).text for name in rules.same_code)
            steps.append(replacing("one_writing", {text: _first_writing(text) for text in of_all}))
        return chained(steps, source)

    def value(self, field: Field) -> list[str] | None:
        """Columns of `valued` for a field, where it is read in a way of its own."""
        return None

    def repaired_texts(self) -> dict[str, str]:
        """Expressions over `texts` that take the place of the texts of these fields."""
        return {}

    def made_key(self) -> str:
        """Expression, over step `texts`, for the key of a row in a file without one: a hash of the row's texts."""
        names = set(self.mapping.columns)
        texts = ", ".join(f"coalesce({field.text}, '')" for field in self.kind.fields if field.name in names)
        return f"'X' || upper(substr(md5(concat_ws(chr(31), {texts})), 1, 15))"

    def group_faults(self) -> list[When]:
        """Faults of groups, as (condition, fault) over step `valued`."""
        return []

    def line_steps(self) -> list[Step]:
        """Steps from `joined` to `facts`, which has line, key, fault and `line_columns` of each row."""
        fault = f"CASE WHEN extra IS NOT NULL THEN {quoted(':too_many_cells')} ELSE contradiction END AS fault"
        return [Step("facts", select(["line", "key", fault], "FROM joined"), "file")]

    def sums(self) -> list[str]:
        """Aggregates over the `facts` of a group, as columns of step `sums`."""
        return []

    def late_faults(self) -> list[When]:
        """Faults of groups that had none so far, as (condition, fault) over steps `judged` and `sums` joined."""
        return []

    def group_columns(self) -> list[str]:
        """Columns of step `ranked` beside the fields, as expressions over step `summed`."""
        return []


def _first_writing(text: str) -> str:
    """Of codes that differ by zeros in front and capitals only, the one that comes first in the file."""
    return f"first_value({text}) OVER (PARTITION BY ltrim(lower({text}), '0') ORDER BY line)"


def replacing(name: str, columns: dict[str, str]) -> Step:
    """The rows of the step before with other values in these columns; see `chained`."""
    return other(name, "{source}", columns)


def chained(steps: Iterable[Step], source: str) -> list[Step]:
    """Steps of which each takes the rows of the one before in the place of `{source}`; the first, those of `source`."""
    chain = []
    for step in steps:
        chain.append(replace(step, query=step.query.replace("{source}", source)))
        source = step.name
    return chain


def derivation(kind: Kind, mapping: Mapping) -> Derivation:
    """The derivation that the kind declares, for one mapping."""
    of: type[Derivation] = import_string(kind.derivation)
    return of(kind, mapping)
