"""The history of stages: transitions observed at the end of each month (docs/decisions/0004)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Case, IntegerField, Max, Value, When

from habitue import insight
from habitue.kernel.database import bulk
from habitue.portraits import facts
from habitue.portraits.models import Refresh, Stage, StageChange

Numbers = npt.NDArray[Any]

PROSPECT, NONE = 0, len(Stage.values)  # codes of stages are their places in the life cycle; NONE is no stage yet
AT_ONCE = 2_000_000  # stages of a day, to bound the memory that looking at them takes
CODES = 16  # room for a code behind a day
STORED = pa.schema({"customer_id": pa.int64(), "last": pa.int64()})


def stage_changes(
    known: insight.Facts, parameters: dict[str, Any], run: Refresh, thresholds: insight.Thresholds
) -> tuple[dt.date, pa.Table]:
    """(first day of the replaced history, transitions at month ends since then)."""
    since = first_day_to_trace(run)
    days = [facts.day_number(on) for on in month_ends(since, run.as_of)]
    stages = insight.stages_at(known, days, parameters, thresholds)
    return since, transitions(stages, *stages_before(since))


def first_day_to_trace(run: Refresh) -> dt.date:
    """The first day of the earliest month that is new, was running at the last refresh, or whose facts changed."""
    earlier = Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    if earlier and yardstick(earlier) != yardstick(run):
        earlier = None  # the whole history is replaced
    running = [earlier.as_of.replace(day=1)] if earlier else []
    changed = facts.changed_months(earlier.facts if earlier else {}, run.facts)
    return min([run.as_of.replace(day=1), *changed, *running])


def yardstick(run: Refresh) -> tuple[Any, Any]:
    """The settings that stages depend on beside fitted parameters: where they differ, the whole history is replaced."""
    return run.thresholds, run.parameters.get("returning", {}).get("form")


def month_ends(since: dt.date, until: dt.date) -> list[dt.date]:
    """The last day of every month from `since` on, and `until` itself."""
    ends, month = [], since
    while (end := facts.next_month(month) - dt.timedelta(days=1)) < until:
        ends.append(end)
        month = facts.next_month(month)
    return [*ends, until]


def stages_before(since: dt.date, customer: int | None = None) -> tuple[Numbers, Numbers]:
    """(ids of customers with a stage stored before a day, ascending; code of their last such stage). `customer`: one
    id.

    The database finds the last one as the maximum of a number made of day and code, so that only one row a customer is
    read.
    """
    code = Case(*(When(now=stage, then=Value(at)) for at, stage in enumerate(Stage.values)), default=Value(NONE))
    stored = StageChange.objects.filter(on__lt=since, **({"customer": customer} if customer else {}))
    last = stored.values("customer_id").annotate(
        last=Max(bulk.DayNumber("on") * CODES + code, output_field=IntegerField())
    )
    rows = last.order_by("customer_id").values_list("customer_id", "last")
    table = pa.Table.from_batches(bulk.read(rows, STORED), STORED)
    return table["customer_id"].to_numpy(), (table["last"].to_numpy() % CODES).astype(np.int8)


def transitions(stages: pa.Table, customers: Numbers, before: Numbers) -> pa.Table:
    """A table of transitions (customer, on, was, now) from one of stages (customer_id, day, stage), sorted so.

    `before`: codes of the stages of `customers` (ascending ids) before the first day. Being a prospect from the start
    is no transition.
    """
    parts = [_transitions(part, customers, before) for part in by_customers(stages)]
    return pa.concat_tables(parts)


def by_customers(stages: pa.Table) -> Iterator[pa.Table]:
    """Slices of about AT_ONCE rows, with all rows of a customer in one slice; at least one slice."""
    customer, start = stages["customer_id"].to_numpy(), 0
    while start + AT_ONCE < len(customer):
        end = int(np.searchsorted(customer, customer[start + AT_ONCE], side="right"))
        yield stages.slice(start, end - start)
        start = end
    yield stages.slice(start)


def _transitions(stages: pa.Table, customers: Numbers, before: Numbers) -> pa.Table:
    customer, now = stages["customer_id"].to_numpy(), codes(stages["stage"])
    first = np.append(True, customer[1:] != customer[:-1])[: len(customer)]
    stored = look_up(customer[first], customers, before)
    which = np.cumsum(first) - 1
    ever = np.cumsum(now != PROSPECT)
    never = (stored[which] == NONE) & (ever == (ever - (now != PROSPECT))[first][which])
    now = np.where(never, NONE, now)
    was = np.where(first, stored[which], np.append(NONE, now[:-1])[: len(now)]).astype(np.int8)
    changed = np.flatnonzero(now != was)
    names = pa.array([*Stage.values, ""])
    return pa.table(
        {
            "customer": customer[changed],
            "on": stages["day"].to_numpy()[changed],
            "was": names.take(pa.array(was[changed])),
            "now": names.take(pa.array(now[changed])),
        }
    )


def codes(stages: pa.ChunkedArray) -> Numbers:
    """The codes of stages: their positions in the life cycle."""
    places: Numbers = pc.index_in(stages, pa.array(Stage.values)).to_numpy().astype(np.int8)
    return places


def look_up(wanted: Numbers, customers: Numbers, codes: Numbers) -> Numbers:
    at = np.searchsorted(customers, wanted)
    matches = np.append(customers, -1)[at] == wanted
    return np.where(matches, np.append(codes, NONE)[at], NONE).astype(np.int8)
