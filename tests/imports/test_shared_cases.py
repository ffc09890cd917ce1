"""Cases that lie beside the project: found by HABITUE_SHARED, and left out, with their number, where they are not."""

from __future__ import annotations

import os
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

from habitue.imports import uploading
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from tests.imports.bringing import bring, received
from tests.imports.cases.test_cases import MOST, questions
from tests.imports.conftest import refusal
from tests.imports.test_uploading import work_off
from tests.sampling import LONG

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SHARED = Path(os.environ.get("HABITUE_SHARED", Path(__file__).parents[3] / "shared")) / "cases"
EURO = {"currency": {"value": "EUR"}}
FRENCH = EURO | {"number": "N° commande", "buyer": "Code client", "placed_at": "Date", "product": "Référence"}
ENGLISH = EURO | {"number": "Order number", "buyer": "Customer ID", "placed_at": "Date", "product": "SKU"}
PRICED = {"amounts": {"rule": "quantity_x_unit_price"}}
UCI = {"currency": {"value": "GBP"}, "placed_at": "InvoiceDate", "product": "StockCode", "quantity": "Quantity"}

RIGHT: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "p58_blank_fill.csv": ({"columns": FRENCH | {"amount": "Montant"}, "repeat_above": ["number"]},
                           {"C1": 3500, "C2": 3000}),
    "odoo_sale_order.csv": ({"columns": {"status": "Status", "order_total": "Total"}, "repeat_above": ["number"],
                             "file": "odoo.toml"}, {"S00021": 5000}),
    "uci2.csv": ({"columns": UCI | {"number": "Invoice", "buyer": "Customer ID", "unit_price": "Price"},
                  **PRICED}, {"489434": 16440, "489435": 3060, "489436": 375}),
    "n06_total_repeated.csv": ({"columns": FRENCH | {"quantity": "Quantité", "unit_price": "Prix unitaire",
                                                     "order_total": "Total TTC"}, **PRICED}, {"C1": 5000, "C2": 3000}),
    "n22_status.csv": ({"columns": ENGLISH | {"quantity": "Quantity", "amount": "Amount", "status": "Status"}},
                       {"1": 3000, "3": 5000, "3/R": -5000}),
    "shopify_orders.csv": (
        {"file": "shopify_orders.toml", "without": ("amount",), **PRICED,
         "columns": {"unit_price": "Lineitem price", "shipping": "Shipping", "order_total": "Total",
                     "refunded": "Refunded Amount", "status": "Financial Status"},
         "discounts": {"code": {"column": "Discount Amount", "rule": "order"}}},
        {"#1001": 5490, "#1002": 3000, "#1002/R": -3000, "#1004": 2290}),
    "stripe_payments.csv": (
        {"file": "stripe.toml", "columns": {"status": "Status", "refunded": "Amount Refunded",
                                            "refunded_at": "Refunded date (UTC)"}},
        {"ch_1": 105490, "ch_2": 3000, "ch_2/R": -3000}),
    "superstore.csv": (
        {"columns": {"number": "Order ID", "buyer": "Customer ID", "placed_at": "Order Date", "product": "Product ID",
                     "quantity": "Quantity", "amount": "Sales", "currency": {"value": "USD"}},
         "discounts": {"rate": {"column": "Discount", "rule": "rate"}}, "date_format": "%m/%d/%Y"},
        {"CA-2016-152156": 99390, "US-2015-108966": 95758, "US-2015-108967": 2237}),
    "n20c_rate_fr.csv": ({"columns": FRENCH | {"amount": "Montant", "quantity": "Quantité"},
                          "discounts": {"off": {"column": "Remise %", "rule": "percent"}}}, {"1": 2700, "2": 3000}),
    "s11_repeated_discount.csv": ({"columns": ENGLISH | {"amount": "Amount"},
                                   "discounts": {"off": {"column": "Discount", "rule": "order"}}}, {"1": 5000}),
    "n18_placeholders.csv": ({"columns": ENGLISH | {"amount": "Amount", "buyer_name": "Customer name"}},
                             {str(at): 100 * min(9 + at, 14) for at in range(1, 11)}),
    "n01_thousand_dots.csv": ({"file": "n01.toml"},
                              {"C0": 150_000, "C1": 200_000, "C2": 85_000, "C3": 1_200_000, "C4": 125_000}),
    "p25_long.csv": ({"columns": ENGLISH | {"product": "Item", "amount": "Amount"}}, {"1": 1000}),
    "d00.csv": ({"columns": ENGLISH | {"quantity": "Quantity", "amount": "Amount"}}, {"1": 1000}),
    "s13_tz.csv": ({"columns": ENGLISH | {"placed_at": "Created at (UTC)", "amount": "Amount"}}, {"1": 1000}),
    "woo_orders_adv.csv": (
        {"columns": EURO | {"number": "Order Number", "buyer": "Email (Billing)", "placed_at": "Order Date",
                            "product": "SKU", "quantity": "Quantity (- Refund)", "unit_price": "Item Cost",
                            "order_total": "Order Total Amount", "shipping": "Order Shipping Amount",
                            "refunded": "Order Refund Amount", "status": "Order Status"}, **PRICED,
         "discounts": {"cart": {"column": "Cart Discount Amount", "rule": "order"}}}, {"1201": 5490}),
}  # fmt: skip
ASKED = {
    "n01_thousand_dots.csv": FRENCH | {"amount": "Montant"},
    "n10_sci.csv": FRENCH | {"amount": "Montant"},
    "s16_usd_default.csv": ENGLISH | {"amount": "Amount ($)"},
    "n14_currency.csv": ENGLISH | {"amount": "Amount", "currency": "Currency"},
}
MAY_BE_ASKED = {"uci2.csv", "s11_repeated_discount.csv", "n01_thousand_dots.csv"}  # two readings remain
AT_THE_DESK = sorted(RIGHT) if LONG else ["d00.csv", "n22_status.csv"]


@pytest.fixture(autouse=True)
def there(settings):
    settings.TIME_ZONE = "Europe/Paris"
    if not SHARED.is_dir():
        left_out = f"{len(RIGHT) + len(ASKED)} cases are left out: there is no {SHARED}"
        warnings.warn(left_out, stacklevel=1)
        pytest.skip(left_out)


def mapping_of(more: dict[str, Any]) -> dict[str, Any]:
    data = tomllib.loads((SHARED / more["file"]).read_text()) if "file" in more else {"columns": {}}
    columns = {name: of for name, of in data["columns"].items() if name not in more.get("without", ())}
    rest = {name: of for name, of in more.items() if name not in ("file", "without", "columns")}
    return data | rest | {"columns": columns | more.get("columns", {})}


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_is_brought_in_right(name, tmp_path):
    more, right = RIGHT[name]
    path = tmp_path / name
    path.write_bytes((SHARED / name).read_bytes())
    bring(path, mapping_of(more))
    assert received() == right


@pytest.mark.parametrize("name", ASKED)
def test_a_case_that_only_a_person_can_decide_is_asked_about(name):
    refusal("orders", SHARED / name, from_data("orders", {"columns": ASKED[name]}))


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_without_a_mapping_is_brought_in_right_or_asked(name, tmp_path):
    path = tmp_path / name
    path.write_bytes((SHARED / name).read_bytes())
    if asked := questions(path, tmp_path):
        assert name in MAY_BE_ASKED, asked
        assert len(asked) <= MOST
        return
    run("orders", path)
    assert received() == RIGHT[name][1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", AT_THE_DESK)
def test_a_case_without_a_mapping_is_brought_in_right_or_asked_at_the_desk(name):
    path = uploading.uploads() / name / name
    path.parent.mkdir()
    path.write_bytes((SHARED / name).read_bytes())
    upload = uploading.receive(path, None)
    work_off()
    upload.refresh_from_db()
    if asked := upload.about.get("guess", {}).get("questions"):
        assert name in MAY_BE_ASKED, asked
        return
    uploading.start(upload, None)
    work_off()
    assert received() == RIGHT[name][1]
