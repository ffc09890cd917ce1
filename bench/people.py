"""Synthetic customers of a French company, some of them English, with names as frequent as in the population.

    people(1_000, seed=1)   an iterator of Person, the same ones for the same seed
    write(1_000, seed=1)    the same in the database, with contact points and employers

Given names and the commoner family names are those of the package Faker. The long tail of rare family names is composed
of parts.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import tomllib
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone
from faker.providers.person.en_GB import Provider as British
from faker.providers.person.en_US import Provider as American
from faker.providers.person.fr_FR import Provider as French

from habitue.customers.models import ContactPoint, Customer, Relation
from habitue.kernel.database import bulk
from habitue.kernel.names import name_key

ORGANISATIONS = 0.05  # of all rows
FRENCH, HAS_EMAIL, HAS_TWO_EMAILS, HAS_PHONE, HAS_TWO_PHONES, HAS_ADDRESS = 0.75, 0.8, 0.15, 0.85, 0.25, 0.9
WORKS_SOMEWHERE, BORN_OTHERWISE, HYPHENATED, HAS_REFERENCE = 0.15, 0.2, 0.04, 0.3
TAIL = 0.55  # of the people, by a name of the tail
AT_ONCE = 50_000
CUSTOMER = "id reference kind name name_key given_name family_name birth_name born_on internal merged_into created_at"
POINT = "customer kind typed value label street postcode city country valid"
PARTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic customer. `phones` and `emails`: (typed, value) pairs; `employer`: index of an earlier Person."""

    reference: str
    organisation: bool
    name: str
    given: str = ""
    family: str = ""
    birth_name: str = ""
    born_on: dt.date | None = None
    phones: list[tuple[str, str]] = field(default_factory=list)
    emails: list[tuple[str, str]] = field(default_factory=list)
    outside: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    employer: int | None = None


def people(count: int, seed: int = 1) -> Iterator[Person]:
    chance = random.Random(seed)
    employers: list[tuple[int, str]] = []
    for at in range(count):
        french = chance.random() < FRENCH
        if chance.random() < ORGANISATIONS:
            made = _organisation(chance, at, french)
            employers.append((at, _domain(made)))
        else:
            made = _person(chance, at, french, employers)
        yield made


def write(count: int, seed: int = 1) -> None:
    """Insert the people of `people(count, seed)` as customers, in one transaction. Fails when repeated: references are
    unique.
    """
    series = people(count, seed)
    first = (Customer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    with transaction.atomic():
        for start in range(first, first + count, AT_ONCE):
            _write(list(itertools.islice(series, AT_ONCE)), start, first)
        with connection.cursor() as cursor:  # PostgreSQL hands out ids that it has not seen
            for statement in connection.ops.sequence_reset_sql(no_style(), [Customer, ContactPoint, Relation]):
                cursor.execute(statement)


@dataclass(frozen=True)
class Names:
    """Names to draw from by frequency; `upto`: their cumulative weights."""

    names: Sequence[str]
    upto: list[float]

    def draw(self, chance: random.Random) -> str:
        return self.names[bisect(self.upto, chance.random() * self.upto[-1], 0, len(self.names) - 1)]


@cache
def _given(french: bool) -> Names:
    if not french:
        american: dict[str, float] = dict(American.first_names)
        return _weighted({name: american.get(name, 0.0005) for name in British.first_names})
    rare = {name: 0.3 / (1 + at / 40) for at, name in enumerate(French.first_names)}
    return _weighted(rare | {name: 6 / (1 + at / 3) for at, name in enumerate(PARTS["common"])})


@cache
def _family(french: bool) -> Names:
    """Common family names by frequency: the first has a good third of a percent of the French, 1 % of the English."""
    if french:
        return _weighted({name: 1 / (at + 12) for at, name in enumerate(French.last_names)})
    return _weighted(dict(American.last_names))


@cache
def _tail(french: bool) -> Names:
    """Rare family names, some 40,000 French or 5,000 English, each rarer than the one before."""
    if not french:
        parts = itertools.product(PARTS["english_begin"], PARTS["english_middle"], PARTS["english_end"])
        names = ["".join(part) for part in parts]
    else:
        short = [
            "".join(part).capitalize()
            for part in itertools.product(PARTS["begin"], PARTS["middle"], PARTS["join"], PARTS["end"])
        ]
        names = short[::5]
    random.Random(0).shuffle(names)
    return _weighted({name: 1 / (at + 200) for at, name in enumerate(dict.fromkeys(names))})


def _weighted(weights: dict[str, float]) -> Names:
    return Names(list(weights), list(itertools.accumulate(weights.values())))


def _surname(chance: random.Random, french: bool) -> str:
    name = (_tail if chance.random() < TAIL else _family)(french).draw(chance)
    return chance.choice(PARTS["particles"]) + name if french and chance.random() < 0.04 else name


def _person(chance: random.Random, at: int, french: bool, employers: list[tuple[int, str]]) -> Person:
    given, family = _given(french).draw(chance), _surname(chance, french)
    if chance.random() < HYPHENATED:
        given += "-" + _given(french).draw(chance)
    if chance.random() < HYPHENATED:
        family += "-" + _surname(chance, french)
    employer = chance.choice(employers) if employers and chance.random() < WORKS_SOMEWHERE else None
    return Person(
        f"P{at:07}", False, f"{given} {family}", given, family,
        _surname(chance, french) if chance.random() < BORN_OTHERWISE else "",
        dt.date(1935, 1, 1) + dt.timedelta(days=chance.randrange(26_000)) if chance.random() < 0.6 else None,
        _some(chance, HAS_PHONE, HAS_TWO_PHONES, lambda: _phone(chance, french)),
        _some(chance, HAS_EMAIL, HAS_TWO_EMAILS, lambda: _email(chance, given, family, french, employer)),
        f"ERP-{chance.randrange(10**8):08}" if chance.random() < HAS_REFERENCE else "",
        *_address(chance, french),
        employer=employer[0] if employer else None,
    )  # fmt: skip


def _organisation(chance: random.Random, at: int, french: bool) -> Person:
    family = _surname(chance, french)
    if french:
        name = f"{chance.choice(PARTS['trades'])} {family} {chance.choice(PARTS['forms'])}".strip()
    else:
        name = f"{family} {chance.choice(PARTS['british_forms'])}"
    domain = name_key(name).replace(" ", "-")
    phone, email = _phone(chance, french), f"contact@{domain}.{'fr' if french else 'co.uk'}"
    outside = f"ERP-{chance.randrange(10**8):08}" if chance.random() < HAS_REFERENCE else ""
    place = _address(chance, french)
    return Person(f"P{at:07}", True, name, "", "", "", None, [phone], [(email, email)], outside, *place)


def _some(chance: random.Random, one: float, two: float, draw: Callable[[], tuple[str, str]]) -> list[tuple[str, str]]:
    if chance.random() > one:
        return []
    drawn = [draw(), draw()] if chance.random() < two else [draw()]
    return [(typed, value) for value, typed in {value: typed for typed, value in drawn}.items()]


def _phone(chance: random.Random, french: bool) -> tuple[str, str]:
    if not french:
        digits = f"7{chance.randrange(4, 10)}{chance.randrange(10**8):08}"
        return chance.choice([f"0{digits}", f"+44{digits}", f"0{digits[:4]} {digits[4:]}"]), f"+44{digits}"
    digits = f"{chance.choice('66677712345')}{chance.randrange(10**8):08}"
    pairs = [f"0{digits[0]}", *(digits[at : at + 2] for at in range(1, 9, 2))]
    typed = chance.choice([" ".join(pairs), "".join(pairs), ".".join(pairs), f"+33 {digits[0]} " + " ".join(pairs[1:])])
    return typed, f"+33{digits}"


def _email(
    chance: random.Random, given: str, family: str, french: bool, employer: tuple[int, str] | None
) -> tuple[str, str]:
    first, last = name_key(given).replace(" ", "-"), name_key(family).replace(" ", "")
    user = chance.choice([f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}"])
    if employer and chance.random() < 0.5:
        at = employer[1]
    else:
        at = chance.choice(PARTS["providers"] if french else PARTS["british_providers"])
        user += str(chance.randrange(100)) if chance.random() < 0.6 else ""
    return f"{user}@{at}", f"{user}@{at}"


def _address(chance: random.Random, french: bool) -> tuple[str, str, str, str]:
    if chance.random() > HAS_ADDRESS:
        return "", "", "", "FR" if french else "GB"
    city, code = _towns(french).draw(chance).split("~")
    number = chance.randrange(1, 160)
    if french:
        return f"{number} {chance.choice(PARTS['streets'])}", f"{code}{chance.randrange(1000):03}", city, "FR"
    code += f"{chance.randrange(1, 20)} {chance.randrange(1, 10)}{chance.choice('ABDEFG')}{chance.choice('HJLNPQ')}"
    return f"{number} {chance.choice(PARTS['british_streets'])}", code, city, "GB"


@cache
def _towns(french: bool) -> Names:
    towns = PARTS["towns" if french else "british_towns"]
    return _weighted({f"{town}~{code}": weight for town, (code, weight) in towns.items()})


def _domain(of: Person) -> str:
    return of.emails[0][0].partition("@")[2]


def _write(some: Sequence[Person], start: int, first: int) -> None:
    now = timezone.now()
    bulk.insert(
        Customer,
        CUSTOMER.split(),
        (
            (pk, one.reference, "organisation" if one.organisation else "person", one.name, name_key(one.name),
             one.given, one.family, one.birth_name, one.born_on, False, None, now)
            for pk, one in enumerate(some, start)
        ),
    )  # fmt: skip
    bulk.insert(
        ContactPoint,
        POINT.split(),
        (row for pk, one in enumerate(some, start) for row in _points(pk, one)),
    )
    employed = (
        (pk, "employer", first + one.employer) for pk, one in enumerate(some, start) if one.employer is not None
    )
    bulk.insert(Relation, ["of", "kind", "to"], employed)


def _points(pk: int, one: Person) -> Iterator[tuple[int | str | bool, ...]]:
    nowhere = ("", "", "", "", True)
    for typed, value in one.phones:
        yield (pk, "phone", typed, value, "", *nowhere)
    for typed, value in one.emails:
        yield (pk, "email", typed, value, "", *nowhere)
    if one.outside:
        yield (pk, "reference", one.outside, one.outside, "ERP", *nowhere)
    if one.city:
        typed = f"{one.street}, {one.postcode} {one.city}"
        yield (pk, "address", typed, name_key(typed), "", one.street, one.postcode, one.city, one.country, True)
