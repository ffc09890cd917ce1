"""The search for possible duplicates among all customers. It writes pairs to look at; decided pairs are not proposed
again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from habitue.customers.duplicates import comparing, mixture
from habitue.customers.duplicates.comparing import Compared
from habitue.customers.duplicates.evidence import reasons
from habitue.customers.duplicates.mixture import Floats, Model
from habitue.customers.duplicates.profiles import profile
from habitue.customers.duplicates.reading import facts_of, facts_of_some
from habitue.customers.models import Customer, Pair
from habitue.events.journal import begin

SEARCHED = "duplicates.found"
LISTED = 0.5  # the probability from which a pair is shown
SURE = 0.95  # the probability from which pairs are preselected for merging many at once; a person decides
WRITTEN = 1_000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Counts:
    customers: int
    compared: int
    open: int
    new: int
    gone: int


def find(by: Any = None, show: Progress = lambda step, done, total: None) -> Counts:
    """Look for duplicates among all customers, and write, refresh and delete the open pairs accordingly.

    Idempotent: a second run finds the same pairs. `show` is called with the step, the count done and the total.
    """
    base = Customer.objects.unmerged()
    total = base.count()
    known = dict(_open())
    with comparing.connect() as connection:
        read = 0
        for batch in facts_of(base):
            connection.register("batch", comparing.table(map(profile, batch), with_keys=True))
            connection.execute("INSERT INTO profiles FROM batch" if read else "CREATE TABLE profiles AS FROM batch")
            read += len(batch)
            show("read", read, max(total, read))
        if read < 2:
            return _finished(by, read, 0, [], known)
        compared = comparing.compare_all(connection, list(known))
        model = comparing.fitted(connection, compared)
    show("compare", 1, 1)
    scores = comparing.scored(model, compared)
    remember(model)
    return _finished(by, read, len(scores), _listed(compared, scores), known)


def remember(model: Model) -> None:
    """Save the model as a file, for comparing single customers until the next run."""
    path = _path()
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(model.as_json()))
    beside.replace(path)


def remembered() -> Model:
    try:
        return _read(_path(), _path().stat().st_mtime_ns)
    except (FileNotFoundError, TypeError, ValueError):
        return mixture.usual(Customer.objects.count())


Row = tuple[int, int, float, list[int]]


def _listed(compared: Compared, scores: Floats) -> list[Row]:
    at = np.flatnonzero(scores >= LISTED)
    rows = zip(compared.first[at], compared.second[at], scores[at], compared.gammas[at], strict=True)
    return [(int(first), int(second), float(score), gammas.tolist()) for first, second, score, gammas in rows]


def _open() -> list[tuple[tuple[int, int], int]]:
    open_pairs = Pair.objects.filter(verdict=Pair.Verdict.OPEN, first__merged_into=None, second__merged_into=None)
    return [((first, second), pk) for pk, first, second in open_pairs.values_list("pk", "first", "second")]


@transaction.atomic
def _finished(by: Any, customers: int, compared: int, listed: list[Row], known: dict[tuple[int, int], int]) -> Counts:
    ends = Pair.objects.exclude(verdict=Pair.Verdict.OPEN).values_list("first", "second")
    decided = set(ends)
    asked = {(first, second): (score, gammas) for first, second, score, gammas in listed}
    asked = {pair: evidence for pair, evidence in asked.items() if pair not in decided}
    gone = [pk for pair, pk in known.items() if pair not in asked]
    for start in range(0, len(gone), WRITTEN):
        Pair.objects.filter(pk__in=gone[start : start + WRITTEN], verdict=Pair.Verdict.OPEN).delete()
    new = _write(asked, known)
    counts = Counts(customers, compared, len(asked), new, len(gone))
    begin(SEARCHED, by=by, **vars(counts))
    return counts


def _write(asked: dict[tuple[int, int], tuple[float, list[int]]], known: dict[tuple[int, int], int]) -> int:
    facts = facts_of_some(sorted({pk for pair in asked for pk in pair}))
    now = timezone.now()
    rows = [
        Pair(
            pk=known.get((first, second)),
            first_id=first,
            second_id=second,
            score=score,
            reasons=reasons(facts[first], facts[second], gammas),
            found_at=now,
        )
        for (first, second), (score, gammas) in asked.items()
        if first in facts and second in facts
    ]
    Pair.objects.bulk_update([row for row in rows if row.pk], ["score", "reasons"], batch_size=WRITTEN)
    new = [row for row in rows if not row.pk]
    Pair.objects.bulk_create(new, batch_size=WRITTEN, ignore_conflicts=True)
    return len(new)


def _path() -> Path:
    return settings.HOME / "duplicates.json"


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> Model:
    return Model(**json.loads(path.read_text()))
