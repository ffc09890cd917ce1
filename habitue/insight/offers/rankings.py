"""Rankings of the items that a customer does not have yet, and their accuracy (hit@10, MAP@10).

The score of an item is max(sum of the weights from what the customer has, FLOOR) * base of the item. For popularity and
uptake there are no weights: the base alone orders the items. Else base = uptake ^ power: similarity to the customer's
own items, times how many of those without the item have begun with it lately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.offers import ease, neighbours

if TYPE_CHECKING:
    from habitue.insight.offers.ownership import Ints, Ownership

    Floats = npt.NDArray[np.floating[Any]]
    Columns = tuple[Ints, Ints]  # indexes of items, rising; and the column of each of all items, or -1

KINDS = ("popularity", "uptake", "neighbours", "ease")
RECENT = 56  # days of the popularity, the baseline of all rankings
WINDOW = 28  # days in which an offer is to be taken up
AT = 10  # accuracy is that of the first ten items
PENALTIES = (5.0, 10.0, 20.0)  # of EASE, in units of the mean number of customers of an item
HALF_LIVES = (14, 56)  # days after which an uptake counts half
POWERS = (0.5, 0.75, 1.0)  # exponents of the uptake
FLOOR = 1e-4  # least sum of weights, so that the base orders items without any
COMMON = 5  # customers: items that fewer have get no neighbours
WIDER = 6  # times as many items for neighbours as for EASE: their weights are sparse
CELLS = 1_000_000  # scores held at a time


@dataclass(frozen=True)
class Ranking:
    """A fitted ranking. `items` (indexes into all) can be offered; `place`: the column of each item, -1 for none."""

    kind: str
    settings: dict[str, float]
    items: Ints
    place: Ints
    base: npt.NDArray[np.float32]
    weights: Any = field(default=None, repr=False)  # columns x columns, dense or sparse; None: the same for everybody

    def raw(self, part: Ownership) -> npt.NDArray[np.float32]:
        """The sums of weights, at least FLOOR: customers of `part` x items."""
        if self.weights is None:
            return np.ones((len(part.customers), len(self.items)), np.float32)
        scores = part.matrix(self.place, len(self.items)) @ self.weights
        return np.maximum(scores if isinstance(scores, np.ndarray) else scores.toarray(), np.float32(FLOOR))

    @property
    def rows(self) -> int:
        """The customers whose scores may be held at a time."""
        return CELLS // max(len(self.items), 1) + 1


def rankings(parts: Sequence[Ownership], most: int, like: Ranking | None = None) -> Iterator[list[Ranking]]:
    """All candidate rankings, or those of the kind of `like` with its weights; in lists that share their weights.

    `most`: the items of EASE and of the rankings without weights; neighbours take WIDER times as many.
    """
    owned = count(parts)
    kinds = KINDS if like is None else (like.kind,)
    taken = {half: uptake(parts, half) for half in HALF_LIVES}
    if "popularity" in kinds:
        yield [_plain("popularity", {}, popularity(parts), owned, most)]
    if "uptake" in kinds:
        for half, base in taken.items():
            yield [_plain("uptake", {"half_life": half}, base, owned, most)]
    for kind, settings, columns, weights in _weights(parts, owned, most, kinds, like):
        yield [
            Ranking(
                kind, settings | {"half_life": half, "power": power}, *columns, _base(base**power, columns), weights
            )
            for half, base in taken.items()
            for power in POWERS
        ]


def again(parts: Sequence[Ownership], most: int, like: Ranking) -> Ranking:
    """The ranking of the same kind and settings as `like`, fitted on other ownership."""
    candidates = (ranking for some in rankings(parts, most, like) for ranking in some)
    return next(ranking for ranking in candidates if ranking.settings == like.settings)


def count(
    parts: Sequence[Ownership], which: Callable[[Ownership], npt.NDArray[np.bool_]] = lambda part: part.days > 0
) -> npt.NDArray[np.float64]:
    """The number of customers by item, over the entries that `which` selects."""
    total = np.zeros(len(parts[0].items) if parts else 0)
    for part in parts:
        total += np.bincount(part.item[which(part)], minlength=len(total))
    return total


def popularity(parts: Sequence[Ownership]) -> Floats:
    """The number of customers who bought each item in the last RECENT days."""
    return count(parts, lambda part: part.last > part.day - RECENT)


def uptake(parts: Sequence[Ownership], half_life: float) -> Floats:
    """The share of customers who began with each item lately, of those who did not have it before.

    A first purchase counts half after `half_life` days. Shrunk towards one in a hundred by 50 imagined customers.
    """
    owned, customers = count(parts), sum(len(part.customers) for part in parts)
    lately = sum(
        (
            np.bincount(part.item, np.exp2((part.first - part.day) / half_life), minlength=len(part.items))
            for part in parts
        ),
        np.zeros(len(owned)),
    )
    return (lately + 0.5) / (customers - owned + 50.0)


@dataclass
class Accuracy:
    """Accuracy over customers who began with some item: those with a hit in the first ten, and the sum of their APs."""

    customers: int = 0
    hits: int = 0
    precision: float = 0.0

    @property
    def hit(self) -> float:
        """hit@10: the share of customers with a hit."""
        return self.hits / max(self.customers, 1)

    @property
    def map(self) -> float:
        """MAP@10: the mean average precision."""
        return self.precision / max(self.customers, 1)


def measure(some: Sequence[Ranking], known: Ownership, later: Ownership) -> list[Accuracy]:
    """The accuracy of rankings that share their weights, on first purchases after `known.day`, by `later.day`.

    Over the customers with any. The average precision of a customer is divided by the most that could be hit: min(10,
    items begun with).
    """
    accuracies = [Accuracy() for _ in some]
    for part in known.batches(some[0].rows):
        began, count = _began(part, later, some[0])
        raw = some[0].raw(part)
        for accuracy, ranking in zip(accuracies, some, strict=True):
            columns, _scores = best(ranking, part, AT, raw)
            right = (columns >= 0) & began[np.arange(len(columns))[:, None], columns]
            _add(accuracy, right[count > 0], count[count > 0])
    return accuracies


def best(
    ranking: Ranking, part: Ownership, top: int, raw: npt.NDArray[np.float32] | None = None
) -> tuple[Ints, npt.NDArray[np.float32]]:
    """The `top` items that each customer of `part` does not have: columns, best first, -1 for none; and their scores.

    Both of shape (customers, `top`). `raw`: `ranking.raw(part)`, if it is computed already.
    """
    scores = (ranking.raw(part) if raw is None else raw) * ranking.base
    has = part.matrix(ranking.place, len(ranking.items))
    scores[np.repeat(np.arange(has.shape[0]), np.diff(has.indptr)), has.indices] = -np.inf
    top = min(top, scores.shape[1])
    columns = np.argpartition(scores, scores.shape[1] - top, axis=1)[:, scores.shape[1] - top :]
    columns.sort(axis=1)  # equal scores keep the order of the items
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    kept = np.take_along_axis(scores, columns, axis=1)
    return np.where(np.isneginf(kept), -1, columns).astype(np.int32), kept


def _add(accuracy: Accuracy, right: npt.NDArray[np.bool_], count: npt.NDArray[np.int64]) -> None:
    """Add customers with the hits in their first ten (`right`) and the number of items they began with."""
    precision = right.cumsum(axis=1) / np.arange(1, right.shape[1] + 1)
    accuracy.customers += len(right)
    accuracy.hits += int(right.any(axis=1).sum())
    accuracy.precision += float(((precision * right).sum(axis=1) / np.minimum(count, AT)).sum())


def _began(part: Ownership, later: Ownership, ranking: Ranking) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which columns each customer of `part` began with since, and with how many items in all."""
    at, there = places(later.customers, part.customers)
    news = later.first > part.day
    count = np.bincount(later.customer[news], minlength=len(later.customers))[at] * there
    began = later.matrix(ranking.place, len(ranking.items), news)[at].toarray() > 0
    began[~there] = False
    return began, count


def places(among: npt.NDArray[np.int64], ids: npt.NDArray[np.int64]) -> tuple[Any, npt.NDArray[np.bool_]]:
    """The index of each id in `among` (rising), and whether it is there (else the index is 0)."""
    at = np.searchsorted(among, ids)
    at[at == len(among)] = 0
    there = among[at] == ids if len(among) else np.zeros(len(ids), bool)
    return np.where(there, at, 0), there


def _weights(
    parts: Sequence[Ownership], owned: Floats, most: int, kinds: Sequence[str], like: Ranking | None
) -> Iterator[tuple[str, dict[str, float], Columns, Any]]:
    """Kind, settings, columns and weights of each candidate with weights."""
    if not owned.any():
        return
    if "neighbours" in kinds:
        columns = _columns(owned, min(COMMON, int(owned.max())), WIDER * most)
        size, place = len(columns[0]), columns[1]
        weights = neighbours.weights(lambda: (part.matrix(place, size) for part in parts), size)
        yield "neighbours", {}, columns, weights
    if "ease" in kinds:
        columns = _columns(owned, 1, most)
        together = gram(parts, columns)
        mean = float(np.trace(together)) / len(together)
        for penalty in PENALTIES if like is None else (like.settings["penalty"],):
            yield "ease", {"penalty": penalty}, columns, ease.weights(together, penalty * mean)


def _columns(score: Floats, least: float, most: int) -> Columns:
    """The `most` items of the highest score, of those with at least `least`."""
    order = np.argsort(-score, kind="stable")[:most]
    items = np.sort(order[score[order] >= max(least, 1e-12)]).astype(np.int32)
    place = np.full(len(score), -1, np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    return items, place


def _plain(kind: str, settings: dict[str, float], base: Floats, owned: Floats, most: int) -> Ranking:
    """A ranking without weights, over the `most` items of the highest base."""
    columns = _columns(np.where(owned > 0, base, 0.0), 0.0, most)
    return Ranking(kind, settings, *columns, _base(base, columns))


def _base(base: Floats, columns: Columns) -> npt.NDArray[np.float32]:
    """The base of the chosen items."""
    return base[columns[0]].astype(np.float32)


def gram(parts: Sequence[Ownership], columns: Columns) -> npt.NDArray[np.float64]:
    """X'X: how many customers have both of each two items."""
    items, place = columns
    together = np.zeros((len(items), len(items)))
    for part in parts:
        has = part.matrix(place, len(items))
        together += (has.T @ has).toarray()
    return together
