"""How profiles are used: told, listed, named by an option, and left where the file says something else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.db import connections
from django.utils import translation

from habitue.imports.importing import run
from habitue.imports.models import SavedMapping
from habitue.imports.profiles.listing import listed
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order
from tests.imports.conftest import in_both_languages
from tests.imports.profiles import shops
from tests.imports.profiles.facts import carried, draw
from tests.imports.test_command import habitue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paris(settings, monkeypatch):
    monkeypatch.setattr(connections, "close_all", lambda: None)  # a command closes what its test goes on with
    settings.TIME_ZONE = "Europe/Paris"
    settings.CURRENCY = "EUR"


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(shops.shopify_orders(carried(draw(0), shops.SHOPIFY)).content())
    return path


def refused(kind: str, path, profile: str = "") -> tuple[str, str]:
    def speak() -> str:
        with pytest.raises(HabitueError) as caught:
            run(kind, path, answers={"profile": profile})
        return str(caught.value)

    said = in_both_languages(speak)
    assert not Order.objects.exists()
    return said


def test_the_command_says_what_a_file_is_read_as(orders, capsys):
    code, out, _err = habitue(capsys, "import", "orders", orders)
    assert code == 0
    assert "Read as a file of Shopify: orders." in out


def test_a_file_without_one_of_its_columns_is_asked_about(orders, tmp_path):
    file = shops.shopify_orders(carried(draw(0), shops.SHOPIFY))
    orders.write_bytes(replace(file, headings=tuple(h for h in file.headings if h != "Refunded Amount")).content())
    english, french = refused("orders", orders)
    assert "“Refunded Amount”" in english
    assert "--profile none" in french
    assert "“Refunded Amount”" in refused("orders", orders, "shopify_orders")[0]


def test_cells_that_are_something_else_are_asked_about(orders):
    file = shops.shopify_orders(carried(draw(0), shops.SHOPIFY))
    rows = tuple({**row, "Email": row["Lineitem sku"], "Lineitem sku": row["Email"]} for row in file.rows)
    orders.write_bytes(replace(file, rows=rows).content())
    english, _french = refused("orders", orders)
    assert "“Email”" in english
    assert "--profile shopify_orders" in english


def test_amounts_that_do_not_add_up_are_asked_about(orders):
    file = shops.shopify_orders(carried(draw(0), shops.SHOPIFY))
    rows = tuple({**row, "Total": row.get("Shipping", "")} for row in file.rows)
    orders.write_bytes(replace(file, rows=rows).content())
    english, _french = refused("orders", orders)
    assert "do not add up to “Total”" in english


def test_tax_is_added_where_the_total_has_it_and_the_lines_do_not(orders):
    facts = carried(draw(0), shops.SHOPIFY)
    file = shops.shopify_orders(facts)
    rows = tuple(
        {**row, "Taxes": "2.50", "Total": f"{float(row['Total']) + 2.5:.2f}", "Refunded Amount": ""}
        if "Total" in row
        else row
        for row in file.rows
    )
    orders.write_bytes(replace(file, rows=rows).content())
    run("orders", orders)
    sales = {f"#{sale.number}": sale.total + 250 for sale in facts.sales}
    stored = dict(Order.objects.filter(refund_of=None).values_list("number", "amount"))
    assert stored == {number: sales[number] for number in stored}
    assert stored


def test_a_file_of_another_kind_is_not_taken_for_this_one(orders):
    english, _french = refused("customers", orders)
    assert "habitue import orders" in english


def test_a_profile_that_is_not_there_is_named_with_those_that_are(orders):
    english, _french = refused("orders", orders, "shopyfi")
    assert "shopify_orders" in english


def test_they_are_listed_with_the_companys_own(capsys):
    SavedMapping.objects.create(name="Till in Lyon", kind="orders", headings=["Ticket", "Jour"], key="x", mapping={})
    assert listed()[0].words == "Till in Lyon"
    code, out, _err = habitue(capsys, "profiles", "--json")
    rows = json.loads(out)
    assert code == 0
    assert rows[0] | {"own": True, "headings": ["Ticket", "Jour"]} == rows[0]
    assert {"profile": "zettle_sales", "confirmed": False, "asks": True}.items() <= next(
        row for row in rows if row["profile"] == "zettle_sales"
    ).items()
    with translation.override("fr"):
        assert "Shopify\u00a0: commandes" in {one.words for one in listed()}
