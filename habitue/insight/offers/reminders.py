"""Reminders: items that a customer buys regularly and that are due again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.offers import chances
from habitue.insight.offers.rankings import WINDOW, places

if TYPE_CHECKING:
    from habitue.insight.offers.ownership import Ownership

    Floats = npt.NDArray[np.floating[Any]]

REGULAR = 3  # days with the item: two gaps of the customer
STOPPED = 4  # gaps: after a longer silence the customer is taken to have stopped


@dataclass(frozen=True)
class Due:
    """Due reminders, ordered by customer and probability. `row`: entries of the ownership; `gap`: days."""

    row: npt.NDArray[np.int64]
    gap: Floats
    rank: npt.NDArray[np.int64]
    chance: Floats | None


def gaps(parts: Sequence[Ownership]) -> Floats:
    """The mean gap in days between two days with an item, by item; infinite where nobody bought it twice."""
    size = len(parts[0].items) if parts else 0
    spans, count = np.zeros(size), np.zeros(size)
    for part in parts:
        spans += np.bincount(part.item, part.last - part.first, minlength=size)
        count += np.bincount(part.item, part.days - 1, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count > 0, spans / count, np.inf)


def due(part: Ownership, usual: Floats, top: int | None, chance: chances.Chance | None = None) -> Due:
    """The items that each customer is due to buy again at the end of `part.day`, at most `top` each.

    Due is an item bought on REGULAR days or more, whose last day is at least a gap ago and at most STOPPED gaps. The
    gap is the customer's own mean, shrunk by one gap of the `usual` length (see `gaps`). Ordered by the probability of
    `chance`, or without it by the number of days.
    """
    gap = (part.last - part.first + usual[part.item]) / np.maximum(part.days, 1)
    elapsed = part.day - part.last
    rows = np.flatnonzero((part.days >= REGULAR) & (elapsed >= gap) & (elapsed <= STOPPED * np.maximum(gap, 1.0)))
    probability = chance.of(_features(part, rows, gap[rows])) if chance else None
    order = np.lexsort((rows, -(part.days[rows] if probability is None else probability), part.customer[rows]))
    customer = part.customer[rows][order]
    rank = np.arange(len(order)) - np.searchsorted(customer, customer) + 1
    kept = order if top is None else order[rank <= top]
    rank = rank if top is None else rank[rank <= top]
    return Due(rows[kept], gap[rows[kept]], rank, None if probability is None else probability[kept])


def learn(known: Ownership, later: Ownership, usual: Floats) -> chances.Chance | None:
    """The probability that a due item is bought: fitted on what was due on `known.day` and bought by `later.day`."""
    candidates = due(known, usual, None)
    return chances.fit(_features(known, candidates.row, candidates.gap), bought(known, later, candidates.row))


def record(
    known: Ownership, later: Ownership, usual: Floats, top: int, chance: chances.Chance | None
) -> dict[str, Any]:
    """The accuracy of the reminders of `known.day` by the end of `later.day`.

    {"reminders": how many, "bought": how many of them, "expected": the sum of their probabilities or None}.
    """
    reminded = due(known, usual, top, chance)
    return {
        "reminders": len(reminded.row),
        "bought": int(bought(known, later, reminded.row).sum()),
        "expected": None if reminded.chance is None else float(reminded.chance.sum()),
    }


def bought(known: Ownership, later: Ownership, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each of the entries `rows` of `known` was bought again by `later.day`."""
    at, there = places(later.customers, known.customers[known.customer[rows]])
    keys = later.customer.astype(np.int64) * len(later.items) + later.item
    where, seen = places(keys, at.astype(np.int64) * len(later.items) + known.item[rows])
    again: npt.NDArray[np.bool_] = there & seen
    if len(keys):
        again &= later.last[where] > known.day
    return again


def _features(part: Ownership, rows: npt.NDArray[np.int64], gap: Floats) -> Floats:
    """The covariates: days with the item, its silence and the window in gaps, and the silence of the customer."""
    elapsed = part.day - part.last[rows]
    seen = np.zeros(len(part.customers), np.int64)
    np.maximum.at(seen, part.customer, part.last)
    quiet = part.day - seen[part.customer[rows]]
    return np.column_stack(
        [
            np.log(part.days[rows]),
            np.log((elapsed + 1.0) / np.maximum(gap, 1.0)),
            np.log(WINDOW / np.maximum(gap, 1.0)),
            np.log1p(quiet),
        ]
    )
