"""What can be brought in. A kind is one declaration: its facts, how each is read, and what writes them.

declare(Kind("shops", gettext_lazy("shops"), (Field("reference", ...), Field("name", ...)), model="places.Shop"))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.kernel.errors import HabitueError

if TYPE_CHECKING:
    from habitue.imports.writing.walking import Chunk, Outcome, Run

Type = Literal["text", "moment", "day", "currency", "choice", "flag", "amount", "quantity", "count", "number"]
YES = ("1", "yes", "y", "true", "x", "oui", "o", "vrai")
NO = ("0", "no", "n", "false", "non", "faux")
VARIANTS = {"work": gettext_lazy("work"), "home": gettext_lazy("home"), "mobile": gettext_lazy("mobile")}


@dataclass(frozen=True)
class Field:
    """One fact of a row. `words` are headings that mean it, in English and French, without accents, likeliest first.

    One with `variants` may come several times: email, email.2, email.work; `variant_words` are headings of these.
    """

    name: str
    label: str | Promise
    words: tuple[str, ...] = ()
    type: Type = "text"
    limit: int = 0
    required: bool = False
    own: bool = False  # of the row itself; the other facts are shared by all rows with the same key
    choices: tuple[str, ...] = ()
    spelt: tuple[tuple[str, str], ...] = ()  # of a choice: what else people write for it
    least: int = 0  # of a count, or of an amount that rows with the same key share
    not_before: str = ""  # of a day: the other day that it may not precede
    first_day: date | None = None  # of a day: none before it
    past: bool = False  # of a day: it has been
    variants: bool = False
    variant_words: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def sql(self) -> str:
        """Its value in the staged tables. A variant may be any text: it is quoted."""
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def text(self) -> str:
        """What the file says of it, in the staged tables."""
        return '"t_' + self.name.replace('"', '""') + '"'

    @property
    def allowed(self) -> list[str]:
        return list(self.choices) or (["yes", "no"] if self.type == "flag" else [])

    def variant(self, name: str) -> Field:
        told = VARIANTS.get(name, name)
        return replace(self, name=f"{self.name}.{name}", label=f"{self.label} ({told})", required=False, words=())


@dataclass(frozen=True)
class Kind:
    """Rows with the same `identity` (the first fact, unless said) are one thing. `writer` is the path of what writes a
    chunk; the usual one keeps rows of `model`, whose fields are called as the facts.

    `more` is the path of a function that gives further facts, those that an installation declares. With `made_key`
    a file without the first fact gets one made of what it says. `settle` is the path of what corrects a guess.
    """

    name: str
    label: str | Promise
    fields: tuple[Field, ...]
    writer: str = "habitue.imports.writing.upserting.write"
    model: str = ""
    money: bool = False
    identity: tuple[str, ...] = ()
    made_key: bool = False
    more: str = ""
    settle: str = ""

    @property
    def write(self) -> Callable[[Run, Chunk], Outcome]:
        write: Callable[[Run, Chunk], Outcome] = import_string(self.writer)
        return write

    @property
    def key(self) -> Field:
        return self.fields[0]

    @property
    def keys(self) -> tuple[Field, ...]:
        return tuple(self.field(name) for name in self.identity) or (self.key,)

    @property
    def shared(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.own)

    @property
    def own(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.own)

    @property
    def has_currency(self) -> bool:
        return any(field.type == "currency" for field in self.fields)

    def field(self, name: str) -> Field:
        return self.known(name) or Field(name, name)

    def known(self, name: str) -> Field | None:
        base, _dot, variant = name.partition(".")
        for field in self.fields:
            if field.name == name:
                return field
            if variant and field.name == base and field.variants:
                return field.variant(variant)
        return next((field for field in self.further() if field.name == name), None)

    def further(self) -> list[Field]:
        return import_string(self.more)() if self.more else []

    def fitted(self, names: Iterable[str]) -> Kind:
        """With what a mapping names beyond the usual facts."""
        there = {field.name for field in self.fields}
        more = [field for name in names if name not in there and (field := self.known(name))]
        return replace(self, fields=(*self.fields, *more))

    def without_key(self, names: Iterable[str]) -> bool:
        return self.made_key and self.key.name not in names


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    """Make it one that can be imported, from the desk and from the command line."""
    KINDS[kind.name] = kind
    return kind


def kind_named(name: str) -> Kind:
    if name not in KINDS:
        raise HabitueError(
            _("“%(kind)s” cannot be imported. Say one of: %(kinds)s.") % {"kind": name, "kinds": ", ".join(KINDS)}
        )
    return KINDS[name]


def variant_of(field: Field, key: str) -> str | None:
    """Of a folded heading such as “telephone 2” or “work phone”, which variant of the field it means."""
    for variant, words in field.variant_words:
        if key in words:
            return variant
    numbered = re.fullmatch(r"(.+?) ?([2-9])", key)
    return numbered[2] if numbered and numbered[1] in field.words else None
