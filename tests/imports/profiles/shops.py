"""Files as shops and business programs write them, quirks included, from planted facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from habitue.imports.profiles.profile import profile_named
from tests.imports.profiles.facts import GIVEN_BACK, NO_SALE, NOT_YET, PARIS, SALE, Carried, Facts, File, money

ALL = frozenset({SALE, GIVEN_BACK, NOT_YET, NO_SALE})


def headings(key: str) -> tuple[str, ...]:
    profile = profile_named(key)
    assert profile, key
    return profile.known


def local(at: dt.datetime, written: str = "%Y-%m-%d %H:%M:%S") -> str:
    return at.astimezone(PARIS).strftime(written)


# Shopify: what is of the order stands on its first row; an apostrophe before ids, postcodes and telephones.
SHOPIFY = Carried(True, True, True, True, ALL, number="#{number}")
FINANCIAL = {SALE: "paid", GIVEN_BACK: "refunded", NOT_YET: "pending", NO_SALE: "voided"}


def shopify_orders(facts: Facts) -> File:
    def rows() -> Iterator[dict[str, str]]:
        for sale in facts.sales:
            status = "partially_refunded" if sale.status == SALE and sale.refunded else FINANCIAL[sale.status]
            placed = f"{local(sale.at)} {local(sale.at, '%z')}"
            for at, line in enumerate(sale.lines):
                row = {
                    "Name": f"#{sale.number}", "Email": sale.buyer.email, "Lineitem quantity": str(line.quantity),
                    "Lineitem name": line.name, "Lineitem price": money(line.price), "Lineitem sku": line.sku,
                    "Lineitem requires shipping": "true", "Lineitem taxable": "true", "Created at": placed,
                    "Lineitem fulfillment status": "fulfilled", "Vendor": "Atelier", "Lineitem discount": "0.00",
                }  # fmt: skip
                if at == 0:
                    row |= {
                        "Financial Status": status, "Paid at": placed, "Fulfillment Status": "fulfilled",
                        "Currency": "EUR", "Subtotal": money(sale.goods - sale.discount),
                        "Shipping": money(sale.shipping), "Taxes": money(sale.total // 6),
                        "Total": money(sale.total), "Discount Code": "TEN" if sale.discount else "",
                        "Discount Amount": money(sale.discount), "Billing Name": sale.buyer.name,
                        "Billing Zip": f"'{sale.buyer.postcode}", "Billing City": sale.buyer.city,
                        "Refunded Amount": money(sale.refunded) if sale.refunded else "",
                        "Id": str(5_550_000_000 + sale.number), "Source": "web",
                    }  # fmt: skip
                yield row

    return File(headings("shopify_orders"), tuple(rows()))


def shopify_customers(facts: Facts) -> File:
    rows = [
        {
            "Customer ID": f"'{7_100_000_000_000 + buyer.number}", "First Name": buyer.given,
            "Last Name": buyer.family, "Email": buyer.email, "Accepts Email Marketing": "yes",
            "Default Address Address1": buyer.street, "Default Address City": buyer.city,
            "Default Address Country Code": "FR", "Default Address Zip": f"'{buyer.postcode}",
            "Phone": f"'{buyer.phone}", "Total Spent": "10.00", "Total Orders": "1", "Accepts SMS Marketing": "no",
            "Tax Exempt": "no",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("shopify_customers"), tuple(rows))


def shopify_customers_old(facts: Facts) -> File:
    rows = [
        {
            "First Name": buyer.given, "Last Name": buyer.family, "Email": buyer.email,
            "Accepts Email Marketing": "yes", "Address1": buyer.street, "City": buyer.city, "Country": "France",
            "Country Code": "FR", "Zip": f"'{buyer.postcode}", "Phone": f"'{buyer.phone}", "Total Spent": "10.00",
            "Total Orders": "1", "Accepts SMS Marketing": "no", "Tax Exempt": "no",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("shopify_customers_old"), tuple(rows))


# WooCommerce: totals of the order on each of its rows.
WOO = Carried(True, True, True, True, ALL)
WOO_STATUS = {SALE: "Completed", GIVEN_BACK: "Refunded", NOT_YET: "On hold", NO_SALE: "Cancelled"}


def woocommerce_orders(facts: Facts) -> File:
    rows = [
        {
            "Order Number": str(sale.number), "Order Status": WOO_STATUS[sale.status],
            "Order Date": local(sale.at), "Email (Billing)": sale.buyer.email,
            "First Name (Billing)": sale.buyer.given, "Last Name (Billing)": sale.buyer.family,
            "Address 1&2 (Billing)": sale.buyer.street, "City (Billing)": sale.buyer.city,
            "Postcode (Billing)": sale.buyer.postcode, "Country Code (Billing)": "FR",
            "Phone (Billing)": sale.buyer.shown_phone, "Payment Method Title": "Carte",
            "Cart Discount Amount": money(sale.discount), "Order Subtotal Amount": money(sale.goods),
            "Order Shipping Amount": money(sale.shipping), "Order Refund Amount": money(sale.refunded),
            "Order Total Amount": money(sale.total), "Order Total Tax Amount": money(sale.total // 6),
            "SKU": line.sku, "Item #": str(at), "Item Name": line.name, "Quantity": str(line.quantity),
            "Item Cost": money(line.price),
        }
        for sale in facts.sales
        for at, line in enumerate(sale.lines, 1)
    ]  # fmt: skip
    return File(headings("woocommerce_orders"), tuple(rows))


def woocommerce_customers(facts: Facts) -> File:
    rows = [
        {
            "customer_id": str(buyer.number), "user_login": f"login{buyer.number}", "first_name": buyer.given,
            "last_name": buyer.family, "user_email": buyer.email, "billing_first_name": buyer.given,
            "billing_last_name": buyer.family, "billing_email": buyer.email, "billing_phone": buyer.shown_phone,
            "billing_address_1": buyer.street, "billing_postcode": buyer.postcode, "billing_city": buyer.city,
            "billing_country": "FR",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("woocommerce_customers"), tuple(rows))


def woocommerce_analytics_customers(facts: Facts) -> File:
    rows = [
        {
            "Name": buyer.name, "Username": f"login{buyer.number}", "Last active": "2024-03-01 10:00:00",
            "Sign up": "2023-03-01 10:00:00", "Email": buyer.email, "Orders": "2", "Total spend": "33.5",
            "AOV": "16.75", "Country / Region": "FR", "City": buyer.city, "Postal code": buyer.postcode,
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("woocommerce_analytics_customers"), tuple(rows))


# The report of orders has one row an order and counts neither tax nor shipping.
WOO_REPORT = Carried(refunds=False, statuses=frozenset({SALE, NOT_YET, NO_SALE}), lines=False, buyer="{name}")
WOO_REPORT_STATUS = {SALE: "completed", NOT_YET: "on-hold", NO_SALE: "cancelled"}


def woocommerce_analytics_orders(facts: Facts) -> File:
    rows = [
        {
            "Date": local(sale.at), "Order #": str(sale.number),
            "N. Revenue (formatted)": f"{money(sale.total, ',')} €", "Status": WOO_REPORT_STATUS[sale.status],
            "Customer": sale.buyer.name, "Customer type": "returning",
            "Product(s)": ", ".join(f"{line.quantity}× {line.name}" for line in sale.lines),
            "Items sold": str(sum(line.quantity for line in sale.lines)), "Net Sales": money(sale.total),
        }
        for sale in facts.sales
    ]  # fmt: skip
    return File(headings("woocommerce_analytics_orders"), tuple(rows))


# Square: money with its sign, discounts negative, date and time apart; the time is local.
SQUARE = Carried(discounts=True, number="TX{number}", buyer="CUST{number}")


def square_items(facts: Facts) -> File:
    def rows() -> Iterator[dict[str, str]]:
        for sale in facts.sales:
            left = sale.discount
            for line in sale.lines:
                off = min(left, line.amount)
                left -= off
                net = line.amount - off
                yield {
                    "Date": local(sale.at, "%m/%d/%Y"), "Time": local(sale.at, "%H:%M:%S"),
                    "Time Zone": "Eastern Time (US & Canada)", "Category": "Soap", "Item": line.name,
                    "Qty": f"{line.quantity}.0", "Price Point Name": "Regular", "SKU": line.sku,
                    "Gross Sales": f"${line.amount // 100:,}.{line.amount % 100:02}",
                    "Discounts": f"-${money(off)}" if off else "$0.00",
                    "Net Sales": f"${net // 100:,}.{net % 100:02}", "Tax": "$1.23",
                    "Transaction ID": f"TX{sale.number}", "Payment ID": f"PAY{sale.number}",
                    "Device Name": "Register", "Event Type": "Payment", "Location": "Main",
                    "Customer ID": f"CUST{sale.buyer.number}", "Customer Name": sale.buyer.name, "Unit": "ea",
                    "Count": str(line.quantity), "Itemization Type": "Physical Good",
                }  # fmt: skip

    return File(headings("square_items"), tuple(rows()))


def square_customers(facts: Facts) -> File:
    rows = [
        {
            "First Name": buyer.given, "Last Name": buyer.family, "Email Address": buyer.email,
            "Phone Number": f"'{buyer.phone}", "Street Address 1": buyer.street, "City": buyer.city,
            "Postal Code": buyer.postcode, "Square Customer ID": f"CUST{buyer.number}",
            "Creation Source": "Directory", "Transaction Count": "2",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("square_customers"), tuple(rows))


# Odoo: cells of the order are empty below its first row; the product is written with its code.
ODOO = Carried(statuses=frozenset({SALE, NOT_YET, NO_SALE}), number="S{number}")
ODOO_STATUS = {SALE: "Sales Order", NOT_YET: "Quotation", NO_SALE: "Cancelled"}


def odoo_orders(facts: Facts) -> File:
    def rows() -> Iterator[dict[str, str]]:
        for sale in facts.sales:
            for at, line in enumerate(sale.lines):
                row = {
                    "Order Lines/Product": line.sku, "Order Lines/Quantity": f"{line.quantity}.00",
                    "Order Lines/Unit Price": money(line.price), "Order Lines/Subtotal": money(line.amount),
                }  # fmt: skip
                if at == 0:
                    row |= {
                        "Order Reference": f"S{sale.number}", "Customer": sale.buyer.name,
                        "Customer/Email": sale.buyer.email, "Order Date": local(sale.at), "Salesperson": "Mitchell",
                        "Status": ODOO_STATUS[sale.status], "Total": money(sale.total),
                    }  # fmt: skip
                yield row

    names = tuple(name for name in headings("odoo_orders") if name not in ("Untaxed Amount", "Taxes"))
    return File(names, tuple(rows()))


def odoo_partners(facts: Facts) -> File:
    rows = [
        {
            "Name": buyer.name, "Email": buyer.email, "Phone": buyer.phone, "Street": buyer.street,
            "City": buyer.city, "Zip": buyer.postcode, "Country": "France", "Company Type": "Individual",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("odoo_partners"), tuple(rows))


# Dolibarr: statuses as numbers, amounts with eight decimals, the day alone.
DOLIBARR = Carried(
    statuses=frozenset({SALE, NOT_YET, NO_SALE}), number="CO2401-{number}", buyer="CU2401-{number}", time=False
)
DOLIBARR_STATUS = {SALE: "3", NOT_YET: "0", NO_SALE: "-1"}


def dolibarr_orders(facts: Facts) -> File:
    rows = [
        {
            "Code client": f"CU2401-{sale.buyer.number}", "Nom société": sale.buyer.name,
            "Réf.": f"CO2401-{sale.number}", "Date de commande": local(sale.at, "%Y-%m-%d"),
            "État": DOLIBARR_STATUS[sale.status], "Quantité de la ligne": str(line.quantity),
            "Montant TTC de la ligne": f"{money(line.amount)}000000", "Réf. produit": line.sku,
            "Libellé produit": line.name, "Montant HT de la ligne": f"{money(line.amount * 5 // 6)}000000",
            "Montant TTC": f"{money(sale.total)}000000", "Id société": str(sale.buyer.number + 40),
        }
        for sale in facts.sales
        for line in sale.lines
    ]  # fmt: skip
    return File(headings("dolibarr_orders"), tuple(rows))


def dolibarr_thirdparties(facts: Facts) -> File:
    rows = [
        {
            "Id": str(buyer.number + 40), "Nom": buyer.name, "État": "1", "Code client": f"CU2401-{buyer.number}",
            "Adresse": buyer.street, "Code postal": buyer.postcode, "Ville": buyer.city, "Pays": "France",
            "Téléphone": buyer.shown_phone, "Email": buyer.email, "Client": "1", "Fournisseur": "0",
            "Type du tiers": "Particulier",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("dolibarr_thirdparties"), tuple(rows))


def dolibarr_import_template(facts: Facts) -> File:
    rows = [
        {
            "Nom*": buyer.name, "État*": "1", "Code client": f"CU2401-{buyer.number}", "Adresse": buyer.street,
            "Code postal": buyer.postcode, "Ville": buyer.city, "Téléphone": buyer.shown_phone, "Email": buyer.email,
            "Client*": "1", "Fournisseur*": "0", "Code pays": "FR",
        }
        for buyer in facts.buyers
    ]  # fmt: skip
    return File(headings("dolibarr_import_template"), tuple(rows))
