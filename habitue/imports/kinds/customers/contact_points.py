"""The contact points of each row, normalised.

Normalising takes most of the time of an import, so a dry run saves the result beside the staged rows, for the import
that follows.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from habitue.customers import countries
from habitue.customers.addresses import POSTCODES, Address
from habitue.customers.contacting import FLOAT, Normalised, normalised, normalised_address
from habitue.customers.placeholders import is_nothing
from habitue.imports.kind import VARIANTS
from habitue.imports.staging.staging import Staged
from habitue.imports.writing.walking import Chunk
from habitue.kernel.database.quoting import identifier

Group = dict[str, Any]
LINES = ("street", "street2", "street3")
PARTS = (*LINES, "postcode", "city")
ABROAD = "ZZ"  # a country that could not be read: only numbers with + and their code are telephones
BETWEEN_EMAILS = re.compile(r"[\s,;|]+(?=\S+@)|\s*:::\s*")
BETWEEN_PHONES = re.compile(r"\s*(?:(?::::|;|\n|\||\b(?:ou|or|et|and)\b)\s*(?=\+?[\d(])|[,/]\s*(?=\+?\d[\d .()-]{7,}))")
SEPARATED = re.compile(r"[\s,;|:/]")  # at a glance: no two values without one of these
BETWEEN = {"email": BETWEEN_EMAILS, "phone": BETWEEN_PHONES}


class Point(NamedTuple):
    """A ContactPoint before it is written, in the order of its fields."""

    kind: str
    typed: str
    value: str
    label: str
    street: str
    postcode: str
    city: str
    country: str
    valid: bool


class Reach(NamedTuple):
    """The contact points of each group of a chunk, by rank; the countries that could not be read and belong to no
    address; what was repaired, by code."""

    points: dict[int, list[Point]]
    countries: dict[int, str]
    repairs: Counter[str]


def reach_of(staged: Staged, chunk: Chunk) -> Reach:
    """How the people of a chunk can be reached."""
    first = chunk.groups[0]["rank"] if chunk.groups else 0
    kept = staged.folder / f"points-{first}-{chunk.last}.json"
    if kept.exists():
        points, unread, repairs = json.loads(kept.read_bytes())
        return Reach({rank: [Point(*point) for point in some] for rank, some in points}, dict(unread), Counter(repairs))
    names = Columns(staged)
    repairs = Counter[str]()
    home = (staged.mapping.country or settings.COUNTRY).upper()
    points = {group["rank"]: _points(group, names, home, repairs) for group in chunk.groups}
    unread = {group["rank"]: text for group in chunk.groups if (text := _unread_country(group, names))}
    beside = kept.with_suffix(".part")
    whole = [list(points.items()), list(unread.items()), repairs]
    beside.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    beside.replace(kept)
    return Reach(points, unread, repairs)


class Columns:
    """The mapped fields that are contact points: (field name, label) by kind, and the variants of addresses."""

    def __init__(self, staged: Staged):
        names = [name for name in staged.mapping.columns if staged.kind.known(name)]

        def of(base: str) -> list[tuple[str, str]]:
            return [(name, name.partition(".")[2]) for name in names if name.partition(".")[0] == base]

        self.emails, self.phones, self.outside, self.whole = map(of, ("email", "phone", "outside", "address"))
        variants = sorted({variant for part in PARTS for _name, variant in of(part)})
        self.addresses = {variant: self._of_address(variant, set(names)) for variant in variants}
        self.zeros_are_lost = not _has_leading_zeros(staged, [name for name, _variant in of("postcode")])

    @staticmethod
    def _of_address(variant: str, names: set[str]) -> dict[str, str]:
        """The mapped columns of an address, by its parts."""
        columns = {part: f"{part}.{variant}" if variant else part for part in (*PARTS, "country")}
        return {part: column for part, column in columns.items() if column in names}


def _has_leading_zeros(staged: Staged, names: list[str]) -> bool:
    """Whether the program that wrote the file kept the zero of 01000: then 1000 is something else."""
    conditions = " OR ".join(rf"regexp_full_match({identifier(name)}, '''?0\d{{4}}')" for name in names)
    return bool(names and staged.tuples(f"SELECT 1 FROM groups WHERE {conditions} LIMIT 1"))  # noqa: S608


@lru_cache(5_000)
def country_code(text: str | None) -> str | None:
    """ISO 3166 code in two letters; None for a text that names no country, empty for an empty text."""
    return "" if is_nothing(text) else countries.code(text or "") or None


def _unread_country(group: Group, names: Columns) -> str:
    """A country that cannot be read, where there is no address to keep it with."""
    text = group.get("country")
    if not text or country_code(text) is not None:
        return ""
    kept = "" in names.addresses and any(_said(group, part) for part in PARTS)
    return "" if kept else text


def _points(group: Group, names: Columns, home: str, repairs: Counter[str]) -> list[Point]:
    code = country_code(group.get("country"))
    country = ABROAD if code is None else code or home
    points: dict[tuple[str, str], Point] = {}

    def add(of: Normalised, label: str) -> None:
        label = label if of.kind == "reference" or label in VARIANTS else ""
        if of.value:
            place = "" if of.country == ABROAD else of.country
            point = Point(of.kind, of.typed, of.value, label[:40], of.street, of.postcode, of.city, place, of.valid)
            points.setdefault((of.kind, of.value if of.kind != "reference" else f"{label} {of.value}"), point)

    for kind, label, text in _typed(group, names):
        if kind == "phone" and FLOAT.search(text):
            repairs["floats_restored"] += 1
        add(normalised(kind, text, country), label)
    for name, label in names.whole:
        if not is_nothing(group[name]):
            add(normalised("address", group[name], country), label)
    for variant, columns_of in names.addresses.items():
        parts = {part: text for part, column in columns_of.items() if (text := _said(group, column))}
        if address := _address(parts, country, names, points, repairs):
            add(address, variant)
    return list(points.values())


def _typed(group: Group, names: Columns) -> Iterator[tuple[str, str, str]]:
    """Kind, label and text of each contact point but addresses."""
    for kind, columns in (("email", names.emails), ("phone", names.phones), ("reference", names.outside)):
        for name, label in columns:
            for text in _several(kind, group[name]):
                yield kind, label, text


def _several(kind: str, cell: str | None) -> Iterator[str]:
    """Each value of a cell: address books keep several in one."""
    if not cell:
        return
    pattern = BETWEEN.get(kind)
    for text in pattern.split(cell) if pattern and SEPARATED.search(cell) else [cell]:
        text = text.strip(" \t\r\n,;").removeprefix("'")
        if not is_nothing(text):
            yield text


def _said(group: Group, name: str) -> str:
    text = group.get(name) or ""
    return "" if is_nothing(text) else text


def _address(
    parts: dict[str, str], country: str, names: Columns, points: dict[Any, Point], repairs: Counter[str]
) -> Normalised | None:
    """All its lines as one address; what could not be read of it is kept as typed."""
    typed = parts.pop("country", "")
    if not parts:
        return None
    code = country_code(typed)
    where = ABROAD if code is None else code or country
    if postcode := parts.get("postcode", ""):
        lost = names.zeros_are_lost and (bool(code) or not _from_abroad(points, where))
        postcode = _postcode(postcode, where, lost, repairs)
    street = ", ".join(dict.fromkeys(parts[line] for line in LINES if line in parts))
    address = Address(street, postcode, parts.get("city", ""), where)
    if code is None:
        whole = normalised_address(address, typed=f"{address.typed}, {typed}".strip(" ,"), country=where)
        return whole._replace(valid=False)
    return normalised_address(address, country=where)


def _from_abroad(points: dict[Any, Point], home: str) -> bool:
    """Whether telephones say another country than that of all who say none."""
    code = next((point.value[1:3] for point in points.values() if point.kind == "phone" and point.valid), "")
    own = {"FR": "33", "DE": "49", "ES": "34", "IT": "39", "US": "1"}.get(home, "")
    return bool(code and own and not code.startswith(own))


def _postcode(text: str, country: str, lost: bool, repairs: Counter[str]) -> str:
    """As the country writes it: 1000.0 is 1000, and 01000 where the program that wrote the column lost zeros."""
    text = text.removeprefix("'")
    plain = FLOAT.sub("", text)
    if plain != text:
        repairs["floats_restored"] += 1
    if lost and len(plain) == 4 and plain.isdecimal() and POSTCODES.get(country, "").startswith(r"\d{5}"):
        repairs["postcodes_completed"] += 1
        return plain.zfill(5)
    return plain
