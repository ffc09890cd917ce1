"""A column is one declaration: the list, its order, its cells and both files follow from it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers import list_columns
from habitue.customers.list_columns import Column, Sort
from habitue.customers.models import ContactPoint, Customer
from habitue.desk.customer_list.chosen_columns import choose
from tests import factories
from tests.desk.test_customers import names
from tests.desk.test_export import exported, read_csv, read_xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def born(monkeypatch) -> Column:
    """A column that no module knows, declared as a domain does."""
    monkeypatch.setattr(list_columns, "_declared", dict(list_columns._declared))

    def look_up(pks, columns):
        return {"born": dict(Customer.objects.filter(pk__in=pks).values_list("pk", "born_on"))}

    def rows():
        return Customer.objects.filter(born_on__isnull=False)

    column = Column(
        "born",
        "Born",
        look_up=look_up,
        cell=lambda day: f"in {day.year}",
        export=lambda day: day.year,
        sort=Sort(rows, "born_on", "date", "pk"),
        numeric=True,
        empty="unknown",
    )
    list_columns.declare(column)
    return column


@pytest.fixture
def people() -> list[Customer]:
    days = {"Ada": date(1990, 5, 1), "Bea": None, "Cleo": date(1950, 1, 2), "Dora": date(1970, 3, 4)}
    return [factories.customer(name, name[0], born_on=day) for name, day in days.items()]


def test_a_declared_column_can_be_chosen_and_is_shown_in_words(desk: Client, bo, people, born):
    assert 'name="column" value="born"' in desk.get(reverse("customers")).content.decode()
    choose(bo, ["born"])
    text = desk.get(reverse("customers"), {"sort": "name"}).content.decode()
    assert '<a href="?sort=born">Born<' in text
    assert text.count('<td class="born num">') == 4
    assert '<td class="born num">in 1990</td>' in text
    assert '<td class="born num">unknown</td>' in text


def test_the_list_is_sorted_by_a_declared_column(desk: Client, bo, people, born):
    assert names(desk.get(reverse("customers"), {"sort": "born"})) == ["Cleo", "Dora", "Ada", "Bea"]
    assert names(desk.get(reverse("customers"), {"sort": "-born"})) == ["Ada", "Dora", "Cleo", "Bea"]


def test_a_declared_column_is_exported_in_both_formats(desk: Client, bo, people, born):
    choose(bo, ["born"])
    headings, *rows = read_csv(exported(desk))
    assert headings == ["Reference", "Name", "Born"]
    assert rows == [["A", "Ada", "1990"], ["B", "Bea", ""], ["C", "Cleo", "1950"], ["D", "Dora", "1970"]]
    _headings, *rows = read_xlsx(exported(desk, "xlsx"))
    assert [year.value for _reference, _name, year in rows] == [1990, None, 1950, 1970]


@pytest.mark.parametrize(
    ("code", "kind", "column"), [("city", "address", "city"), ("email", "email", "value"), ("phone", "phone", "value")]
)
def test_the_list_shows_the_contact_point_that_it_sorts_by(desk: Client, bo, code, kind, column):
    """The first that is in use: neither a later one, nor one of no use any more, today or from some day on."""
    points = {
        "Ada": [("c", None), ("x", None)],
        "Bea": [("a", date(2020, 1, 1)), ("b", None), ("z", None)],
        "Cleo": [("0", date(2100, 1, 1)), ("d", None), ("y", None)],
        "Dora": [("a", None)],
    }
    for name, some in points.items():
        customer = factories.customer(name)
        for text, until in some:
            more = {"value": text} | {column: text}
            ContactPoint.objects.create(customer=customer, kind=kind, typed=text, until=until, **more)
    choose(bo, [code])
    listed = desk.get(reverse("customers"), {"sort": code})
    assert names(listed) == ["Dora", "Bea", "Ada", "Cleo"]
    shown = [cell.text for _customer, cells in listed.context["rows"] for _style, cell in cells]
    assert shown == ["a", "b", "c", "d"]
    assert [text for _reference, _name, text in read_csv(exported(desk))[1:]] == ["c", "b", "d", "a"]
