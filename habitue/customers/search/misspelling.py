"""Corrections of a mistyped word: the words of names at a Damerau-Levenshtein distance of one or two from it.

Symmetric deletion (Garbe): two such words become equal when at most two letters of each are deleted. So for every
distinct word of the names, hashes of it without one or two letters are stored, and those of the typed word are looked
up: some thirty exact lookups however many words there are. RapidFuzz then measures the distance.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db import transaction
from rapidfuzz.distance import DamerauLevenshtein

from habitue.customers.search import fulltext
from habitue.customers.search.models import Slip, Word
from habitue.kernel.database import bulk

SHORTEST = 3  # letters of a word that can be corrected
SHORTEST_FOR_TWO = 5  # letters from which two may be wrong
LOOKED_AT = 7  # letters of a word whose slips are kept: enough to find it, and longer words cost no more
ASTRAY = 2  # letters that a short word counts for where it is a slip altogether
AT_ONCE = 1000


@dataclass(frozen=True)
class Correction:
    word: str
    wrong: int
    customers: int


def corrections(typed: str, most: int) -> list[Correction]:
    """The nearest words of existing names, at most `most`, the fewest letters wrong first, then the most frequent.

    The typed word itself is one of them, with 0 wrong, where somebody has it.
    """
    if len(typed) < SHORTEST:
        return []
    slipped = set(Slip.objects.filter(key__in=slips(typed)).values_list("word_id", flat=True))
    known = Word.objects.filter(pk__in=slipped)  # asked for both at once, PostgreSQL reads all words
    candidates = [
        Correction(text, wrong, customers)
        for text, customers in known.values_list("text", "customers")
        if (wrong := away(typed, text)) is not None
    ]
    once = {one.word: one for one in candidates}.values()
    return sorted(once, key=lambda one: (one.wrong, -one.customers, one.word))[:most]


def away(typed: str, word: str) -> int | None:
    """The Damerau-Levenshtein distance of two words; None where it is more than is tolerated for their length."""
    most = tolerated(max(len(typed), len(word)))
    wrong = DamerauLevenshtein.distance(typed, word, score_cutoff=most)
    return wrong if wrong <= most else None


def tolerated(letters: int) -> int:
    return 0 if letters < SHORTEST else 1 if letters < SHORTEST_FOR_TWO else 2


def slips(word: str) -> set[int]:
    """Hashes of the start of `word` (LOOKED_AT letters), as it is and with letters deleted.

    As many are deleted as are tolerated wrong; two words within that distance share a hash.
    """
    start = word[:LOOKED_AT]
    variants = {start}
    for forgotten in range(1, tolerated(len(word)) + 1):
        variants.update(map("".join, combinations(start, len(start) - forgotten)))
    return {zlib.crc32(text.encode()) - 2**31 for text in variants}


def learn(words: Iterable[str]) -> None:
    """Store words that are new, with their hashes. Two writers at once may store a word twice: that is harmless."""
    wanted = {word for word in words if learnable(word)}
    for some in _batches(sorted(wanted)):
        known = set(Word.objects.filter(text__in=some).values_list("text", flat=True))
        _keep([(text, 0) for text in some if text not in known])


def forget(words: Iterable[str]) -> None:
    """Delete those of `words` that no customer has any more."""
    unused = [word for word in set(words) if learnable(word) and not fulltext.with_words([[(word, False)]], 1)]
    for some in _batches(sorted(unused)):
        for word in Word.objects.filter(text__in=some):
            Slip.objects.filter(key__in=slips(word.text), word_id=word.pk).delete()
            word.delete()


def count(borne: Counter[str]) -> None:
    """Make the stored words exactly those of `borne`, each with how many customers have it."""
    with transaction.atomic():
        known = {text: (pk, customers) for pk, text, customers in Word.objects.values_list("pk", "text", "customers")}
        _keep([row for row in sorted(borne.items()) if row[0] not in known and learnable(row[0])])
        changed = [(bears, known[text][0]) for text, bears in borne.items() if known.get(text, (0, bears))[1] != bears]
        bulk.update(Word, ["customers"], changed)
    forget(text for text in known if text not in borne)


def learnable(word: str) -> bool:
    """Whether a word is stored for corrections: three letters or more, no number, no town or employer."""
    return SHORTEST <= len(word) <= 200 and not word.startswith("@") and not word.isdigit()


def _keep(words: Sequence[tuple[str, int]]) -> None:
    with transaction.atomic():
        ids = bulk.fresh_ids(Word, len(words))
        bulk.insert(Word, ["id", "text", "customers"], ((pk, *row) for pk, row in zip(ids, words, strict=True)))
        slipped = ((key, pk) for pk, (text, _bears) in zip(ids, words, strict=True) for key in slips(text))
        bulk.insert(Slip, ["key", "word_id"], slipped)


def _batches(words: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(words), AT_ONCE):
        yield words[start : start + AT_ONCE]
