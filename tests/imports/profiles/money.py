"""Files as payment services, tills and public data sets write them, from planted facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from habitue.imports.profiles.profile import profile_named
from tests.imports.profiles.facts import GIVEN_BACK, NO_SALE, NOT_YET, SALE, Carried, Facts, File, Sale, letters, money
from tests.imports.profiles.shops import headings, local

# Stripe: times in UTC, currency in small letters, thousands with a comma, money given back beside the payment.
EVERY = frozenset({SALE, GIVEN_BACK, NOT_YET, NO_SALE})
STRIPE = Carried(True, True, True, True, EVERY, lines=False, number="ch_{number}")
STRIPE_STATUS = {SALE: "Paid", GIVEN_BACK: "Refunded", NOT_YET: "Pending", NO_SALE: "Failed"}


def thousands(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def stripe_payments(facts: Facts) -> File:
    rows = [
        {
            "id": f"ch_{sale.number}", "Created date (UTC)": f"{sale.at:%Y-%m-%d %H:%M:%S}",
            "Amount": thousands(sale.total), "Amount Refunded": thousands(sale.refunded), "Currency": "eur",
            "Captured": "true", "Converted Amount": thousands(sale.total), "Description": f"Invoice {sale.number}",
            "Fee": "0.70", "Is Link": "false", "Mode": "Live", "PaymentIntent ID": f"pi_{sale.number}",
            "Payment Source Type": "card",
            "Refunded date (UTC)": f"{sale.at + dt.timedelta(days=3):%Y-%m-%d %H:%M:%S}" if sale.refunded else "",
            "Status": STRIPE_STATUS[sale.status], "Taxes On Fee": "0.00", "Card ID": f"card_{sale.number}",
            "Customer ID": f"cus_{sale.buyer.number}", "Customer Description": sale.buyer.name,
            "Customer Email": sale.buyer.email, "Invoice ID": f"in_{sale.number}",
        }
        for sale in facts.sales
    ]  # fmt: skip
    return File(headings("stripe_payments"), tuple(rows))


# PayPal: a refund is a row of its own, negative, from us to the buyer; fees are negative, transfers are rows too.
PAYPAL = Carried(
    True, True, True, True, frozenset({SALE, GIVEN_BACK, NOT_YET, NO_SALE}), lines=False,
    number="PAYMENT{number:0>6}", refund="REFUND{number:0>7}",
)  # fmt: skip
SHOP = "shop@atelier.example"
ENGLISH = {
    "paid by": "Express Checkout Payment", "refund": "Payment Refund", "transfer": "General Withdrawal",
    SALE: "Completed", GIVEN_BACK: "Refunded", NOT_YET: "Pending", NO_SALE: "Denied", "in": "Credit", "out": "Debit",
}  # fmt: skip
FRENCH = {
    "paid by": "Paiement Express Checkout", "refund": "Remboursement de paiement", "transfer": "Virement standard",
    SALE: "Terminé", GIVEN_BACK: "Remboursé", NOT_YET: "En attente", NO_SALE: "Refusé", "in": "Crédit", "out": "Débit",
}  # fmt: skip


def paypal(facts: Facts) -> File:
    return _paypal(facts, ENGLISH, "%m/%d/%Y", ".", {})


def paypal_fr(facts: Facts) -> File:
    profile = profile_named("paypal")
    assert profile
    return _paypal(facts, FRENCH, "%d/%m/%Y", ",", dict(profile.names["fr"]))


def _paypal(facts: Facts, words: dict[str, str], day: str, decimal: str, names: dict[str, str]) -> File:
    def rows() -> Iterator[dict[str, str]]:
        for sale in facts.sales:
            yield _payment(sale, words, day, decimal)
            if sale.refunded:
                yield _refund(sale, words, day, decimal)
        yield _payment(facts.sales[0], words, day, decimal) | {
            "Type": words["transfer"], "Gross": money(-9999, decimal), "Net": money(-9999, decimal),
            "Fee": money(0, decimal), "Transaction ID": "TRANSFER0001", "Name": "",
            "From Email Address": SHOP, "To Email Address": "", "Balance Impact": words["out"], "Status": words[SALE],
        }  # fmt: skip

    own = headings("paypal")
    renamed = tuple(names.get(heading, heading) for heading in own)
    return File(renamed, tuple({names.get(key, key): value for key, value in row.items()} for row in rows()))


def _payment(sale: Sale, words: dict[str, str], day: str, decimal: str) -> dict[str, str]:
    fee = sale.total // 30
    return {
        "Date": local(sale.at, day), "Time": local(sale.at, "%H:%M:%S"), "TimeZone": "CET", "Name": sale.buyer.name,
        "Type": words["paid by"], "Status": words[sale.status], "Currency": "EUR", "Gross": money(sale.total, decimal),
        "Fee": money(-fee, decimal), "Net": money(sale.total - fee, decimal), "From Email Address": sale.buyer.email,
        "To Email Address": SHOP, "Transaction ID": f"PAYMENT{sale.number:0>6}", "Balance Impact": words["in"],
    }  # fmt: skip


def _refund(sale: Sale, words: dict[str, str], day: str, decimal: str) -> dict[str, str]:
    later = sale.at + dt.timedelta(days=3)
    return _payment(sale, words, day, decimal) | {
        "Date": local(later, day), "Time": local(later, "%H:%M:%S"), "Type": words["refund"], "Status": words[SALE],
        "Gross": money(-sale.refunded, decimal), "Fee": money(0, decimal), "Net": money(-sale.refunded, decimal),
        "From Email Address": SHOP, "To Email Address": sale.buyer.email,
        "Transaction ID": f"REFUND{sale.number:0>7}", "Reference Txn ID": f"PAYMENT{sale.number:0>6}",
        "Balance Impact": words["out"],
    }  # fmt: skip


# Tills: nobody who buys.
SUMUP = Carried(number="TX{number:0>8}", buyer="", products="name")


def sumup_sales(facts: Facts) -> File:
    rows = [
        {
            "Account": "till@atelier.example", "Date": local(sale.at, "%Y-%m-%d"), "Time": local(sale.at, "%H:%M:%S"),
            "Type": "Sales", "Transaction ID": f"TX{sale.number:0>8}", "Receipt Number": f"S2024{sale.number}",
            "Payment Method": "Card", "Quantity": str(line.quantity), "Description": line.name, "Currency": "EUR",
            "Price (Gross)": money(line.amount), "Price (Net)": money(line.amount - line.amount // 6),
            "Tax": money(line.amount // 6), "Tax rate": "20%",
        }
        for sale in facts.sales
        for line in sale.lines
    ]  # fmt: skip
    return File(headings("sumup_sales"), tuple(rows))


ZETTLE = Carried(number="{number}", buyer="")


def zettle_sales(facts: Facts) -> File:
    rows = [
        {
            "Date": local(sale.at, "%Y-%m-%d"), "Time": local(sale.at, "%H:%M:%S"), "Receipt number": str(sale.number),
            "Name": line.name, "SKU": line.sku, "Quantity": str(line.quantity), "Final price": money(line.amount),
            "Unit price": money(line.price), "Cashier": "Zoé", "Payment method": "Card",
        }
        for sale in facts.sales
        for line in sale.lines
    ]  # fmt: skip
    return File(headings("zettle_sales"), tuple(rows))


LIGHTSPEED = Carried(statuses=frozenset({SALE, NOT_YET, NO_SALE}), number="R{number}", buyer="C-{number}")
LIGHTSPEED_STATUS = {SALE: "Closed", NOT_YET: "Parked", NO_SALE: "Voided"}


def lightspeed_sales(facts: Facts) -> File:
    rows = [
        {
            "Date": local(sale.at), "Receipt": f"R{sale.number}", "Customer Code": f"C-{sale.buyer.number}",
            "Customer Name": sale.buyer.name, "Product": line.name, "SKU": line.sku, "Quantity": str(line.quantity),
            "Discount": "0.00", "Total": money(line.amount), "Status": LIGHTSPEED_STATUS[sale.status],
            "Register": "Main",
        }
        for sale in facts.sales
        for line in sale.lines
    ]  # fmt: skip
    return File(headings("lightspeed_sales"), tuple(rows))


# PrestaShop's lists have one row an order, and the name alone of who bought.
PRESTA = Carried(refunds=True, statuses=frozenset({SALE, GIVEN_BACK, NOT_YET, NO_SALE}), lines=False,
                 number="ORDER{letters}", buyer="{name}")  # fmt: skip
PRESTA_STATUS = {SALE: "Delivered", GIVEN_BACK: "Refunded", NOT_YET: "Awaiting check payment", NO_SALE: "Canceled"}
PRESTA_FRENCH = {SALE: "Livré", GIVEN_BACK: "Remboursé", NOT_YET: "En attente de virement bancaire", NO_SALE: "Annulé"}


def prestashop_orders(facts: Facts) -> File:
    rows = [
        {
            "ID": str(sale.number), "Reference": f"ORDER{letters(sale.number)}", "New client": "0",
            "Delivery": "France", "Customer": sale.buyer.name, "Total": f"€{money(sale.total)}", "Payment": "Bank wire",
            "Status": PRESTA_STATUS[sale.status], "Date": local(sale.at),
        }
        for sale in facts.sales
    ]  # fmt: skip
    return File(headings("prestashop_orders"), tuple(rows), ";")


def prestashop_orders_fr(facts: Facts) -> File:
    rows = [
        {
            "ID": str(sale.number), "Référence": f"ORDER{letters(sale.number)}", "Nouveau client": "0",
            "Livraison": "France", "Client": sale.buyer.name, "Total": f"{money(sale.total, ',')} €",
            "Paiement": "Virement", "État": PRESTA_FRENCH[sale.status], "Date": local(sale.at),
        }
        for sale in facts.sales
    ]  # fmt: skip
    return File(headings("prestashop_orders_fr"), tuple(rows), ";")


LONDON = ZoneInfo("Europe/London")
UCI = Carried(number="{number:0>6}", buyer="{number:0>5}")


def uci_online_retail(facts: Facts) -> File:
    return _uci(facts, "uci_online_retail", "%m/%d/%Y %H:%M", ("InvoiceNo", "UnitPrice", "CustomerID"))


def uci_online_retail_2(facts: Facts) -> File:
    return _uci(facts, "uci_online_retail_2", "%Y-%m-%d %H:%M:%S", ("Invoice", "Price", "Customer ID"))


def _uci(facts: Facts, key: str, written: str, names: tuple[str, str, str]) -> File:
    number, price, customer = names
    rows = [
        {
            number: f"{sale.number:0>6}", "StockCode": line.sku, "Description": line.name.upper(),
            "Quantity": str(line.quantity), "InvoiceDate": f"{sale.at.astimezone(LONDON):{written}}",
            price: money(line.price), customer: f"{sale.buyer.number:0>5}", "Country": "United Kingdom",
        }
        for sale in facts.sales
        for line in sale.lines
    ]  # fmt: skip
    return File(headings(key), tuple(rows))


# A superstore: the discount is a rate, and sales are after it.
SUPERSTORE = Carried(number="CA-2016-{number}", buyer="AB-{number:0>5}", products="product_id", time=False)


def superstore(facts: Facts) -> File:
    rows = [
        {
            "Row ID": str(at), "Order ID": f"CA-2016-{sale.number}", "Order Date": f"{local(sale.at, '%-m/%-d/%Y')}",
            "Ship Date": f"{local(sale.at, '%-m/%-d/%Y')}", "Ship Mode": "Second Class",
            "Customer ID": f"AB-{sale.buyer.number:0>5}", "Customer Name": sale.buyer.name, "Segment": "Consumer",
            "Country": "United States", "City": "Henderson", "State": "Kentucky", "Postal Code": "42420",
            "Region": "South", "Product ID": line.product_id, "Category": "Furniture", "Sub-Category": "Chairs",
            "Product Name": line.name, "Sales": money(line.amount), "Quantity": str(line.quantity),
            "Discount": "0.2" if at % 2 else "0", "Profit": "41.9136",
        }
        for sale in facts.sales
        for at, line in enumerate(sale.lines, 1)
    ]  # fmt: skip
    return File(headings("superstore"), tuple(rows))


# CDNOW: columns of fixed width, no headings, and no number of an order.
CDNOW = Carried(lines=False, buyer="{number:0>5}", time=False, year=1997, numbered=False)


def cdnow(facts: Facts) -> File:
    rows = [
        {
            "#1": f"{sale.buyer.number:0>5}", "#2": local(sale.at, "%Y%m%d"),
            "#3": str(sum(line.quantity for line in sale.lines)), "#4": money(sale.total),
        }
        for sale in facts.sales
    ]  # fmt: skip
    return File(headings("cdnow"), tuple(rows), widths=(6, 9, 3, 7))
