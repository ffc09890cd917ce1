"""The summary of a dry run says what the import then does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Sum
from django.utils import timezone, translation

from habitue.imports import dry_run, telling
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.purchases.models import Order
from tests.imports.bringing import COLUMNS

pytestmark = pytest.mark.django_db
MAPPING = {"columns": COLUMNS | {"amount": "paid"}, "source": {"name": "till"}}
HEADINGS = "order,customer,date,sku,paid"
DAYS = ("2024-01-05", "2024-01-12", "2024-02-02", "2024-02-09", "2024-03-01", "2024-03-08", "2024-03-15")
LINES = [f"A{at},C{at % 3},{day},x,{10 + at}.50" for at, day in enumerate(DAYS)]


def checked(path, data=None, kind: str = "orders"):
    return dry_run.run(kind, path, from_data(kind, data or MAPPING))


def words(result) -> str:
    with translation.override("en"):
        return " ".join([*telling.alarms(result["summary"]), *telling.notes(result)])


def test_the_sums_are_those_of_the_import(write):
    path = write(*LINES, "B1,C9,never,x,99", headings=HEADINGS)
    result = checked(path)
    run("orders", path, from_data("orders", MAPPING))
    summary, stored = result["summary"], Order.objects.aggregate(Sum("amount"))["amount__sum"]
    assert summary["sums"] == {"EUR": stored} == {"EUR": 9450}
    assert summary["orders"] == Order.objects.count() == 7
    assert summary["months"] == {"EUR": {"2024-01": 2200, "2024-02": 2600, "2024-03": 4650}}
    assert (summary["first"], summary["last"]) == ("2024-01-05", "2024-03-15")
    assert summary["customers"] == {"new": 3, "known": 0}
    assert summary["largest"] == {"EUR": [1650, "A6"]}
    with translation.override("en"):
        assert telling.confirmation(result) == "Import 7 orders, €94.50"
        kept_back = telling.figures(result)[-1]
    assert (kept_back.value, kept_back.note, kept_back.warn) == ("1 row", "worth €99.00", True)


def test_the_next_export_says_what_is_new(write):
    run("orders", write(*LINES, headings=HEADINGS), from_data("orders", MAPPING))
    later = [LINES[0].replace("10.50", "4"), *LINES[1:], "A9,C7,2024-03-16,x,5"]
    summary = checked(write(*later, headings=HEADINGS, name="later.csv"))["summary"]
    assert [summary[how]["orders"] for how in ("new", "changed", "same")] == [1, 1, 6]
    assert summary["new"]["sums"] == {"EUR": 500}
    assert summary["customers"] == {"new": 1, "known": 3}


def test_a_day_to_come_and_a_day_far_from_the_others_are_told(write):
    to_come = timezone.localdate() + dt.timedelta(days=3)
    result = checked(write(*LINES, f"B1,C1,{to_come},x,1", "B2,C1,2025-03-15,x,1", headings=HEADINGS))
    assert result["summary"]["to_come"] == 1
    assert result["summary"]["jump"] == {"days": 365, "before": "2024-03-15", "last": "2025-03-15"}
    assert "365 days after the one before" in words(result)
    assert "jump" not in checked(write(*LINES, headings=HEADINGS, name="plain.csv"))["summary"]


@pytest.mark.parametrize(("total", "said"), [("94.50", "own total is the same: €94.50"), ("95.50", "€95.50; what is")])
def test_the_total_of_the_file_stands_beside_ours(write, total, said):
    result = checked(write(*LINES, f"Total,,,,{total}", headings=HEADINGS))
    assert said in words(result)


def test_the_total_of_the_file_is_read_as_its_amounts_are_written(write):
    lines = [line.replace(",", ";").replace(".50", ",50") for line in LINES]
    result = checked(
        write(*lines, "A9;C1;2024-03-15;x;1 000,00", "Total;;;;1 094,50", headings=HEADINGS.replace(",", ";"))
    )
    assert result["summary"]["own_total"] == {"theirs": 109450, "ours": 109450, "currency": "EUR"}


def test_statuses_and_tax_and_rows_said_twice_are_told(write):
    data = {"columns": COLUMNS | {"amount": "Total TTC", "status": "state"}}
    lines = ("A1,C1,2024-01-05,x,10,paid", "A1,C1,2024-01-05,x,10,paid", "A2,C1,2024-01-05,x,10,voided")
    result = checked(write(*lines, headings="order,customer,date,sku,Total TTC,state"), data)
    assert result["summary"]["repeated"] == 1
    assert "with tax, by the heading “Total TTC”" in words(result)
    assert "“paid” (1): sale; “voided” (1): no sale" in words(result)
    assert result["summary"]["sums"] == {"EUR": 2000}


def test_a_file_of_customers_is_counted(write):
    lines = ("C1,Ada,ada@example.org,", "C2,Bo,,0612345678")
    data = {"columns": {"reference": "code", "name": "name", "email": "mail", "phone": "tel"}}
    path = write(*lines, headings="code,name,mail,tel")
    run("customers", write(lines[0], headings="code,name,mail,tel", name="one.csv"), from_data("customers", data))
    result = checked(path, data, "customers")
    summary = result["summary"]
    assert summary["customers"] == {"new": 1, "known": 1}
    with translation.override("en"):
        first, *_others = telling.figures(result)
        assert telling.confirmation(result) == "Import 2 customers"
    assert (first.label, first.value, first.note) == ("Customers", "2", "1 is new, 1 known already")
    assert summary["with"]["email"] == summary["with"]["phone"] == 1


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({"customers": {"new": 3, "known": 2}}, "Import 5 customers"),
        ({"customers": {"new": 1}}, "Import 1 customer"),
        ({}, "Import 7 rows"),
    ],
)
def test_what_is_confirmed_is_counted_in_what_the_file_holds(summary, words):
    with translation.override("en"):
        assert telling.confirmation({"summary": summary, "rows": 7}) == words


def test_of_a_file_that_is_neither_of_sales_nor_of_people_the_rows_are_counted(write):
    data = {"columns": {"reference": "sku", "name": "name"}}
    result = checked(write("S1,Soap", "S2,Salt", headings="sku,name"), data, "products")
    with translation.override("en"):
        figures = [(one.label, one.value) for one in telling.figures(result)]
        assert telling.confirmation(result) == "Import 2 rows"
    assert figures == [("New", "2"), ("Changed", "0"), ("Already there", "0"), ("Kept back", "0 rows")]
