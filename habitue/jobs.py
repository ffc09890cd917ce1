"""What runs beside the web: django-q2 keeps the queue and the schedule in the database."""

from __future__ import annotations

NIGHTLY = "nightly refresh"


def nightly_refresh() -> str:
    """Idempotent: the portraits are replaced as a whole, so running it twice changes nothing."""
    from habitue.portraits.refreshing import refresh

    return str(refresh())


def plan() -> None:
    """Put the nightly work on the schedule once; the operator may move it."""
    import datetime as dt

    from django.utils import timezone
    from django_q.models import Schedule

    at_night = timezone.localtime().replace(hour=3, minute=10, second=0, microsecond=0) + dt.timedelta(days=1)
    Schedule.objects.get_or_create(
        name=NIGHTLY,
        defaults={"func": "habitue.jobs.nightly_refresh", "schedule_type": Schedule.DAILY, "next_run": at_night},
    )
