"""Writer of relations between customers. Both customers must exist, else the row is refused."""

from __future__ import annotations

from typing import Any

from habitue.customers.models import Relation
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming, upserting
from habitue.imports.writing.upserting import locked
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.kernel.database.batches import batches

Group = dict[str, Any]
Key = tuple[int, str, int]
DAYS = ("first_day", "last_day")
TWO_WAYS = Relation.Kind.HOUSEHOLD.value


def write(run: Run, chunk: Chunk) -> Outcome:
    people = naming.canonical_ids(group[end] for group in chunk.groups for end in ("of", "to"))
    reasons = {group["rank"]: reason for group in chunk.groups if (reason := _fault(run, group, people))}
    keys = {group["rank"]: _key(group, people) for group in chunk.groups if group["rank"] not in reasons}
    stored = _stored(run, set(keys.values()))
    new: dict[Key, Group] = {}
    pairs = []
    for group in chunk.groups:
        if (key := keys.get(group["rank"])) is None:
            continue
        if row := stored.get(key) or stored.get(_turned(key)):
            pairs.append((row, group))
        else:
            new.setdefault(_turned(key) if _turned(key) in new else key, group)
    outcome = upserting.change(run, Relation, pairs, DAYS)
    outcome.created = len(new)
    outcome.unchanged += len(keys) - len(pairs) - len(new)
    if new and not run.dry_run:
        rows = [(*key, *(group[day] for day in DAYS), run.written.event.pk) for key, group in new.items()]
        upserting.make(run, Relation, ["of", "kind", "to", *DAYS, "source"], rows)
        run.written.touched.update(pk for key in new for pk in (key[0], key[2]))
    outcome.refused.extend(refuse(run.staged, reasons))
    return outcome


def _key(group: Group, people: dict[str, int]) -> Key:
    return people[group["of"]], group["kind"], people[group["to"]]


def _turned(key: Key) -> Key:
    """The key with both ends swapped for a household, which is symmetric; other keys unchanged."""
    return (key[2], key[1], key[0]) if key[1] == TWO_WAYS else key


def _fault(run: Run, group: Group, people: dict[str, int]) -> Reason | None:
    columns = run.staged.mapping.columns
    for end in ("of", "to"):
        if group[end] not in people:
            return Reason(" + ".join(columns[end].columns), group[end], "customer_unknown", {"fact": end})
    if people[group["of"]] == people[group["to"]]:
        return Reason(" + ".join(columns["to"].columns), group["to"], "relation_to_itself", {"fact": "to"})
    return None


def _stored(run: Run, keys: set[Key]) -> dict[Key, Relation]:
    return {
        (row.of_id, row.kind, row.to_id): row
        for batch in batches(pk for key in keys for pk in (key[0], key[2]))
        for row in locked(run, Relation.objects.filter(of__in=batch))
    }
