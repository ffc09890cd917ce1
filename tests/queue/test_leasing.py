"""Jobs that are taken up where their worker died, in the state that a killed worker leaves behind."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from habitue import jobs
from habitue.kernel.database.locking import held, is_held
from habitue.portraits import freshness
from habitue.queue import leasing, working
from habitue.queue.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
WORK = "habitue.jobs.bring_in"
NOBODY = 4711  # no import has this number: the job does nothing


def work_off() -> None:
    working.work(until_empty=True)


def died(**values) -> None:
    """As a worker leaves it that is killed in the job: begun, and nobody holds its lock."""
    Job.objects.update(begun_at=timezone.now(), **values)
    OrmQ.objects.all().delete()


def test_a_job_waits_is_done_and_gone():
    leasing.add(WORK, NOBODY)
    assert leasing.state(WORK, NOBODY) == "waiting"
    work_off()
    assert leasing.state(WORK, NOBODY) is None
    assert not Job.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_lock_is_seen_and_given_to_one(home):
    with held("one") as free:
        assert free
        assert is_held("one")
        assert not is_held("other")
        with held("one") as again:
            assert not again
    assert not is_held("one")
    assert not list((home / "locks").glob("*")), "nothing is left behind"


def test_what_a_living_worker_does_is_running_and_left_to_it():
    leasing.add(WORK, NOBODY)
    Job.objects.update(begun_at=timezone.now())
    with held(Job.objects.get().key):
        assert leasing.state(WORK, NOBODY) == "running"
        leasing.take_up()
        jobs.bring_in(NOBODY)
        assert Job.objects.get().deaths == 0
        assert OrmQ.objects.count() == 1
    assert leasing.state(WORK, NOBODY) == "stopped"


def test_a_job_whose_worker_died_is_taken_up_until_the_third_time():
    leasing.add(WORK, NOBODY)
    for turn in (1, 2):
        died()
        leasing.take_up()
        assert Job.objects.get().deaths == turn
        assert leasing.state(WORK, NOBODY) == "stopped"
        assert OrmQ.objects.count() == 1
    died()
    leasing.take_up()
    assert leasing.state(WORK, NOBODY) == "given_up"
    assert not OrmQ.objects.exists()
    jobs.bring_in(NOBODY)  # a message that comes late
    assert leasing.state(WORK, NOBODY) == "given_up"
    leasing.add(WORK, NOBODY)
    assert leasing.state(WORK, NOBODY) == "waiting"


def test_what_the_schedule_asks_for_is_tried_again_the_next_night():
    leasing.add(WORK, NOBODY)
    Job.objects.update(deaths=leasing.MOST_DEATHS, given_up_at=timezone.now() - leasing.GIVEN_UP)
    jobs.bring_in(NOBODY)
    assert not Job.objects.exists(), "it was done"


def test_a_lost_message_is_sent_again():
    leasing.add(WORK, NOBODY)
    OrmQ.objects.all().delete()
    leasing.take_up()
    assert not OrmQ.objects.exists(), "it may be in the hands of a worker at this moment"
    Job.objects.update(queued_at=timezone.now() - leasing.LOST - dt.timedelta(seconds=1))
    leasing.take_up()
    assert OrmQ.objects.count() == 1


def test_what_is_queued_again_while_it_runs_is_done_again(monkeypatch):
    seen = []

    @leasing.leased
    def twice() -> None:
        seen.append(len(seen))
        if len(seen) == 1:
            leasing.add(name)

    name = f"{twice.__module__}.{twice.__qualname__}"
    twice()
    assert Job.objects.get().begun_at is None
    twice()
    assert seen == [0, 1]
    assert not Job.objects.exists()


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
def test_a_worker_that_is_asked_to_stop_is_no_death(stop):
    @leasing.leased
    def long() -> None:
        raise stop

    with pytest.raises(stop):
        long()
    job = Job.objects.get()
    assert (job.begun_at, job.deaths) == (None, 0)


def test_the_freshness_line_tells_of_a_refresh_whose_worker_died():
    freshness.note_change()
    assert freshness.freshness().job == "waiting"
    died()
    assert freshness.freshness().job == "stopped"
    died(deaths=leasing.MOST_DEATHS - 1)
    leasing.take_up()
    assert freshness.freshness().job == "given_up"
