"""Guess the kind of a file, and the field of each column, from the headings alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from habitue.imports.kind import KINDS, Field, Kind, variant_of
from habitue.imports.mappings.mapping import Discount, Mapping, Origin, checked
from habitue.kernel.names import name_key

Values = Callable[[str], Sequence[str]]


def guess(kind: Kind, headings: Sequence[str], values: Values | None = None) -> Mapping:
    """The mapping guessed from the headings, each used once; HabitueError where a required field has no column."""
    columns, discounts = likely(kind, headings, values)
    origins = {name: Origin((heading,)) for name, heading in columns.items()}
    if kind.currency:
        origins.setdefault("currency", Origin(value=settings.CURRENCY))
    return checked(kind, Mapping(kind.name, origins, {name: Discount(at) for name, at in discounts.items()}))


def likely(kind: Kind, headings: Sequence[str], values: Values | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """(heading by field, heading by kind of discount), as far as headings tell, and values where they are given."""
    left = {heading: name_key(heading) for heading in headings}
    columns: dict[str, str] = {}
    for field in (*kind.fields, *kind.further()):
        if heading := _first(field.words, left):
            columns[field.name] = heading
            del left[heading]
    for field in kind.fields:
        _add_variants(columns, field, left)
    discounts = {}
    if heading := _first(kind.discount_words, left):
        discounts["discount"] = heading
    if kind.settle:
        columns = import_string(kind.settle)(kind, columns)
    if kind.fitting and values:
        columns = import_string(kind.fitting)(kind, columns, values)
    return columns, discounts


def guess_kind(headings: Sequence[str]) -> Kind:
    """The kind whose required fields are all there and which uses most of the columns."""

    def score(kind: Kind) -> tuple[bool, int, bool]:
        columns, discounts = likely(kind, headings)
        return not lacking(kind, columns), len(columns) + len(discounts), kind.made_key

    return max(KINDS.values(), key=score)


def lacking(kind: Kind, columns: Any) -> list[Field]:
    """Required fields that have no column."""
    usual = {"currency"} if kind.currency else set()
    lacking = kind.lacking(usual | set(columns))
    if kind.lacks_one_of(columns):
        lacking.append(kind.field(kind.one_of[0]))
    return lacking


def _add_variants(columns: dict[str, str], field: Field, left: dict[str, str]) -> None:
    """Map the remaining headings to variants of the field, such as phone.mobile, even where the field itself has no
    column.
    """
    if field.variants:
        for heading, key in list(left.items()):
            variant = variant_of(field, key)
            if variant and (name := f"{field.name}.{variant}") not in columns:
                columns[name] = heading
                del left[heading]


def _first(words: Sequence[str], keys: dict[str, str]) -> str | None:
    for word in words:
        for heading, key in keys.items():
            if key == word or key.replace(" ", "") == word.replace(" ", ""):
                return heading
    return None
