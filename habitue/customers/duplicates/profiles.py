"""What is compared of a customer: normalised names, birth date and contact points, and their blocking keys."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from habitue.kernel.names import name_key

PARTICLES = {
    "d", "de", "des", "du", "l", "la", "le", "les", "van", "von", "der", "den", "ter", "ten", "da", "das", "di",
    "do", "dos", "el", "al", "bin", "ben", "o", "mac", "mc", "st",
}  # fmt: skip
TITLES = {
    "m", "mr", "mme", "mlle", "mrs", "ms", "miss", "monsieur", "madame", "mademoiselle", "dr", "docteur",
    "prof",
}  # fmt: skip
FORMS = {
    "sa", "sas", "sasu", "sarl", "eurl", "sci", "snc", "scop", "ei", "gmbh", "ag", "kg", "ltd", "llc", "plc",
    "inc", "corp", "bv", "nv", "spa", "srl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """The normalised values of a customer that are compared; an empty text or list is unknown.

    `first` is the formal form of the first given name ("jonathan" for Jon), `parts` the words of the family and birth
    names; `number` to `city` are those of the latest address.
    """

    id: int
    organisation: bool = False
    given: str = ""
    first: str = ""
    family: str = ""
    birth: str = ""
    parts: tuple[str, ...] = ()
    born: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    number: str = ""
    street: str = ""
    addresses: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of a customer before they are normalised, as read from the database, a form or a file."""

    id: int = 0
    organisation: bool = False
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_name: str = ""
    born_on: dt.date | None = None
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    addresses: Sequence[tuple[str, str, str, str]] = ()
    """One writing, street, postcode, city; the latest first."""


def profile(facts: Facts) -> Profile:
    given, family = _names(facts)
    birth = _family(facts.birth_name)
    latest = facts.addresses[0] if facts.addresses else ("", "", "", "")
    street = name_key(latest[1]).replace(" ", "")
    return Profile(
        id=facts.id,
        organisation=facts.organisation,
        given="".join(given),
        first=usual(given[0]) if given else "",
        family="".join(family),
        birth="".join(birth),
        parts=tuple(sorted({part for part in (*family, *birth) if len(part) > 2})),
        born=facts.born_on.strftime("%Y%m%d") if facts.born_on else "",
        phones=tuple(sorted(set(facts.phones))),
        emails=tuple(sorted(set(facts.emails))),
        number="".join(re.findall(r"\d+", street)[:1]),
        street=re.sub(r"\d+", "", street),
        addresses=tuple(sorted({address[0] for address in facts.addresses if address[0]})),
        postcode=latest[2].replace(" ", "").lower(),
        city=name_key(latest[3]).replace(" ", ""),
    )


def keys(of: Profile) -> Iterator[str]:
    """The blocking keys of a profile: two profiles are compared only where they have a key in common."""
    words = [word for word in (of.given, of.family, of.birth, *of.parts) if word]
    initials = sorted({word[0] for word in words})
    family = {sound(word) for word in (of.family, of.birth, *of.parts) if word}
    yield from (f"p{phone}" for phone in of.phones)
    yield from (f"e{email}" for email in of.emails)
    yield from (f"a{address}" for address in of.addresses)
    if of.born:
        year, month, day = of.born[:4], of.born[4:6], of.born[6:]
        first, second = sorted((month, day))
        yield from (f"d{year}{first}{second}{initial}" for initial in initials)
        yield from (f"y{month}{day}{word}" for word in family)
        yield from (f"z{year}{word}{of.given[:1]}" for word in family)
    if of.given:
        for word in family:
            yield "n" + "|".join(sorted((sound(of.first), word)))
    elif of.organisation:
        yield f"o{of.family[:8]}"
    if of.postcode:
        yield from (f"f{of.postcode}{word}" for word in {*family, sound(of.given)} if word)
        if of.street:
            yield f"s{of.postcode}{of.number}{of.street[:6]}"
    if of.street:
        yield f"t{of.number}{of.street[:12]}{of.city[:3]}"


@cache
def usual(given: str) -> str:
    return _nicknames().get(given, given)


@cache
def sound(word: str) -> str:
    """A phonetic code of a word: its first letter and the consonants after it, at most four letters, by French
    spelling.
    """
    for written, heard in (("ph", "f"), ("qu", "k"), ("gn", "n"), ("ck", "k"), ("sch", "ch"), ("x", "s"), ("z", "s")):
        word = word.replace(written, heard)
    word = word.translate(str.maketrans("cqwyj", "kkvig"))
    rest = re.sub(r"(.)\1+", r"\1", re.sub("[aeiouh]", "", word[1:]))
    return (word[:1] + rest)[:4]


def _names(facts: Facts) -> tuple[list[str], list[str]]:
    if facts.organisation:
        words = name_key(facts.name).split()
        return [], [word for word in words if word not in FORMS] or words
    if facts.given_name or facts.family_name:
        return _words(facts.given_name), _family(facts.family_name)
    return _split(facts.name)


def _split(name: str) -> tuple[list[str], list[str]]:
    """(given names, family names) of a whole name: words in capitals are the family name, else all but the first."""
    written = [word for word in name.split() if name_key(word) and name_key(word) not in TITLES]
    capitals = [word for word in written if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(written):
        others = [word for word in written if word not in capitals]
        return _words(" ".join(others)), _family(" ".join(capitals))
    if len(written) < 2:
        return [], _family(" ".join(written))
    return _words(written[0]), _family(" ".join(written[1:]))


def _words(text: str) -> list[str]:
    return [word for word in name_key(text).split() if word not in TITLES]


def _family(text: str) -> list[str]:
    words = name_key(text).split()
    return [word for word in words if word not in PARTICLES] or words


@cache
def _nicknames() -> dict[str, str]:
    listed = tomllib.loads((Path(__file__).parent / "nicknames.toml").read_text("utf-8"))["groups"]
    return {name: group.split()[0] for group in listed for name in group.split()}
