"""Words that shops write, by language, and what a heading means: the weaker evidence beside the cells.

One TOML file a language in `words`: `[headings.<kind>]` gives more headings of facts, and headings of what a guess
needs to know though no fact is stored under its name; `[decoys.<kind>]` gives headings that resemble one and mean
another thing; `[statuses]` and `[lists]` are words in cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from habitue.imports.kind import Kind
from habitue.imports.vocabulary import Vocabulary, read
from habitue.kernel.names import name_key

EXACT, STRIPPED, WITHIN = 10.0, 8.0, 5.0
CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])")
DECOY = "other"
WITH_TAX = frozenset({"ttc", "incl", "including", "inclusive"})
WITHOUT_TAX = frozenset({"ht", "excl", "excluding", "exclusive", "net of tax"})


@cache
def shop_words() -> Vocabulary:
    return read(Path(__file__).parent / "words")


@cache
def statuses() -> dict[str, str]:
    """What each known word of a status means: sale, not_a_sale, given_back or not_yet."""
    return {name_key(word): code for word, code in shop_words().spelt("statuses")}


def status_of(word: str, heading: str) -> str:
    """What a status means; “Return” is a document of its own under “Type”, a sale given back under “Status”."""
    key = name_key(word)
    if key in _return_documents() and says_kind_of_row(heading):
        return "returned"
    return statuses().get(key, "")


def says_kind_of_row(heading: str) -> bool:
    """Whether a heading speaks of what kind of document or movement a row is."""
    return bool(set(heading_key(heading).split()) & set(shop_words().words("lists", "kinds_of_row")))


def undone(code: str) -> tuple[str, ...]:
    """Beginnings of words in headings of flags and days that say of a row: given back, or no sale."""
    return shop_words().words("undone", code)


@cache
def _return_documents() -> frozenset[str]:
    return frozenset(name_key(word) for word in shop_words().words("lists", "return_documents"))


@cache
def placeholders() -> frozenset[str]:
    return frozenset(shop_words().words("lists", "placeholders"))


@cache
def more_countries() -> frozenset[str]:
    return frozenset(shop_words().words("lists", "countries"))


@cache
def tills() -> frozenset[str]:
    return frozenset(shop_words().words("lists", "tills"))


@cache
def suppliers() -> frozenset[str]:
    return frozenset(shop_words().words("lists", "suppliers"))


@cache
def movements() -> frozenset[str]:
    """Headings of what moves on a bank account or in the books of a company."""
    return frozenset(shop_words().words("lists", "movements"))


@cache
def accounts() -> frozenset[str]:
    """Headings of the account itself, which files of customers may have as well."""
    return frozenset(shop_words().words("lists", "accounts"))


@cache
def _context() -> frozenset[str]:
    return frozenset(shop_words().words("lists", "context"))


def heading_key(heading: str) -> str:
    """A heading as it is compared: “UnitPrice” as “unit price”, “Item #” as “item number”."""
    plain = heading.replace("#", " number")
    return name_key(plain if plain.isupper() else CAMEL.sub(" ", plain))


def roles(kind: Kind) -> dict[str, tuple[str, ...]]:
    """Headings of each fact of the kind and of each further role, likeliest first."""
    of = shop_words()
    matches = {field.name: tuple(field.words) for field in (*kind.fields, *kind.further())}
    for name in of.names("headings", kind.name):
        matches[name] = (*matches.get(name, ()), *of.words("headings", kind.name, name))
    if kind.discounts:
        matches["discount"] = (*kind.discount_words, *matches.get("discount", ()))
    matches[DECOY] = decoys(kind)
    return matches


def scores(known: Mapping[str, tuple[str, ...]], heading: str) -> dict[str, float]:
    """How well the heading fits each role, 0 left out. The longer word wins: “Total TTC” before “Total”."""
    key = heading_key(heading)
    matches = {role: _best(key, words) for role, words in known.items()}
    return {role: score for role, score in matches.items() if score > 0}


def is_of_others(heading: str) -> bool:
    """Whether a heading speaks of somebody else than the customer: a child, who sent them, who served them."""
    return bool(set(heading_key(heading).split()) & set(shop_words().words("lists", "others")))


def is_decoy(kind: Kind, heading: str) -> bool:
    """Whether the heading is one that shops use for several things, such as “Type” or “Employee”."""
    return heading_key(heading) in decoys(kind)


def decoys(kind: Kind) -> tuple[str, ...]:
    """Such headings, without those of fields that the company made."""
    own = {word for field in kind.further() if field.name.startswith("custom.") for word in field.words}
    return tuple(word for word in shop_words().words("decoys", kind.name, DECOY) if word not in own)


def tax_word(heading: str) -> str:
    """Whether a heading says with or without tax."""
    tokens = set(heading_key(heading).split())
    if tokens & WITHOUT_TAX:
        return "without"
    return "with" if tokens & WITH_TAX else ""


@lru_cache(20_000)
def _best(key: str, known: tuple[str, ...]) -> float:
    return max((_score(key, word, rank) for rank, word in enumerate(known)), default=0.0)


def _score(key: str, word: str, rank: int) -> float:
    specific = 0.3 * word.count(" ") - 0.005 * min(rank, 60)
    if key == word or key.replace(" ", "") == word.replace(" ", ""):
        return EXACT + specific
    if _stripped(key) == word:
        return STRIPPED + specific
    if f" {word} " in f" {key} ":
        return max(WITHIN + specific - 0.4 * (key.count(" ") - word.count(" ")), 1.0)
    return 0.0


@cache
def _stripped(key: str) -> str:
    """Without the words that say where in an order or an address a column belongs."""
    kept = [token for token in key.split() if token not in _context()]
    return " ".join(kept)
