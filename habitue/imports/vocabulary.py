"""Headings and words that files use for fields and choices: one TOML file a language in `headings`, merged.

A file has the tables `[flag]` and, for each kind, `headings`, `variants`, `patterns`, `choices`, `discounts` and
`ambiguous`. Where `headings` has a list of lists, the first lists of all languages are tried before the second.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from habitue.imports.kind import Field, Kind

FOLDER = Path(__file__).parent / "headings"
Language = Mapping[str, Any]
LAST = 100  # the order of a language that says none


class Vocabulary:
    """The words of several languages, in the order in which they are tried."""

    def __init__(self, languages: Iterable[Language]):
        self.languages = sorted(languages, key=lambda language: language.get("order", LAST))

    def table(self, *path: str) -> list[Mapping[str, Any]]:
        """The table at `path` of each language, empty where there is none."""
        return [_at(language, path) for language in self.languages]

    def words(self, *path: str) -> tuple[str, ...]:
        """The words at `path` of all languages without repetitions, ordered by tier and then by language."""
        *parents, name = path
        tiers = zip_longest(*(_tiers(table.get(name, ())) for table in self.table(*parents)), fillvalue=())
        return _once(word for tier in tiers for words in tier for word in words)

    def names(self, *path: str) -> tuple[str, ...]:
        return _once(name for table in self.table(*path) for name in table)

    def spelt(self, *path: str) -> tuple[tuple[str, str], ...]:
        """(word, code that it means) pairs of the codes at `path`."""
        return tuple((word, code) for code in self.names(*path) for word in self.words(*path, code))


def read(folder: Path) -> Vocabulary:
    """The words of every language that has a file in `folder`."""
    paths = sorted(folder.glob("*.toml"))
    return Vocabulary(tomllib.loads(path.read_text(encoding="utf-8")) for path in paths)


@cache
def vocabulary() -> Vocabulary:
    """The words of all installed languages, read once."""
    return read(FOLDER)


def worded(kind: Kind, of: Vocabulary) -> Kind:
    """The kind with headings and choices of its fields in all languages added; words in the declaration win."""
    discounts = of.words(kind.name, "discounts", "discount") if kind.discounts else ()
    fields = tuple(_worded(kind.name, field, of) for field in kind.fields)
    return replace(kind, fields=fields, discount_words=kind.discount_words or discounts)


def flag_words(of: Vocabulary) -> tuple[tuple[str, str], ...]:
    """(word, "yes" or "no") pairs of what people write for yes and no."""
    return of.spelt("flag")


def _worded(kind: str, field: Field, of: Vocabulary) -> Field:
    spelt = flag_words(of) if field.type == "flag" else of.spelt(kind, "choices", field.name)
    return replace(
        field,
        words=field.words or of.words(kind, "headings", field.name) or (field.name.replace("_", " "),),
        spelt=field.spelt or spelt,
        variant_words=field.variant_words or (*_variants(kind, field, of), *_patterns(kind, field, of)),
        ambiguous_words=field.ambiguous_words or of.words(kind, "ambiguous", field.name),
    )


def _variants(kind: str, field: Field, of: Vocabulary) -> list[tuple[str, tuple[str, ...]]]:
    path = (kind, "variants", field.name)
    return [(variant, of.words(*path, variant)) for variant in of.names(*path)]


def _patterns(kind: str, field: Field, of: Vocabulary) -> list[tuple[str, tuple[str, ...]]]:
    patterns = of.words(kind, "patterns", field.name)
    return [(name, tuple(each.replace("{variant}", name) for each in patterns)) for name in field.named_variants]


def _at(table: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    for name in path:
        table = table.get(name, {})
    return table


def _tiers(words: Sequence[Any]) -> Sequence[Sequence[str]]:
    """The words as a list of tiers; a plain list of words is one tier."""
    return words if words and isinstance(words[0], list) else [words]


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
