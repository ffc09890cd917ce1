"""Facts in, portraits out: the nightly computation for the whole base, also run after an import."""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue import bulk, insight
from habitue.customers.models import Event
from habitue.errors import HabitueError
from habitue.portraits import facts
from habitue.portraits.models import Portrait, Refresh, Stage, StageChange

Progress = Callable[[str, int, int], None]
Passage = tuple[int, dt.date, str, str]  # customer, day, stage before, stage now
STEPS = 5
DAYS = {"as_of", "first_day", "last_day", "next_early", "next_middle", "next_late"}
PORTRAIT_FIELDS = [field.name for field in Portrait._meta.concrete_fields]
RECORD_DAYS = 91  # 13 weeks


def refresh(as_of: dt.date | None = None, progress: Progress = lambda step, done, total: None) -> Refresh:
    """Compute every portrait as of a day (default: the last day that facts cover) and replace the stored ones.

    One at a time: a second call waits for nothing and says so. A failure leaves the old portraits in place.
    """
    with alone():
        progress(_("copying facts"), 0, STEPS)
        if as_of:
            require_known(as_of)
        manifest = facts.copy()
        day = as_of or facts.last_day() or timezone.localdate()
        run = Refresh(as_of=day, facts=manifest)
        known = insight.open_facts(facts.folder())
        progress(_("computing portraits"), 1, STEPS)
        result = insight.portraits(known, facts.day_number(day), thresholds(), settings.DISCOUNT_RATE)
        describe(run, result)
        progress(_("computing the base"), 2, STEPS)
        run.base = {
            "retention": insight.retention(known, facts.day_number(day)),
            "concentration": insight.concentration(result.table),
        }
        run.record = insight.backtest(known, facts.day_number(day) - RECORD_DAYS, RECORD_DAYS, thresholds())
        progress(_("tracing stages back"), 3, STEPS)
        since, found = stage_changes(known, result, run)
        progress(_("writing"), 4, STEPS)
        write(run, result, since, found)
        progress(_("done"), STEPS, STEPS)
        return run


@contextmanager
def alone() -> Iterator[None]:
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with (settings.HOME / "refresh.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HabitueError(_("A refresh is running already. Wait for it to end, then try again."), 409) from error
        yield


def require_known(day: dt.date) -> None:
    """A day of which the facts can say something: not before the first order, not to come."""
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


def stage_changes(known: insight.Facts, result: insight.Portraits, run: Refresh) -> tuple[dt.date, list[Passage]]:
    """The passages seen at month ends, and the day from which they replace the stored ones."""
    since = first_day_to_trace(run)
    days = [facts.day_number(on) for on in month_ends(since, run.as_of)]
    stages = insight.stages_at(known, days, result.parameters, thresholds())
    in_order = zip(*(stages.column(name).to_pylist() for name in ("customer_id", "day", "stage")), strict=True)
    stored = StageChange.objects.filter(on__lt=since).order_by("on").values_list("customer_id", "now")
    return since, passages(in_order, dict(stored.iterator()))


def first_day_to_trace(run: Refresh) -> dt.date:
    """The first of the earliest month that is new, still running at the last refresh, or whose facts changed since."""
    earlier = Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    if earlier and earlier.thresholds != run.thresholds:
        earlier = None  # another yardstick: the whole past is told anew
    running = [earlier.as_of.replace(day=1)] if earlier else []
    changed = facts.changed_months(earlier.facts if earlier else {}, run.facts)
    return min([run.as_of.replace(day=1), *changed, *running])


def month_ends(since: dt.date, until: dt.date) -> list[dt.date]:
    """Every month's end from `since` on, and `until` itself."""
    ends, month = [], since
    while (end := facts.next_month(month) - dt.timedelta(days=1)) < until:
        ends.append(end)
        month = facts.next_month(month)
    return [*ends, until]


def passages(stages: Iterable[tuple[int, int, str]], before: dict[int, str]) -> list[Passage]:
    """From (customer, day, stage) in order to (customer, day, was, now) wherever the stage is not the one before."""
    found = []
    for customer, on, stage in stages:
        was = before.get(customer, "")
        if stage != was and (was or stage != Stage.PROSPECT):
            found.append((customer, facts.day_of(on), was, stage))
            before[customer] = stage
    return found


@transaction.atomic
def write(run: Refresh, result: insight.Portraits, since: dt.date, found: list[Passage]) -> None:
    run.finished_at = timezone.now()
    run.save()
    Portrait.objects.all()._raw_delete(Portrait.objects.db)
    bulk.insert(Portrait, PORTRAIT_FIELDS, portrait_rows(result.table))
    StageChange.objects.filter(on__gte=since)._raw_delete(StageChange.objects.db)
    bulk.insert(StageChange, ["customer", "on", "was", "now"], found)
    Event.objects.create(kind="portraits.refreshed", data={"refresh": run.id, "as_of": run.as_of.isoformat()})


def portrait_rows(table: pa.Table) -> Iterator[Sequence[Any]]:
    names = ["customer_id" if name == "customer" else name for name in PORTRAIT_FIELDS]
    for batch in table.select(names).to_batches(max_chunksize=20_000):
        columns = [
            [None if v is None else facts.day_of(v) for v in column.to_pylist()] if name in DAYS else column.to_pylist()
            for name, column in zip(names, batch.columns, strict=True)
        ]
        yield from zip(*columns, strict=True)


def backtest(as_of: dt.date | None, days: int) -> dict[str, Any]:
    """The stages of a past day against what was bought in the `days` after it, on facts brought up to date first."""
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
