"""Who a row is of: found by any of its identifiers, or somebody new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from habitue.customers import identifiers
from habitue.customers.fields import REFERENCE_LIMIT, composed
from habitue.customers.identifiers import Person
from habitue.customers.models import Customer
from habitue.imports.kinds.customers import joining
from habitue.imports.kinds.customers.contact_points import Point
from habitue.imports.kinds.customers.joining import Join
from habitue.imports.writing.walking import Run
from habitue.kernel.names import name_key

Group = dict[str, Any]


@dataclass
class Resolved:
    """`known`: the id of the customer that each group is of, by rank; the others are new, under the reference that
    stands in the group. `identifiers`: what a known or new one (id, or reference) is called by the source. `renamed`:
    the reference that a known one gets instead of one that stood in for it. `joins`: by rank, who else it is.
    """

    known: dict[int, int] = field(default_factory=dict)
    by_contact: set[int] = field(default_factory=set)  # ranks of those who were known by an address or a telephone
    identifiers: list[tuple[int | str, str]] = field(default_factory=list)
    renamed: dict[int, str] = field(default_factory=dict)
    joins: dict[int, Join] = field(default_factory=dict)


def resolve(run: Run, groups: list[Group], points: dict[int, list[Point]]) -> Resolved:
    """By the reference; else by an e-mail address or a telephone, where nobody else bears it and the names agree."""
    resolved = Resolved()
    system = system_of(run)
    stored = identifiers.by_reference((group["reference"] for group in groups), system)
    people = {} if _has_reference(run) else identifiers.people(stored.values())
    left = []
    before = _anybody_before(run)
    for group in groups:
        pk = stored.get(group["reference"])
        if pk is not None and _is_same(run, group, people.get(pk)):
            resolved.known[group["rank"]] = pk
        else:
            left.append(group)
    if before and _has_reference(run):
        resolved.joins = joining.joins(groups, resolved.known, points, system)
        _identify(resolved, groups, system)
    if left and before:
        _by_contact(run, resolved, left, points)
    new = [group for group in left if group["rank"] not in resolved.known]
    _name_new(run, resolved, new, set(stored) if not system else identifiers.taken(g["reference"] for g in new))
    return resolved


def _identify(resolved: Resolved, groups: list[Group], system: str) -> None:
    """Who is known by a reference of a source is called so by it, whichever file has said so first."""
    already = joining.identified(resolved.known.values(), system) if system else set()
    for group in groups:
        pk = resolved.known.get(group["rank"])
        if system and pk is not None and pk not in already:
            resolved.identifiers.append((pk, group["reference"]))


def system_of(run: Run) -> str:
    """The program or shop whose references the file has, where the mapping says it."""
    return run.staged.mapping.source.get("system", "")[:40]


def name_of(group: Group) -> str:
    """The name that a row gives, whole or made of its parts."""
    return group["name"] or composed({part: group[part] or "" for part in ("given_name", "family_name")})


def _has_reference(run: Run) -> bool:
    return "reference" in run.staged.mapping.columns


def _is_same(run: Run, group: Group, person: Person | None) -> bool:
    """A reference that a file gives says who it is; one that we made of an address may be that of somebody else."""
    return person is None or "@" not in group["reference"] or identifiers.same_name(name_of(group), person.name)


def _anybody_before(run: Run) -> bool:
    """Within a file the reference is the key: only who was there before it can be found by something else."""
    return Customer.objects.filter(created_at__lt=run.of.started_at).exists()


def _by_contact(run: Run, resolved: Resolved, groups: list[Group], points: dict[int, list[Point]]) -> None:
    """Each customer is taken once: of two rows that may be of one person the second is shown as alike."""
    values = {kind: _values(points, groups, kind) for kind in ("email", "phone")}
    emails = identifiers.people_at(values["email"])
    pks = identifiers.by_contact("phone", values["phone"])
    phones = identifiers.people(pk for some in pks.values() for pk in some)
    allowed = _allowed(run, {person for some in emails.values() for person in some} | set(phones.values()))
    taken = run.matched | set(resolved.known.values())
    borne = identifiers.taken(group["reference"] for group in groups) if _has_reference(run) else set()
    for group in groups:
        name = name_of(group)
        same: set[Person] = set()
        for point in points[group["rank"]]:
            if point.kind == "email":
                same |= {one for one in emails.get(point.value, ()) if identifiers.same_name(one.name, name)}
            elif point.kind == "phone" and name:
                some = (phones[pk] for pk in pks.get(point.value, ()))
                same |= {one for one in some if one.name and identifiers.same_name(one.name, name)}
        same = {one for one in same if one.pk in allowed and one.pk not in taken}
        if len(same) == 1:
            (one,) = same
            resolved.known[group["rank"]] = one.pk
            resolved.by_contact.add(group["rank"])
            run.matched.add(one.pk)
            taken.add(one.pk)
            if _has_reference(run):
                resolved.identifiers.append((one.pk, group["reference"]))
                if identifiers.is_made(one.reference):
                    resolved.renamed[group["rank"]] = _own_reference(group["reference"], borne, system_of(run))


def _own_reference(given: str, taken: set[str], system: str) -> str:
    """The reference that a source gives, as ours; empty where somebody else has it."""
    if given not in taken:
        return given
    return f"{system} {given}"[:REFERENCE_LIMIT] if system else ""


def _values(points: dict[int, list[Point]], groups: Iterable[Group], kind: str) -> list[str]:
    return [p.value for group in groups for p in points[group["rank"]] if p.kind == kind and p.valid]


def _allowed(run: Run, people: set[Person]) -> set[int]:
    """Those whom a row of this file may be: with references, only who has none of the same source yet."""
    if not _has_reference(run):
        return {one.pk for one in people}
    systems = identifiers.systems_of(one.pk for one in people)
    here = system_of(run)
    return {
        one.pk
        for one in people
        if here not in systems.get(one.pk, ())
        and (identifiers.is_made(one.reference) or (here and systems.get(one.pk, set()) - {""}))
    }


def _name_new(run: Run, resolved: Resolved, groups: list[Group], taken: set[str]) -> None:
    """A reference of their own for those who are new, where somebody else has it already."""
    system = system_of(run)
    renamed = []
    for group in groups:
        given = group["reference"]
        if given in taken:
            group["reference"] = f"{system} {given}"[:REFERENCE_LIMIT] if system else _mark(given, name_of(group))
            renamed.append(group)
        if system and _has_reference(run):
            resolved.identifiers.append((group["reference"], given))
    known = identifiers.by_reference(group["reference"] for group in renamed)
    resolved.known |= {group["rank"]: known[group["reference"]] for group in renamed if group["reference"] in known}


def _mark(reference: str, name: str) -> str:
    """Who shares an address with somebody of another name: the same person gets the same."""
    return "X" + sha256(f"{reference} {name_key(name)}".encode()).hexdigest()[:15].upper()
