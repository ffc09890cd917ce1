from __future__ import annotations

import pytest

from habitue.imports.kind import KINDS
from habitue.imports.mappings import mapping as mappings
from habitue.imports.mappings.guessing import guess
from habitue.imports.mappings.mapping import Origin, as_toml, from_data, load, ready_made
from habitue.kernel.errors import HabitueError
from tests.imports.conftest import in_both_languages

pytestmark = pytest.mark.django_db  # custom fields are looked up
COLUMNS = {"number": "n", "buyer": "b", "placed_at": "d", "product": "p", "amount": "a", "currency": {"value": "EUR"}}


def said(data: dict, kind: str = "orders") -> tuple[str, str]:
    def speak() -> str:
        with pytest.raises(HabitueError) as caught:
            from_data(kind, data)
        return str(caught.value)

    return in_both_languages(speak)


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (
            ["Order ID", "Customer", "Order date", "SKU", "Qty", "Amount", "Currency"],
            {"number": "Order ID", "buyer": "Customer", "placed_at": "Order date", "product": "SKU", "quantity": "Qty",
             "amount": "Amount", "currency": "Currency"},
        ),
        (
            ["N° de commande", "Client", "Date d’achat", "Article", "Désignation", "Rayon", "Quantité", "Montant payé"],
            {"number": "N° de commande", "buyer": "Client", "placed_at": "Date d’achat", "product": "Article",
             "product_name": "Désignation", "family": "Rayon", "quantity": "Quantité", "paid": "Montant payé"},
        ),
        (
            ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "Sales", "CustomerID"],
            {"number": "InvoiceNo", "buyer": "CustomerID", "placed_at": "InvoiceDate", "product": "StockCode",
             "product_name": "Description", "quantity": "Quantity", "amount": "Sales"},
        ),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_english_and_french_headings(headings, expected):
    mapping = guess(KINDS["orders"], headings)
    assert {name: origin.columns[0] for name, origin in mapping.columns.items() if origin.columns} == expected


def test_the_currency_of_the_installation_is_taken_when_no_column_has_one(settings):
    settings.CURRENCY = "CHF"
    mapping = guess(KINDS["orders"], ["order", "client", "date", "product", "amount", "remise"])
    assert mapping.columns["currency"] == Origin(value="CHF")
    assert mapping.discounts["discount"].column == "remise"


def test_a_heading_serves_once():
    mapping = guess(KINDS["customers"], ["Client", "Nom", "Type"])
    assert {name: origin.columns for name, origin in mapping.columns.items()} == {
        "reference": ("Client",),
        "name": ("Nom",),
        "kind": ("Type",),
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"colums": COLUMNS}, ["colums", "columns"]),
        ({"columns": COLUMNS | {"quantitty": "q"}}, ["columns.quantitty", "quantity"]),
        ({"columns": COLUMNS, "unit": "cents"}, ["cents", "unit", "minor"]),
        ({"columns": COLUMNS, "decimal": ";"}, ["decimal", ";"]),
        ({"columns": COLUMNS, "decimal": ".", "thousands": "."}, ["thousands"]),
        ({"columns": COLUMNS, "time_zone": "Paris"}, ["Paris", "Europe/Paris"]),
        ({"columns": COLUMNS, "encoding": "ansi-7"}, ["ansi-7", "cp1252"]),
        ({"columns": COLUMNS, "separator": "::"}, ["::"]),
        ({"columns": COLUMNS, "buyer_kind": "robot"}, ["robot", "organisation"]),
        ({"columns": COLUMNS, "discounts": {"Über": "x"}}, ["Über"]),
        ({"columns": COLUMNS, "discounts": {"x": {"reimbursed": True}}}, ["x"]),
        ({"columns": COLUMNS, "discounts": {"x": {"column": "x", "reimbursd": True}}}, ["reimbursd", "reimbursed"]),
        ({"columns": COLUMNS | {"number": 3}}, ["number"]),
        ({"columns": "all"}, ["[columns]"]),
        ({"columns": COLUMNS, "kind": "products"}, ["products", "orders"]),
        ({"columns": COLUMNS, "source": {"titel": "x"}}, ["titel", "title"]),
        ({"columns": COLUMNS | {"unit_prise": "u"}}, ["columns.unit_prise", "unit_price"]),
        ({"columns": COLUMNS, "amounts": {"ruel": "column"}}, ["amounts.ruel", "rule"]),
        ({"columns": COLUMNS, "amounts": {"rule": "quantity_x_price"}}, ["amounts.rule", "quantity_x_unit_price"]),
        ({"columns": COLUMNS, "amounts": {"rule": "quantity_x_unit_price"}}, ['unit_price = "']),
        (
            {"columns": COLUMNS | {"gross": "g", "unit_price": "u"}, "amounts": {"rule": "quantity_x_unit_price"}},
            ["gross", "quantity_x_unit_price"],
        ),
        ({"columns": COLUMNS | {"tax": "t"}}, ['"with"', '"without"']),
        ({"columns": COLUMNS, "amounts": {"tax": "without"}}, ["tax_rate"]),
        ({"columns": COLUMNS, "statuses": {"paid": "sales"}}, ["statuses.paid", '"sale"']),
        ({"columns": COLUMNS, "repeat_above": ["numbre"]}, ["repeat_above", '"number"']),
        ({"columns": COLUMNS, "repeat_above": "number"}, ["repeat_above = ["]),
        ({"columns": COLUMNS, "filters": {"Type": {"nto": ["x"]}}}, ["filters.Type.nto", "not"]),
        (
            {"columns": COLUMNS, "discounts": {"x": {"column": "x", "rule": "percents"}}},
            ["discounts.x.rule", "percent"],
        ),
        (
            {"columns": COLUMNS, "discounts": {n: {"column": n, "rule": "rate"} for n in ("x", "y")}},
            [],
        ),
        ({"columns": {name: column for name, column in COLUMNS.items() if name != "amount"}}, ["gross", "paid"]),
        ({"columns": {name: column for name, column in COLUMNS.items() if name != "product"}}, ['product = "']),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_wrong_word_and_the_right_ones(data, words):
    for text in said(data):
        assert all(word in text for word in words), text


def test_a_ready_made_mapping_says_what_is_received_and_what_is_reimbursed():
    mapping = ready_made("complete_journey")
    assert mapping.columns["amount"].columns == ("sales_value",)
    assert [name for name, discount in mapping.discounts.items() if discount.reimbursed] == ["coupon"]
    assert (mapping.time_zone, mapping.business_time_zone) == ("UTC", "America/New_York")
    assert mapping.source["names"] == "invented"
    assert load("orders", "complete_journey") == mapping
    assert ready_made("complete_journey_products").columns["name"].columns == ("product_type", "package_size")


def test_a_mapping_written_as_toml_reads_back_the_same(tmp_path):
    mapping = ready_made("complete_journey")
    path = tmp_path / "again.toml"
    path.write_text(as_toml(mapping.as_data()), encoding="utf-8")
    assert load("orders", path) == mapping


def test_all_that_a_mapping_can_say_is_read_back_from_its_data_and_from_toml(tmp_path):
    data = {
        "columns": {name: of for name, of in COLUMNS.items() if name not in ("amount", "number")}
        | {"number": {"made_of": ["b", "d"]}, "unit_price": "u", "order_total": "t", "shipping": "s", "status": "st",
           "line_tax": "lt", "refunded": "r", "refunded_at": "ra"},
        "amounts": {"rule": "quantity_x_unit_price", "gives": "amount", "tax": "without", "rounding": "half_up",
                    "writing": "signs"},
        "statuses": {"Payée": "sale", "": "not_yet"}, "currencies": {"$": "usd"},
        "filters": {"Type": ["a", "b"], "Test": {"not": ["yes"]}}, "repeat_above": ["number"],
        "whole_numbers": ["buyer"], "nobody": ["", "0"], "number_prefix": "B-", "blank_number": "keep_back",
        "product_or_name": "yes", "source": {"name": "shop"},
        "discounts": {"code": {"column": "c", "rule": "order", "negative": True}},
    }  # fmt: skip
    mapping = from_data("orders", data)
    path = tmp_path / "all.toml"
    path.write_text(as_toml(mapping.as_data()), encoding="utf-8")
    assert load("orders", path) == mapping == from_data("orders", mapping.as_data())
    assert mapping.rules.currencies == {"$": "USD"}
    assert mapping.rules.filters["Test"].excluded


def test_what_only_orders_have_is_no_key_of_another_kind():
    with pytest.raises(HabitueError, match="statuses"):
        from_data("products", {"columns": {"reference": "r"}, "statuses": {"x": "sale"}})
    assert from_data("products", {"columns": {"reference": "r"}, "filters": {"t": "x"}}).rules.filters


def test_a_mapping_that_is_not_there_or_no_toml_is_refused(tmp_path):
    (tmp_path / "bad.toml").write_text("columns = [")

    def speak(name: str) -> str:
        with pytest.raises(HabitueError) as caught:
            load("orders", tmp_path / name)
        return str(caught.value)

    assert all("complete_journey" in text for text in in_both_languages(lambda: speak("none.toml")))
    assert all("bad.toml" in text for text in in_both_languages(lambda: speak("bad.toml")))


@pytest.mark.django_db
def test_a_format_of_dates_that_is_none_is_refused(write, tmp_path):
    from tests.imports.conftest import refusal

    columns = {"number": "order", "buyer": "customer", "placed_at": "date", "product": "product", "amount": "amount"}
    data = {"columns": columns | {"currency": {"value": "EUR"}}, "date_format": "%Q/%d"}
    for text in refusal("orders", write("A1,C1,2024-03-05,bread,1,2.50"), mappings.from_data("orders", data)):
        assert "%Q/%d" in text
        assert "%d/%m/%Y" in text
