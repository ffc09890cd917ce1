"""Values of custom fields, from columns mapped to custom.<code>."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from habitue.customers.models import CustomField, CustomValue
from habitue.imports.kind import Field
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming
from habitue.imports.writing.walking import Chunk, Run
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches

Group = dict[str, Any]
Column = dict[str, Any]
NAMES = ("text", "number", "day", "other_id")
NOTHING: Column = {"text": "", "number": None, "day": None, "other_id": None}


@dataclass
class Known:
    """The mapped fields; stored values: (id, columns) by customer id and field name; ids of customers by reference."""

    fields: list[Field] = field(default_factory=list)
    values: dict[tuple[int, str], tuple[int, Column]] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)


def fields(run: Run) -> dict[str, CustomField]:
    """The custom fields of the mapping, by field name (custom.<code>)."""
    names = {f"custom.{of.code}": of for of in CustomField.objects.all()}
    return {name: names[name] for name in run.staged.mapping.columns if name in names}


def add_faults(run: Run, chunk: Chunk, reasons: dict[int, Reason]) -> None:
    """Refuse rows whose custom field names a customer that neither exists nor is imported from this file.

    A row that names a refused row is refused too. `reasons` by rank is added to.
    """
    named = {name: of for name, of in fields(run).items() if of.type == CustomField.Type.CUSTOMER}
    known = _known(run, chunk, [g[name] for name in named for g in chunk.groups if g[name]])
    count = -1
    while named and count != len(reasons):
        count = len(reasons)
        here = {group["reference"] for group in chunk.groups if group["rank"] not in reasons}
        for name in named:
            column = " + ".join(run.staged.mapping.columns[name].columns)
            for group in chunk.groups:
                if group[name] and group[name] not in known and group[name] not in here:
                    reasons.setdefault(group["rank"], Reason(column, group[name], "customer_unknown", {"fact": name}))


def _known(run: Run, chunk: Chunk, references: list[str]) -> set[str]:
    """The references that exist; in a dry run also those that earlier chunks would have created."""
    known = set(naming.canonical_ids(references))
    if run.dry_run and chunk.groups:
        query = "SELECT reference FROM groups WHERE NOT faulty AND rank < ? AND reference IN (SELECT unnest(?))"
        for batch in batches(reference for reference in references if reference not in known | run.refused):
            rows = run.staged.tuples(query, chunk.groups[0]["rank"], batch)
            known.update(reference for (reference,) in rows)
    return known


def stored(run: Run, groups: list[Group], pks: Iterable[int]) -> Known:
    """The stored values of these customers, and the ids of the customers that the rows refer to."""
    of = {each.pk: name for name, each in fields(run).items()}
    known = Known([each for each in run.staged.kind.fields if each.name in of.values()])
    if not of:
        return known
    for batch in batches(pks):
        rows = CustomValue.objects.filter(customer__any_of=batch, field__in=of)
        for pk, customer, field_id, *values in rows.values_list("pk", "customer_id", "field_id", *NAMES):
            known.values[customer, of[field_id]] = (pk, dict(zip(NAMES, values, strict=True)))
    known.people = _people(run, groups)
    return known


def changes(
    run: Run, plan: list[tuple[str | int, str, Any]], owner: str | int, group: Group, known: Known
) -> dict[str, tuple[Any, Any]]:
    """(old, new) by field name where a row differs from what is stored. The new values are added to `plan`."""
    changed = {}
    for of in known.fields:
        if group[of.name] in (None, ""):
            continue
        value = _value(of, group[of.name])
        was = known.values.get((owner, of.name), (0, NOTHING))[1] if isinstance(owner, int) else NOTHING
        other = value["other_id"]
        brought = bool(other) and other not in known.people  # by this file
        if brought or value | {"other_id": known.people.get(other)} != was:
            plan.append((owner, of.name, value))
            changed[of.name] = (_shown(was), _shown(value))
    return changed


def write(run: Run, values: list[tuple[int, str, Any]], known: Known) -> None:
    of = fields(run)
    people = naming.canonical_ids(value["other_id"] for _owner, _name, value in values if value["other_id"])
    new, changed = [], []
    for owner, name, value in values:
        whole = value | {"other_id": people.get(value["other_id"])}
        if (owner, name) in known.values:
            pk, was = known.values[owner, name]
            differs = [column for column in NAMES if was[column] != whole[column]]
            changed.append((pk, {c: was[c] for c in differs}, {c: whole[c] for c in differs}))
        else:
            new.append((of[name].pk, owner, *whole.values(), run.written.event.pk))
    pks = bulk.fresh_ids(CustomValue, len(new))
    names = ["id", "field", "customer", "text", "number", "day", "other", "source"]
    bulk.insert(CustomValue, names, ([pk, *row] for pk, row in zip(pks, new, strict=True)))
    run.written.created(CustomValue, pks)
    by_pk = dict(known.values.values())
    bulk.update(CustomValue, NAMES, [(*(by_pk[pk] | after).values(), pk) for pk, _was, after in changed])
    run.written.changed_many(CustomValue, changed)


def _people(run: Run, groups: list[Group]) -> dict[str, int]:
    names = [name for name, of in fields(run).items() if of.type == CustomField.Type.CUSTOMER]
    return naming.canonical_ids(group[name] for name in names for group in groups if group[name]) if names else {}


def _value(of: Field, given: Any) -> Column:
    """The given value in the column for its type; another customer as a reference, to be looked up later."""
    if of.type == "number":
        return NOTHING | {"number": Decimal(int(given)).scaleb(-4)}
    if of.type == "flag":
        return NOTHING | {"number": Decimal(int(given))}
    if of.type == "day":
        return NOTHING | {"day": given}
    return NOTHING | ({"other_id": given} if of.limit == 64 else {"text": given})


def _shown(was: Column) -> Any:
    return was["text"] or was["number"] or was["day"] or was["other_id"]
