"""Declaration of a kind of import: its fields, how each is read, and the paths of the code that reads and writes it.

declare(Kind("shops", gettext_lazy("shops"), (Field("reference", ...), Field("name", ...)), model="places.Shop"))
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.kernel.database.quoting import identifier
from habitue.kernel.errors import HabitueError

Type = Literal["text", "moment", "day", "currency", "choice", "flag", "amount", "quantity", "count", "number"]
VARIANTS = {"work": gettext_lazy("work"), "home": gettext_lazy("home"), "mobile": gettext_lazy("mobile")}


@dataclass(frozen=True)
class Field:
    """One field of a row. `words` are headings by which it is recognised, folded, the likeliest first: see
    `vocabulary`.

    A field with `variants` can have several columns: email, email.2, email.work; `variant_words` are their headings.
    """

    name: str
    label: str | Promise
    words: tuple[str, ...] = ()
    type: Type = "text"
    limit: int = 0
    required: bool = False
    own: bool = False  # of the row itself; the other fields are shared by all rows with the same key
    default: str = ""  # on every row, where no column has it
    choices: tuple[str, ...] = ()
    spelt: tuple[tuple[str, str], ...] = ()  # of a choice or a flag: what people write, and the code that it means
    least: int = 0  # of a count, or of an amount that rows with the same key share
    not_before: str = ""  # of a day: the other day that it may not precede
    first_day: date | None = None  # of a day: none before it
    past: bool = False  # of a day: it may not be in the future
    soft: bool = False  # the writer reads its text, and keeps as typed what it cannot read: no row is refused for it
    variants: bool = False
    named_variants: tuple[str, ...] = ()  # variants whose name stands in the heading
    variant_words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ambiguous_words: tuple[str, ...] = ()  # headings that mean this field only beside others, or with some values

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns in the staged tables: a moment has two, its instant and its day."""
        if self.type == "moment":
            return self.name, f"{self.name.removesuffix('_at')}_on"
        return (self.name,)

    @property
    def sql(self) -> str:
        """The quoted name of the column with its parsed value in the staged tables."""
        return identifier(self.name)

    @property
    def text(self) -> str:
        """The quoted name of the column with its text from the file in the staged tables."""
        return identifier(f"t_{self.name}")

    @property
    def allowed(self) -> list[str]:
        return list(self.choices) or (["yes", "no"] if self.type == "flag" else [])

    def variant(self, name: str) -> Field:
        words = VARIANTS.get(name, name)
        return replace(self, name=f"{self.name}.{name}", label=f"{self.label} ({words})", required=False, words=())


@dataclass(frozen=True)
class Kind:
    """A kind of import. Rows with the same `identity` (by default the first field) belong to one object, such as an
    order.

    These are paths of code, imported when needed: `writer` writes a chunk (the default writes rows of `model`, whose
    fields have the same names); `derivation` is a class of `staging.derivation` with computed columns; `more` returns
    further fields, those of the installation or that few files have; `completion` finds out from the file what a
    mapping leaves open; `settle` corrects a guessed mapping by its headings, `fitting` by the values of its columns;
    `summary` sums up a file in a dry run; `details` words the data of a rejection. `reasons` are rejections that only
    this kind has.
    """

    name: str
    label: str | Promise
    fields: tuple[Field, ...]
    writer: str = "habitue.imports.writing.upserting.write"
    model: str = ""
    identity: tuple[str, ...] = ()
    made_key: bool = False  # a file without the first field gets one made of what it says
    one_of: tuple[str, ...] = ()  # fields of which at least one is needed; the first is named where all are missing
    one_of_lacking: str | Promise = ""  # the message where all of them are missing
    discounts: bool = False  # whether columns can be kinds of discount
    discount_words: tuple[str, ...] = ()
    derivation: str = "habitue.imports.staging.derivation.Derivation"
    more: str = ""
    completion: str = ""
    instead: tuple[tuple[str, str], ...] = ()  # a required field, and one that can stand in its place
    stand_ins: tuple[tuple[str, str], ...] = ()  # a required field, and the value for a file that lacks it alone
    settle: str = ""
    fitting: str = ""
    details: str = ""
    summary: str = ""
    reasons: Mapping[str, str | Promise] = dataclasses.field(default_factory=dict)

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
    def currency(self) -> Field | None:
        """The field with the currency of the amounts; None where there is none."""
        return next((field for field in self.fields if field.type == "currency"), None)

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
        """This kind with the variants and further fields named in `names` added to its fields."""
        there = {field.name for field in self.fields}
        more = [field for name in names if name not in there and (field := self.known(name))]
        return replace(self, fields=(*self.fields, *more))

    def without_key(self, names: Iterable[str]) -> bool:
        return self.made_key and self.key.name not in names

    def lacking(self, names: Iterable[str]) -> list[Field]:
        """Required fields that are missing from `names`."""
        names = set(names)
        lacking = [of for of in self.fields if of.required and of.name not in names]
        if self.without_key(names):
            lacking.remove(self.key)
        return lacking

    def replaced(self, field: Field, names: Iterable[str]) -> bool:
        """Whether another field among `names` stands in the place of this one."""
        return bool(set(names) & {other for name, other in self.instead if name == field.name})

    def lacks_one_of(self, names: Iterable[str]) -> bool:
        return bool(self.one_of) and not set(self.one_of) & set(names)


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    """Register a kind: it can be imported from the desk and from the command line."""
    KINDS[kind.name] = kind
    return kind


def kind_named(name: str) -> Kind:
    """The registered kind of this name; HabitueError, with the names of all, where there is none."""
    if name not in KINDS:
        raise HabitueError(
            _("“%(kind)s” cannot be imported. Say one of: %(kinds)s.") % {"kind": name, "kinds": ", ".join(KINDS)}
        )
    return KINDS[name]


def variant_of(field: Field, key: str) -> str | None:
    """The variant of the field that a folded heading means: “telephone 2” is "2", “work phone” is "work"; else None."""
    for variant, words in field.variant_words:
        if key in words:
            return variant
    numbered = re.fullmatch(r"(.+?) ?([2-9])", key)
    return numbered[2] if numbered and numbered[1] in field.words else None
