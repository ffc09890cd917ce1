"""What happens to uploaded files beside the web: each night, and when the worker starts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from habitue import jobs
from habitue.customers.models import Customer
from habitue.imports import uploading
from habitue.imports.models import Import, Upload
from habitue.queue.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
LATER = dt.timedelta(days=uploading.KEPT_DAYS)
MOMENT = dt.timedelta(minutes=5)


def upload(name: str, age: dt.timedelta = MOMENT) -> Upload:
    folder = uploading.uploads() / name
    folder.mkdir()
    path = folder / f"{name}.csv"
    path.write_text(f"reference,name\n{name},Ada\n")
    row = uploading.receive(path, None)
    work_off()
    Upload.objects.filter(pk=row.pk).update(at=timezone.now() - age)
    return Upload.objects.get(pk=row.pk)


def work_off() -> None:
    """Do what is queued, as the worker does."""
    while task := OrmQ.objects.order_by("pk").first():
        payload = task.task
        task.delete()
        import_string(payload["func"])(*payload["args"])


def staged(home: Path) -> int:
    return len(list((home / "imports").glob("staging-*")))


@pytest.mark.parametrize("work", [uploading.sweep, jobs.nightly_refresh], ids=["sweep", "nightly"])
def test_a_file_that_nobody_imports_for_seven_days_is_dropped_with_all_of_it(work, home):
    old, young = upload("old", LATER + MOMENT), upload("young", LATER - MOMENT)
    assert staged(home) == 2
    work()
    assert list(Upload.objects.all()) == [young]
    assert not uploading.path_of(old).exists()
    assert not uploading.path_of(old).parent.exists()
    assert uploading.path_of(young).exists()
    assert staged(home) == 1, "what the dry run of the old one has prepared goes too"


def test_a_file_that_became_an_import_is_not_dropped():
    row = upload("imported", LATER + MOMENT)
    uploading.start(row, None)
    uploading.sweep()
    assert Upload.objects.filter(pk=row.pk, became__isnull=False).exists()
    assert uploading.path_of(row).exists(), "the import is still to come"


def test_an_import_that_the_worker_left_goes_on_when_it_starts():
    row = upload("left")
    uploading.start(row, None)
    OrmQ.objects.all().delete()  # the queue has given the work out, and the worker ended
    jobs.plan()
    work_off()
    import_ = Import.objects.get()
    assert import_.finished_at
    assert Customer.objects.get().reference == "left"


def test_no_import_goes_on_that_is_finished_undone_or_in_trouble():
    rows = [upload(name) for name in ("finished", "undone", "in_trouble")]
    finished, undone, in_trouble = (uploading.start(row, None) for row in rows)
    Import.objects.filter(pk=finished.pk).update(finished_at=timezone.now())
    Import.objects.filter(pk=undone.pk).update(undone_at=timezone.now())
    uploading.path_of(rows[2]).unlink()
    work_off()
    in_trouble.refresh_from_db()
    assert in_trouble.trouble
    assert not Job.objects.exists()
    jobs.plan()
    assert not OrmQ.objects.exists()
    assert not Customer.objects.exists()
