"""An owner brings the files of their tools, from the first click to a base that is right, and next week's files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db.models import Sum
from playwright.sync_api import Page, expect

from habitue.customers.models import Customer
from habitue.imports.models import Import
from habitue.purchases.models import Order
from tests.browser.test_accessibility import barriers
from tests.desk.test_imports import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.any_database]
PEOPLE = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,\
Default Address Address1,Default Address City,Default Address Country Code,Default Address Zip,Phone,Total Spent,\
Total Orders,Note,Tax Exempt,Tags
'7100000000001,Anne,Petit,anne@example.org,yes,,1 rue X,Bourg,FR,'01000,'+33612345678,77.80,2,,no,"vip, salon"
7100000000002,Paul,Roy,paul@example.org,no,SARL Roy,2 rue Y,Lyon,FR,69001,,30.00,1,,no,
"""
HEADINGS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,\
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,\
Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,\
Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing City,Billing Zip,\
Billing Country,Billing Phone,Shipping Name,Shipping Zip,Notes,Cancelled at,Payment Method,Refunded Amount,\
Vendor,Id,Tags,Source,Lineitem discount,Phone"""
COLUMNS = HEADINGS.split(",")
ANNE, PAUL = ("anne@example.org", "Anne Petit"), ("paul@example.org", "Paul Roy")


def order(number: str, day: str, who: tuple[str, str], lines: str, **more: str) -> list[dict[str, str]]:
    """The rows of one order as Shopify exports it: what is of the order stands on the first only."""
    money = {"Subtotal": more.pop("total"), "Shipping": "0.00", "Taxes": "0.00", "Discount Amount": "0.00"}
    of_order = {"Financial Status": "paid", "Currency": "EUR", "Total": money["Subtotal"], "Billing Name": who[1]}
    of_order |= money | {"Paid at": day, "Created at": day, "Refunded Amount": "", "Id": f"555{number[1:]}"}
    of_order |= {name.replace("_", " ").title(): value for name, value in more.items()}
    rows = []
    for at, line in enumerate(lines.split("; ")):
        quantity, name, price, code = line.split(", ")
        item = {"Lineitem quantity": quantity, "Lineitem name": name, "Lineitem price": price, "Lineitem sku": code}
        rows.append({"Name": number, "Email": who[0]} | item | (of_order if not at else {}))
    return rows


def shop(*orders: list[dict[str, str]]) -> str:
    rows = [COLUMNS, *([row.get(name, "") for name in COLUMNS] for rows in orders for row in rows)]
    return "".join(",".join(row) + "\n" for row in rows)


FIRST = order(
    "#1001", "2024-03-01 10:23:45 +0100", ANNE, "2, Savon, 15.00, SAV-1; 1, Bougie, 20.00, BOU-1", total="54.90",
    subtotal="50.00", shipping="4.90",
)  # fmt: skip
SECOND = order(
    "#1002", "2024-03-02 23:39:45 +0100", PAUL, "1, Sac, 30.00, SAC-1", total="30.00", financial_status="refunded",
    refunded_amount="30.00",
)  # fmt: skip
THIRD = order(
    "#1003", "2024-03-31 00:29:00 +0100", ANNE, "1, Bougie, 20.00, BOU-1", total="22.90", subtotal="18.00",
    shipping="4.90", discount_code="FALL10", discount_amount="2.00",
)  # fmt: skip
FOURTH = order("#1004", "2024-04-02 08:59:00 +0200", PAUL, "1, Bougie, 20.00, BOU-1", total="20.00")
RETURNED = [THIRD[0] | {"Refunded Amount": "20.00"}]
TILL = """Ventes du 01/03/2024 au 31/03/2024

N° commande;Code client;Nom client;Date;Référence;Quantité;Prix unitaire;Total TTC
T1;K1;Léa Blanc;13/03/2024;SAV-1;2;15,00;50,00
T1;K1;Léa Blanc;13/03/2024;BOU-1;1;20,00;50,00
T2;K2;Éloïse Roy;14/03/2024;BOU-1;1;1 020,00;1 020,00
"""


def market() -> bytes:
    book = openpyxl.Workbook()
    for at, (name, days) in enumerate((("Janvier", (3,)), ("Février", (7, 21)), ("Mars", (6, 20)))):
        sheet = book.create_sheet(name) if at else book.active
        sheet.title = name
        sheet.append(["Commande", "Client", "Date", "Article", "Montant"])
        for day in days:
            sheet.append([f"M{at}{day}", "K1", f"2024-0{at + 1}-{day:02}", "SAV-1", 10.5])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def worked_off(page: Page) -> None:
    """The page after the worker is done. It is left meanwhile: one that asks each second would meet locked tables."""
    address = page.url
    page.goto("about:blank")
    work_off()
    page.goto(address)


def bring(somebody: Any, path: Path, content: str | bytes) -> str:
    """Bring a file by its page, with the likeliest answer to each question; what the page said before the import."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    page = somebody.page
    somebody.visit("/imports/new/")
    page.set_input_files("#file", path)
    page.locator("form.fields button.go").click()
    page.wait_for_url("**/imports/files/*/")
    worked_off(page)
    for _question in range(3):
        expect(page.locator("form.go button.go, form.ask").first).to_be_visible()
        if not page.locator("form.ask").count():
            break
        page.locator("form.ask button.go").first.click()
        expect(page.locator("#findings progress")).to_be_visible()
        worked_off(page)
    said = page.locator("#file").inner_text()
    assert somebody.overflow() <= 0
    page.locator("form.go button.go").click()
    page.wait_for_url("**/imports/*/")
    worked_off(page)
    return said


def received(*numbers: str) -> dict[str, int]:
    return dict(Order.objects.filter(number__in=numbers).values_list("number", "amount"))


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1440, "light"), ("fr", 390, "dark")])
def test_an_owner_brings_the_files_of_three_tools(reader, tmp_path, language, width, scheme):
    before = Customer.objects.count()
    somebody = reader(width=width, language=language, scheme=scheme)
    somebody.sign_in()
    bring(somebody, tmp_path / "customers_export.csv", PEOPLE)
    said = bring(somebody, tmp_path / "orders_export_1.csv", shop(FIRST, SECOND, THIRD))
    assert "77" in said, "the sum that is confirmed"
    assert received("#1001", "#1002", "#1002/R", "#1003") == {
        "#1001": 5490, "#1002": 3000, "#1002/R": -3000, "#1003": 2290,
    }  # fmt: skip
    assert Customer.objects.count() == before + 3, "Anne, Paul and whom he works for: orders find both by their address"
    bring(somebody, tmp_path / "ventes.csv", TILL)
    assert received("T1", "T2") == {"T1": 5000, "T2": 102_000}
    bring(somebody, tmp_path / "marche.xlsx", market())
    assert Order.objects.filter(number__startswith="M").aggregate(Sum("amount"))["amount__sum"] == 5250
    said = bring(somebody, tmp_path / "orders_export_2.csv", shop(FIRST, SECOND, RETURNED, FOURTH))
    assert ("Since the last time" if language == "en" else "Depuis la dernière fois") in said
    assert received("#1001", "#1003", "#1003/R", "#1004") == {
        "#1001": 5490, "#1003": 2290, "#1003/R": -2000, "#1004": 2000,
    }  # fmt: skip
    assert sum(Import.objects.values_list("rejected", flat=True)) == 0
    somebody.visit("/imports/new/")
    assert barriers(somebody) == []
    assert somebody.violations() == somebody.problems == []
    assert somebody.requests_elsewhere() == []
