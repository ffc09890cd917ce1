from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from django.db import connection

from habitue.customers.models import Customer
from habitue.events.models import Event
from habitue.kernel.database import bulk
from habitue.portraits.models import Portrait, StageChange
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 29, 12, 30, tzinfo=dt.UTC)


def test_rows_come_back_as_the_orm_would_have_written_them():
    data = {"file": "août.csv", "rows": [1, None, True]}
    bulk.insert(Event, ["kind", "at", "by", "data"], [("import.finished", NOON, None, data)])
    event = Event.objects.get()
    assert (event.kind, event.at, event.by, event.data) == ("import.finished", NOON, None, data)
    assert Event.objects.filter(data__file="août.csv").exists()


def test_text_with_tabs_quotes_and_newlines_survives():
    names = ["tab\there", 'quote "', "back\\slash", "new\nline", "\\N", ""]
    rows = [(str(at), "person", name, name, NOON) for at, name in enumerate(names)]
    bulk.insert(Customer, ["reference", "kind", "name", "name_key", "created_at"], rows)
    assert list(Customer.objects.order_by("id").values_list("name", flat=True)) == names


def test_no_rows_are_fine():
    bulk.insert(Event, ["kind", "at", "by", "data"], [])
    assert not Event.objects.exists()


NAMES = ["tab\there", 'quote "', "back\\slash", "new\nline", "\\N", "", "Émile", "comma, semicolon;", " space "]


def people(names: list[str]) -> pa.Table:
    return pa.table(
        {
            "reference": [f"C{at}" for at in range(len(names))],
            "kind": ["person"] * len(names),
            "name": names,
            "name_key": names,
            "created_at": pa.array([NOON] * len(names), pa.timestamp("us", "UTC")),
        }
    )


def test_a_table_comes_back_as_the_orm_would_have_written_it():
    bulk.insert_table(Customer, people(NAMES))
    assert list(Customer.objects.order_by("id").values_list("name", flat=True)) == NAMES
    assert Customer.objects.filter(created_at=NOON).count() == len(NAMES)
    ada, bo = Customer.objects.order_by("id")[:2]
    changes = {"customer": [ada.id, bo.id], "on": [20541, -1], "was": ["", "new"], "now": ["new", "lost"]}
    bulk.insert_table(StageChange, pa.table(changes))
    assert list(StageChange.objects.order_by("id").values_list("customer", "on", "was", "now")) == [
        (ada.id, dt.date(2026, 3, 29), "", "new"),
        (bo.id, dt.date(1969, 12, 31), "new", "lost"),
    ]


def test_what_was_written_as_a_table_is_read_as_one(monkeypatch):
    monkeypatch.setattr(bulk, "FETCHED", 4)
    monkeypatch.setattr(bulk, "BYTES", 30)
    bulk.insert_table(Customer, people(NAMES))
    schema = pa.schema({"id": pa.int64(), "name": pa.string(), "portrait": pa.int64(), "day": pa.int32()})
    rows = Customer.objects.filter(name_key__in=NAMES).order_by("id")
    batches = list(bulk.read(rows.values_list("id", "name", "portrait__value", bulk.DayNumber("created_at")), schema))
    columns = pa.Table.from_batches(batches, schema).to_pydict()
    assert len(batches) > 1
    assert columns["name"] == NAMES
    assert columns["portrait"] == [None] * len(NAMES)
    assert columns["day"] == [20541] * len(NAMES)
    assert list(bulk.read(rows.filter(id=0).values_list("id", "name", "id", "id"), schema)) == []


def test_a_replaced_table_holds_the_new_rows_under_the_same_indexes():
    ada = factories.ada()
    kept = {field.attname: [getattr(ada.portrait, field.attname)] for field in Portrait._meta.concrete_fields}
    indexes = index_names(Portrait)
    bo = factories.customer("Bo")
    bulk.replace(Portrait, pa.table(kept | {"customer_id": [bo.id], "value": [-7], "typical_gap": [None]}))
    (portrait,) = Portrait.objects.all()
    assert (portrait.customer, portrait.value, portrait.typical_gap) == (bo, -7, None)
    assert (portrait.first_day, portrait.expected_value_sd) == (ada.portrait.first_day, ada.portrait.expected_value_sd)
    assert index_names(Portrait) == indexes
    assert {"portrait_by_value", "portrait_by_stage"} <= indexes


def index_names(model) -> set[str]:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return {name for name, facts in constraints.items() if facts["index"]}
