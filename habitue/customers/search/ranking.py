"""How well a customer matches what was typed, judged from one search entry at a time, without the database."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import permutations
from typing import NamedTuple

from django.conf import settings
from phonenumbers import country_code_for_region

from habitue.customers.search.fulltext import SHORTEST_PIECE
from habitue.customers.search.indexing import inland, mark
from habitue.customers.search.misspelling import ASTRAY, SHORTEST, away
from habitue.kernel.names import name_key

FEWEST_DIGITS = 4  # for digits to be part of a telephone number
ENOUGH_DIGITS = 8  # to match as a complete telephone number
PERMUTED = 3  # words: six orders
AS_A_NUMBER = re.compile(r"[\d\s.+()/-]+")


class Rank(IntEnum):
    """Kinds of match, the best first."""

    EXACT = 0  # the whole of a reference, a telephone number, an e-mail address
    NAME = 1  # the whole name, in whatever order
    BEGINNING = 2  # the first words of the name
    WORDS = 3  # words of the name
    BEGINNINGS = 4  # the beginnings of words of the name
    MARK = 5  # the beginning of a mark: a reference, a telephone number, an e-mail address
    AROUND = 6  # words of the name, town or employer
    PIECE = 7  # any part of a mark
    NEAR = 8  # words with corrected letters
    NONE = 9


@dataclass(frozen=True)
class Asked:
    """What was typed, parsed in each way in which it may be meant.

    `words`: of a name; `mark`: an e-mail address, telephone number or reference; `pieces`: parts of such a mark.
    `address`: it contains an @; `certain`: it is more likely a mark than a name.
    """

    text: str
    words: tuple[str, ...]
    mark: str
    pieces: tuple[str, ...]
    address: bool
    certain: bool  # more likely a number, a reference or an address than a name

    @classmethod
    def read(cls, text: str) -> Asked:
        whole = mark(text)
        local, at, _domain = text.partition("@")
        words = tuple(dict.fromkeys(name_key(local if at else text).split()))
        pieces = [whole, *_numbers(text)] if len(whole) >= SHORTEST_PIECE else []
        if not at and len("".join(words)) >= SHORTEST_PIECE:  # addresses hold no accents
            pieces.append("".join(words))
        certain = bool(at) or any(letter.isdigit() for letter in whole)
        return cls(text.strip(), words, whole, tuple(dict.fromkeys(pieces)), bool(at), certain)

    @property
    def keys(self) -> list[str]:
        """The typed words as a name key, in every order (up to three words)."""
        return orders(self.words)


class Row(NamedTuple):
    pk: int
    key: str
    words: str
    marks: str


class Answer(NamedTuple):
    """How a customer matches. `mark`: the e-mail address, number or reference that matched, where it was not the name.

    `wrong`: letters corrected. `beside`: how far the name is from being only what was typed, 0 the nearest. `common`:
    the summed log frequency of the words meant.
    """

    rank: Rank
    wrong: int
    beside: int
    common: float
    key: str
    pk: int
    mark: str


def orders(words: Sequence[str]) -> list[str]:
    several = permutations(words) if len(words) <= PERMUTED else [tuple(words)]
    return [" ".join(some) for some in several]


def judge(row: Row, asked: Asked, borne: Mapping[str, int]) -> Answer:
    """The rank of one customer for what was typed. `borne`: how many customers have each word that may be meant."""
    marks, words = row.marks.split(), row.words.split()
    own = [word for word in words if not word.startswith("@")]
    everything = [word.removeprefix("@") for word in words]
    if exact := next((one for one in marks if _is_whole(one, asked)), ""):
        return _answer(row, asked, Rank.EXACT, exact)
    first = next((one for one in marks if _begins(one, asked)), "")
    part = first or next((one for one in marks if any(piece in one for piece in asked.pieces)), "")
    if part and asked.certain:
        return _answer(row, asked, Rank.MARK if first else Rank.PIECE, part)
    if rank := _by_name(row.key, own, asked):
        return _answer(row, asked, rank)
    if first:
        return _answer(row, asked, Rank.MARK, first)
    if asked.words and all(_starts_any(word, everything) for word in asked.words):
        return _answer(row, asked, Rank.AROUND)
    return _answer(row, asked, Rank.PIECE, part) if part else _near(row, everything, asked, borne)


def in_order(answers: Iterable[Answer]) -> list[Answer]:
    """Answers sorted best first. Among those with letters corrected, one of each name comes before its namesakes."""
    seen: Counter[str] = Counter()
    keyed = []
    for one in sorted(answers, key=lambda one: (one.rank, one.wrong, one.beside, -one.common, one.key, one.pk)):
        again = seen[one.key] if one.rank == Rank.NEAR else 0
        seen[one.key] += 1
        keyed.append(((one.rank, one.wrong, one.beside, again), one))
    return [one for _key, one in sorted(keyed, key=lambda pair: pair[0])]


def _numbers(text: str) -> list[str]:
    """The typed digits in the forms in which `indexing.phone_mark` would hold them; empty where it is no telephone
    number.
    """
    digits = "".join(letter for letter in text if letter.isdecimal())
    if len(digits) < FEWEST_DIGITS or not AS_A_NUMBER.fullmatch(text):
        return []
    if text.strip().startswith("+"):
        return [f"+{inland(digits)}"]
    abroad = digits.removeprefix("00")
    home = str(country_code_for_region(settings.COUNTRY))
    if digits != abroad or (digits.startswith(home) and len(digits) > ENOUGH_DIGITS):
        return [digits, f"+{inland(abroad)}"]
    return [digits]


def _is_whole(one: str, asked: Asked) -> bool:
    if one.startswith("+"):
        return any(len(piece) >= ENOUGH_DIGITS and one.endswith(piece) for piece in asked.pieces)
    return one == asked.mark


def _begins(one: str, asked: Asked) -> bool:
    return any(one.startswith((piece, f"+{piece}")) for piece in asked.pieces)


def _by_name(key: str, own: Sequence[str], asked: Asked) -> Rank | None:
    words = asked.words
    if not words:
        return None
    if sorted(words) == sorted(set(key.split())):
        return Rank.NAME
    if f"{key} ".startswith(" ".join(words) + " "):
        return Rank.BEGINNING
    if set(words) <= set(own):
        return Rank.WORDS
    return Rank.BEGINNINGS if all(_starts_any(word, own) for word in words) else None


def _starts_any(typed: str, words: Iterable[str]) -> bool:
    return any(word.startswith(typed) for word in words)


def _near(row: Row, words: Sequence[str], asked: Asked, borne: Mapping[str, int]) -> Answer:
    wrong, meant, own = 0, [], set(row.key.split())
    for typed in asked.words:
        nearest = min(_meant(typed, words), default=None)
        if nearest:
            wrong += nearest[0]
            meant.append(nearest[1])
        elif len(typed) <= SHORTEST:  # a slip altogether
            wrong += ASTRAY
        else:
            return _answer(row, asked, Rank.NONE)
    beside = 0 if set(meant) == own else 1 if set(meant) <= own else 2
    common = sum(math.log1p(borne.get(word, 0)) for word in meant)
    return Answer(Rank.NEAR if meant else Rank.NONE, wrong, beside, common, row.key, row.pk, "")


def _meant(typed: str, words: Sequence[str]) -> Iterator[tuple[int, str]]:
    for word in words:
        wrong = away(typed, word) if len(typed) >= SHORTEST else 0 if word.startswith(typed) else None
        if wrong is not None:
            yield wrong, word


def _answer(row: Row, asked: Asked, rank: Rank, matched: str = "") -> Answer:
    return Answer(rank, 0, _beside(row, asked.words), 0, row.key, row.pk, matched)


def _beside(row: Row, typed: Sequence[str]) -> int:
    own = row.key.split()
    if typed and row.key.startswith(" ".join(typed)):
        return 0
    if set(typed) <= set(own):
        return 1
    if set(typed) <= {word.removeprefix("@") for word in row.words.split()}:
        return 2
    return 3 if all(_starts_any(word, own) for word in typed) else 4
