"""Who changed this? Every event that changed somebody's data is in their history, however many it changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.merging.merging import merge
from habitue.customers.models import Customer, Tag
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.segments import bulk_changes
from habitue.segments.bulk_changes import Edit
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def history(desk: Client, customer: Customer) -> str:
    page = desk.get(reverse("customer", args=[customer.pk]), {"tab": "changes"})
    return page.content.decode()


def bring(tmp_path: Path, kind: str, name: str, *lines: str) -> Event:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    import_ = run(kind, path)
    assert import_.event
    return import_.event


def test_an_import_is_in_the_history_of_all_whom_it_made_or_changed(desk: Client, tmp_path):
    ada, bea = (factories.customer(name, reference=name) for name in ("Ada", "Bea"))
    event = bring(tmp_path, "customers", "people.csv", "reference,given name", "Ada,Adèle", "Cy,Cyril", "Bea,")
    for name in ("Ada", "Cy"):
        assert "Imported from the file “people.csv”" in history(desk, Customer.objects.get(reference=name))
    assert "people.csv" not in history(desk, bea), "nothing was said of her"
    page = desk.get(reverse("event", args=[ada.pk, event.pk])).content.decode()
    assert "Adèle" in page
    assert "Cyril" not in page
    assert "1 other customer" in page
    assert reverse("undoing", args=[event.pk]) not in page


def test_orders_are_in_the_history_of_buyers_payers_and_recipients(desk: Client, tmp_path):
    bring(
        tmp_path, "orders", "orders.csv", "order,customer,payer,ship to,date,product,amount",
        "A1,Ada,Bea,Cy,2024-01-05,bread,5",
    )  # fmt: skip
    for name in ("Ada", "Bea", "Cy"):
        assert "orders.csv" in history(desk, Customer.objects.get(reference=name)), name


def test_relations_are_in_the_history_of_both(desk: Client, tmp_path):
    ada, bea = (factories.customer(name, reference=name) for name in ("Ada", "Bea"))
    bring(tmp_path, "relations", "family.csv", "customer,relation,related to", "Ada,household,Bea")
    for one in (ada, bea):
        assert "family.csv" in history(desk, one)


def test_a_change_to_many_is_in_the_history_of_each(desk: Client, bo):
    people = [factories.customer(name) for name in ("Ada", "Bea", "Cy")]
    tag = Tag.objects.create(name="Press", key="press")
    event = bulk_changes.apply(Customer.objects.exclude(name="Cy"), Edit("tag", target=tag), bo).event
    event = getattr(event, "event", event)
    for one in people[:2]:
        assert "Put on a tag: Press (with 2 customers at once)" in history(desk, one)
    assert "Press" not in history(desk, people[2])
    page = desk.get(reverse("event", args=[people[0].pk, event.pk])).content.decode()
    assert reverse("bulk_done", args=[event.pk]) in page


def test_a_merge_is_in_the_history_with_all_that_was_in_those_of_both(desk: Client, tmp_path):
    ada = factories.customer("Ada", reference="Ada")
    bring(tmp_path, "customers", "people.csv", "reference,given name", "Eve,Eve")
    eve = Customer.objects.get(reference="Eve")
    merge(ada, [eve], {})
    text = history(desk, ada)
    assert "1 record merged into this one" in text
    assert "people.csv" in text
    undo(Event.objects.get(kind="customer.merged"))
    assert "people.csv" in history(desk, eve)
    assert "people.csv" not in history(desk, ada)
    assert "Undone: 1 record merged into this one" in history(desk, eve)


def test_the_history_of_who_was_never_changed_says_so(desk: Client):
    assert "Nothing was changed by the team so far." in history(desk, factories.customer("Ada"))
