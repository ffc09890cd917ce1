"""The contact points of each row, normalised.

Normalising takes most of the time of an import, so a dry run saves the result beside the staged rows, for the import
that follows.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from habitue.customers.addresses import Address, countries
from habitue.customers.contacting import Normalised, normalised, normalised_address
from habitue.imports.kind import VARIANTS
from habitue.imports.staging.staging import Staged
from habitue.imports.writing.walking import Chunk
from habitue.kernel.names import name_key

Group = dict[str, Any]
PARTS = ("street", "postcode", "city")


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


def points_of(staged: Staged, chunk: Chunk) -> dict[int, list[Point]]:
    """The contact points of each group of rows in a chunk, by the group's rank."""
    first = chunk.groups[0]["rank"] if chunk.groups else 0
    kept = staged.folder / f"points-{first}-{chunk.last}.json"
    if kept.exists():
        return {rank: [Point(*point) for point in points] for rank, points in json.loads(kept.read_bytes())}
    names = Columns(staged)
    points = {group["rank"]: _points(group, names, staged.mapping.country) for group in chunk.groups}
    beside = kept.with_suffix(".part")
    beside.write_text(json.dumps(list(points.items()), ensure_ascii=False), encoding="utf-8")
    beside.replace(kept)
    return points


class Columns:
    """The mapped fields that are contact points: (field name, label) by kind, and the variants of addresses."""

    def __init__(self, staged: Staged):
        names = [name for name in staged.mapping.columns if staged.kind.known(name)]

        def of(base: str) -> list[tuple[str, str]]:
            return [(name, name.partition(".")[2]) for name in names if name.partition(".")[0] == base]

        self.emails, self.phones, self.outside, self.whole = map(of, ("email", "phone", "outside", "address"))
        self.addresses = sorted({variant for part in PARTS for _name, variant in of(part)})
        self.countries = of("country")


@lru_cache(5_000)
def country_code(text: str | None) -> str | None:
    """ISO 3166 code in two letters; None for a text that names no country, empty for an empty text."""
    return countries().get(name_key(text)) if text else ""


def _points(group: Group, names: Columns, home: str) -> list[Point]:
    country = country_code(group.get("country")) or home
    points: dict[tuple[str, str], Point] = {}

    def add(of: Normalised, label: str) -> None:
        label = label if of.kind == "reference" or label in VARIANTS else ""
        if of.value:
            point = Point(
                of.kind, of.typed, of.value, label[:40], of.street, of.postcode, of.city, of.country, of.valid
            )
            points.setdefault((of.kind, of.value if of.kind != "reference" else f"{label} {of.value}"), point)

    for kind, columns in (("email", names.emails), ("phone", names.phones), ("reference", names.outside)):
        for name, label in columns:
            if group[name]:
                add(normalised(kind, group[name], country), label)
    for name, label in names.whole:
        if group[name]:
            add(normalised("address", group[name], country), label)
    for variant in names.addresses:
        parts = {part: group.get(f"{part}.{variant}" if variant else part) or "" for part in PARTS}
        if any(parts.values()):
            of = country_code(group.get(f"country.{variant}" if variant else "country")) or country
            add(normalised_address(Address(**parts, country=of), country=of), variant)
    return list(points.values())
