"""Writer of customers, with contact points, tags and custom fields.

What the file states is added or replaces what is stored; an empty cell removes nothing. All changes are planned before
anything is written (`_planned`), and a dry run ends there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import F
from django.utils import timezone

from habitue.customers import fields
from habitue.customers.models import ContactPoint, Customer, Identifier, Tag, Tagging
from habitue.customers.placeholders import is_nothing
from habitue.imports.kinds.customers import custom_values, employers, joining, resembling, resolving, unread
from habitue.imports.kinds.customers.contact_points import Point, reach_of
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import upserting
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
    """What is stored of the customers of a chunk: rows by the rank of their group, the rest by customer id."""

    customers: dict[int, Customer]
    points: dict[int, set[tuple[str, str, str]]] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    custom: custom_values.Known = field(default_factory=custom_values.Known)
    unread: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    employers: employers.Employers = field(default_factory=employers.Employers)


@dataclass
class Plan:
    """The changes that a chunk makes. An owner is the reference of a new customer or the id of an existing one."""

    new: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    points: list[tuple[str | int, Point]] = field(default_factory=list)
    tags: list[tuple[str | int, str]] = field(default_factory=list)
    custom: list[tuple[str | int, str, Any]] = field(default_factory=list)
    unread: list[tuple[str | int, str, str]] = field(default_factory=list)
    employers: list[tuple[str | int, str | int]] = field(default_factory=list)
    identifiers: list[tuple[str | int, str]] = field(default_factory=list)


def write(run: Run, chunk: Chunk) -> Outcome:
    outcome = Outcome()
    reasons: dict[int, Reason] = {}
    custom_values.add_faults(run, chunk, reasons)
    allowed = [group for group in chunk.groups if group["rank"] not in reasons]
    run.refused.update(group["reference"] for group in chunk.groups if group["rank"] in reasons)
    reach = reach_of(run.staged, chunk)
    outcome.repairs += reach.repairs
    unread_values = unread.read_births(run, allowed, outcome)
    for rank, text in reach.countries.items():
        unread_values.setdefault(rank, {})["country"] = text
    resolved = resolving.resolve(run, allowed, reach.points)
    if not run.dry_run:
        joining.join(run, resolved.joins.values())
    stored = _stored(run, allowed, resolved)
    plan = _planned(run, allowed, reach.points, unread_values, stored, outcome)
    plan.identifiers = resolved.identifiers
    if run.dry_run:
        new = [group for group in allowed if group["rank"] not in stored.customers]
        outcome.alike = resembling.find(run.staged, new, reach.points)
        known = [group["rank"] for group in allowed if group["rank"] in stored.customers]
        outcome.taken = {"new": [group["rank"] for group in new], "known": known}
    else:
        _write(run, plan, stored)
    outcome.refused.extend(refuse(run.staged, reasons))
    return outcome


def _stored(run: Run, groups: list[Group], resolved: resolving.Resolved) -> Stored:
    known = resolved.known
    pks = known.values()
    rows = {row.pk: row for batch in batches(pks) for row in locked(run, Customer.objects.filter(pk__any_of=batch))}
    stored = Stored({rank: rows[pk] for rank, pk in known.items()})
    for batch in batches(rows):
        points = ContactPoint.objects.filter(customer__any_of=batch)
        for pk, kind, value, label in points.values_list("customer_id", "kind", "value", "label"):
            stored.points.setdefault(pk, set()).add((kind, value, label))
        for pk, key in Tagging.objects.filter(customer__any_of=batch).values_list("customer_id", "tag__key"):
            stored.tags.setdefault(pk, set()).add(key)
    stored.custom = custom_values.stored(run, groups, rows)
    stored.unread = unread.stored(rows)
    for group in groups:
        group["owner"] = known.get(group["rank"], group["reference"])
        group["renamed"] = resolved.renamed.get(group["rank"]) or None
        group["joined"] = resolved.joins.get(group["rank"])
        if group["joined"]:
            joining.with_profile(group, group["joined"])
    bare = joining.made_for_orders(known[rank] for rank in resolved.by_contact)
    for group in groups:
        if group["rank"] in resolved.by_contact and known[group["rank"]] not in bare:
            _keep_names(group, stored.customers[group["rank"]])
    if "employer" in run.staged.mapping.columns:
        employers.of_themselves(groups, {rank: row.name for rank, row in stored.customers.items()})
        stored.employers = employers.known(groups, rows)
    return stored


def _keep_names(group: Group, row: Customer) -> None:
    """Who was recognised by an address keeps their name: two sources write it in two ways."""
    group |= {name: None for name in ("name", "given_name", "family_name") if getattr(row, name)}


def _planned(
    run: Run,
    groups: list[Group],
    points: dict[int, list[Point]],
    unread_values: dict[int, unread.Unread],
    stored: Stored,
    outcome: Outcome,
) -> Plan:
    plan = Plan()
    default = run.staged.mapping.buyer_kind
    for group in groups:
        row = stored.customers.get(group["rank"])
        owner, kept = group["owner"], unread_values.get(group["rank"], {})
        if row is None:
            outcome.created += 1
            plan.new.append(_new(group, default))
            changes = {}
        else:
            changes = _changes(plan, row, group) | _joined(row, group)
        changes |= _employer(plan, group, stored.employers, kept)
        changes |= _more_points(plan, owner, points[group["rank"]], stored)
        changes |= _more_tags(plan, owner, group, stored)
        changes |= custom_values.changes(run, plan.custom, owner, group, stored.custom)
        changes |= unread.changes(plan.unread, owner, kept, stored.unread)
        outcome.unsure += len(kept)
        if row is not None and changes:
            outcome.note(str(row), changes)
        elif row is not None:
            outcome.unchanged += 1
    outcome.unsure += sum(not point.valid for _owner, point in plan.points)
    _make_employers(plan, stored.employers, outcome)
    return plan


def _employer(plan: Plan, group: Group, known: employers.Employers, kept: unread.Unread) -> dict[str, tuple[Any, Any]]:
    """That they work for whom the row names; where several bear that name it is kept as typed."""
    if not group["employer"]:
        return {}
    employer = employers.employer_of(group, known)
    if employer is None:
        kept["employer"] = group["employer"]
    elif employer != group["owner"] and (group["owner"], employer) not in known.relations:
        plan.employers.append((group["owner"], employer))
        return {"employer": (None, group["employer"])}
    return {}


def _make_employers(plan: Plan, known: employers.Employers, outcome: Outcome) -> None:
    for reference, name in known.new.items():
        row = fields.complete({"kind": employers.ORGANISATION, "name": name})
        plan.new.append((reference, *(row[field] for field in fields.NAMES), name_key(name)))
    outcome.repairs["organisations_made"] += len(known.new)


def _new(group: Group, default: str) -> tuple[Any, ...]:
    """Columns of a new customer, in the order of NEW without the id."""
    row = fields.complete({"kind": default} | _given(group))
    return (group["reference"], *(row[name] for name in fields.NAMES), name_key(row["name"]))


def _given(group: Group) -> dict[str, Any]:
    """The profile fields that a row states, as they are stored; empty cells are left out."""
    given: dict[str, Any] = {}
    for name in fields.NAMES:
        value = group[name]
        if value not in (None, "") and (value := unread.without_placeholders(value)) is not None:
            given[name] = fields.text(value) if isinstance(value, str) else value
    return given


def _changes(plan: Plan, row: Customer, group: Group) -> dict[str, tuple[Any, Any]]:
    """(old, new) by profile field where a row differs from the stored customer; the change is added to `plan`."""
    was = fields.values_of(row) | {"reference": row.reference}
    after = fields.differences(was, _given(group))
    if group["renamed"]:
        after["reference"] = group["renamed"]
    for name, value in after.items():
        setattr(row, name, value)
    if after:
        plan.changed.append((row.pk, {name: was[name] for name in after}, after))
    return {name: (was[name], value) for name, value in after.items()}


def _joined(row: Customer, group: Group) -> dict[str, tuple[Any, Any]]:
    """Told of a row that joins two records, whatever else it says."""
    one = group["joined"]
    return {"reference": (f"{row.reference}, {one.taken_in.reference}", row.reference)} if one else {}


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
    parts = re.split(r"[;|,]|:::", text or "")
    names = dict.fromkeys(
        " ".join(part.split()).removeprefix("* ").strip('"')[:60] for part in parts if not is_nothing(part)
    )
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

    _write_identifiers(run, [(owner(of), value) for of, value in plan.identifiers])
    point_ids = bulk.fresh_ids(ContactPoint, len(plan.points))
    rows = ((pk, owner(of), *point, journal.event.pk) for pk, (of, point) in zip(point_ids, plan.points, strict=True))
    bulk.insert(ContactPoint, POINT, rows)
    journal.created(ContactPoint, point_ids)
    _write_tags(run, [(owner(of), name) for of, name in plan.tags])
    custom_values.write(run, [(owner(of), name, value) for of, name, value in plan.custom], stored.custom)
    unread.write(run, [(owner(of), fact, text) for of, fact, text in plan.unread], stored.unread)
    employers.write(run, ((owner(of), owner(to)) for of, to in plan.employers))
    journal.touched.update(pks.values(), (pk for pk, *_change in plan.changed))
    journal.touched.update(
        of for rows in (plan.points, plan.tags, plan.custom) for of, *_ in rows if isinstance(of, int)
    )


def _write_identifiers(run: Run, called: list[tuple[int, str]]) -> None:
    """What each is called by the source, unless somebody is called so by it already."""
    system = resolving.system_of(run)
    values = dict.fromkeys(value for _owner, value in called)
    known = {
        value
        for batch in batches(values)
        for value in Identifier.objects.filter(system=system, value__any_of=batch).values_list("value", flat=True)
    }
    rows = [(of, system, value, run.written.event.pk) for of, value in called if value not in known]
    if rows:
        upserting.make(run, Identifier, ["customer", "system", "value", "source"], rows)


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
