"""Why an item is offered: the purchases of the customer that speak for it, by the weights of the ranking itself."""

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
COUNTED = 2_000  # items: two tables of so many rows and columns are held


@dataclass(frozen=True)
class Reasons:
    """One row a reason, by offer and strongest first: the place of its offer, the column of the item that the customer
    has, its share of all that speaks for the offer, and of how many `customers` how many `bought` (`Followed`)."""

    offer: Ids
    column: Ids
    share: npt.NDArray[np.float32]
    customers: Ints
    bought: Ints


def reasons(ranking: Ranking, part: Ownership, columns: Ints, counts: Followed) -> Reasons:
    """Of what was offered to the customers of `part` (customers x offers, columns of `ranking`, -1 for none)."""
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
    speaks = np.maximum(_weights(ranking, owned, wanted), 0.0)
    offer = np.repeat(np.arange(len(offers)), size)
    total = np.bincount(offer, speaks, minlength=len(offers))
    first = np.lexsort((owned, -speaks, offer))
    first = first[np.arange(len(first)) - np.repeat(begin, size) < MOST_REASONS]
    first = first[speaks[first] > 0]
    counted, bought = counts.of(owned[first], wanted[first])
    share = (speaks[first] / total[offer[first]]).astype(np.float32)
    return Reasons(offers[offer[first]], owned[first], share, counted, bought)


@dataclass(frozen=True)
class Followed:
    """For each two columns of a ranking: of how many `customers` who had the one and not the other WINDOW days ago how
    many have `bought` the other since. Counted for the COUNTED items that most customers have; `place` is -1 else."""

    place: Ints
    customers: npt.NDArray[np.int32]
    bought: npt.NDArray[np.int32]

    def of(self, antecedent: Ids, consequent: Ids) -> tuple[Ints, Ints]:
        """For each pair of columns; zeros where it was not counted."""
        known = (self.place[antecedent] >= 0) & (self.place[consequent] >= 0)
        at = self.place[antecedent], self.place[consequent]
        return np.where(known, self.customers[at], 0), np.where(known, self.bought[at], 0)


def followed(ranking: Ranking, known: Sequence[Ownership], support: Ints) -> Followed:
    """`support`: customers who have each item."""
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
    values = ranking.weights[rows, columns]
    return np.asarray(values if isinstance(values, np.ndarray) else values.toarray()).ravel()
