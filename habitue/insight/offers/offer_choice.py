"""Which way of ordering offers is used: tried on four weeks of the past, and judged on the four weeks after those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.offers import chances, reminders
from habitue.insight.offers.rankings import (
    RECENT,
    WINDOW,
    Accuracy,
    Ranking,
    again,
    best,
    measure,
    places,
    rankings,
)

if TYPE_CHECKING:
    from habitue.insight.offers.ownership import Ownership

    Floats = npt.NDArray[np.floating[Any]]
    Way = tuple[Ranking, Accuracy]

FEWEST = 20  # customers who began with something new: with fewer, nothing is chosen but popularity
BANDS = 5  # of the chance, in the record
REMINDERS = 3  # a customer, in the record


@dataclass(frozen=True)
class Choice:
    """`like`: the way to use, with its settings, as it was on a past day. The chances are for what is told today."""

    like: Ranking
    record: dict[str, Any]
    chance: chances.Chance | None = None
    due_chance: chances.Chance | None = None


def choose(known: tuple[Ownership, Ownership, Ownership], most: int, top: int) -> Choice:
    """`known`: what the same customers had 2 x WINDOW days ago, WINDOW days ago, and today. The record: see `offers`.

    A way is chosen by MAP@10 in the first window. It is used if it beats popularity in the second one too.
    """
    before, between, today = known
    record: dict[str, Any] = {"days": WINDOW, "recent": RECENT, "chosen": "popularity", "settings": {}, "windows": {}}
    tried = _best_of_each(before, between, most)
    judged = {kind: _judge(ranking, between, today, most) for kind, (ranking, _accuracy) in tried.items()}
    if min(accuracy.customers for _, accuracy in (tried["popularity"], judged["popularity"])) < FEWEST:
        record |= {"used": "popularity", "chance": None, "reminders": None}
        return Choice(tried["popularity"][0], record)
    chosen = max(tried, key=lambda kind: tried[kind][1].map)
    used = chosen if judged[chosen][1].map > judged["popularity"][1].map else "popularity"
    like = tried[used][0]
    chance = chances.fit(*_followed(like, before, between, top))
    due_chance = reminders.learn(before, between, reminders.gaps([before]))
    record |= {
        "used": used,
        "chosen": chosen,
        "settings": tried[chosen][0].settings,
        "windows": {"validation": _window(before, between, tried), "later": _window(between, today, judged)},
        "chance": _chance_record(chance, judged[used][0], between, today, top),
        "reminders": reminders.record(between, today, reminders.gaps([between]), REMINDERS, due_chance),
    }
    # The record is that of the procedure four weeks ago; what is said today is learned from the latest weeks.
    return Choice(
        like,
        record,
        chances.fit(*_followed(judged[used][0], between, today, top)),
        reminders.learn(between, today, reminders.gaps([between])),
    )


def features(part: Ownership, scores: Floats) -> Floats:
    """What the chance of an offer rests on: its score, how much the customer began with lately, and how quiet they are.

    scores: customers of `part` x offers. A row an offer, by customer.
    """
    customer = part.customer
    news = np.bincount(customer[part.first > part.day - RECENT], minlength=len(part.customers))
    seen = np.full(len(part.customers), part.day - RECENT)
    np.maximum.at(seen, customer, part.last)
    columns = [np.log1p(news), np.log1p(part.day - seen), np.log1p(np.diff(part.start))]
    beside = np.repeat(np.column_stack(columns), scores.shape[1], axis=0)
    return np.column_stack([np.log(np.maximum(scores.ravel(), 1e-12)), beside])


def _best_of_each(known: Ownership, later: Ownership, most: int) -> dict[str, Way]:
    """By kind, the settings with the highest MAP@10."""
    most_precise: dict[str, Way] = {}
    for some in rankings([known], most):
        for ranking, accuracy in zip(some, measure(some, known, later), strict=True):
            if ranking.kind not in most_precise or accuracy.map > most_precise[ranking.kind][1].map:
                most_precise[ranking.kind] = ranking, accuracy
    return most_precise


def _judge(like: Ranking, known: Ownership, later: Ownership, most: int) -> Way:
    ranking = again([known], most, like)
    return ranking, measure([ranking], known, later)[0]


def _window(known: Ownership, later: Ownership, ways: dict[str, Way]) -> dict[str, Any]:
    return {
        "from": known.day,
        "to": later.day,
        "customers": ways["popularity"][1].customers,
        "ways": {
            kind: {"hit": accuracy.hit, "map": accuracy.map, "settings": ranking.settings}
            for kind, (ranking, accuracy) in ways.items()
        },
    }


def _followed(ranking: Ranking, known: Ownership, later: Ownership, top: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The features of what would have been offered at the end of `known.day`, and whether it was bought since."""
    rows: list[Floats] = [np.empty((0, 4))]
    right = [np.empty(0, bool)]
    for part in known.batches(ranking.rows):
        columns, scores = best(ranking, part, top)
        at, there = places(later.customers, part.customers)
        began = later.matrix(ranking.place, len(ranking.items), later.first > part.day)[at].toarray() > 0
        bought = began[np.arange(len(columns))[:, None], columns] & there[:, None]
        offered = (columns >= 0).ravel()
        rows.append(features(part, scores)[offered])
        right.append(bought.ravel()[offered])
    return np.concatenate(rows), np.concatenate(right)


def _chance_record(
    chance: chances.Chance | None, ranking: Ranking, known: Ownership, later: Ownership, top: int
) -> dict[str, Any] | None:
    if chance is None:
        return None
    inputs, bought = _followed(ranking, known, later, top)
    probabilities = chance.of(inputs)
    band = np.argsort(np.argsort(probabilities, kind="stable"), kind="stable") * BANDS // max(len(probabilities), 1)
    return _sums(probabilities, bought) | {
        "bands": [_sums(probabilities[band == at], bought[band == at]) for at in range(BANDS)]
    }


def _sums(probabilities: Floats, bought: npt.NDArray[np.bool_]) -> dict[str, Any]:
    return {"offers": len(probabilities), "expected": float(probabilities.sum()), "bought": int(bought.sum())}
