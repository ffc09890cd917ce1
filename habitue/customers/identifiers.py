"""Who is meant by a reference: our own, that of another system, an e-mail address, a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from habitue.customers.contacting import normalised
from habitue.customers.models import ContactPoint, Customer, Identifier
from habitue.kernel.database.batches import batches
from habitue.kernel.names import name_key

MADE = re.compile(r".*@.*|[XO][0-9A-F]{15}|\+\d{8,15}")
TELEPHONE = re.compile(r"(?:\+|0)[\d .()/-]{8,20}")
People = dict[str, set[int]]


class Person(NamedTuple):
    """A customer as far as it takes to tell them from others."""

    pk: int
    reference: str
    name: str


def folded(reference: str) -> str:
    """An e-mail address in lower case, as it is compared everywhere; any other reference as it is."""
    return reference.lower() if "@" in reference else reference


def is_made(reference: str) -> bool:
    """Whether a reference stands in for one that no file gave: an e-mail address, a telephone, a mark of our own."""
    return bool(MADE.fullmatch(reference))


def find(references: Iterable[str], system: str = "") -> dict[str, int]:
    """The id of the canonical customer of each reference that leads to exactly one.

    Looked for among the references of `system`, then ours, those of other systems, e-mail addresses and telephones.
    """
    wanted = list(dict.fromkeys(references))
    known = by_reference(wanted, system)
    left = [reference for reference in wanted if reference not in known]
    emails = _by_contact("email", [reference for reference in left if "@" in reference])
    return known | emails | _by_contact("phone", [reference for reference in left if TELEPHONE.fullmatch(reference)])


def by_reference(references: Iterable[str], system: str = "") -> dict[str, int]:
    """As `find`, without e-mail addresses and telephones."""
    wanted = list(dict.fromkeys(references))
    known = _of_system(wanted, system) if system else {}
    left = [reference for reference in wanted if reference not in known]
    own: dict[str, int] = {}
    by_text = {text: each for each in left for text in (folded(each), each)}
    for batch in batches(by_text):
        rows = Customer.objects.filter(reference__any_of=batch).values_list("reference", "pk")
        own.update({by_text[reference]: pk for reference, pk in rows})
    if system and own:
        own = _without_other_systems(own, system)
    others: People = {}
    for batch in batches(reference for reference in left if reference not in own):
        called = Identifier.objects.filter(value__any_of=batch)
        called = called.filter(system="") if system else called
        for value, pk in called.values_list("value", "customer_id"):
            others.setdefault(value, set()).add(pk)
    return _canonical(known | own | _one_each(others))


def by_contact(kind: str, values: Iterable[str]) -> People:
    """The ids of the canonical customers who have these e-mail addresses or telephones, as they are compared."""
    people: People = {}
    for batch in batches(values):
        rows = ContactPoint.objects.filter(kind=kind, value__any_of=batch, customer__merged_into=None)
        for value, pk in rows.values_list("value", "customer_id"):
            people.setdefault(value, set()).add(pk)
    return people


def people_at(emails: Iterable[str]) -> dict[str, list[Person]]:
    """The canonical customers who have each e-mail address, or who are known by nothing else, by the folded address."""
    wanted = list(dict.fromkeys(map(folded, emails)))
    pks = by_contact("email", wanted)
    for email, pk in by_reference(wanted).items():
        pks.setdefault(email, set()).add(pk)
    known = people({pk for some in pks.values() for pk in some})
    return {email: [known[pk] for pk in sorted(some)] for email, some in pks.items()}


def people(pks: Iterable[int]) -> dict[int, Person]:
    """Reference and name of customers, by id."""
    rows = (
        row
        for batch in batches(pks)
        for row in Customer.objects.filter(pk__any_of=batch).values_list("pk", "reference", "name")
    )
    return {row[0]: Person(*row) for row in rows}


def systems_of(pks: Iterable[int]) -> dict[int, set[str]]:
    """The systems that have a reference for each of these customers."""
    systems: dict[int, set[str]] = {}
    for batch in batches(pks):
        for pk, system in Identifier.objects.filter(customer__any_of=batch).values_list("customer_id", "system"):
            systems.setdefault(pk, set()).add(system)
    return systems


def taken(references: Iterable[str]) -> set[str]:
    """Those that a customer bears as their own, whoever it is."""
    return {
        reference
        for batch in batches(references)
        for reference in Customer.objects.filter(reference__any_of=batch).values_list("reference", flat=True)
    }


def same_name(one: str, two: str) -> bool:
    """Whether two names may be those of one person: the same words in any order, some left out, or initials.

    >>> same_name("PETIT Anne", "A. Petit"), same_name("Jean Durand", "Julie Durand"), same_name("", "Paul")
    (True, False, True)
    """
    fewer, more = sorted((name_key(one).split(), name_key(two).split()), key=len)
    left = list(more)
    for word in sorted(fewer, key=len, reverse=True):
        match = next((other for other in left if other == word), None)
        match = match or next((other for other in left if _initial(word, other)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _initial(one: str, two: str) -> bool:
    return min(len(one), len(two)) == 1 and one[0] == two[0]


def _of_system(references: list[str], system: str) -> dict[str, int]:
    known: dict[str, int] = {}
    for batch in batches(references):
        rows = Identifier.objects.filter(system=system, value__any_of=batch)
        known.update(rows.values_list("value", "customer_id"))
    return known


def _without_other_systems(own: Mapping[str, int], system: str) -> dict[str, int]:
    """Without those whose reference is known to be that of another system: two shops count from 1."""
    others: set[tuple[int, str]] = set()
    for batch in batches(own):
        rows = Identifier.objects.filter(value__any_of=batch).exclude(system__in=["", system])
        others.update(rows.values_list("customer_id", "value"))
    return {reference: pk for reference, pk in own.items() if (pk, reference) not in others}


def _by_contact(kind: str, references: list[str]) -> dict[str, int]:
    values = {reference: of.value for reference in references if (of := normalised(kind, reference)).valid}
    people = by_contact(kind, values.values())
    return _one_each({reference: people[value] for reference, value in values.items() if value in people})


def _one_each(people: People) -> dict[str, int]:
    return {value: next(iter(pks)) for value, pks in people.items() if len(pks) == 1}


def _canonical(known: Mapping[str, int]) -> dict[str, int]:
    canonical = Customer.objects.canonical_of(set(known.values())) if known else {}
    return {reference: canonical[pk] for reference, pk in known.items() if pk in canonical}
