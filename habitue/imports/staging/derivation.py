"""What a kind computes from its rows while they are staged, for kinds to override."""

from __future__ import annotations

from django.utils.module_loading import import_string

from habitue.imports.kind import Kind
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.staging.steps import Step, select
from habitue.kernel.database.quoting import quoted

When = tuple[str, str]  # a condition of SQL, and the fault (field:code) of a row for which it holds


class Derivation:
    """The usual one: rows have nothing of their own, groups nothing beside their fields, and none refers to another.

    All are expressions of DuckDB over the columns of the step that is named; see `staging.steps_of`.
    """

    order = "first_line"  # of groups, over `summed`
    carried: tuple[str, ...] = ()  # columns of `judged` that each row of the group gets in `joined`
    line_columns: tuple[str, ...] = ()  # of `facts`, for the writer of each row

    def __init__(self, kind: Kind, mapping: Mapping):
        self.kind, self.mapping = kind, mapping

    def made_key(self) -> str:
        """The key of a row in a file without one, over `texts`: the same row gets the same whenever it comes."""
        names = set(self.mapping.columns)
        texts = ", ".join(f"coalesce({field.text}, '')" for field in self.kind.fields if field.name in names)
        return f"'X' || upper(substr(md5(concat_ws(chr(31), {texts})), 1, 15))"

    def group_faults(self) -> list[When]:
        """Over `valued`."""
        return []

    def line_steps(self) -> list[Step]:
        """From `joined` to `facts`, which has line, key, fault and `line_columns` of each row."""
        fault = f"CASE WHEN extra IS NOT NULL THEN {quoted(':too_many_cells')} ELSE contradiction END AS fault"
        return [Step("facts", select(["line", "key", fault], "FROM joined"), "file")]

    def sums(self) -> list[str]:
        """Columns of `sums`: aggregates of the `facts` of a group."""
        return []

    def late_faults(self) -> list[When]:
        """Over `judged` joined with `sums`, for groups without a fault so far."""
        return []

    def group_columns(self) -> list[str]:
        """Columns of `ranked` beside the fields, over `summed`."""
        return []


def derivation(kind: Kind, mapping: Mapping) -> Derivation:
    """That of the kind, for one mapping."""
    of: type[Derivation] = import_string(kind.derivation)
    return of(kind, mapping)
