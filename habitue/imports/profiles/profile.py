"""Profiles: formats of known programs. Each is a TOML file beside this one: a mapping, and how its files are known."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from habitue.imports.kind import kind_named
from habitue.imports.mappings.mapping import from_data
from habitue.kernel.errors import HabitueError
from habitue.kernel.names import name_key

FOLDER = Path(__file__).parent
KEYS = {"title", "tool", "headings", "one_of", "other", "names", "cells", "sums", "sources", "confirmed", "asks"}
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Sum:
    """What a file of this format must agree with: `parts` of a row, “-” before those that are taken off, make `total`
    wherever that is filled. One without a total always agrees.

    `rules` are what the mapping says besides where this one agrees: of several sums the first that agrees is taken.
    """

    total: str = ""
    parts: tuple[str, ...] = ()
    rules: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """`headings` are those that a file must have, and one of `one_of`; `other` may be there. Where programs write in
    several languages or versions, `names` has, for each, what it writes instead: {"fr": {"Gross": "Avant commission"}}.

    `cells`: a look of `evidence.shapes`, or a pattern, that the cells under a heading must have. `confirmed`: whether
    a public source of the headings is known; without one its use is asked about, and so it is for the reason that
    `asks` says.
    """

    key: str
    tool: str
    title: Mapping[str, str]
    data: Data
    headings: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    sums: tuple[Sum, ...] = ()
    sources: tuple[str, ...] = ()
    confirmed: bool = False
    asks: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def words(self) -> str:
        """What it is a profile of, in the language of the reader: “Shopify: orders”."""
        return _("%(tool)s: %(files)s") % {"tool": self.tool, "files": _in_language(self.title)}

    @property
    def asked(self) -> str:
        """Why its use is always asked about, in the language of the reader; empty where there is no such reason."""
        return _in_language(self.asks) if self.asks else ""

    @property
    def languages(self) -> list[Mapping[str, str]]:
        """The names of headings in each language or version, the profile's own first."""
        return [{}, *self.names.values()]

    @property
    def known(self) -> tuple[str, ...]:
        """Every heading of the format, those that must be there first."""
        return (*self.headings, *self.one_of, *self.other)

    @property
    def headed(self) -> bool:
        """Whether its files have headings at all: columns without are called #1, #2 ..."""
        return not all(heading.startswith("#") for heading in self.headings)

    def matched(self, headings: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
        """The heading of the file for each heading of the profile, as far as it is there."""
        there = {name_key(heading): heading for heading in reversed(headings)}
        known = ((each, names.get(each, each)) for each in self.known)
        return {each: there[name_key(name)] for each, name in known if name_key(name) in there}


def _in_language(texts: Mapping[str, str]) -> str:
    return texts.get((translation.get_language() or "en").partition("-")[0], texts["en"])


def all_profiles() -> list[Profile]:
    """Those that are shipped, by tool and title."""
    return sorted(_shipped().values(), key=lambda profile: (profile.tool.lower(), profile.key))


def profile_named(key: str) -> Profile | None:
    return _shipped().get(key)


@cache
def _shipped() -> dict[str, Profile]:
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.toml"))}


def read(path: Path) -> Profile:
    """The profile that a TOML file holds; an error where it is not whole."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    said = data.pop("profile")
    if unknown := set(said) - KEYS:
        raise HabitueError(f"{path.name}: [profile] has unknown keys: {', '.join(sorted(unknown))}.")
    data["source"] = {"title": said["tool"], "name": path.stem} | data.get("source", {}) | {"profile": path.stem}
    sums = tuple(
        Sum(one.get("total", ""), tuple(one.get("parts", ())), one.get("rules", {})) for one in said.pop("sums", ())
    )
    said |= {name: tuple(said.get(name, ())) for name in ("headings", "one_of", "other", "sources")}
    return Profile(path.stem, data=data, sums=sums, **said)


def mapping_data(profile: Profile, matched: Mapping[str, str], rules: Data) -> dict[str, Any]:
    """The mapping of the profile with the headings of a file; columns that the file does not have are left out."""
    data = {name: value for name, value in profile.data.items() if name not in ("columns", "discounts", "filters")}
    more = {name: value for name, value in rules.items() if name not in ("columns", "discounts")}
    for name, value in more.items():
        data[name] = {**data.get(name, {}), **value} if isinstance(value, dict) else value
    columns = {**profile.data["columns"], **rules.get("columns", {})}
    discounts = {**profile.data.get("discounts", {}), **rules.get("discounts", {})}
    filters = profile.data.get("filters", {})
    data["columns"] = {fact: at for fact, of in columns.items() if (at := _of_file(of, matched)) is not None}
    if kind_named(profile.kind).currency:
        data["columns"].setdefault("currency", {"value": settings.CURRENCY})
    data["discounts"] = {name: at for name, of in discounts.items() if (at := _of_file(of, matched)) is not None}
    data["filters"] = {matched[name]: one for name, one in filters.items() if name in matched}
    return {name: value for name, value in data.items() if value != {}}


def _of_file(origin: Any, matched: Mapping[str, str]) -> Any:
    """An origin of a mapping with the headings of the file; None where none of its columns is there."""
    if isinstance(origin, str):
        return matched.get(origin)
    if "column" in origin:
        return origin | {"column": matched[origin["column"]]} if origin["column"] in matched else None
    for name in ("columns", "made_of"):
        if isinstance(origin.get(name), list):
            there = [matched[column] for column in origin[name] if column in matched]
            return {name: there} if there else None
    return dict(origin)


def check(profile: Profile) -> None:
    """HabitueError where the profile does not hold together: its mapping, and the headings that it speaks of."""
    own = set(profile.known)
    for one in profile.sums or (Sum(),):
        whole = mapping_data(profile, {heading: heading for heading in own}, one.rules)
        from_data(profile.kind, whole)
    spoken = [*_columns(profile.data), *profile.cells, *(name for names in profile.names.values() for name in names)]
    spoken += [name for one in profile.sums for name in _named(one)]
    if lacking := set(spoken) - own:
        raise HabitueError(f"{profile.key}: no heading of the profile: {', '.join(sorted(lacking))}.")


def _named(one: Sum) -> Iterable[str]:
    """The headings that a sum speaks of."""
    return filter(None, (one.total, *(part.removeprefix("-") for part in one.parts), *_columns(one.rules)))


def _columns(data: Data) -> Iterable[str]:
    origins = [*data.get("columns", {}).values(), *data.get("discounts", {}).values()]
    for origin in origins:
        if isinstance(origin, str):
            yield origin
        elif "column" in origin:
            yield origin["column"]
        else:
            for name in ("columns", "made_of"):
                yield from origin[name] if isinstance(origin.get(name), list) else ()
    yield from data.get("filters", {})
