"""The refresh: computes the portraits of all customers from facts, each night and after imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue import insight
from habitue.events import journal
from habitue.kernel.database import bulk
from habitue.kernel.database.locking import held
from habitue.kernel.errors import HabitueError
from habitue.portraits import facts, freshness, offering, standing, tracing
from habitue.portraits.models import NextOffers, Portrait, Refresh, Renewal, StageChange
from habitue.segments import counting

Progress = Callable[[str, int, int], None]
PORTRAIT_FIELDS = [field.name for field in Portrait._meta.concrete_fields]
IDS = pa.schema({"id": pa.int64()})
FEW = 500  # ids in one statement
BUSY = 409  # status of the error where another refresh runs


@dataclass
class Work:
    """The state of a running refresh, passed from step to step; a field without a value yet is set by its step."""

    run: Refresh
    known: insight.Facts
    day: int
    version: int  # of the facts
    result: insight.Portraits = field(init=False)
    renewals: pa.Table = field(init=False)
    traced: tuple[dt.date, pa.Table] = field(init=False)


def refresh(as_of: dt.date | None = None, progress: Progress = lambda step, done, total: None) -> Refresh:
    """Compute every portrait as of a day (default: the last day with orders) and replace the stored ones.

    Only one can run: a second call raises HabitueError (409) at once. A failure leaves the old portraits in place.
    """
    with alone():
        total = len(STEPS) + 1
        progress(_("copying facts"), 0, total)
        work = begin(as_of)
        for done, (name, step) in enumerate(STEPS, start=1):
            progress(str(name), done, total)
            step(work)
        progress(_("done"), total, total)
        return work.run


def refresh_outdated() -> Refresh | None:
    """Refresh if the portraits do not know all facts; where another refresh runs, a later one is queued."""
    if not freshness.take():
        return None
    try:
        return refresh()
    except HabitueError as error:
        if error.status != BUSY:
            raise
        freshness.try_later()
        return None


def begin(as_of: dt.date | None) -> Work:
    """Copy the facts and return the state of a new refresh. Stored portraits change in the step `write` only."""
    if as_of:
        require_known(as_of)
    version = freshness.version()
    manifest = facts.copy()
    day = as_of or facts.last_day() or timezone.localdate()
    return Work(Refresh(as_of=day, facts=manifest), insight.open_facts(facts.folder()), facts.day_number(day), version)


def compute_portraits(work: Work) -> None:
    work.result = insight.portraits(work.known, work.day, thresholds(), settings.DISCOUNT_RATE)
    describe(work.run, work.result)


def compute_base(work: Work) -> None:
    work.run.base = {
        "stages": stages_now(work.result.table),
        "retention": insight.retention(work.known, work.day),
    } | insight.base_analyses(work.known, work.day, work.result.table)


def foretell_renewals(work: Work) -> None:
    result = insight.contracts(work.known, work.day, settings.DISCOUNT_RATE)
    work.renewals = result.table.rename_columns({"contract_id": "contract"})
    work.run.parameters["contracts"] = {"used": result.used, "losses": result.losses, "checked": result.checked}


def look_for_offers(work: Work) -> None:
    offering.compute(work.run, work.known, work.day)


def look_back(work: Work) -> None:
    days = work.result.parameters["season_days"]
    work.run.record = insight.backtest(work.known, work.day - days, days, thresholds())


def trace_stages(work: Work) -> None:
    work.traced = tracing.stage_changes(work.known, work.result.parameters, work.run, thresholds())


@transaction.atomic
def write(work: Work) -> None:
    run, (since, changes) = work.run, work.traced
    run.finished_at = timezone.now()
    run.save()
    bulk.replace(Portrait, work.result.table.select([stored_as(name) for name in PORTRAIT_FIELDS]))
    standing.write_roles(run.as_of)
    bulk.replace(Renewal, work.renewals.select([field.name for field in Renewal._meta.concrete_fields]))
    bulk.replace(StageChange, changes, StageChange.objects.filter(on__gte=since))
    offering.write()
    forget_the_gone(work.result.table["customer_id"].to_numpy())
    freshness.computed(work.version)
    journal.begin("portraits.refreshed", refresh=run.id, as_of=run.as_of.isoformat())


def count_segments(work: Work) -> None:
    """Count the segments, after the portraits are committed, as many segments depend on them."""
    counting.refresh_segments()


STEPS: tuple[tuple[Promise, Callable[[Work], None]], ...] = (
    (gettext_lazy("computing portraits"), compute_portraits),
    (gettext_lazy("computing the base"), compute_base),
    (gettext_lazy("foretelling renewals"), foretell_renewals),
    (gettext_lazy("looking for next offers"), look_for_offers),
    (gettext_lazy("looking back"), look_back),
    (gettext_lazy("tracing stages back"), trace_stages),
    (gettext_lazy("writing"), write),
    (gettext_lazy("counting segments"), count_segments),
)


@contextmanager
def alone() -> Iterator[None]:
    """A context that holds the lock of refreshes; HabitueError (BUSY) where another one runs."""
    with held("refresh") as free:
        if not free:
            raise HabitueError(_("A refresh is running already. Wait for it to end, then try again."), BUSY)
        yield


def require_known(day: dt.date) -> None:
    """Raise HabitueError for a day before the first order or in the future."""
    first = facts.first_day()
    if day > timezone.localdate() or (first and day < first):
        raise HabitueError(
            _("Nothing is known of %(day)s. Choose a day from the first order, %(first)s, until today.")
            % {"day": day, "first": first or "–"}
        )


def thresholds() -> insight.Thresholds:
    return insight.Thresholds(settings.STAGE_SLOWING, settings.STAGE_AT_RISK, settings.STAGE_LOST)


def describe(run: Refresh, result: insight.Portraits) -> None:
    run.currency = result.currency
    run.other_currency_orders = result.other_currency_orders
    run.customers = result.table.num_rows
    run.orders = result.orders
    run.parameters = result.parameters
    run.thresholds = {"slowing": settings.STAGE_SLOWING, "at_risk": settings.STAGE_AT_RISK, "lost": settings.STAGE_LOST}


def forget_the_gone(customers: npt.NDArray[np.int64]) -> None:
    """Delete portraits of customers who were deleted, merged or made internal while the refresh was computing."""
    here = pa.Table.from_batches(bulk.read(facts.analysed().values_list("id"), IDS), IDS)["id"].to_numpy()
    gone = np.setdiff1d(customers, here).tolist()
    for start in range(0, len(gone), FEW):
        for model in (Portrait, StageChange, NextOffers):
            model._default_manager.filter(customer_id__in=gone[start : start + FEW]).delete()


def stages_now(table: pa.Table) -> dict[str, dict[str, Any]]:
    """By stage: number of customers, sum of their expected value (minor units) and its variance."""
    table = table.append_column("variance", pc.multiply(table["expected_value_sd"], table["expected_value_sd"]))
    sums = table.group_by("stage", use_threads=False).aggregate(
        [("customer_id", "count"), ("expected_value", "sum"), ("variance", "sum")]
    )
    return {
        row["stage"]: {
            "customers": row["customer_id_count"],
            "expected": row["expected_value_sum"] or 0,
            "variance": row["variance_sum"] or 0.0,
        }
        for row in sums.to_pylist()
    }


def stored_as(name: str) -> str:
    return "customer_id" if name == "customer" else name


def backtest(as_of: dt.date | None, days: int) -> dict[str, Any]:
    """Backtest of the stages as of a past day against the purchases of the `days` after it, on facts just copied."""
    last = facts.last_day()
    if last is None:
        raise HabitueError(_("There are no orders yet. Bring some in: habitue import orders FILE"))
    day = as_of or last - dt.timedelta(days=days)
    require_known(day)
    if day + dt.timedelta(days=days) > last:
        raise HabitueError(
            _("The facts end on %(last)s: %(days)s days after %(day)s are not over. Choose an earlier day.")
            % {"last": last, "days": days, "day": day}
        )
    with alone():
        facts.copy()
        return insight.backtest(insight.open_facts(facts.folder()), facts.day_number(day), days, thresholds())
