"""The organisations that people work for: found by their name, or made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from habitue.customers import fields, identifiers
from habitue.customers.models import Customer, Relation
from habitue.imports.kinds.customers.resolving import name_of
from habitue.imports.writing import upserting
from habitue.imports.writing.walking import Run
from habitue.kernel.database.batches import batches
from habitue.kernel.names import name_key

Group = dict[str, Any]
Owner = int | str  # the id of somebody who is there, the reference of somebody new
ORGANISATION = Customer.Kind.ORGANISATION.value
LIMIT = fields.BY_NAME["name"].limit


@dataclass
class Employers:
    """Who bears each name (folded), those to make by reference, and who works for whom already."""

    named: dict[str, set[Owner]] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    relations: set[tuple[int, int]] = field(default_factory=set)


def of_themselves(groups: Iterable[Group], names: dict[int, str]) -> None:
    """A row with a company and nobody's name is that of the company. `names`: of those who are there, by rank."""
    for group in groups:
        company = fields.text(group["employer"] or "")
        own = name_of(group) or names.get(group["rank"], "")
        parts = group["given_name"] or group["family_name"]
        if company and not parts and name_key(own) in ("", name_key(company)):
            group |= {"name": group["name"] or company, "kind": group["kind"] or ORGANISATION, "employer": None}
        elif company and group["rank"] not in names:
            group["kind"] = group["kind"] or Customer.Kind.PERSON.value


def known(groups: list[Group], people: Iterable[int]) -> Employers:
    """The organisations that the rows name, and the relations of those who are there."""
    employers = Employers()
    keys = {key for group in groups if (key := name_key(group["employer"] or ""))}
    for batch in batches(keys):
        rows = Customer.objects.unmerged().filter(kind=ORGANISATION, name_key__in=batch)
        for key, pk in rows.values_list("name_key", "pk"):
            employers.named.setdefault(key, set()).add(pk)
    for group in groups:
        if not group["employer"] and group["kind"] == ORGANISATION and (key := name_key(name_of(group))) in keys:
            employers.named.setdefault(key, set()).add(group["owner"])
    made = identifiers.by_reference(_made(key) for key in keys if key not in employers.named)
    for key in keys:
        if (there := made.get(_made(key))) is not None:
            employers.named[key] = {there}
    for pks in batches(people if keys else ()):
        relations = Relation.objects.filter(of__in=pks, kind=Relation.Kind.EMPLOYER)
        employers.relations.update(relations.values_list("of_id", "to_id"))
    return employers


def employer_of(group: Group, employers: Employers) -> Owner | None:
    """The organisation that a row names, made where there is none; None where it names none, or one of several."""
    name = fields.text(group["employer"] or "")[:LIMIT]
    key = name_key(name)
    if not key:
        return None
    owners = employers.named.setdefault(key, set())
    if not owners:
        employers.new[_made(key)] = name
        owners.add(_made(key))
    return next(iter(owners)) if len(owners) == 1 else None


def write(run: Run, pairs: Iterable[tuple[int, int]]) -> None:
    """Let each work for the other."""
    source = run.written.event.pk
    rows = [(of, Relation.Kind.EMPLOYER.value, to, source) for of, to in dict.fromkeys(pairs)]
    if rows:
        upserting.make(run, Relation, ["of", "kind", "to", "source"], rows)


def _made(key: str) -> str:
    return "O" + sha256(key.encode()).hexdigest()[:15].upper()
