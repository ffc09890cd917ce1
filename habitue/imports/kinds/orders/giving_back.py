"""Money given back that a file says beside the order itself, by its status or in a column: refunds of their own.

A refund made so has the number of its order and SUFFIX. All is given back unless the file says how much; a part of the
money falls on the lines by what was paid for each, and no goods come back with it.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from typing import TYPE_CHECKING

from habitue.imports.mappings.mapping import Mapping
from habitue.imports.mappings.rules import ASIDE, GIVEN_BACK
from habitue.imports.staging import sql
from habitue.imports.staging.steps import Step, select
from habitue.kernel.database.quoting import quoted

if TYPE_CHECKING:
    from habitue.imports.kinds.orders.deriving import Orders

SUFFIX = "/R"
LONGEST_NUMBER = 64 - len(SUFFIX)
KEY = "key || chr(31) || 'back'"


def is_said(mapping: Mapping) -> bool:
    """Whether the mapping says of a column or of a status that money was given back."""
    said = GIVEN_BACK in mapping.rules.statuses.values() and "status" in mapping.columns
    return said or "refunded" in mapping.columns


def facts(of: Orders) -> list[str]:
    """Columns of `bought` that `steps` needs of each line."""
    status = "status" if of.statuses else "NULL"
    refunded = "coalesce(abs(o_refunded), 0)" if "refunded" in of.of_order else "0"
    aside = ", ".join(map(quoted, ASIDE))
    return [
        f"{of.discounts_json('-1')} AS discounts_back",
        f"{refunded} AS refunded",
        f"coalesce({status} = {quoted(GIVEN_BACK)}, FALSE) AS given_back",
        f"NOT refund AND coalesce({status}, '') NOT IN ({aside}) AS is_sale",
    ]


def steps(of: Orders) -> list[Step]:
    """`back`: orders of which something is given back. `facts`: their lines beside those that were bought."""
    groups = (
        "FROM bought GROUP BY key HAVING bool_and(is_sale) AND (max(refunded) > 0 OR bool_or(given_back)) "
        "AND sum(paid) >= 0"
    )
    money = "CASE WHEN max(refunded) > 0 THEN max(refunded) ELSE sum(paid) END AS money"
    columns = ["line", "key", *of.line_columns, "sign", "fault", *(["residue"] if of.measures else [])]
    source = of.judged if of.judged != "judged_all" else "judged"
    source = "judged_beside" if of.rules.blank_number else source
    kept = [f"{KEY} AS key", f"number || {quoted(SUFFIX)} AS number", "number AS refund_of", "CAST(0 AS BIGINT) AS n"]
    if "refunded_at" in of.mapping.columns:
        kept += ["coalesce(refunded_at, placed_at) AS placed_at", "coalesce(refunded_on, placed_on) AS placed_on"]
    joined = "FROM bought AS b JOIN back USING (key)"
    return [
        Step("back", select(["key", "sum(paid) AS total", money], groups), "table"),
        Step("shared", select(["b.*", "total", "money", f"{_share()} AS share"], joined)),
        Step("facts", select(columns, "FROM bought") + "\nUNION ALL\n" + select(_line(columns), "FROM shared"), "file"),
        Step(
            "judged_all",
            f"SELECT *, FALSE AS companion FROM {source}\nUNION ALL\n"
            f"SELECT * REPLACE ({', '.join(kept)}), TRUE AS companion FROM {source} SEMI JOIN back USING (key)",
        ),
    ]  # fmt: skip


def _share() -> str:
    return sql.shares("money", "greatest(paid, 0)")


def _line(columns: list[str]) -> list[str]:
    """The columns of a line that is given back: wholly with its goods, or its share of the money."""
    whole = "money >= total"
    values = {
        name: f"CAST(CASE WHEN {whole} THEN -{name} ELSE -share END AS BIGINT)" for name in ("gross", "amount", "paid")
    }
    values |= {"quantity": f"CASE WHEN {whole} THEN -quantity ELSE 0 END", "key": KEY, "sign": "-1"}
    values |= {"discounts": f"CASE WHEN {whole} THEN discounts_back ELSE '{{}}' END", "residue": "0"}
    return [f"{values[name]} AS {name}" if name in values else name for name in columns]
