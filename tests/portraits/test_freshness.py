"""Portraits follow an import and its undo by themselves, and it is said where they do not know all facts yet."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from habitue.customers import editing
from habitue.events.undoing import undo
from habitue.imports import importing
from habitue.imports.models import Import
from habitue.jobs import NIGHTLY, plan
from habitue.management import checking
from habitue.portraits import freshness as fresh
from habitue.portraits.models import FactsVersion, Portrait, Refresh
from habitue.portraits.refreshing import alone, refresh, refresh_outdated
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path) -> Path:
    """39 orders of five customers."""
    path = folder / "orders.csv"
    rows = [f"A{at},C{at % 5},2024-0{at % 9 + 1}-11,Soap,{at}.00" for at in range(1, 40)]
    path.write_text("\n".join(["order,customer,date,product,amount", *rows]) + "\n")
    return path


def queued() -> list[str]:
    return [row.task["func"] for row in OrmQ.objects.order_by("pk")]


def work_off() -> None:
    """Do what is queued, as the worker does."""
    while task := OrmQ.objects.order_by("pk").first():
        payload = task.task
        task.delete()
        import_string(payload["func"])(*payload["args"])


def test_an_import_and_its_undo_are_followed_by_themselves(orders):
    import_ = importing.run("orders", orders)
    assert queued() == [fresh.JOB]
    assert fresh.freshness() is not None
    assert fresh.freshness().at is None, "it is computed at once"
    work_off()
    assert fresh.freshness() is None
    assert Portrait.objects.filter(purchases__gt=0).count() == 5
    undo(import_.event)
    assert fresh.freshness() is not None
    work_off()
    assert fresh.freshness() is None
    assert not Portrait.objects.filter(purchases__gt=0).exists()


def test_many_changes_are_followed_by_one_refresh(orders, tmp_path):
    importing.run("orders", orders)
    first = fresh.freshness()
    more = tmp_path / "more.csv"
    more.write_text("order,customer,date,product,amount\nB1,C1,2024-05-05,Soap,3.00\n")
    importing.run("orders", more)
    assert queued() == [fresh.JOB]
    assert fresh.freshness().since == first.since, "of the first change that is not known"
    work_off()
    assert Refresh.objects.count() == 1


def test_what_is_no_fact_of_the_analysis_makes_nothing_outdated(db):
    ada = factories.ada()
    editing.edit(ada, name="Eve")
    assert fresh.freshness() is None
    assert queued() == []


def test_what_is_committed_while_a_refresh_runs_is_not_taken_for_known(orders):
    known = fresh.version()
    importing.run("orders", orders)  # after the refresh read the version, perhaps after it copied the facts
    fresh.computed(known)
    assert fresh.freshness() is not None
    since = fresh.freshness().since
    assert since == FactsVersion.objects.get().changed_at


def test_where_another_refresh_runs_it_is_tried_again(orders):
    importing.run("orders", orders)
    with alone():
        assert refresh_outdated() is None
    assert fresh.freshness().at is None, "it is still to come, and soon"
    again = Schedule.objects.get(func=fresh.JOB)
    assert timezone.now() < again.next_run <= timezone.now() + fresh.AGAIN
    assert refresh_outdated() is not None
    assert refresh_outdated() is None, "nothing is left to do"


def test_a_refresh_that_takes_long_is_left_to_the_night(orders):
    refresh()
    run = Refresh.objects.get()
    run.started_at = run.finished_at - fresh.QUICK - dt.timedelta(seconds=1)
    run.save()
    plan()
    importing.run("orders", orders)
    assert queued() == []
    assert fresh.freshness().at == Schedule.objects.get(name=NIGHTLY).next_run


def test_a_queue_that_lost_the_refresh_gets_another(orders, tmp_path):
    importing.run("orders", orders)
    OrmQ.objects.all().delete()
    FactsVersion.objects.update(queued_at=timezone.now() - fresh.LOST - dt.timedelta(seconds=1))
    fresh.queue()
    assert queued() == [fresh.JOB]


def test_the_doctor_knows(orders):
    importing.run("orders", orders)
    assert not checking.portraits().good
    import_ = Import.objects.get()
    refresh()
    assert checking.portraits().good
    undo(import_.event)
    assert checking.portraits().fact == "no orders yet"
