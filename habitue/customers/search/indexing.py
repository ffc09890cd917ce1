"""What customers are found by, kept in line with the facts.

Whoever writes through the journal has this done for them. Whoever writes past it calls `index`, and `forget` before
deleting people for good.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from habitue.customers.models import ContactPoint, Customer, Relation
from habitue.customers.search import fulltext, misspelling
from habitue.customers.search.models import Entry, Slip, Word
from habitue.events.listeners import Written
from habitue.kernel.database import bulk
from habitue.kernel.names import name_key

AT_ONCE = 2_000
SAMPLE = 200
TABLES = {"customers.customer", "customers.contactpoint", "customers.relation"}
SEARCHED = ("reference", "name", "given_name", "family_name", "birth_name", "merged_into_id")
FACTS = ("pk", "reference", "name_key", "given_name", "family_name", "birth_name")

EntryText = tuple[str, str]  # words and marks of an Entry
Texts = defaultdict[int, list[str]]


def index(pks: Iterable[int]) -> int:
    """Find these customers by what is true of them now, and who works for those whose name has changed. How many
    entries that changed; none when it is done twice."""
    with transaction.atomic():
        wanted = set(pks)
        renamed: set[int] = set()
        changed = sum(_index(some, renamed) for some in _batches(wanted))
        for some in _batches(renamed):
            staff = Relation.objects.filter(kind=Relation.Kind.EMPLOYER, to__in=some).values_list("of", flat=True)
            changed += sum(_index(others, set()) for others in _batches(set(staff) - wanted))
        return changed


def index_written(written: Written) -> None:
    """Keep the search index in line with what the journal wrote, where the search rests on it."""
    if written.customers and (written.tables & TABLES) and any(map(_searched, written.columns)):
        index(written.customers)


def _searched(column: str) -> bool:
    """Whether customers are found by this column, or by rows of this model that come and go."""
    model, _dot, name = column.partition(".")[2].partition(".")
    return f"customers.{model}" in TABLES and (not name or model != "customer" or name in SEARCHED)


def reindex(tell: Callable[[int, int], None] | None = None) -> int:
    """All of them: at one go where there is no entry yet, else in short transactions that change what is wrong.

    How many entries that changed. Words that nobody bears any more go, and how many bear each is counted.
    """
    fulltext.analyse(Customer, ContactPoint, Relation)
    total = Customer.objects.count()
    words: Counter[str] = Counter()
    step = _write_first if not Entry.objects.exists() else _mend
    changed = step(words, lambda done: tell(done, total) if tell else None)
    misspelling.count(words)
    fulltext.tidy()
    fulltext.analyse(Entry, Word, Slip)
    return changed


def forget(pks: Iterable[int]) -> None:
    """Before these customers are erased: take out what they are found by, down to the letters on the disk.

    Words that nobody else bears go as well. SQLite overwrites what is deleted (`secure_delete`), but the index of
    FTS5 is a log of its own: only rewriting it, as `fulltext.tidy` does here, leaves nothing of them.
    """
    with transaction.atomic():
        for some in _batches(pks):
            _drop(Entry.objects.filter(pk__in=some))
    fulltext.tidy()


def astray() -> int:
    """How many entries at least are too many, missing, or (in a sample) do not say what is true. 0: all is well."""
    alone = list(Customer.objects.unmerged().order_by("pk").values_list("pk", flat=True))
    differs = abs(len(alone) - Entry.objects.count())
    picked = random.Random(len(alone)).sample(alone, min(SAMPLE, len(alone)))  # noqa: S311
    there = dict(_existing(picked))
    return max(differs, sum(there.get(pk) != entry for pk, entry in entries(picked).items()))


def entries(pks: Sequence[int]) -> dict[int, EntryText]:
    """What each of these customers is to be found by; those for whom another stands are left out."""
    customers = list(Customer.objects.unmerged().filter(_among("pk", pks)).values_list(*FACTS))
    marks, around = _marks_and_around(pks)
    return {
        pk: (_words(names, around[pk]), " ".join(dict.fromkeys([mark(reference), *marks[pk]])))
        for pk, reference, *names in customers
    }


def _index(pks: Sequence[int], renamed: set[int]) -> int:
    """Two who change the same customer wait for one another here: the later one sees what both wrote."""
    locked = Customer.objects.select_for_update(no_key=True).filter(_among("pk", pks)).order_by("pk")
    into = dict(locked.values_list("pk", "merged_into"))
    alone = {pk for pk, other in into.items() if other is None}
    stand_for_others = {other for other in into.values() if other is not None}
    return _bring_in_line([*(alone | stand_for_others)], set(pks) - alone, renamed)


def _bring_in_line(pks: Sequence[int], gone: set[int], renamed: set[int]) -> int:
    was, now = dict(_existing(pks)), entries(pks)
    differing = {pk: entry for pk, entry in now.items() if was.get(pk) != entry}
    fulltext.write([(pk, words, marks) for pk, (words, marks) in differing.items()])
    before, after = _all_words(was[pk] for pk in differing if pk in was), _all_words(differing.values())
    renamed.update(pk for pk, (words, _marks) in differing.items() if was.get(pk, ("", ""))[0] != words)
    misspelling.learn(after - before)
    misspelling.forget(before - after)
    return len(differing) + _drop(Entry.objects.filter(pk__in=gone))


def _drop(rows: QuerySet[Entry]) -> int:
    words = _all_words(rows.values_list("words", "marks"))
    dropped, _by_model = rows.delete()
    misspelling.forget(words)
    return dropped


def _mend(words: Counter[str], tell: Callable[[int], None]) -> int:
    changed, done = 0, 0
    stale = Entry.objects.exclude(customer__in=Customer.objects.unmerged()).values_list("pk", flat=True)
    with transaction.atomic():
        changed += _drop(Entry.objects.filter(pk__in=list(stale)))
    for some in _blocks():
        with transaction.atomic():
            changed += _index(some, set())
        for held, _marks in Entry.objects.filter(pk__in=some).values_list("words", "marks"):
            words.update(_names(held))
        done += len(some)
        tell(done)
    return changed


def _write_first(words: Counter[str], tell: Callable[[int], None]) -> int:
    """Sorting all of them once into the indexes is quicker than putting them in one by one."""
    changed, done = 0, 0
    with transaction.atomic():
        fulltext.drop()
        for some in _blocks():
            rows = entries(some)
            bulk.insert(Entry, ["customer", "words", "marks"], ((pk, *row) for pk, row in rows.items()))
            for held, _marks in rows.values():
                words.update(_names(held))
            changed, done = changed + len(rows), done + len(some)
            tell(done)
        fulltext.create()
    return changed


def _existing(pks: Sequence[int]) -> Iterator[tuple[int, EntryText]]:
    for pk, words, marks in Entry.objects.filter(_among("pk", pks)).values_list("pk", "words", "marks"):
        yield pk, (words, marks)


def _words(names: Sequence[str], around: Iterable[str]) -> str:
    """Parts that are written apart are found when they are typed as one: "le breton" by "lebreton"."""
    key, *parts = names
    tokens = key.split()
    for part in parts:
        words = _folded(part)
        tokens += [*words, "".join(words)] if len(words) > 1 else words
    return " ".join(dict.fromkeys([*tokens, *(f"@{word}" for text in around for word in _folded(text))]))


def _marks_and_around(pks: Sequence[int]) -> tuple[Texts, Texts]:
    """By customer: contact points and the references of those who were merged into them; towns and employers.

    Filtered and sorted here: asked for some kinds or an order, SQLite takes another index and reads all of the table.
    """
    marks: Texts = defaultdict(list)
    around: Texts = defaultdict(list)
    points = ContactPoint.objects.filter(_among("customer", pks)).values_list("pk", "customer", "kind", "value", "city")
    for _pk, of, kind, value, city in sorted(points):
        if kind != ContactPoint.Kind.ADDRESS:
            marks[of].append(phone_mark(value) if kind == ContactPoint.Kind.PHONE else mark(value))
        elif city:
            around[of].append(city)
    merged = Customer.objects.filter(_among("merged_into", pks)).values_list("pk", "merged_into", "reference")
    for _pk, into, reference in sorted(merged, key=lambda row: row[0]):
        marks[into or 0].append(mark(reference))
    employed = Relation.objects.filter(_among("of", pks), _still(timezone.localdate()), kind=Relation.Kind.EMPLOYER)
    for _pk, of, employer in sorted(employed.values_list("pk", "of", "to__name")):
        around[of].append(employer)
    return marks, around


def _among(name: str, pks: Sequence[int]) -> Q:
    """Of these; as a span where they follow one another, which is quicker to read than two thousand numbers."""
    if len(pks) > 1 and max(pks) - min(pks) == len(pks) - 1:
        return Q(**{f"{name}__gte": min(pks), f"{name}__lte": max(pks)})
    return Q(**{f"{name}__in": pks})


def _still(today: dt.date) -> Q:
    return Q(last_day=None) | Q(last_day__gte=today)


def mark(text: str) -> str:
    return "".join(text.lower().split())


def phone_mark(value: str) -> str:
    """The country's code, 0 and the number within the country: a piece of it is found whichever way it is typed.

    >>> phone_mark("+33612345678")
    '+330612345678'
    """
    number = value.partition(";")[0]
    digits = "".join(letter for letter in number if letter.isdecimal())
    return f"+{inland(digits)}" if number.startswith("+") else f"+{digits}"


def inland(digits: str) -> str:
    """Digits that begin with a country's code, with one 0 after it."""
    for length in (1, 2, 3):
        if digits[:length].isdecimal() and int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE:
            return f"{digits[:length]}0{digits[length:].removeprefix('0')}"
    return digits


@lru_cache(maxsize=20_000)
def _folded(text: str) -> list[str]:
    return name_key(text).split()


def _names(words: str) -> Iterator[str]:
    return (word for word in words.split() if not word.startswith("@"))


def _all_words(texts: Iterable[EntryText]) -> set[str]:
    return {word for words, _marks in texts for word in _names(words)}


def _batches(pks: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(pks))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _blocks() -> Iterator[list[int]]:
    last = 0
    while some := list(Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield some
        last = some[-1]
