"""Synthetic customers with duplicates, as French files have them, and the truth about who is who.

    records, owners, relatives = doubles(4_000, seed=1)

`records` are Facts, `owners` the number of the person of each record, `relatives` the pairs of people who are a couple,
twins, or a parent and child of the same name. People are in households with a common family name, address and
telephone. A duplicate is typed anew: without accents, hyphens or particles, with typing errors, with the married name
or a nickname, after moving, with the names swapped, with values left out.
"""

from __future__ import annotations

import datetime as dt
import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bench.people import Person, people
from habitue.customers.duplicates.profiles import Facts
from habitue.kernel.names import name_key

DOUBLED, DOUBLED_AGAIN = 0.25, 0.15  # of the people
COUPLE, CHILDREN, TWINS, NAMESAKE = 0.45, 0.5, 0.12, 0.02  # of the households; of those with children
NICKNAMES = {
    "Alexandre": "Alex", "Catherine": "Cathy", "Christophe": "Chris", "Frédéric": "Fred", "Nicolas": "Nico",
    "Benjamin": "Ben", "Philippe": "Phil", "Sébastien": "Seb", "Stéphane": "Steph", "Thomas": "Tom",
    "Véronique": "Véro", "Nathalie": "Nath", "Isabelle": "Isa", "Daniel": "Dan", "Emmanuel": "Manu",
    "Gabriel": "Gab", "Guillaume": "Will", "Patrick": "Pat",
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    records: list[Facts] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    relatives: dict[str, set[tuple[int, int]]] = field(
        default_factory=lambda: {"couple": set(), "twins": set(), "namesakes": set()}
    )


def doubles(households: int, seed: int = 1) -> Made:
    chance, made = random.Random(seed), Made()
    strangers = (one for one in people(households * 12, seed) if not one.organisation)
    persons: list[Person] = []
    for _household in range(households):
        _household_of(chance, strangers, persons, made)
    others = [next(strangers) for _person in range(500)]
    for owner, person in enumerate(persons):
        copies = 1 + (chance.random() < DOUBLED) + (chance.random() < DOUBLED * DOUBLED_AGAIN)
        for copy in range(copies):
            made.records.append(_record(len(made.records) + 1, typed_anew(chance, person, others) if copy else person))
            made.owners.append(owner)
    return made


def typed_anew(chance: random.Random, person: Person, others: list[Person]) -> Person:
    """The same person as another file would have them, damaged at random.

    Tried again while nothing but a name is in common, as nobody could tell such a record from a namesake.
    """
    while True:
        anew, other = person, chance.choice(others)
        for share, damage in DAMAGES:
            if chance.random() < share:
                anew = damage(chance, anew, other)
        if _in_common(anew, person) or not _in_common(person, person):
            return anew


def _in_common(one: Person, two: Person) -> bool:
    """Whether both have the same telephone or e-mail address, or both have a birth date, or the same postcode."""
    values = {value for _typed, value in [*one.phones, *one.emails]}
    known = (one.born_on and two.born_on, one.city and one.postcode == two.postcode)
    return any(known) or bool(values & {value for _typed, value in [*two.phones, *two.emails]})


def _household_of(chance: random.Random, strangers, persons: list[Person], made: Made) -> None:  # type: ignore[no-untyped-def]
    head = next(strangers)
    members = [head]

    def joins(**changes) -> int:  # type: ignore[no-untyped-def]
        """Add a member with another given name to the household and return their index; `changes` override shared
        values.
        """
        one = next(one for one in strangers if one.given not in {member.given for member in members})
        own_phone = one.phones if chance.random() < 0.4 else []
        phones = [*head.phones[:1], *own_phone] if chance.random() < 0.8 else own_phone
        shared = {"street": head.street, "postcode": head.postcode, "city": head.city, "phones": phones}
        members.append(replace(one, **{"family": head.family} | shared | changes))
        return len(members) - 1

    start = len(persons)
    if chance.random() < COUPLE:
        family = next(strangers).family
        changes = {"birth_name": family} if chance.random() < 0.75 else {"family": family, "birth_name": ""}
        made.relatives["couple"].add((start, start + joins(**changes)))
        if chance.random() < CHILDREN:
            born = _day(chance, 1975, 2006)
            if chance.random() < TWINS:
                one, two = joins(born_on=born, birth_name="", emails=[]), joins(born_on=born, birth_name="", emails=[])
                made.relatives["twins"].add((start + one, start + two))
            else:
                joins(born_on=born if chance.random() < 0.6 else None, birth_name="")
            if chance.random() < NAMESAKE:
                junior = joins(given=head.given, born_on=_day(chance, 1975, 2006), birth_name="")
                made.relatives["namesakes"].add((start, start + junior))
    persons.extend(members)


def _record(pk: int, of: Person) -> Facts:
    address = (name_key(f"{of.street} {of.postcode} {of.city}"), of.street, of.postcode, of.city)
    return Facts(
        id=pk,
        name=f"{of.given} {of.family}",
        given_name=of.given,
        family_name=of.family,
        birth_name=of.birth_name,
        born_on=of.born_on,
        phones=[value for _typed, value in of.phones],
        emails=[value for _typed, value in of.emails],
        addresses=[address] if of.city else [],
    )


def _day(chance: random.Random, first: int, last: int) -> dt.date:
    return dt.date(first, 1, 1) + dt.timedelta(days=chance.randrange(365 * (last - first)))


def _no_accents(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=name_key(of.given).upper(), family=name_key(of.family).upper())


def _no_hyphens(chance: random.Random, of: Person, other: Person) -> Person:
    glue = chance.choice(["", " "])
    return replace(of, given=of.given.replace("-", glue), family=of.family.replace("-", glue))


def _one_part(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=of.given.split("-")[0], family=of.family.split("-")[-1])


def _no_particle(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, family=of.family.removeprefix("d'").split(" ")[-1])


def _birth_name(chance: random.Random, of: Person, other: Person) -> Person:
    if not of.birth_name:
        return of
    kept = of.family if chance.random() < 0.5 else ""
    return replace(of, family=of.birth_name, birth_name=kept)


def _nickname(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=NICKNAMES.get(of.given, of.given))


def _initial(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=of.given[:1])


def _crossed(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=of.family, family=of.given)


def _mistyped_given(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, given=mistyped(chance, of.given))


def _mistyped_family(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, family=mistyped(chance, of.family))


def _mistyped_street(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, street=mistyped(chance, of.street))


def _moved(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, street=other.street, postcode=other.postcode, city=other.city)


def _no_address(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, street="", postcode="", city="")


def _other_phone(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, phones=other.phones[:1])


def _no_phone(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, phones=[])


def _other_email(chance: random.Random, of: Person, other: Person) -> Person:
    mine = f"{name_key(of.given).replace(' ', '')}{chance.randrange(1000)}@exemple.fr"
    return replace(of, emails=[(mine, mine)])


def _no_email(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, emails=[])


def _no_birth_date(chance: random.Random, of: Person, other: Person) -> Person:
    return replace(of, born_on=None)


def _mistyped_birth_date(chance: random.Random, of: Person, other: Person) -> Person:
    born = of.born_on
    if born is None:
        return of
    if born.day <= 12 and chance.random() < 0.5:
        return replace(of, born_on=born.replace(month=born.day, day=born.month))
    return replace(
        of, born_on=born.replace(year=born.year + chance.choice([-10, -1, 1, 10])) if born.day < 29 else born
    )


def mistyped(chance: random.Random, text: str) -> str:
    """The text with one typing error: a letter left out, doubled, replaced, or two swapped."""
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    slip = chance.randrange(4)
    if slip == 0:
        return text[:at] + text[at + 1 :]
    if slip == 1:
        return text[: at + 1] + text[at:]
    if slip == 2:
        return text[:at] + chance.choice(string.ascii_lowercase) + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


Damage = Callable[[random.Random, Person, Person], Person]
DAMAGES: list[tuple[float, Damage]] = [
    (0.30, _no_accents), (0.30, _no_hyphens), (0.20, _one_part), (0.40, _no_particle), (0.20, _birth_name),
    (0.30, _nickname), (0.03, _initial), (0.12, _mistyped_given), (0.15, _mistyped_family), (0.04, _crossed),
    (0.15, _mistyped_street), (0.18, _moved), (0.15, _no_address), (0.12, _other_phone), (0.20, _no_phone),
    (0.15, _other_email), (0.30, _no_email), (0.25, _no_birth_date), (0.06, _mistyped_birth_date),
]  # fmt: skip
