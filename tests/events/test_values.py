"""Every sort of value survives the journal and an undo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models

from habitue.events.journal import record
from habitue.events.undoing import undo
from habitue.events.values import plain, spans

ONE = {
    "time": dt.time(8, 30, 0, 125),
    "span": dt.timedelta(days=3, hours=-2, microseconds=7),
    "key": UUID("12345678-1234-5678-1234-567812345678"),
    "raw": b"\x00\xffabc",
    "moment": dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    "day": dt.date(2026, 1, 2),
    "amount": Decimal("12.3400"),
    "facts": {"a": [1, None]},
}
OTHER = {
    "time": dt.time(23, 59),
    "span": dt.timedelta(seconds=-1),
    "key": UUID(int=7),
    "raw": b"",
    "moment": dt.datetime(2025, 1, 2, tzinfo=dt.UTC),
    "day": dt.date(1900, 1, 1),
    "amount": Decimal("-0.0001"),
    "facts": [],
}


@pytest.fixture
def sorts(transactional_db):
    """A model with a column of every sort, there for one test."""

    class Sorts(models.Model):
        time = models.TimeField(null=True)
        span = models.DurationField(null=True)
        key = models.UUIDField(null=True)
        raw = models.BinaryField(null=True)
        moment = models.DateTimeField(null=True)
        day = models.DateField(null=True)
        amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
        facts = models.JSONField(null=True)

        class Meta:
            app_label = "events"

        def __str__(self) -> str:
            return str(self.pk)

    with connection.schema_editor() as editor:
        editor.create_model(Sorts)
    yield Sorts
    with connection.schema_editor() as editor:
        editor.delete_model(Sorts)
    del apps.all_models["events"]["sorts"]
    apps.clear_cache()


def stored(model: type[models.Model], pk: int) -> dict:
    row = model.objects.values(*ONE).get(pk=pk)
    return row | {"raw": bytes(row["raw"])}


def test_edits_come_back(sorts):
    row = sorts.objects.create(**ONE)
    with record("customer.edited") as journal:
        assert journal.save(row, **OTHER)
    assert stored(sorts, row.pk) == OTHER
    assert not undo(journal.event).kept
    assert stored(sorts, row.pk) == ONE


def test_edits_in_bulk_come_back(sorts):
    row = sorts.objects.create(**ONE)
    with record("customer.edited") as journal:
        assert journal.update(sorts.objects.all(), **OTHER) == 1
        assert journal.update(sorts.objects.all(), **OTHER) == 0
    undo(journal.event)
    assert stored(sorts, row.pk) == ONE


def test_deleted_rows_come_back(sorts):
    for how in ("delete", "delete_many"):
        row = sorts.objects.create(**ONE)
        with record("customer.edited") as journal:
            journal.delete(row) if how == "delete" else journal.delete_many(sorts.objects.all())
        assert not sorts.objects.exists()
        undo(journal.event)
        assert stored(sorts, sorts.objects.get().pk) == ONE
        sorts.objects.all().delete()


def test_what_was_changed_since_is_seen_in_every_sort(sorts):
    row = sorts.objects.create(**ONE)
    with record("customer.edited") as journal:
        journal.save(row, **OTHER)
    sorts.objects.filter(pk=row.pk).update(**ONE)
    assert {kept.name for kept in undo(journal.event).kept} == set(ONE)


def test_a_value_that_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="cannot keep a complex"):
        plain(1j)


def test_keys_that_follow_one_another_are_one_span():
    assert list(spans([])) == []
    assert list(spans([7, 1, 2, 3, 3, 5])) == [(7, 7), (1, 3), (3, 3), (5, 5)]
