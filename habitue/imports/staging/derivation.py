"""The columns that a kind of import computes while rows are staged; kinds override them."""

from __future__ import annotations

from django.utils.module_loading import import_string

from habitue.imports.kind import Kind
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.staging.steps import Step, select
from habitue.kernel.database.quoting import quoted

When = tuple[str, str]  # a condition of SQL, and the fault (field:code) of a row for which it holds


class Derivation:
    """The default: no computed columns, and no row refers to another.

    Methods return expressions of DuckDB over the columns of a named step; see `staging.steps_of`.
    """

    order = "first_line"  # of groups, over `summed`
    carried: tuple[str, ...] = ()  # columns of `judged` that each row of the group gets in `joined`
    line_columns: tuple[str, ...] = ()  # of `facts`, for the writer of each row

    def __init__(self, kind: Kind, mapping: Mapping):
        self.kind, self.mapping = kind, mapping

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


def derivation(kind: Kind, mapping: Mapping) -> Derivation:
    """The derivation that the kind declares, for one mapping."""
    of: type[Derivation] = import_string(kind.derivation)
    return of(kind, mapping)
