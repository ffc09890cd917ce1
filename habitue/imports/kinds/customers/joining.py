"""Two records that a file shows to be one person: a bare one, made for the orders of a reference or an address, and
the record that has the other.

“Bare” is a record that nothing but imports of orders has touched, and that says nothing beside a name and an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from habitue.customers import fields, identifiers
from habitue.customers.merging.merging import absorb
from habitue.customers.models import ContactPoint, Customer, CustomValue, Identifier, Tagging
from habitue.events.models import Event, EventSubject
from habitue.imports.kinds.customers.contact_points import Point
from habitue.imports.writing.walking import Run
from habitue.kernel.database.batches import batches

Group = dict[str, Any]
NAMED = ("name", "kind")  # profile fields that orders give


@dataclass(frozen=True)
class Join:
    """`kept` has the reference that the file gives; `taken_in` is the other record of the same person."""

    kept: int
    taken_in: Customer
    kept_is_bare: bool
    taken_in_is_bare: bool


def joins(
    groups: list[Group], known: Mapping[int, int], points: Mapping[int, list[Point]], system: str
) -> dict[int, Join]:
    """By rank, the record that each known customer is to be joined with: one alone, of whom one of the two is bare."""
    others = _others(groups, known, points)
    pks = {pk for pair in others.values() for pk in pair}
    if not pks:
        return {}
    bare = made_for_orders(pks)
    systems = identifiers.systems_of(pks)
    rows = {row.pk: row for batch in batches(pks) for row in Customer.objects.filter(pk__in=batch)}
    matches: dict[int, Join] = {}
    taken: set[int] = set()
    for rank, (kept, other) in others.items():
        called_otherwise = system in systems.get(other, ()) or not identifiers.is_made(rows[other].reference)
        if not {kept, other} & bare or called_otherwise or {kept, other} & taken:
            continue
        taken |= {kept, other}
        matches[rank] = Join(kept, rows[other], kept in bare, other in bare)
    return matches


def _others(
    groups: list[Group], known: Mapping[int, int], points: Mapping[int, list[Point]]
) -> dict[int, tuple[int, int]]:
    """By rank, (id of the customer, id of the one other who has its e-mail address or telephone and its name)."""
    mine = [group for group in groups if group["rank"] in known]
    own = set(known.values())
    at: dict[tuple[str, str], set[int]] = {}
    for kind in ("email", "phone"):
        values = [p.value for group in mine for p in points[group["rank"]] if p.kind == kind and p.valid]
        matches = identifiers.by_contact(kind, values)
        at |= {(kind, value): pks - own for value, pks in matches.items() if pks - own}
    people = identifiers.people({pk for pks in at.values() for pk in pks})
    others: dict[int, tuple[int, int]] = {}
    for group in mine if at else ():
        same = {
            pk
            for point in points[group["rank"]]
            for pk in at.get((point.kind, point.value), ())
            if (point.kind == "email" or people[pk].name) and identifiers.same_name(people[pk].name, _name(group))
        }
        if len(same) == 1:
            others[group["rank"]] = (known[group["rank"]], same.pop())
    return others


def _name(group: Group) -> str:
    return group["name"] or fields.composed({part: group[part] or "" for part in ("given_name", "family_name")})


def made_for_orders(pks: Iterable[int]) -> set[int]:
    """Those of these customers who are bare: see above."""
    some = set(pks)
    for batch in batches(list(some)):
        some -= _touched_otherwise(batch)
    bare: set[int] = set()
    for batch in batches(some):
        rows = list(Customer.objects.filter(pk__in=batch, merged_into=None))
        said = _with_more(batch)
        blank = fields.complete({})
        for row in rows:
            values = fields.values_of(row)
            plain = all(values[name] == blank[name] for name in fields.NAMES if name not in NAMED)
            if plain and row.pk not in said:
                bare.add(row.pk)
    return bare


def _touched_otherwise(pks: list[int]) -> set[int]:
    """Those whom something else than imports of orders has touched."""
    pairs = list(EventSubject.objects.filter(customer__in=pks).values_list("customer_id", "event_id"))
    events = {event for _pk, event in pairs}
    by_orders = {
        pk
        for batch in batches(events)
        for pk, data in Event.objects.filter(pk__in=batch).values_list("pk", "data")
        if data.get("kind_of_file") == "orders"
    }
    return {pk for pk, event in pairs if event not in by_orders} | (set(pks) - {pk for pk, _event in pairs})


def _with_more(pks: Iterable[int]) -> set[int]:
    """Those who have more than an e-mail address: telephones, addresses, tags, fields of one's own."""
    rows: list[QuerySet[Any]] = [
        ContactPoint.objects.exclude(kind="email"), Tagging.objects.all(), CustomValue.objects.all(),
    ]  # fmt: skip
    return {pk for each in rows for pk in each.filter(customer__in=pks).values_list("customer_id", flat=True)}


def join(run: Run, matches: Iterable[Join]) -> None:
    """Take the other records into those that are kept, as changes of the import."""
    for one in matches:
        kept = Customer.objects.select_for_update().get(pk=one.kept)
        run.written.save(kept, created_at=min(kept.created_at, one.taken_in.created_at))
        absorb(run.written, kept, [one.taken_in])


def with_profile(group: Group, one: Join) -> None:
    """Let a row say what is stored of the record taken in, where the one that is kept says nothing of its own."""
    if not one.kept_is_bare:
        return
    values = fields.values_of(one.taken_in)
    blank = fields.complete({})
    names = ("name", "given_name", "family_name")
    if any(values[name] for name in names) and not one.taken_in_is_bare:
        group |= {name: values[name] or None for name in names}
    group |= {name: values[name] for name in fields.NAMES if not group[name] and values[name] != blank[name]}


def identified(known: Iterable[int], system: str) -> set[int]:
    """Those who have a reference of this system already."""
    return {
        pk
        for batch in batches(known)
        for pk in Identifier.objects.filter(system=system, customer__in=batch).values_list("customer_id", flat=True)
    }
