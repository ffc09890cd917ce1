"""Jobs that one worker does at a time, and that another takes up where it dies.

    @leased                                  in habitue/jobs.py: the function is such a job
    leasing.add("habitue.jobs.bring_in", 12) queue it
    leasing.state("habitue.jobs.bring_in", 12)

A message of the queue only wakes a worker: one that is lost is sent again, one that comes twice finds the work done.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, Literal, TypeVar, cast

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_q.exceptions import TimeoutException
from django_q.tasks import async_task

from habitue.kernel.database.locking import held, is_held
from habitue.queue.models import Job

MOST_DEATHS = 3  # of workers in one job, until it is given up
GIVEN_UP = dt.timedelta(hours=12)  # what the schedule asks for again is tried again the next night
LOST = dt.timedelta(seconds=10)  # a message that no worker of an empty queue has seen by then is sent again
State = Literal["waiting", "running", "stopped", "given_up"]
Function = TypeVar("Function", bound=Callable[..., Any])

logger = logging.getLogger(__name__)


def add(work: str, *arguments: Any) -> None:
    """Queue a job, or once more one that is queued, running or given up."""
    anew = {"work": work, "arguments": list(arguments), "queued_at": timezone.now()}
    anew |= {"begun_at": None, "deaths": 0, "given_up_at": None}
    Job.objects.update_or_create(key=key_of(work, arguments), defaults=anew)
    transaction.on_commit(lambda: _send(work, arguments))


def key_of(work: str, arguments: Any) -> str:
    return sha256(json.dumps([work, *arguments]).encode()).hexdigest()


def _send(work: str, arguments: Any) -> None:
    async_task(work, *arguments, ack_failure=True)


def state(work: str, *arguments: Any) -> State | None:
    """What a page says of a job: "stopped" where its worker died and it is to be taken up; None where it is done."""
    key = key_of(work, arguments)
    job = Job.objects.filter(key=key).first()
    while job:
        if job.given_up_at:
            return "given_up"
        if not job.begun_at:
            return "stopped" if job.deaths else "waiting"
        if is_held(key):
            return "running"
        # It may have ended between the two looks: dead is only whoever has still begun it.
        again = Job.objects.filter(key=key).first()
        if again and again.begun_at == job.begun_at:
            return "stopped"
        job = again
    return None


def leased(function: Function) -> Function:
    """Decorator of a job: it runs in one worker at a time. When the worker dies, `take_up` queues it again."""
    work = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def alone(*arguments: Any) -> Any:
        with held(key_of(work, arguments)) as free:
            return _run(work, arguments, function) if free else None

    return cast(Function, alone)


def _run(work: str, arguments: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    now = timezone.now()
    defaults = {"work": work, "arguments": list(arguments), "begun_at": now}
    Job.objects.filter(key=key_of(work, arguments), given_up_at__lt=now - GIVEN_UP).delete()
    job, new = Job.objects.get_or_create(key=key_of(work, arguments), defaults=defaults)
    if job.given_up_at:
        return None
    if job.begun_at and not new:
        _count_death(job)  # a message that came again before `take_up` has seen it
        if job.given_up_at:
            return None
    mine = Job.objects.filter(pk=job.pk, begun_at=now)
    Job.objects.filter(pk=job.pk).update(begun_at=now)
    try:
        result = function(*arguments)
    except TimeoutException:
        raise  # as if its worker had died
    except (SystemExit, KeyboardInterrupt):
        mine.update(begun_at=None)  # the worker is asked to stop: the next one goes on
        raise
    except BaseException:
        mine.delete()
        raise
    mine.delete()  # unless it was queued again meanwhile
    return result


def take_up(lost: dt.timedelta = LOST) -> None:
    """Queue the jobs again whose worker has died, and those whose message is lost; called where the queue is empty."""
    for job in Job.objects.filter(given_up_at=None).order_by("pk"):
        if (not job.begun_at and job.queued_at > timezone.now() - lost) or is_held(job.key):
            continue
        if job.begun_at and not _count_death(job):
            continue
        Job.objects.filter(pk=job.pk).update(queued_at=timezone.now())
        if not job.given_up_at:
            _send(job.work, job.arguments)


def _count_death(job: Job) -> bool:
    """Note that the worker of this job died, and give it up where that was once too often; False where it has ended."""
    died = Job.objects.filter(pk=job.pk, begun_at=job.begun_at)
    if not died.update(begun_at=None, deaths=F("deaths") + 1):
        return False
    job.refresh_from_db()
    if job.deaths < MOST_DEATHS:
        logger.error("The worker died in %s; it is taken up again.", job)
        return True
    job.given_up_at = timezone.now()
    job.save(update_fields=["given_up_at"])
    logger.error("The worker died %s times in %s; it is given up.", job.deaths, job)
    return True
