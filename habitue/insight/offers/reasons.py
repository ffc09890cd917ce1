"""Explanations of offers: the items of the customer with the most weight in the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.offers.rankings import WINDOW, Ranking

if TYPE_CHECKING:
    from habitue.insight.offers.ownership import Ints, Ownership

    Ids = npt.NDArray[np.int64]

MOST_REASONS = 2
COUNTED = 2_000  # items whose pairs are counted: two square matrices of that size are held


@dataclass(frozen=True)
class Reasons:
    """One row a reason, ordered by offer and weight. `offer`: index of the offer; `column`: of the customer's item.

    `share`: of the sum of weights of the offer; `customers` and `bought`: see `Followed`.
    """

    offer: Ids
    column: Ids
    share: npt.NDArray[np.float32]
    customers: Ints
    bought: Ints


def reasons(ranking: Ranking, part: Ownership, columns: Ints, counts: Followed) -> Reasons:
    """The reasons of the offers to the customers of `part`, at most MOST_REASONS each.

    `columns`: customers x offers, columns of `ranking`, -1 for none. A ranking without weights gives no reasons.
    """
    empty = np.empty(0, np.int64)
    if ranking.weights is None:
        return Reasons(empty, empty, empty.astype(np.float32), empty.astype(np.int32), empty.astype(np.int32))
    has = part.matrix(ranking.place, len(ranking.items))
    offers = np.flatnonzero(columns.ravel() >= 0)
    offered = columns.ravel()[offers].astype(np.int64)
    customer = offers // columns.shape[1]
    size = np.diff(has.indptr)[customer]
    begin = np.cumsum(size) - size
    rows = np.repeat(has.indptr[customer] - begin, size) + np.arange(int(size.sum()))
    owned, wanted = has.indices[rows].astype(np.int64), np.repeat(offered, size)
    weight = np.maximum(_weights(ranking, owned, wanted), 0.0)
    offer = np.repeat(np.arange(len(offers)), size)
    total = np.bincount(offer, weight, minlength=len(offers))
    first = np.lexsort((owned, -weight, offer))
    first = first[np.arange(len(first)) - np.repeat(begin, size) < MOST_REASONS]
    first = first[weight[first] > 0]
    counted, bought = counts.of(owned[first], wanted[first])
    share = (weight[first] / total[offer[first]]).astype(np.float32)
    return Reasons(offers[offer[first]], owned[first], share, counted, bought)


@dataclass(frozen=True)
class Followed:
    """How often one item followed another, as two matrices over the COUNTED items with most customers.

    Of `customers` who had the first item and not the second WINDOW days ago, how many have `bought` the second since.
    `place`: the row of each column of the ranking, -1 for none.
    """

    place: Ints
    customers: npt.NDArray[np.int32]
    bought: npt.NDArray[np.int32]

    def of(self, antecedent: Ids, consequent: Ids) -> tuple[Ints, Ints]:
        """Customers and buyers for each pair of columns; zeros where the pair was not counted."""
        known = (self.place[antecedent] >= 0) & (self.place[consequent] >= 0)
        at = self.place[antecedent], self.place[consequent]
        return np.where(known, self.customers[at], 0), np.where(known, self.bought[at], 0)


def followed(ranking: Ranking, known: Sequence[Ownership], support: Ints) -> Followed:
    """The counts for the items of a ranking. `support`: the number of customers of each item."""
    most = np.sort(np.argsort(-support[ranking.items], kind="stable")[:COUNTED])
    size = len(most)
    place = np.full(len(ranking.items), -1, np.int32)
    place[most] = np.arange(size, dtype=np.int32)
    if ranking.weights is None:
        return Followed(place, *np.zeros((2, size, size), np.int32))
    customers, bought = np.zeros((2, size, size), np.int32)
    columns = np.where(ranking.place >= 0, place[ranking.place], -1).astype(np.int32)
    for part in known:
        then = part.first <= part.day - WINDOW
        old, new = (part.matrix(columns, size, rows) for rows in (then, ~then))
        customers += old.sum(axis=0).astype(np.int32)[:, None] - (old.T @ old).toarray().astype(np.int32)
        bought += (old.T @ new).toarray().astype(np.int32)
    return Followed(place, customers, bought)


def _weights(ranking: Ranking, rows: Ids, columns: Ids) -> Any:
    """The weights at these rows and columns, as a flat array."""
    values = ranking.weights[rows, columns]
    return np.asarray(values if isinstance(values, np.ndarray) else values.toarray()).ravel()
