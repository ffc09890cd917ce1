from __future__ import annotations

import datetime as dt

import pytest

from habitue import bulk
from habitue.customers.models import Customer, Event

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 29, 12, 30, tzinfo=dt.UTC)


def test_rows_come_back_as_the_orm_would_have_written_them():
    data = {"file": "août.csv", "rows": [1, None, True]}
    bulk.insert(Event, ["kind", "at", "by", "customer", "data"], [("import.finished", NOON, None, None, data)])
    event = Event.objects.get()
    assert (event.kind, event.at, event.by, event.data) == ("import.finished", NOON, None, data)
    assert Event.objects.filter(data__file="août.csv").exists()


def test_text_with_tabs_quotes_and_newlines_survives():
    names = ["tab\there", 'quote "', "back\\slash", "new\nline", "\\N", ""]
    rows = [(str(at), "person", name, name, NOON) for at, name in enumerate(names)]
    bulk.insert(Customer, ["reference", "kind", "name", "name_key", "created_at"], rows)
    assert list(Customer.objects.order_by("id").values_list("name", flat=True)) == names


def test_no_rows_are_fine():
    bulk.insert(Event, ["kind", "at", "by", "customer", "data"], [])
    assert not Event.objects.exists()
