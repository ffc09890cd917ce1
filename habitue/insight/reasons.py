"""Why an item is offered: the purchases of the customer that speak for it, by the weights of the ranking itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.rankings import WINDOW, Ranking

if TYPE_CHECKING:
    from habitue.insight.had import Had, Ints

    Ids = npt.NDArray[np.int64]

MOST_REASONS = 2
AT_ONCE = 200  # columns whose counts are dense for a while


@dataclass(frozen=True)
class Reasons:
    """One row a reason, by offer and strongest first: the place of its offer, the column of the item that the customer
    has, its share of all that speaks for the offer, and of how many `customers` how many `bought` (see `follow`)."""

    offer: Ids
    column: Ids
    share: npt.NDArray[np.float32]
    customers: Ints
    bought: Ints


def reasons(ranking: Ranking, part: Had, columns: Ints, known: Sequence[Had]) -> Reasons:
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
    counted, bought = follow(ranking, known, owned[first], wanted[first])
    share = (speaks[first] / total[offer[first]]).astype(np.float32)
    return Reasons(offers[offer[first]], owned[first], share, counted, bought)


def follow(ranking: Ranking, known: Sequence[Had], had: Ids, then: Ids) -> tuple[Ints, Ints]:
    """For each pair of columns: the customers who had the one and not the other WINDOW days ago, and how many of those
    have bought the other since."""
    customers, bought = np.zeros(len(had), np.int32), np.zeros(len(had), np.int32)
    asked = np.unique(then)
    for begin in range(0, len(asked), AT_ONCE):
        some = asked[begin : begin + AT_ONCE]
        pairs = np.flatnonzero((then >= some[0]) & (then <= some[-1]))
        at = np.searchsorted(some, then[pairs])
        for part in known:
            old = part.matrix(ranking.place, len(ranking.items), part.first <= part.day - WINDOW)
            place = np.full(len(ranking.items), -1, np.int32)
            place[some] = np.arange(len(some), dtype=np.int32)
            place = np.where(ranking.place >= 0, place[ranking.place], -1).astype(np.int32)
            both = (old.T @ part.matrix(place, len(some), part.first <= part.day - WINDOW)).toarray()
            since = (old.T @ part.matrix(place, len(some), part.first > part.day - WINDOW)).toarray()
            counts = np.bincount(old.indices, minlength=len(ranking.items))
            customers[pairs] += (counts[had[pairs]] - both[had[pairs], at]).astype(np.int32)
            bought[pairs] += since[had[pairs], at].astype(np.int32)
    return customers, bought


def _weights(ranking: Ranking, rows: Ids, columns: Ids) -> Any:
    found = ranking.weights[rows, columns]
    return np.asarray(found if isinstance(found, np.ndarray) else found.toarray()).ravel()
