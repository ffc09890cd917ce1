"""The summary of a file of customers before it is imported: who is new, and what is said of how many."""

# ruff: noqa: S608 - names of columns are ours: nothing of the file becomes code
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from habitue.imports.staging.staging import Staged
from habitue.kernel.database.quoting import identifier

ADDRESS = ("address", "street", "postcode", "city")
OF = {"email": ("email",), "phone": ("phone",), "address": ADDRESS, "born_on": ("born_on",), "employer": ("employer",)}


def summary(staged: Staged, people: Iterable[str] | None) -> dict[str, Any]:
    """See `habitue.imports.summing.summary`."""
    names = [column for field in staged.kind.fields for column in field.columns]
    columns = {
        what: [identifier(name) for name in names if name.split(".")[0] in of and name in staged.mapping.columns]
        for what, of in OF.items()
    }
    counts = {what: f"count(coalesce({', '.join(of)}))" for what, of in columns.items() if of}
    counts |= {"organisations": "count(*) FILTER (kind = 'organisation')"}
    asked = ", ".join(["count(*) FILTER (how = 'new')", "count(*) FILTER (how = 'known')", *counts.values()])
    ((new, known, *filled),) = staged.tuples(f"SELECT {asked} FROM groups JOIN taken USING (rank)")
    people_found = {"customers": {"new": new, "known": known}} if people is not None else {"customers": {"all": new}}
    return people_found | {"with": dict(zip(counts, filled, strict=True))}
