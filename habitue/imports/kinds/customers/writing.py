"""Writer of customers, with contact points, tags and custom fields.

What the file states is added or replaces what is stored; an empty cell removes nothing. All changes are planned before
anything is written (`_planned`), and a dry run ends there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import F
from django.utils import timezone

from habitue.customers import fields
from habitue.customers.models import ContactPoint, Customer, Tag, Tagging
from habitue.imports.kinds.customers import custom_values, resembling
from habitue.imports.kinds.customers.contact_points import Columns, Point, country_code, points_of
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming, upserting
from habitue.imports.writing.upserting import locked
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.kernel.names import name_key

Group = dict[str, Any]
NEW = ("id", "reference", *fields.NAMES, "name_key", "created_at")
POINT = ("id", "customer", *Point._fields, "source")


@dataclass
class Stored:
    """What is stored of the customers of a chunk: rows by reference, contact points and tags by customer id."""

    customers: dict[str, Customer]
    points: dict[int, set[tuple[str, str, str]]] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    custom: custom_values.Known = field(default_factory=custom_values.Known)


@dataclass
class Plan:
    """The changes that a chunk makes. An owner is the reference of a new customer or the id of an existing one."""

    new: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    points: list[tuple[str | int, Point]] = field(default_factory=list)
    tags: list[tuple[str | int, str]] = field(default_factory=list)
    custom: list[tuple[str | int, str, Any]] = field(default_factory=list)


def write(run: Run, chunk: Chunk) -> Outcome:
    outcome = Outcome()
    reasons = _faults(run, chunk)
    allowed = [group for group in chunk.groups if group["rank"] not in reasons]
    points = points_of(run.staged, chunk)
    stored = _stored(run, allowed)
    plan = _planned(run, allowed, points, stored, outcome)
    if run.dry_run:
        new = [group for group in allowed if group["reference"] not in stored.customers]
        outcome.alike = resembling.find(run.staged, new, points)
        outcome.unsure = sum(not point.valid for _owner, point in plan.points)
    else:
        _write(run, plan, stored)
    outcome.refused.extend(refuse(run.staged, reasons))
    run.refused.update(group["reference"] for group in chunk.groups if group["rank"] in reasons)
    return outcome


def _faults(run: Run, chunk: Chunk) -> dict[int, Reason]:
    """Reasons to refuse rows, by rank: unknown countries, and references to unknown customers."""
    reasons: dict[int, Reason] = {}
    for name, _variant in Columns(run.staged).countries:
        column = " + ".join(run.staged.mapping.columns[name].columns)
        for group in chunk.groups:
            if country_code(group[name]) is None:
                reasons[group["rank"]] = Reason(column, group[name], "country_unknown", {"fact": name})
    custom_values.add_faults(run, chunk, reasons)
    return reasons


def _stored(run: Run, groups: list[Group]) -> Stored:
    of = naming.canonical_ids(group["reference"] for group in groups)
    rows = {row.pk: row for batch in batches(of.values()) for row in locked(run, Customer.objects.filter(pk__in=batch))}
    stored = Stored({reference: rows[pk] for reference, pk in of.items()})
    for batch in batches(rows):
        points = ContactPoint.objects.filter(customer__in=batch)
        for pk, kind, value, label in points.values_list("customer_id", "kind", "value", "label"):
            stored.points.setdefault(pk, set()).add((kind, value, label))
        for pk, key in Tagging.objects.filter(customer__in=batch).values_list("customer_id", "tag__key"):
            stored.tags.setdefault(pk, set()).add(key)
    stored.custom = custom_values.stored(run, groups, rows)
    return stored


def _planned(run: Run, groups: list[Group], points: dict[int, list[Point]], stored: Stored, outcome: Outcome) -> Plan:
    plan = Plan()
    default = run.staged.mapping.buyer_kind
    for group in groups:
        row = stored.customers.get(group["reference"])
        owner = group["reference"] if row is None else row.pk
        if row is None:
            outcome.created += 1
            plan.new.append(_new(group, default))
            changes = {}
        else:
            changes = _changes(plan, row, group)
        changes |= _more_points(plan, owner, points[group["rank"]], stored)
        changes |= _more_tags(plan, owner, group, stored)
        changes |= custom_values.changes(run, plan.custom, owner, group, stored.custom)
        if row is not None and changes:
            outcome.note(str(row), changes)
        elif row is not None:
            outcome.unchanged += 1
    return plan


def _new(group: Group, default: str) -> tuple[Any, ...]:
    """Columns of a new customer, in the order of NEW without the id."""
    row = fields.complete({"kind": default} | _given(group))
    return (group["reference"], *(row[name] for name in fields.NAMES), name_key(row["name"]))


def _given(group: Group) -> dict[str, Any]:
    """The profile fields that a row states, as they are stored; empty cells are left out."""
    given = {name: group[name] for name in fields.NAMES if group[name] not in (None, "")}
    return {name: fields.text(value) if isinstance(value, str) else value for name, value in given.items()}


def _changes(plan: Plan, row: Customer, group: Group) -> dict[str, tuple[Any, Any]]:
    """(old, new) by profile field where a row differs from the stored customer; the change is added to `plan`."""
    was = fields.values_of(row)
    after = fields.differences(was, _given(group))
    for name, value in after.items():
        setattr(row, name, value)
    if after:
        plan.changed.append((row.pk, {name: was[name] for name in after}, after))
    return {name: (was[name], value) for name, value in after.items()}


def _more_points(plan: Plan, owner: str | int, points: list[Point], stored: Stored) -> dict[str, tuple[Any, Any]]:
    there = stored.points.setdefault(owner, set()) if isinstance(owner, int) else set()
    values = {(kind, value) for kind, value, _label in there}
    added: dict[str, tuple[Any, Any]] = {}
    for point in points:
        exact = (point.kind, point.value, point.label)
        if exact in there or (point.kind != "reference" and exact[:2] in values):
            continue
        there.add(exact)
        plan.points.append((owner, point))
        added[f"{point.kind} {point.value}"] = (None, point.typed)
    return added


def _more_tags(plan: Plan, owner: str | int, group: Group, stored: Stored) -> dict[str, tuple[Any, Any]]:
    there = stored.tags.setdefault(owner, set()) if isinstance(owner, int) else set()
    added: dict[str, tuple[Any, Any]] = {}
    for name, key in _tag_names(group["tags"]):
        if key not in there:
            there.add(key)
            plan.tags.append((owner, name))
            added[f"tag {key}"] = (None, name)
    return added


@lru_cache(5_000)
def _tag_names(text: str | None) -> list[tuple[str, str]]:
    """(name, folded key) of each tag in a cell."""
    parts = (text or "").replace(";", ",").replace("|", ",").split(",")
    names = dict.fromkeys(" ".join(part.split())[:60] for part in parts)
    return [(name, key) for name in names if (key := name_key(name)[:60])]


def _write(run: Run, plan: Plan, stored: Stored) -> None:
    journal = run.written
    pks = dict(zip((row[0] for row in plan.new), bulk.fresh_ids(Customer, len(plan.new)), strict=True))
    now = timezone.now()
    bulk.insert(Customer, NEW, ((pks[row[0]], *row, now) for row in plan.new))
    journal.created(Customer, list(pks.values()))
    _save(run, plan)

    def owner(of: str | int) -> int:
        return pks[of] if isinstance(of, str) else of

    point_ids = bulk.fresh_ids(ContactPoint, len(plan.points))
    rows = ((pk, owner(of), *point, journal.event.pk) for pk, (of, point) in zip(point_ids, plan.points, strict=True))
    bulk.insert(ContactPoint, POINT, rows)
    journal.created(ContactPoint, point_ids)
    _write_tags(run, [(owner(of), name) for of, name in plan.tags])
    custom_values.write(run, [(owner(of), name, value) for of, name, value in plan.custom], stored.custom)
    journal.touched.update(pks.values(), (pk for pk, *_change in plan.changed))
    journal.touched.update(
        of for rows in (plan.points, plan.tags, plan.custom) for of, *_ in rows if isinstance(of, int)
    )


def _save(run: Run, plan: Plan) -> None:
    """Write the changed profile fields. `name_key` follows the name and is not journalled as a change of its own."""
    upserting.save(run, Customer, plan.changed)
    renamed = [(name_key(after["name"]), pk) for pk, _before, after in plan.changed if "name" in after]
    bulk.update(Customer, ["name_key"], renamed)


def _write_tags(run: Run, taggings: list[tuple[int, str]]) -> None:
    if not taggings:
        return
    names: dict[str, str] = {}
    for _owner, name in taggings:
        names.setdefault(name_key(name)[:60], name)
    known = dict(Tag.objects.filter(key__in=names).values_list("key", F("pk")))
    if new := [key for key in names if key not in known]:
        known |= dict(
            zip(new, upserting.make(run, Tag, ["name", "key"], [(names[key], key) for key in new]), strict=True)
        )
    now, event = timezone.now(), run.written.event.pk
    rows = [(known[name_key(name)[:60]], owner, now, event) for owner, name in taggings]
    upserting.make(run, Tagging, ["tag", "customer", "at", "source"], rows)
