"""Transitions between stages: the transition matrix, when each customer entered a stage, how long stages last.

All are computed from a table of stages by customer and day, as `stages_at` gives it, ordered by customer and day. A
transition is dated to the first of these days on which it is seen: with month ends, to a month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.intervals import SMALL_SAMPLE, ratio_of
from habitue.insight.lifecycle.stages import STAGES
from habitue.insight.models.kaplanmeier import kaplan_meier

if TYPE_CHECKING:
    import pyarrow as pa

    Numbers = npt.NDArray[Any]

WITHIN = (31, 92, 183, 365)  # days: the longest month, quarter, half-year and year
AT_ONCE = 200_000  # customers at a time, to bound memory


@dataclass(frozen=True)
class Panel:
    """The stage of customers on the observed days, as arrays with one value a row of the table.

    `customers`: the ids; `days`: the observed days; `customer` and `step`: indexes into these; `stage`: into STAGES.
    """

    customers: Numbers
    days: Numbers
    customer: Numbers
    step: Numbers
    stage: Numbers

    @property
    def follows(self) -> npt.NDArray[np.bool_]:
        """Whether the row before is of the same customer, on the observed day just before."""
        after = (np.diff(self.customer) == 0) & (np.diff(self.step) == 1)
        return np.concatenate([[False], after]) if len(self.customer) else after


def transitions(table: pa.Table) -> dict[str, Any]:
    """The transition matrix between stages, from each observed day to the next, pooled over all pairs of days.

    {"days": number observed, "first", "last": day numbers, "customers",
    "arrived": [{"stage", "customers"}, ...]: the first stage of those who had not bought by the first day,
    "from": [{"stage", "customers", "of": transitions, "few": fewer than 20 customers,
              "to": [{"stage", "count", "share", "low", "high"}, ...]}, ...]}, staying included.
    95 % intervals clustered by customer (`intervals.ratio_of`); with two days they are Wilson's.
    """
    panel = _panel(table)
    follows = panel.follows
    sums = _Sums()
    for customer, was, now in _moves(panel, follows):
        sums.add(customer, was, now)
    newly = np.flatnonzero(~follows & (panel.step > 0) & _first_rows(panel.customer))
    arrived = np.bincount(panel.stage[newly], minlength=len(STAGES))
    return {
        "days": len(panel.days),
        "first": int(panel.days[0]) if len(panel.days) else None,
        "last": int(panel.days[-1]) if len(panel.days) else None,
        "customers": len(panel.customers),
        "arrived": [{"stage": STAGES[at], "customers": int(arrived[at])} for at in np.flatnonzero(arrived)],
        "from": [sums.row(at) for at in np.flatnonzero(sums.customers).tolist()],
    }


def durations(table: pa.Table) -> list[dict[str, Any]]:
    """How long each stage lasts: Kaplan-Meier curves of the spells of customers seen entering it.

    [{"stage", "spells", "ended", "few", "median": {"days", "low", "high"}, "within": [{"days", "share", "low", "high",
    "at_risk", "few"}, ...]}, ...]: `share` has left the stage by then. Spells not over on the last day are censored;
    those that run on the first day are left out, since their beginning is unknown. The intervals (95 %) take the spells
    of one customer as independent. With month ends, durations are whole months.
    """
    spells = _spells(_panel(table))
    rows = []
    for rank, stage in enumerate(STAGES):
        chosen = spells.seen & (spells.stage == rank)
        if chosen.any():
            curve = kaplan_meier((spells.end - spells.start)[chosen], spells.over[chosen])
            rows.append(
                {
                    "stage": stage,
                    "spells": curve.cases,
                    "ended": int(spells.over[chosen].sum()),
                    "few": curve.cases < SMALL_SAMPLE,
                    "median": curve.quantile(),
                    "within": [curve.ended_by(days) for days in WITHIN],
                }
            )
    return rows


def entries(table: pa.Table) -> pa.Table:
    """The stage of each customer on the last day they are observed: customer_id, stage, since, seen.

    `since` (day number): the first observed day of that spell; `seen`: false where that is the first day of all, so
    that the spell may have begun before.
    """
    import pyarrow as pa

    panel = _panel(table)
    spells = _spells(panel)
    last = np.flatnonzero(np.append(np.diff(spells.customer), 1)) if len(spells.customer) else np.empty(0, np.int64)
    return pa.table(
        {
            "customer_id": panel.customers[spells.customer[last]],
            "stage": pa.array(STAGES).take(pa.array(spells.stage[last])),
            "since": spells.start[last].astype(np.int32),
            "seen": spells.seen[last],
        }
    )


def _panel(table: pa.Table) -> Panel:
    """The table as a Panel."""

    import pyarrow as pa
    import pyarrow.compute as pc

    stage = pc.index_in(table["stage"], pa.array(STAGES)).cast(pa.int8()).to_numpy()
    customer, day = table["customer_id"].to_numpy(), table["day"].to_numpy()
    first = _first_rows(customer)
    days = np.sort(pc.unique(table["day"]).to_numpy())
    step = np.searchsorted(days, day).astype(np.int16)
    return Panel(customer[first], days, np.cumsum(first, dtype=np.int32) - 1, step, stage)


def _first_rows(customer: Numbers) -> npt.NDArray[np.bool_]:
    """Whether a row is the first one of its customer."""
    return np.concatenate([[True], np.diff(customer) != 0]) if len(customer) else np.empty(0, bool)


def _moves(panel: Panel, follows: npt.NDArray[np.bool_]) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Pairs of consecutive days, some customers at a time: customer (from 0), stage before, stage after."""
    edges = np.searchsorted(panel.customer, np.arange(0, len(panel.customers) + AT_ONCE, AT_ONCE))
    for start, end in pairwise(edges.tolist()):
        at = start + np.flatnonzero(follows[start:end])
        yield panel.customer[at] - panel.customer[start], panel.stage[at - 1], panel.stage[at]


class _Sums:
    """Sums over customers of k, k * k and k * n for each transition: k times made, out of n from its stage."""

    def __init__(self) -> None:
        size = len(STAGES)
        self.part, self.part_squared, self.crossed = (np.zeros((size, size)) for _ in range(3))
        self.whole, self.whole_squared = np.zeros(size), np.zeros(size)
        self.customers = np.zeros(size, np.int64)

    def add(self, customer: Numbers, was: Numbers, now: Numbers) -> None:
        """Add some customers, numbered from 0 in rising order."""
        size = len(STAGES)
        if not len(customer):
            return
        cells = (customer.astype(np.int64) * size + was) * size + now
        k = np.bincount(cells, minlength=(int(customer[-1]) + 1) * size**2).reshape(-1, size, size)
        n = k.sum(axis=2)
        self.part += k.sum(axis=0)
        self.part_squared += (k * k).sum(axis=0)
        self.crossed += (k * n[:, :, None]).sum(axis=0)
        self.whole += n.sum(axis=0)
        self.whole_squared += (n * n).sum(axis=0)
        self.customers += (n > 0).sum(axis=0)

    def row(self, was: int) -> dict[str, Any]:
        """The row of the matrix for the stage `was`, with clustered intervals."""
        customers = int(self.customers[was])
        to = []
        whole, whole_squared = float(self.whole[was]), float(self.whole_squared[was])
        for now in np.flatnonzero(self.part[was]).tolist():
            part, squared, crossed = (float(of[was, now]) for of in (self.part, self.part_squared, self.crossed))
            ratio = ratio_of(part, whole, squared, crossed, whole_squared, customers)
            to.append({"stage": STAGES[now]} | {name: ratio[name] for name in ("count", "share", "low", "high")})
        return {
            "stage": STAGES[was],
            "customers": customers,
            "of": int(self.whole[was]),
            "few": customers < SMALL_SAMPLE,
            "to": to,
        }


@dataclass(frozen=True)
class _Spells:
    """Spells: days in a row of a customer in one stage, [start, end). `over`: they left it; `seen`: seen entering."""

    customer: Numbers
    stage: Numbers
    start: Numbers
    end: Numbers
    over: npt.NDArray[np.bool_]
    seen: npt.NDArray[np.bool_]


def _spells(panel: Panel) -> _Spells:
    """The spells of all customers: runs of consecutive observed days in one stage."""
    follows = panel.follows
    first = np.flatnonzero(~(follows & np.concatenate([[False], np.diff(panel.stage) == 0])[: len(follows)]))
    last = np.append(first[1:], len(panel.customer)) - 1 if len(first) else first
    over = np.append(follows, False)[last + 1] if len(first) else np.empty(0, bool)
    until = np.minimum(panel.step[last] + over, len(panel.days) - 1) if len(first) else first
    return _Spells(
        customer=panel.customer[first],
        stage=panel.stage[first],
        start=panel.days[panel.step[first]],
        end=panel.days[until],
        over=over,
        seen=panel.step[first] > 0,
    )
