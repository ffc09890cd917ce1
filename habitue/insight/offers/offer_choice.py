"""Model selection for offers: rankings are chosen on four past weeks and tested on the next four."""

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
    Judged = tuple[Ranking, Accuracy]

FEWEST = 20  # customers who began with a new item: with fewer, popularity is used
BANDS = 5  # of the probability, in the record
REMINDERS = 3  # of each customer, in the record


@dataclass(frozen=True)
class Choice:
    """The chosen ranking `like` as it was on a past day, its record, and the probabilities to use today."""

    like: Ranking
    record: dict[str, Any]
    chance: chances.Chance | None = None
    due_chance: chances.Chance | None = None


def choose(known: tuple[Ownership, Ownership, Ownership], most: int, top: int) -> Choice:
    """The ranking to use, chosen by MAP@10 in the first window if it beats popularity in the second one too.

    `known`: the ownership of the same customers 2 x WINDOW days ago, WINDOW days ago, and today; `most`: items (see
    `rankings`); `top`: offers a customer. The record is described at `offers.offers`.
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
    # The record tests the procedure of four weeks ago; today's probabilities are fitted on the latest weeks.
    return Choice(
        like,
        record,
        chances.fit(*_followed(judged[used][0], between, today, top)),
        reminders.learn(between, today, reminders.gaps([between])),
    )


def features(part: Ownership, scores: Floats) -> Floats:
    """The covariates of the probability of an offer: its score, and the customer's new items, silence and item count.

    `scores`: customers of `part` x offers. One row an offer, ordered by customer.
    """
    customer = part.customer
    news = np.bincount(customer[part.first > part.day - RECENT], minlength=len(part.customers))
    seen = np.full(len(part.customers), part.day - RECENT)
    np.maximum.at(seen, customer, part.last)
    columns = [np.log1p(news), np.log1p(part.day - seen), np.log1p(np.diff(part.start))]
    beside = np.repeat(np.column_stack(columns), scores.shape[1], axis=0)
    return np.column_stack([np.log(np.maximum(scores.ravel(), 1e-12)), beside])


def _best_of_each(known: Ownership, later: Ownership, most: int) -> dict[str, Judged]:
    """The ranking with the highest MAP@10 of each kind."""
    most_precise: dict[str, Judged] = {}
    for some in rankings([known], most):
        for ranking, accuracy in zip(some, measure(some, known, later), strict=True):
            if ranking.kind not in most_precise or accuracy.map > most_precise[ranking.kind][1].map:
                most_precise[ranking.kind] = ranking, accuracy
    return most_precise


def _judge(like: Ranking, known: Ownership, later: Ownership, most: int) -> Judged:
    """The ranking `like`, fitted on `known`, with its accuracy on `later`."""
    ranking = again([known], most, like)
    return ranking, measure([ranking], known, later)[0]


def _window(known: Ownership, later: Ownership, ways: dict[str, Judged]) -> dict[str, Any]:
    """The record of one window: the accuracy of each kind."""
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
    """The covariates of the offers that would have been made on `known.day`, and which were bought since."""
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
    """How well the probabilities are calibrated on the later window; None without them."""
    if chance is None:
        return None
    inputs, bought = _followed(ranking, known, later, top)
    probabilities = chance.of(inputs)
    band = np.argsort(np.argsort(probabilities, kind="stable"), kind="stable") * BANDS // max(len(probabilities), 1)
    return _sums(probabilities, bought) | {
        "bands": [_sums(probabilities[band == at], bought[band == at]) for at in range(BANDS)]
    }


def _sums(probabilities: Floats, bought: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The number of offers, the sum of their probabilities, and how many were bought."""
    return {"offers": len(probabilities), "expected": float(probabilities.sum()), "bought": int(bought.sum())}
