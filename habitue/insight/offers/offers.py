"""Next offers: new items that each customer is likely to buy, and reminders of items that are due.

Four rankings of the items that a customer does not have are compared on the past: 8-week popularity, the uptake of
these weeks, item-based neighbours, and EASE (`rankings`). One is used only if it beats popularity on weeks that it was
not chosen on (`offer_choice`); the record gives the accuracy of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.offers import reminders
from habitue.insight.offers.offer_choice import Choice, choose, features
from habitue.insight.offers.ownership import Level, Ownership, families, joined, ownership
from habitue.insight.offers.rankings import WINDOW, Ranking, again, best, count
from habitue.insight.offers.reasons import Followed, Reasons, followed, reasons

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts

SAMPLE = 20_000  # customers on whom rankings are compared
MOST = 1_500  # items of EASE: its time grows with their cube


@dataclass(frozen=True)
class Offers:
    """The offers. `parts()`: the table in pieces of some customers each, to bound memory; `table`: all of it.

    One row an offer, ordered by customer: customer_id int64; kind "offer" or "reminder"; rank int16 from 1; item int64
    (a product id; for a family the smallest of its product ids); chance float64, the probability that it is bought
    in the next 28 days, null if too little is known to fit it; support int32, customers who have bought it.
    Of an offer: because, a list of {item, share, customers, bought}: the customer's item with weight in its score, the
    share of that weight, how many customers had that item and not the offered one 28 days ago, and how many of those
    have bought the offered one since (0 and 0 unless both are among the 2,000 items with most customers).
    Of a reminder: times int32, days on which they bought it; elapsed int32, days since the last one; gap float64, the
    usual days between two.

    `used`: the kind of ranking in use. `record`: see `offers`. `families`: the family of each item.
    """

    as_of: int
    used: str
    record: dict[str, Any]
    families: dict[int, str | None] = field(repr=False)
    plan: Plan = field(repr=False)

    def parts(self) -> Iterator[pa.Table]:
        """The table in pieces, in order."""
        return self.plan.tables()

    @property
    def table(self) -> pa.Table:
        """The whole table."""

        import pyarrow as pa

        return pa.concat_tables([_schema().empty_table(), *self.parts()])


@dataclass(frozen=True)
class Plan:
    """All that the table is computed from."""

    known: Sequence[Ownership]
    ranking: Ranking
    choice: Choice
    gaps: npt.NDArray[np.floating[Any]]
    support: npt.NDArray[np.int32]
    counts: Followed
    top: int
    due: int

    def tables(self) -> Iterator[pa.Table]:
        """The table in pieces, in order."""
        for part in self.known:
            for some in part.batches(self.ranking.rows):
                yield _table(self, some)


def offers(facts: Facts, as_of: int, level: Level = "family", top: int = 5, due: int = 3, most: int = MOST) -> Offers:
    """At most `top` new items for each customer and `due` reminders, from what was known by the end of `as_of`.

    Returned goods count as not bought. An item that the customer has is no offer; one that they buy regularly is a
    reminder once it is due. `most`: items that EASE compares. Sources: `ease`, `neighbours`, `chances`.

    The record: {"level", "days": 28, "recent": 56, "used", "chosen", "settings", "windows": {"validation": {...},
    "later": {...}}}. A window: {"from", "to": day numbers, the first one excluded, "customers": who began with a new
    item, "ways": {kind: {"hit": hit@10, "map": MAP@10, "settings"}}}, where the average precision of a customer is
    divided by min(10, items begun). With too few to compare, "windows" is empty. "chance": {"offers", "expected",
    "bought", "bands": the same by fifths of the probability} of the first `top` in the later window; "reminders":
    {"reminders", "bought", "expected"} there. Either is None if too little is known to fit it.
    """
    known = ownership(facts, as_of, level)
    items = known[0].items if known else np.empty(0, np.int64)
    sample = max(-(-sum(len(part.customers) for part in known) // SAMPLE), 1)

    def then(day: int) -> Ownership:
        return joined(ownership(facts, day, level, items, sample) if known else [], day, items)

    today = joined(known, as_of, items) if sample == 1 else then(as_of)
    choice = choose((then(as_of - 2 * WINDOW), then(as_of - WINDOW), today), most, top)
    ranking = again(known or [today], most, choice.like)
    support = count(known).astype(np.int32)
    counts = followed(ranking, known, support)
    plan = Plan(known, ranking, choice, reminders.gaps(known), support, counts, top, due)
    return Offers(as_of, ranking.kind, {"level": level} | choice.record, families(facts, level), plan)


def _table(plan: Plan, part: Ownership) -> pa.Table:
    """Offers and reminders of the customers of `part`."""

    import pyarrow as pa

    both = pa.concat_tables([_offers(plan, part), _reminders(plan, part)])
    return both.sort_by([("customer_id", "ascending"), ("kind", "ascending"), ("rank", "ascending")])


def _offers(plan: Plan, part: Ownership) -> pa.Table:
    """The offers of the customers of `part`."""

    import pyarrow as pa

    columns, scores = best(plan.ranking, part, plan.top)
    kept = columns.ravel() >= 0
    chance = plan.choice.chance.of(features(part, scores)[kept]) if plan.choice.chance else None
    rank = np.tile(np.arange(1, columns.shape[1] + 1, dtype=np.int16), len(columns))[kept]
    place = plan.ranking.items[columns.ravel()[kept]]
    count = len(rank)
    return pa.table(
        {
            "customer_id": np.repeat(part.customers, columns.shape[1])[kept],
            "kind": pa.repeat("offer", count),
            "rank": rank,
            "item": part.items[place],
            "chance": pa.nulls(count, pa.float64()) if chance is None else chance,
            "support": plan.support[place],
            "because": _because(reasons(plan.ranking, part, columns, plan.counts), kept, plan.ranking, part),
            "times": pa.nulls(count, pa.int32()),
            "elapsed": pa.nulls(count, pa.int32()),
            "gap": pa.nulls(count, pa.float64()),
        },
        schema=_schema(),
    )


def _because(rows: Reasons, kept: npt.NDArray[np.bool_], ranking: Ranking, part: Ownership) -> pa.Array:
    """The reasons as a column of lists."""

    import pyarrow as pa

    lengths = np.bincount(rows.offer, minlength=len(kept))[kept]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    item = part.items[ranking.items[rows.column]]
    values = [pa.array(column) for column in (item, rows.share, rows.customers, rows.bought)]
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(values, fields=list(_reason())))


def _reminders(plan: Plan, part: Ownership) -> pa.Table:
    """The reminders of the customers of `part`."""

    import pyarrow as pa

    due = reminders.due(part, plan.gaps, plan.due, plan.choice.due_chance)
    row, count = due.row, len(due.row)
    return pa.table(
        {
            "customer_id": part.customers[part.customer[row]],
            "kind": pa.repeat("reminder", count),
            "rank": due.rank.astype(np.int16),
            "item": part.items[part.item[row]],
            "chance": pa.nulls(count, pa.float64()) if due.chance is None else due.chance,
            "support": plan.support[part.item[row]],
            "because": pa.nulls(count, pa.list_(_reason())),
            "times": part.days[row],
            "elapsed": (part.day - part.last[row]).astype(np.int32),
            "gap": due.gap,
        },
        schema=_schema(),
    )


def _reason() -> pa.StructType:
    """The type of a reason."""

    import pyarrow as pa

    return pa.struct([("item", pa.int64()), ("share", pa.float32()), ("customers", pa.int32()), ("bought", pa.int32())])


def _schema() -> pa.Schema:
    """The columns of the table."""

    import pyarrow as pa

    return pa.schema(
        [
            ("customer_id", pa.int64()),
            ("kind", pa.string()),
            ("rank", pa.int16()),
            ("item", pa.int64()),
            ("chance", pa.float64()),
            ("support", pa.int32()),
            ("because", pa.list_(_reason())),
            ("times", pa.int32()),
            ("elapsed", pa.int32()),
            ("gap", pa.float64()),
        ]
    )
