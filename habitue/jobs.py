"""Background jobs. django-q2 keeps the queue and the schedule in the database; `queue` sees to workers that die."""

from __future__ import annotations

import datetime as dt

from habitue.queue import leasing
from habitue.queue.leasing import leased

NIGHTLY = "nightly refresh"
NIGHTLY_DUPLICATES = "nightly duplicates"


@leased
def nightly_refresh() -> str:
    """Delete forgotten uploads and refresh all portraits. Idempotent, as portraits are replaced as a whole."""
    from habitue.imports import uploading
    from habitue.portraits.refreshing import refresh

    uploading.sweep()
    return str(refresh())


@leased
def refresh_outdated() -> str:
    """Refresh the portraits after facts changed; does nothing where they know all facts."""
    from habitue.portraits import refreshing

    return str(refreshing.refresh_outdated() or "")


@leased
def nightly_duplicates() -> str:
    """Look for duplicates among all customers. Idempotent: known and decided pairs are not proposed again."""
    from habitue.customers.duplicates.deduplicating import find

    return str(find())


@leased
def dry_run(upload: int, mark: str) -> None:
    """Do the dry run of an upload; for the same file and choices the result is the same."""
    from habitue.imports import uploading
    from habitue.imports.models import Upload

    if row := Upload.objects.filter(pk=upload).first():
        uploading.run_dry(row, mark)


@leased
def bring_in(import_: int) -> None:
    """Import an uploaded file; started twice, it resumes where it was."""
    from habitue.imports import uploading
    from habitue.imports.models import Import

    if row := Import.objects.filter(pk=import_).first():
        uploading.bring_in(row)


@leased
def undo_import(import_: int) -> None:
    """Undo an import, as somebody has asked for; of one that is undone already nothing is done."""
    from habitue.imports import uploading
    from habitue.imports.models import Import

    if row := Import.objects.filter(pk=import_).first():
        uploading.undo(row)


def plan() -> None:
    """Put the nightly jobs on the schedule unless they are there (an administrator may move them), and queue again
    what a worker left.
    """
    from django.utils import timezone
    from django_q.models import Schedule

    tomorrow = timezone.localtime().replace(hour=3, second=0, microsecond=0) + dt.timedelta(days=1)
    for name, work, minute in ((NIGHTLY, nightly_refresh, 10), (NIGHTLY_DUPLICATES, nightly_duplicates, 40)):
        defaults = {"func": f"habitue.jobs.{work.__name__}", "schedule_type": Schedule.DAILY}
        Schedule.objects.get_or_create(name=name, defaults=defaults | {"next_run": tomorrow.replace(minute=minute)})
    leasing.take_up(lost=dt.timedelta())
