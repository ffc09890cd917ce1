"""Whether the portraits know all facts: each event that changes facts is noted, and a refresh is queued for it.

A refresh that takes long is left to the night. Facts have a version: a refresh knows those of the version that it read
before it copied them, so that an event that is committed meanwhile is not taken for known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, When
from django.utils import timezone
from django_q.models import Schedule

from habitue.events.listeners import Written
from habitue.portraits.latest import latest_refresh
from habitue.portraits.models import FactsVersion, Refresh
from habitue.queue import leasing

FACTS = {f"purchases.{name}" for name in ("order", "orderline", "product", "promotion", "contract")}  # tables
WHO = {"customers.customer.merged_into_id", "customers.customer.internal"}  # columns that say whose facts they are
JOB = "habitue.jobs.refresh_outdated"
LOST = dt.timedelta(hours=1)  # a queued refresh that has not begun by then is queued anew
AGAIN = dt.timedelta(minutes=1)  # later, where another refresh runs
QUICK = dt.timedelta(minutes=10)  # a refresh that took longer is left to the night
FEW = 20  # customers whose portraits are computed at once
ONLY = 1  # the key of the only row


@dataclass(frozen=True)
class Freshness:
    """What a page says of portraits that do not know all facts.

    `since`: the first change that they do not know. `at`: when they will be computed; None for at once. `job`: the
    state of the job that does it, "stopped" where its worker died; None where only the night's is planned.
    """

    since: dt.datetime
    at: dt.datetime | None
    job: leasing.State | None = None


def follow(written: Written) -> None:
    """Note a change of facts, and queue a refresh. The portraits of a few merged customers are computed at once."""
    if (written.tables & FACTS or written.columns & WHO) and not at_once(written):
        note_change()


def at_once(written: Written) -> bool:
    """Whether this says whose the facts of a few customers are, whose portraits are then computed with it."""
    return bool(written.customers and len(written.customers) <= FEW and written.columns & WHO)


def note_change() -> None:
    """Count a new version of the facts; its row is locked until the transaction ends."""
    now = timezone.now()
    FactsVersion.objects.bulk_create([FactsVersion(pk=ONLY)], ignore_conflicts=True)
    since = Case(When(version=F("computed"), then=now), default=F("since"))
    FactsVersion.objects.filter(pk=ONLY).update(version=F("version") + 1, since=since, changed_at=now)
    transaction.on_commit(queue)


def queue() -> None:
    """Queue a refresh unless one is queued, or the last one took so long that the next night is early enough."""
    now = timezone.now()
    if takes_long():
        return
    waiting = FactsVersion.objects.filter(pk=ONLY, version__gt=F("computed"))
    free = waiting.exclude(queued_at__gt=now - LOST)
    if free.update(queued_at=now):
        leasing.add(JOB)


def take() -> bool:
    """Take the queued refresh out of the queue, and return whether there is anything for it to do."""
    FactsVersion.objects.filter(pk=ONLY).update(queued_at=None)
    return FactsVersion.objects.filter(pk=ONLY, version__gt=F("computed")).exists()


def try_later() -> None:
    """Queue a refresh for when the one that is running may have ended."""
    later = timezone.now() + AGAIN
    Schedule.objects.create(func=JOB, schedule_type=Schedule.ONCE, next_run=later)
    FactsVersion.objects.filter(pk=ONLY).update(queued_at=later)


def version() -> int:
    """The version of the facts that a refresh will know which copies them from now on."""
    return FactsVersion.objects.filter(pk=ONLY).values_list("version", flat=True).first() or 0


def computed(version: int) -> None:
    """Note that the portraits know the facts of this version."""
    since = Case(When(version__gt=version, then=F("changed_at")), default=None)
    FactsVersion.objects.filter(pk=ONLY).update(computed=version, since=since)


def freshness() -> Freshness | None:
    """None where the portraits know all facts."""
    row = FactsVersion.objects.filter(pk=ONLY, version__gt=F("computed")).first()
    return _freshness(row.since, row.queued_at) if row else None


def of_refresh(run: Refresh | None) -> Freshness | None:
    """The same from `latest_refresh`, without a query where it knows all facts."""
    return _freshness(getattr(run, "outdated_since", None), getattr(run, "queued_at", None)) if run else freshness()


def _freshness(since: dt.datetime | None, queued_at: dt.datetime | None) -> Freshness | None:
    if not since:
        return None
    job = leasing.state(JOB)
    soon = job in ("waiting", "running", "stopped") or (queued_at and job != "given_up")
    return Freshness(since, None if soon else next_night(), job)


def next_night() -> dt.datetime | None:
    """When the nightly refresh runs next; None where it is not planned."""
    planned: dt.datetime | None = (
        Schedule.objects.filter(func="habitue.jobs.nightly_refresh").values_list("next_run", flat=True).first()
    )
    return planned


def takes_long() -> bool:
    """Whether the last refresh took longer than the time after which the next is left to the night."""
    last = latest_refresh()
    return bool(last and last.finished_at and last.finished_at - last.started_at > QUICK)
