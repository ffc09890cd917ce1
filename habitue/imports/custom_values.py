"""The facts that a company keeps beside ours, from columns named custom.<code>."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from habitue import bulk
from habitue.customers.models import CustomField, CustomValue
from habitue.imports import naming
from habitue.imports.batching import batches
from habitue.imports.explaining import Reason
from habitue.imports.kinds import Field
from habitue.imports.walking import Chunk, Run

Group = dict[str, Any]
Column = dict[str, Any]
NAMES = ("text", "number", "day", "other_id")
NOTHING: Column = {"text": "", "number": None, "day": None, "other_id": None}
Known = dict[tuple[int, str], tuple[int, Column]]


def fields(run: Run) -> dict[str, CustomField]:
    """Those of the mapping, by the name of the fact."""
    names = {f"custom.{field.code}": field for field in CustomField.objects.all()}
    return {name: names[name] for name in run.staged.mapping.columns if name in names}


def faults(run: Run, chunk: Chunk) -> dict[int, Reason]:
    """Other customers that are named must be known, or come in the same file."""
    reasons = {}
    for name, of in fields(run).items():
        if of.type == CustomField.Type.CUSTOMER:
            known = there(run, chunk, (group[name] for group in chunk.groups if group[name]))
            column = " + ".join(run.staged.mapping.columns[name].columns)
            for group in chunk.groups:
                if group[name] and group[name] not in known:
                    reasons[group["rank"]] = Reason(column, group[name], "customer_unknown", {"fact": name})
    return reasons


def there(run: Run, chunk: Chunk, references: Iterable[str]) -> set[str]:
    """Whoever is stored, or comes in this chunk or an earlier one of the file."""
    wanted = dict.fromkeys(references)
    found = set(naming.standing(wanted))
    query = "SELECT reference FROM groups WHERE NOT faulty AND rank <= ? AND reference IN (SELECT unnest(?))"
    for batch in batches(reference for reference in wanted if reference not in found):
        found.update(reference for (reference,) in run.staged.tuples(query, chunk.last, batch))
    return found - run.refused


def stored(run: Run, pks: Iterable[int]) -> Known:
    """Id and value by customer and fact."""
    of = {field.pk: name for name, field in fields(run).items()}
    if not of:
        return {}
    return {
        (customer, of[field]): (pk, dict(zip(NAMES, values, strict=True)))
        for batch in batches(pks)
        for pk, customer, field, *values in CustomValue.objects.filter(customer__in=batch, field__in=of).values_list(
            "pk", "customer_id", "field_id", *NAMES
        )
    }


def changes(
    run: Run, plan: list[tuple[str | int, str, Any]], owner: str | int, group: Group, known: Known
) -> dict[str, tuple[Any, Any]]:
    """What the row says and is not known yet, by fact; put down in `plan` as text, day, number or reference."""
    found = {}
    for field in run.staged.kind.fields:
        if not field.name.startswith("custom.") or group[field.name] in (None, ""):
            continue
        value = _value(field, group[field.name])
        _pk, was = known.get((owner, field.name), (0, NOTHING)) if isinstance(owner, int) else (0, NOTHING)
        if _other(run, field, value) != was:
            plan.append((owner, field.name, value))
            found[field.name] = (_shown(was), value["text"] or value["number"] or value["day"] or value["other_id"])
    return found


def write(run: Run, values: list[tuple[int, str, Any]], known: Known) -> None:
    of = fields(run)
    people = naming.standing(value["other_id"] for _owner, _name, value in values if value["other_id"])
    new, changed = [], []
    for owner, name, value in values:
        whole = value | {"other_id": people.get(value["other_id"])}
        if (owner, name) in known:
            pk, was = known[owner, name]
            differs = [column for column in NAMES if was[column] != whole[column]]
            changed.append((pk, {c: was[c] for c in differs}, {c: whole[c] for c in differs}))
        else:
            new.append((of[name].pk, owner, *whole.values(), run.written.event.pk))
    pks = bulk.fresh_ids(CustomValue, len(new))
    names = ["id", "field", "customer", "text", "number", "day", "other", "source"]
    bulk.insert(CustomValue, names, ([pk, *row] for pk, row in zip(pks, new, strict=True)))
    run.written.created(CustomValue, pks)
    by_pk = dict(known.values())
    bulk.update(CustomValue, NAMES, [(*(by_pk[pk] | after).values(), pk) for pk, _was, after in changed])
    run.written.changed_many(CustomValue, changed)


def _value(field: Field, given: Any) -> Column:
    """In the column of its type; another customer by reference, until it is looked up."""
    if field.type == "number":
        return NOTHING | {"number": Decimal(int(given)).scaleb(-4)}
    if field.type == "flag":
        return NOTHING | {"number": Decimal(int(given))}
    if field.type == "day":
        return NOTHING | {"day": given}
    return NOTHING | ({"other_id": given} if field.limit == 64 else {"text": given})


def _other(run: Run, field: Field, value: Column) -> Column:
    return value | {"other_id": naming.standing_pk(value["other_id"])} if value["other_id"] else value


def _shown(was: Column) -> Any:
    return was["text"] or was["number"] or was["day"] or was["other_id"]
