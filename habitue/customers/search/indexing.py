"""The search index (`Entry`), kept up to date with customers, contact points and relations.

Writes through the journal update it by themselves. Code that writes without the journal calls `index`, and `forget`
before it deletes people for good.
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
    """Update the search entries of these customers, and of the staff of those whose name changed.

    Returns how many entries changed: 0 when nothing was out of date.
    """
    with transaction.atomic():
        wanted = set(pks)
        renamed: set[int] = set()
        changed = sum(_index(some, renamed) for some in _batches(wanted))
        for some in _batches(renamed):
            staff = Relation.objects.filter(kind=Relation.Kind.EMPLOYER, to__in=some).values_list("of", flat=True)
            changed += sum(_index(others, set()) for others in _batches(set(staff) - wanted))
        return changed


def index_written(written: Written) -> None:
    """Update the search index after a write of the journal, where it touched a column that search depends on."""
    if written.customers and (written.tables & TABLES) and any(map(_searched, written.columns)):
        index(written.customers)


def _searched(column: str) -> bool:
    """Whether search depends on this column, "<table>.<model>.<field>" (no field: rows of the model come or go)."""
    model, _dot, name = column.partition(".")[2].partition(".")
    return f"customers.{model}" in TABLES and (not name or model != "customer" or name in SEARCHED)


def reindex(progress: Callable[[int, int], None] | None = None) -> int:
    """Check the search entries of all customers and correct those that are wrong; returns how many changed.

    An empty index is written in one transaction, else short ones are used. Words that nobody has any more are deleted,
    and how many customers have each word is counted. `progress` gets (customers done, total).
    """
    fulltext.analyse(Customer, ContactPoint, Relation)
    total = Customer.objects.count()
    words: Counter[str] = Counter()
    step = _write_first if not Entry.objects.exists() else _mend
    changed = step(words, lambda done: progress(done, total) if progress else None)
    misspelling.count(words)
    fulltext.tidy()
    fulltext.analyse(Entry, Word, Slip)
    return changed


def forget(pks: Iterable[int]) -> None:
    """Delete the search entries of customers who are about to be erased, with no trace left on the disk.

    Words that nobody else has are deleted too. SQLite overwrites what is deleted (`secure_delete`), but FTS5 keeps a
    log of its own, which `fulltext.tidy` rewrites here.
    """
    with transaction.atomic():
        for some in _batches(pks):
            _drop(Entry.objects.filter(pk__in=some))
    fulltext.tidy()


def astray() -> int:
    """A lower bound of how many search entries are wrong, from counts and a random sample; 0 where none was found."""
    unmerged = list(Customer.objects.unmerged().order_by("pk").values_list("pk", flat=True))
    differs = abs(len(unmerged) - Entry.objects.count())
    picked = random.Random(len(unmerged)).sample(unmerged, min(SAMPLE, len(unmerged)))  # noqa: S311
    there = dict(_existing(picked))
    return max(differs, sum(there.get(pk) != entry for pk, entry in entries(picked).items()))


def entries(pks: Sequence[int]) -> dict[int, EntryText]:
    """By customer id, the words and marks to find each by; merged records are left out.

    Words are those of names, towns and employers; marks are e-mail addresses, telephone numbers and references.
    """
    customers = list(Customer.objects.unmerged().filter(_among("pk", pks)).values_list(*FACTS))
    marks, around = _marks_and_around(pks)
    return {
        pk: (_words(names, around[pk]), " ".join(dict.fromkeys([mark(reference), *marks[pk]])))
        for pk, reference, *names in customers
    }


def _index(pks: Sequence[int], renamed: set[int]) -> int:
    """Update the entries of these customers, whose rows are locked: of two concurrent writers the later sees both
    changes.

    Adds the ids of those whose words changed to `renamed`, and returns how many entries changed.
    """
    locked = Customer.objects.select_for_update(no_key=True).filter(_among("pk", pks)).order_by("pk")
    into = dict(locked.values_list("pk", "merged_into"))
    unmerged = {pk for pk, other in into.items() if other is None}
    canonical = {other for other in into.values() if other is not None}
    return _bring_in_line([*(unmerged | canonical)], set(pks) - unmerged, renamed)


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


def _mend(words: Counter[str], progress: Callable[[int], None]) -> int:
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
        progress(done)
    return changed


def _write_first(words: Counter[str], progress: Callable[[int], None]) -> int:
    """Fill the empty index: the entries first and then the full-text index, which is faster than row by row."""
    changed, done = 0, 0
    with transaction.atomic():
        fulltext.drop()
        for some in _blocks():
            rows = entries(some)
            bulk.insert(Entry, ["customer", "words", "marks"], ((pk, *row) for pk, row in rows.items()))
            for held, _marks in rows.values():
                words.update(_names(held))
            changed, done = changed + len(rows), done + len(some)
            progress(done)
        fulltext.create()
    return changed


def _existing(pks: Sequence[int]) -> Iterator[tuple[int, EntryText]]:
    for pk, words, marks in Entry.objects.filter(_among("pk", pks)).values_list("pk", "words", "marks"):
        yield pk, (words, marks)


def _words(names: Sequence[str], around: Iterable[str]) -> str:
    """The searchable words of a customer: those of `names`, and those of `around` (towns, employers) with @ before
    them.

    A name of several words is also indexed as one word, so that "lebreton" finds "Le Breton".
    """
    key, *parts = names
    tokens = key.split()
    for part in parts:
        words = _folded(part)
        tokens += [*words, "".join(words)] if len(words) > 1 else words
    return " ".join(dict.fromkeys([*tokens, *(f"@{word}" for text in around for word in _folded(text))]))


def _marks_and_around(pks: Sequence[int]) -> tuple[Texts, Texts]:
    """By customer id, (contact points and references of merged records; towns and employers).

    Filtered and sorted in Python: with conditions on the kind or an order, SQLite chooses another index and reads the
    whole table.
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
    """The condition that column `name` is one of `pks`; a range where they are consecutive, which is faster."""
    if len(pks) > 1 and max(pks) - min(pks) == len(pks) - 1:
        return Q(**{f"{name}__gte": min(pks), f"{name}__lte": max(pks)})
    return Q(**{f"{name}__in": pks})


def _still(today: dt.date) -> Q:
    return Q(last_day=None) | Q(last_day__gte=today)


def mark(text: str) -> str:
    return "".join(text.lower().split())


def phone_mark(value: str) -> str:
    """A telephone number as it is indexed: country code, 0, national number, so that both usual ways of typing are part
    of it.

    >>> phone_mark("+33612345678")
    '+330612345678'
    """
    number = value.partition(";")[0]
    digits = "".join(filter(str.isdecimal, number))
    return f"+{inland(digits)}" if number.startswith("+") else f"+{digits}"


def inland(digits: str) -> str:
    """The digits of an international number, with one 0 inserted after the country code."""
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
