"""What runs beside the web: django-q2 keeps the queue and the schedule in the database."""

from __future__ import annotations

NIGHTLY = "nightly refresh"


def nightly_refresh() -> str:
    """Idempotent: the portraits are replaced as a whole, so running it twice changes nothing."""
    from habitue.imports import uploading
    from habitue.portraits.refreshing import refresh

    uploading.sweep()
    return str(refresh())


def rehearse(upload: int, mark: str) -> None:
    """Say what the import of a file would do; again on the same file it says the same."""
    from habitue.imports import uploading
    from habitue.imports.models import Upload

    if found := Upload.objects.filter(pk=upload).first():
        uploading.rehearse(found, mark)


def bring_in(import_: int) -> None:
    """Import a file that was given at the desk; started twice, it goes on where it was."""
    from habitue.imports import uploading
    from habitue.imports.models import Import

    if found := Import.objects.filter(pk=import_).first():
        uploading.bring_in(found)


def plan() -> None:
    """Put the nightly work on the schedule once; the operator may move it."""
    import datetime as dt

    from django.utils import timezone
    from django_q.models import Schedule

    from habitue.imports import uploading

    at_night = timezone.localtime().replace(hour=3, minute=10, second=0, microsecond=0) + dt.timedelta(days=1)
    Schedule.objects.get_or_create(
        name=NIGHTLY,
        defaults={"func": "habitue.jobs.nightly_refresh", "schedule_type": Schedule.DAILY, "next_run": at_night},
    )
    uploading.take_up()
