"""The search for customers by a name in any order, without accents or with letters wrong, part of a telephone number or
an e-mail address, a reference, a town or an employer.

`find` returns the best few for the search field, `matching` all of them for the list. Both try the cheap and certain
lookups first (see docs/decisions/0010-search.md): hits are shown in the order of `Rank`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from habitue.customers.models import ContactPoint, Customer, Relation
from habitue.customers.search import fulltext
from habitue.customers.search.indexing import astray, forget, index, mark, phone_mark, reindex
from habitue.customers.search.misspelling import ASTRAY, SHORTEST, corrections
from habitue.customers.search.ranking import Answer, Asked, Rank, Row, in_order, judge, orders
from habitue.kernel.names import name_key

__all__ = ["Hit", "Rank", "astray", "beginning", "find", "forget", "index", "matched_texts", "matching", "reindex"]

CANDIDATES = 60  # ids fetched by each lookup
MANY = 10_000  # matches: from here on a page is read faster in list order than by looking up each match
CORRECTED = 60  # corrections looked at for each mistyped word
MOST_WORDS = 5  # beyond, nothing is corrected: it is no name, and the combinations are too many
NEARLY = 200  # candidates with corrected letters
MOST_WRONG = 4  # letters corrected in a whole name
READ, READINGS = 5, 120  # corrections used of each word; names composed of them


@dataclass(frozen=True)
class Hit:
    """A customer that the search returned. `mark`: the matched number, address or reference, where it was not the name.
    `wrong`: how many letters had to be corrected.
    """

    customer: Customer
    rank: Rank
    mark: str = ""
    wrong: int = 0


def find(visible: QuerySet[Customer], text: str, limit: int = 8) -> list[Hit]:
    """The best `limit` customers of `visible` for what was typed, best first."""
    asked = Asked.read(text)
    if not asked.mark:
        return []
    candidates = Candidates(visible, asked)
    for rank, look in LOOKS:
        candidates.add(look(visible, asked))
        if candidates.enough(rank, limit):
            return candidates.best(limit)
    if 0 < len(asked.words) <= MOST_WORDS and not (asked.certain and candidates.answers):
        candidates.add_corrected(limit)
    return candidates.best(limit)


def matching(visible: QuerySet[Customer], text: str, *, counting: bool = False) -> QuerySet[Customer]:
    """All customers of `visible` that match what was typed; where none does, those that match with letters corrected.

    The query is written to give the first page of a sorted list fast or, with `counting`, to be counted fast.
    """
    asked = Asked.read(text)
    if not asked.mark:
        return visible.none() if text else visible
    pks = _of_reference(visible, asked)
    words = _anywhere(asked.words)
    sorts: list[tuple[Sequence[Sequence[fulltext.Word]], Sequence[str]]] = [(words, ()), ((), asked.pieces)]
    for sort in reversed(sorts) if asked.certain else sorts:
        known = len(fulltext.some(*sort, MANY))
        if known or pks:
            return visible.filter(
                fulltext.are_among(fulltext.everybody(*sort, pks), walk=known == MANY and not counting)
            )
    return visible.filter(pk__in=[hit.customer.pk for hit in find(visible, text, CANDIDATES)])


def matched_texts(hits: Sequence[Hit], text: str) -> dict[int, str]:
    """By customer id, the text that matched where the name does not show it: a number, an address, a birth name, a town
    or an employer, as it was typed in.
    """
    asked = Asked.read(text)
    by_mark = {hit.customer.pk: hit.mark for hit in hits if hit.mark}
    around = [hit.customer.pk for hit in hits if hit.rank == Rank.AROUND]
    texts: dict[int, str] = {}
    for pk, kind, typed, value in _points(by_mark):
        if by_mark[pk] == (phone_mark(value) if kind == ContactPoint.Kind.PHONE else mark(value)):
            texts.setdefault(pk, typed)
    for pk, place in [*_towns(around), *_employers(around)]:
        if any(word.startswith(typed) for word in name_key(place).split() for typed in asked.words):
            texts.setdefault(pk, place)
    for hit in hits:
        if not hit.mark and set(asked.words) & set(name_key(hit.customer.birth_name).split()):
            texts.setdefault(hit.customer.pk, hit.customer.birth_name)
    return texts


def _points(pks: Iterable[int]) -> QuerySet[ContactPoint, Any]:
    return ContactPoint.objects.filter(customer__in=pks).values_list("customer", "kind", "typed", "value")


def _towns(pks: Iterable[int]) -> QuerySet[ContactPoint, Any]:
    return ContactPoint.objects.filter(customer__in=pks).exclude(city="").values_list("customer", "city")


def _employers(pks: Iterable[int]) -> QuerySet[Relation, Any]:
    return Relation.objects.filter(of__in=pks, kind=Relation.Kind.EMPLOYER).values_list("of", "to__name")


def beginning(name: str, text: str) -> Q:
    """The condition that column `name` begins with `text`, in the form for which the database uses an index.

    SQLite uses no index for LIKE; PostgreSQL's range comparison follows the rules of a language.
    """
    if connection.vendor == "postgresql":
        return Q(**{f"{name}__startswith": text})
    return Q(**{f"{name}__gte": text, f"{name}__lt": text + chr(0x10FFFF)})


@dataclass
class Candidates:
    visible: QuerySet[Customer]
    asked: Asked
    answers: dict[int, Answer] = field(default_factory=dict)

    def add(self, pks: Iterable[int], borne: Mapping[str, int] | None = None) -> None:
        new = [pk for pk in dict.fromkeys(pks) if pk not in self.answers]
        if new:
            rows = self.visible.filter(pk__in=new, entry__isnull=False)
            for row in rows.values_list("pk", "name_key", "entry__words", "entry__marks"):
                self.answers[row[0]] = judge(Row(*row), self.asked, borne or {})

    def enough(self, rank: Rank, limit: int) -> bool:
        """Whether no later lookup can bring a better hit. A complete number or e-mail address that matched is always
        enough.
        """
        if self.asked.certain and any(one.rank == Rank.EXACT for one in self.answers.values()):
            return True
        if self.asked.address and self.answers:
            return True
        return sum(one.rank <= rank for one in self.answers.values()) >= limit

    def add_corrected(self, limit: int) -> None:
        """Add customers whose names match with letters corrected, the fewest corrections first, until there are enough.

        After a match of all words the search goes on to one more correction only.
        """
        options, borne = _options(self.asked.words)
        most = 1 if any(one.rank == Rank.NAME for one in self.answers.values()) else MOST_WRONG
        for wrong in range(1, max(map(max, options)) * len(options) + 1):
            if wrong > most:
                return
            shares = [share for share in product(*options) if sum(share) == wrong]
            if not shares:
                continue
            called = (key for share in shares for key in _names_meant(options, share))
            self.add(_called(islice(called, READINGS)), borne)
            meant = [words for share in shares if (words := _meant(options, share))]
            self.add(fulltext.any_of(meant, NEARLY) if meant else [], borne)
            if self.enough(Rank.NEAR, limit):
                return
            if any(one.rank == Rank.NEAR for one in self.answers.values()):
                most = min(most, wrong + 1)

    def best(self, limit: int) -> list[Hit]:
        best = in_order(one for one in self.answers.values() if one.rank != Rank.NONE)[:limit]
        customers = self.visible.in_bulk([one.pk for one in best])
        return [Hit(customers[one.pk], one.rank, one.mark, one.wrong) for one in best if one.pk in customers]


Options = Sequence[Mapping[int, list[str]]]  # of each word: by how many letters were wrong, the words that it may be


def _options(typed: Sequence[str]) -> tuple[Options, dict[str, int]]:
    """(by typed word: the words that it may mean, by number of corrections; by word: how many customers have it).

    A short word may also be dropped, which counts as ASTRAY corrections.
    """
    borne: dict[str, int] = {}
    each: list[dict[int, list[str]]] = []
    for word in typed:
        options: dict[int, list[str]] = {0: [word]}
        for correction in corrections(word, CORRECTED):
            borne[correction.word] = correction.customers
            if correction.wrong:
                options.setdefault(correction.wrong, []).append(correction.word)
        if len(word) <= SHORTEST and len(typed) > 1:
            options.setdefault(ASTRAY, []).append("")
        each.append(options)
    return each, borne


def _names_meant(options: Options, share: Sequence[int]) -> Iterator[str]:
    for words in product(*(some[wrong][:READ] for some, wrong in zip(options, share, strict=True))):
        yield from orders([word for word in words if word])


def _meant(options: Options, share: Sequence[int]) -> list[list[fulltext.Word]]:
    each = [some[wrong] for some, wrong in zip(options, share, strict=True)]
    return [[one for word in words for one in _exactly(word)] for words in each if "" not in words]


def _of_reference(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    """Ids of the customer with this reference, or of the canonical record that they were merged into."""
    texts = {asked.text, asked.text.lower(), asked.text.upper()}
    ids = Customer.objects.filter(reference__in=texts).values_list("pk", "merged_into")
    return list(visible.filter(pk__in=[into or pk for pk, into in ids]).values_list("pk", flat=True))


def _certain(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return _pieces(visible, asked) if asked.certain else []


def _named(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return _called(asked.keys) if asked.words else []


def _called(keys: Iterable[str]) -> list[int]:
    """Ids of customers with exactly one of these names.

    Not limited to `visible` yet: SQLite would then begin with the index of merged records.
    """
    return list(Customer.objects.filter(name_key__in=list(keys)).values_list("pk", flat=True)[:CANDIDATES])


def _beginning(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    if not asked.words:
        return []
    begun = Customer.objects.filter(beginning("name_key", " ".join(asked.words)))
    return list(begun.values_list("pk", flat=True)[:CANDIDATES])


def _words(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return fulltext.with_words([[(word, False)] for word in asked.words], CANDIDATES) if asked.words else []


def _beginnings(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return fulltext.with_words([[(word, True)] for word in asked.words], CANDIDATES) if asked.words else []


def _around(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return fulltext.with_words(_anywhere(asked.words), CANDIDATES) if asked.words else []


def _pieces(visible: QuerySet[Customer], asked: Asked) -> list[int]:
    return [pk for piece in asked.pieces for pk in fulltext.with_piece(piece, CANDIDATES)]


def _anywhere(words: Sequence[str]) -> list[list[fulltext.Word]]:
    return [[(word, True), (f"@{word}", True)] for word in words]


def _exactly(word: str) -> list[fulltext.Word]:
    """The search terms for a word, as a name or as a town or employer; a word of one or two letters is a prefix."""
    return [(word, len(word) < SHORTEST), (f"@{word}", len(word) < SHORTEST)]


LOOKS: Sequence[tuple[Rank, Callable[[QuerySet[Customer], Asked], Iterable[Any]]]] = (
    (Rank.EXACT, _of_reference),
    (Rank.EXACT, _certain),
    (Rank.NAME, _named),
    (Rank.BEGINNING, _beginning),
    (Rank.WORDS, _words),
    (Rank.BEGINNINGS, _beginnings),
    (Rank.MARK, _pieces),
    (Rank.AROUND, _around),
)
