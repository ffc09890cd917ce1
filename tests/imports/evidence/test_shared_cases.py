"""Small files of real tools' shapes that are kept beside the project: the kind and the columns are right, or asked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from habitue.imports.evidence.guess import Guess
from habitue.imports.files import reading
from habitue.imports.mappings.proposing import guess_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
CASES = Path(os.environ.get("HABITUE_SHARED", Path(__file__).parents[4] / "shared")) / "cases"
FRENCH_LINE = {"number": "N° commande", "buyer": "Code client", "placed_at": "Date", "product": "Référence"}
ENGLISH_LINE = {"number": "Order number", "buyer": "Customer ID", "placed_at": "Date", "product": "SKU"}
MADE, COLUMN, FIRST, REPEATED = "quantity_x_unit_price", "column", "order_total_first_line", "order_total_repeated"
ORDERS: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "p58_blank_fill.csv": (
        FRENCH_LINE | {"amount": "Montant"},
        {"filled_down": ["N° commande", "Code client", "Date"]},
    ),
    "odoo_sale_order.csv": (
        {
            "number": "Order Reference",
            "buyer": "Customer/Email",
            "placed_at": "Order Date",
            "amount": "Order Lines/Subtotal",
            "product": "Order Lines/Product",
            "quantity": "Order Lines/Quantity",
            "status": "Status",
        },
        {"amount_rule": COLUMN, "statuses": {"Sales Order": "sale", "Cancelled": "not_a_sale"}},
    ),
    "x07_sheets.xlsx": (ENGLISH_LINE | {"amount": "Amount"}, {}),
    "n01_thousand_dots.csv": (FRENCH_LINE | {"amount": "Montant", "quantity": "Quantité"}, {"decimal": "asked"}),
    "n03_money_writings.csv": (FRENCH_LINE | {"amount": "Montant"}, {"currency": "EUR"}),
    "n04_title_rows.csv": (FRENCH_LINE | {"amount": "Montant"}, {}),
    "n06_total_repeated.csv": (
        FRENCH_LINE | {"quantity": "Quantité", "unit_price": "Prix unitaire", "order_total": "Total TTC"},
        {"amount_rule": MADE},
    ),
    "n10_sci.csv": (FRENCH_LINE | {"amount": "Montant"}, {}),
    "n11_sep.csv": (FRENCH_LINE | {"amount": "Montant"}, {}),
    "n12b_backslash.csv": (ENGLISH_LINE | {"amount": "Amount"}, {}),
    "n14_currency.csv": (ENGLISH_LINE | {"amount": "Amount", "currency": "Currency"}, {"currency": "asked"}),
    "n17e_doubleutf8.csv": (FRENCH_LINE | {"amount": "Montant", "buyer_name": "Nom client"}, {}),
    "n18_placeholders.csv": (ENGLISH_LINE | {"amount": "Amount", "buyer_name": "Customer name"}, {}),
    "n19_emailcase.csv": (ENGLISH_LINE | {"buyer": "Email", "amount": "Amount"}, {}),
    "n20c_rate_fr.csv": (FRENCH_LINE | {"amount": "Montant"}, {"discount_rule": "rate"}),
    "n22_status.csv": (
        ENGLISH_LINE | {"amount": "Amount", "status": "Status"},
        {
            "statuses": {
                "completed": "sale",
                "cancelled": "not_a_sale",
                "refunded": "given_back",
                "pending payment": "not_yet",
                "failed": "not_a_sale",
            }
        },
    ),
    "n24_lead0_a.csv": (ENGLISH_LINE | {"amount": "Amount"}, {"same_code": "asked"}),
    "p04_orders.csv": (ENGLISH_LINE | {"buyer": "Email", "placed_at": "Created at", "amount": "Amount"}, {}),
    "p15_subtotal.csv": (ENGLISH_LINE | {"placed_at": "Created at", "amount": "Subtotal"}, {"discount_rule": "money"}),
    "p25_long.csv": ({"number": "Order number", "buyer": "Customer ID", "product": "Item", "amount": "Amount"}, {}),
    "p52_mixedtax.csv": (FRENCH_LINE | {"number": "N° facture", "amount": "Total TTC"}, {"tax": "with"}),
    "p53_dates2.csv": (FRENCH_LINE | {"placed_at": "Date de commande", "amount": "Montant"}, {}),
    "p21_swapped.xlsx": ({"placed_at": "Date", "amount": "Amount"}, {"date_order": "asked"}),
    "s2_paidflag.csv": (ENGLISH_LINE | {"amount": "Amount"}, {"amount_rule": COLUMN}),
    "s5_name_is_product.csv": (ENGLISH_LINE | {"number": "Receipt", "product_name": "Name", "amount": "Amount"}, {}),
    "s11_repeated_discount.csv": (ENGLISH_LINE | {"amount": "Amount"}, {"discount_rule": "asked"}),
    "s13_tz.csv": (ENGLISH_LINE | {"placed_at": "Created at (UTC)", "amount": "Amount"}, {}),
    "s16_usd_default.csv": (ENGLISH_LINE | {"amount": "Amount ($)"}, {"currency": "asked"}),
    "d00.csv": (ENGLISH_LINE | {"quantity": "Quantity", "amount": "Amount"}, {}),
    "uci.csv": (
        {
            "number": "InvoiceNo",
            "buyer": "CustomerID",
            "placed_at": "InvoiceDate",
            "product": "StockCode",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
        },
        {"amount_rule": MADE},
    ),
    "uci2.csv": (
        {
            "number": "Invoice",
            "buyer": "Customer ID",
            "placed_at": "InvoiceDate",
            "product": "StockCode",
            "quantity": "Quantity",
            "unit_price": "Price",
        },
        {"amount_rule": MADE},
    ),
    "shopify_orders.csv": (
        {
            "number": "Name",
            "buyer": "Email",
            "placed_at": "Created at",
            "product": "Lineitem sku",
            "product_name": "Lineitem name",
            "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "order_total": "Total",
            "status": "Financial Status",
            "currency": "Currency",
        },
        {"amount_rule": FIRST, "statuses": {"paid": "sale", "refunded": "given_back", "voided": "not_a_sale"}},
    ),
    "stripe_payments.csv": (
        {
            "number": "id",
            "buyer": "Customer ID",
            "placed_at": "Created date (UTC)",
            "amount": "Amount",
            "currency": "Currency",
        },
        {"statuses": {"Paid": "sale", "Refunded": "given_back", "Failed": "not_a_sale"}},
    ),
    "superstore.csv": (
        {
            "number": "Order ID",
            "buyer": "Customer ID",
            "placed_at": "Order Date",
            "product": "Product ID",
            "amount": "Sales",
            "quantity": "Quantity",
        },
        {"discount_rule": "rate", "amount_rule": COLUMN},
    ),
    "square_items.csv": (
        {
            "number": "Transaction ID",
            "buyer": "Customer ID",
            "placed_at": "Date",
            "product": "SKU",
            "quantity": "Qty",
            "amount": "Net Sales",
        },
        {"discount_rule": "money", "currency": "asked"},
    ),
    "woo_orders_adv.csv": (
        {
            "number": "Order Number",
            "buyer": "Email (Billing)",
            "placed_at": "Order Date",
            "product": "SKU",
            "unit_price": "Item Cost",
            "order_total": "Order Total Amount",
            "status": "Order Status",
        },
        {"amount_rule": REPEATED, "statuses": {"Completed": "sale", "Cancelled": "not_a_sale"}},
    ),
    "x01_title.xlsx": (ENGLISH_LINE | {"amount": "Amount"}, {}),
    "x05_hidden_first.xlsx": (ENGLISH_LINE | {"amount": "Amount"}, {}),
}
CUSTOMERS: dict[str, dict[str, str]] = {
    "shopify_customers.csv": {
        "reference": "Customer ID",
        "given_name": "First Name",
        "email": "Email",
        "phone": "Phone",
        "postcode": "Default Address Zip",
        "employer": "Default Address Company",
    },
    "shopify_customers_old.csv": {
        "given_name": "First Name",
        "family_name": "Last Name",
        "postcode": "Zip",
        "employer": "Company",
    },
    "s7_name_as_ref.csv": {"name": "Client", "phone": "Téléphone", "city": "Ville"},
    "c_outlook_en.csv": {
        "given_name": "First Name",
        "family_name": "Last Name",
        "employer": "Company",
        "email": "E-mail Address",
        "phone.mobile": "Mobile Phone",
        "born_on": "Birthday",
        "city": "Home City",
    },
    "c_sage_clients.csv": {"reference": "N° client", "name": "Intitulé", "postcode": "CP", "email": "E-mail"},
    "p36_onebyte.csv": {"reference": "Code client", "name": "Nom", "city": "Ville"},
    "c_country.csv": {"name": "Name", "email": "Email", "postcode": "Postcode", "country": "Country"},
    "c_google_new.csv": {
        "given_name": "First Name",
        "email": "E-mail 1 - Value",
        "phone": "Phone 1 - Value",
        "tags": "Labels",
        "born_on": "Birthday",
        "employer": "Organization Name",
    },
    "c_dolibarr_tiers.csv": {
        "reference": "Code client",
        "name": "Nom",
        "phone": "Téléphone",
        "postcode": "Code postal",
    },
    "p08_births.csv": {"reference": "Code client", "name": "Nom", "born_on": "Date de naissance"},
    "s9_type.csv": {"reference": "Code client", "name": "Nom", "email": "E-mail"},
    "s10_employee.csv": {"reference": "Customer ID", "name": "Name"},
    "i_rapidpro241.csv": {"name": "Name", "phone": "Phone", "postcode": "Postal code"},
    "k_addr2.csv": {
        "given_name": "First Name",
        "email": "Email",
        "street": "Address1",
        "postcode": "Zip",
        "country": "Country",
    },
    "k_woo_core.csv": {
        "email": "user_email",
        "phone": "billing_phone",
        "street": "billing_address_1",
        "city": "billing_city",
    },
    "v21_latin1.vcf": {"given_name": "given name", "family_name": "family name"},
    "v30_icloud.vcf": {"given_name": "given name", "email": "email"},
    "v40.vcf": {"given_name": "given name", "family_name": "family name"},
}
NEVER = {
    "s9_type.csv": "kind",
    "s10_employee.csv": "internal",
    "s2_paidflag.csv": "paid",
    "s5_name_is_product.csv": "buyer_name",
}


def guess(name: str, folder: Path) -> Guess:
    if not CASES.is_dir():
        pytest.skip(f"{len(ORDERS) + len(CUSTOMERS)} cases are left out: there is no folder {CASES}")
    return guess_of(reading.read(CASES / name, folder))


def taken(guessed: Guess, fact: str, column: str) -> bool:
    """Whether the column is taken for the fact, or for a variant of it such as that of the home."""
    return any(
        at == column and name.partition(".")[0] == fact.partition(".")[0] for name, at in guessed.columns.items()
    )


def wrong(guessed: Guess, columns: dict[str, str], rules: dict[str, object]) -> list[str]:
    right_columns = [
        fact for fact, column in columns.items() if not taken(guessed, fact, column) and fact not in guessed.asked
    ]
    unasked = [name for name, value in rules.items() if value == "asked" and name not in guessed.asked]
    others = [
        name
        for name, value in rules.items()
        if value != "asked" and guessed.rule(name) != value and name not in guessed.asked
    ]
    return [*right_columns, *unasked, *others]


@pytest.mark.parametrize("name", ORDERS)
def test_orders_are_known_and_their_columns_right_or_asked(name, tmp_path):
    guessed = guess(name, tmp_path)
    assert guessed.kind == "orders"
    assert wrong(guessed, *ORDERS[name]) == []
    assert NEVER.get(name) not in guessed.columns
    assert len(guessed.questions) <= 2


@pytest.mark.parametrize("name", CUSTOMERS)
def test_customers_are_known_and_their_columns_right_or_asked(name, tmp_path):
    guessed = guess(name, tmp_path)
    assert guessed.kind == "customers"
    assert wrong(guessed, CUSTOMERS[name], {}) == []
    assert NEVER.get(name) not in guessed.columns


def test_likeliest_answers_are_right_in_nine_of_ten(tmp_path):
    """Of all facts of the cases, asked or not, the column that is proposed first is the right one."""
    right = total = 0
    for name, expected in {**{n: columns for n, (columns, _rules) in ORDERS.items()}, **CUSTOMERS}.items():
        folder = tmp_path / name
        folder.mkdir()
        guessed = guess(name, folder)
        first = guessed.columns | {
            fact: at for q in guessed.questions for fact, at in q.answers[0].columns.items() if at
        }
        right += sum(first.get(fact) == column for fact, column in expected.items())
        total += len(expected)
    assert right >= 0.9 * total
