"""Files with planted truth: the same orders and customers in many layouts, languages and orders of columns."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

CENT = Decimal("0.01")
FIRST = ("Anne", "Paul", "Léa", "Max", "Zoé", "Yan", "Ute", "Ida", "Noé", "Éloïse", "Jean", "Rose")
LAST = ("Petit", "Roy", "Blanc", "Noir", "Vert", "Roux", "Durand", "Martin", "Ménétrier", "Klein", "Garcia")
CITIES = (("Bourg", "01000"), ("Lyon", "69001"), ("Nîmes", "30000"), ("Besançon", "25000"), ("Lille", "59000"))
GOODS = (
    ("SAV-1", "Savon doux", "4.90"),
    ("BOU-1", "Bougie longue", "12.50"),
    ("SAC-1", "Sac en toile", "30.00"),
    ("TH-22", "Thé vert", "8.75"),
    ("CAF-3", "Café moulu", "6.20"),
    ("MIEL9", "Miel de lavande", "11.35"),
    ("HUI-7", "Huile d'olive", "15.80"),
    ("CON-4", "Confiture", "3.95"),
)
ENGLISH = {
    "number": "Order number",
    "buyer": "Customer ID",
    "buyer_name": "Customer name",
    "placed_at": "Order date",
    "product": "SKU",
    "product_name": "Product name",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "amount": "Line total",
    "order_total": "Order total",
    "subtotal": "Subtotal",
    "shipping": "Shipping",
    "status": "Status",
    "discount": "Discount",
    "discount_rate": "Discount rate",
    "net": "Net total",
    "tax": "VAT",
    "gross": "Gross amount",
    "reference": "Customer code",
    "given_name": "First name",
    "family_name": "Last name",
    "name": "Name",
    "email": "Email",
    "phone": "Phone",
    "street": "Street",
    "postcode": "Postcode",
    "city": "City",
    "country": "Country",
    "born_on": "Date of birth",
    "employee": "Employee",
    "ship_date": "Ship date",
    "paid_flag": "Paid",
    "row": "Row ID",
    "company": "Company",
    "type": "Type",
}
FRENCH = {
    "number": "N° commande",
    "buyer": "Code client",
    "buyer_name": "Nom du client",
    "placed_at": "Date de commande",
    "product": "Référence article",
    "product_name": "Désignation",
    "quantity": "Quantité",
    "unit_price": "Prix unitaire",
    "amount": "Montant",
    "order_total": "Total commande",
    "subtotal": "Sous-total",
    "shipping": "Frais de port",
    "status": "Statut",
    "discount": "Remise",
    "discount_rate": "Remise %",
    "net": "Total HT",
    "tax": "TVA",
    "gross": "Montant brut",
    "reference": "Code client",
    "given_name": "Prénom",
    "family_name": "Nom de famille",
    "name": "Nom",
    "email": "E-mail",
    "phone": "Téléphone",
    "street": "Adresse",
    "postcode": "Code postal",
    "city": "Ville",
    "country": "Pays",
    "born_on": "Date de naissance",
    "employee": "Vendeur",
    "ship_date": "Date de livraison",
    "paid_flag": "Payé",
    "row": "Ligne",
    "company": "Société",
    "type": "Type",
}
SHOP = {
    "number": "InvoiceNo",
    "buyer": "customer_id",
    "buyer_name": "billing_name",
    "placed_at": "InvoiceDate",
    "product": "StockCode",
    "product_name": "item_name",
    "quantity": "Qty",
    "unit_price": "UnitPrice",
    "amount": "Sales",
    "order_total": "Grand Total",
    "subtotal": "Order Subtotal",
    "shipping": "Shipping amount",
    "status": "Order Status",
    "discount": "Discount Amount",
    "discount_rate": "Discount %",
    "net": "Amount excl tax",
    "tax": "Tax amount",
    "gross": "Gross Sales",
}
Row = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """`roles` are its columns in order; `readings` the ways to tell the amount that are right: rule and columns."""

    name: str
    kind: str
    roles: tuple[str, ...]
    readings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    discount: str = ""
    first_line: tuple[str, ...] = ()  # roles that stand on the first line of an order only


LINE = ("number", "placed_at", "buyer", "buyer_name", "product", "product_name")
MADE = ("quantity_x_unit_price", ("quantity", "unit_price"))
STATED = ("column", ("amount",))
LAYOUTS = (
    Layout("line_totals", "orders", (*LINE, "quantity", "unit_price", "amount"), (STATED, MADE)),
    Layout("unit_prices", "orders", (*LINE, "quantity", "unit_price"), (MADE,)),
    Layout(
        "total_repeated",
        "orders",
        (*LINE, "quantity", "unit_price", "order_total"),
        (MADE, ("order_total_repeated", ("order_total",))),
    ),
    Layout(
        "total_with_shipping_on_first_line",
        "orders",
        (*LINE, "quantity", "unit_price", "subtotal", "shipping", "order_total"),
        (("order_total_first_line", ("order_total",)),),
        first_line=("subtotal", "shipping", "order_total"),
    ),
    Layout("lines_and_total", "orders", (*LINE, "amount", "order_total"), (STATED,)),
    Layout("only_totals_repeated", "orders", (*LINE, "order_total"), (("order_total_repeated", ("order_total",)),)),
    Layout(
        "row_an_order",
        "orders",
        ("number", "placed_at", "buyer", "buyer_name", "product", "amount", "status"),
        (STATED,),
    ),
    Layout("discount_in_money", "orders", (*LINE, "quantity", "unit_price", "discount", "amount"), (STATED,), "money"),
    Layout(
        "discount_as_rate", "orders", (*LINE, "quantity", "unit_price", "discount_rate", "amount"), (STATED,), "rate"
    ),
    Layout("gross_and_discount", "orders", (*LINE, "quantity", "gross", "discount", "amount"), (STATED,), "money"),
    Layout(
        "decoys",
        "orders",
        ("row", *LINE, "ship_date", "employee", "paid_flag", "quantity", "unit_price", "amount"),
        (STATED, MADE),
    ),
    Layout("blank_below", "orders", (*LINE, "quantity", "unit_price", "amount"), (STATED, MADE), first_line=LINE[:4]),
    Layout(
        "people",
        "customers",
        (
            "reference",
            "given_name",
            "family_name",
            "email",
            "phone",
            "street",
            "postcode",
            "city",
            "country",
            "born_on",
        ),
    ),
    Layout("contacts", "customers", ("name", "email", "phone", "city")),
    Layout(
        "companies",
        "customers",
        ("reference", "given_name", "family_name", "company", "type", "employee", "email", "phone"),
    ),
)


@dataclass(frozen=True)
class Variant:
    name: str
    layout: Layout
    headings: Mapping[str, str]
    order: tuple[str, ...]
    french: bool
    misleading: bool = False
    seed: int = 1
    truth: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """The file of this variant."""
        rows = orders(self) if self.layout.kind == "orders" else customers(self)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";" if self.french else ",")
            writer.writerow([self.headings[role] for role in self.order])
            writer.writerows([[row[role] for role in self.order] for row in rows])
        return path


def variants() -> Iterator[Variant]:
    """Each layout in three languages of headings, shuffled, without names, and with names on the wrong columns."""
    for number, layout in enumerate(LAYOUTS):
        for language, known in (("english", ENGLISH), ("french", FRENCH), ("shop", ENGLISH | SHOP)):
            base = _variant(f"{layout.name} {language}", layout, known, number)
            yield base
            yield replace(base, name=f"{base.name} shuffled", order=_shuffled(layout.roles, number), seed=number + 50)
        nonsense = {role: f"col{at}" for at, role in enumerate(layout.roles, 1)}
        yield _variant(f"{layout.name} nameless", layout, nonsense, number)
        yield from _misled(layout, number)


def _misled(layout: Layout, number: int) -> Iterator[Variant]:
    """Headings on other columns: all of them moved, and pairs that look alike exchanged."""
    roles = layout.roles
    moved = {role: ENGLISH[roles[(at + 1) % len(roles)]] for at, role in enumerate(roles)}
    yield replace(_variant(f"{layout.name} moved", layout, moved, number), misleading=True)
    for one, other in PAIRS:
        if one in roles and other in roles:
            swapped = ENGLISH | {one: ENGLISH[other], other: ENGLISH[one]}
            yield replace(_variant(f"{layout.name} {one} as {other}", layout, swapped, number), misleading=True)


PAIRS = (
    ("buyer", "product"),
    ("number", "buyer"),
    ("unit_price", "amount"),
    ("buyer_name", "product_name"),
    ("placed_at", "amount"),
    ("number", "product"),
    ("email", "phone"),
)


def _variant(name: str, layout: Layout, headings: Mapping[str, str], seed: int) -> Variant:
    used = {role: headings[role] for role in layout.roles}
    return Variant(name, layout, used, layout.roles, "french" in name, seed=seed)


def _shuffled(roles: Sequence[str], seed: int) -> tuple[str, ...]:
    return tuple(random.Random(seed).sample(roles, len(roles)))


def orders(variant: Variant) -> list[Row]:
    """Some 120 orders of one to four lines, by thirty buyers, over four months."""
    draw = random.Random(variant.seed)
    buyers = [(f"K{at:04d}", f"{draw.choice(FIRST)} {draw.choice(LAST)}") for at in range(30)]
    rows: list[Row] = []
    day = date(2024, 1, 2)
    single = variant.layout.name == "row_an_order"
    for number in range(120):
        day += timedelta(days=draw.choice((0, 1, 1, 2)))
        goods = draw.sample(GOODS, 1 if single else draw.choice((1, 1, 2, 3, 4)))
        buyer = draw.choice(buyers)
        lines = [_line(draw, good) for good in goods]
        goods_total = sum(Decimal(line["made"]) for line in lines)
        shipping = draw.choice((Decimal("0.00"), Decimal("4.90"), Decimal("6.50")))
        for at, line in enumerate(lines):
            row = line | {
                "row": str(len(rows) + 1),
                "number": f"A{1000 + number}",
                "buyer": buyer[0],
                "buyer_name": buyer[1],
                "placed_at": _day(day, variant),
                "ship_date": _day(day + timedelta(days=3), variant),
                "employee": draw.choice(FIRST[:3]),
                "paid_flag": draw.choice(("yes", "yes", "no")),
                "status": draw.choice(("paid", "paid", "cancelled", "refunded")),
                "subtotal": str(goods_total),
                "shipping": str(shipping),
                "order_total": str(goods_total + (shipping if "shipping" in variant.order else 0)),
            }
            rows.append({role: _cell(variant, role, row, at) for role in variant.layout.roles})
    return rows


def _line(draw: random.Random, good: tuple[str, str, str]) -> Row:
    sku, name, price = good
    quantity = draw.choice((1, 1, 2, 3, 5, 10))
    gross = quantity * Decimal(price)
    rate = draw.choice((Decimal(0), Decimal(0), Decimal("0.1"), Decimal("0.2")))
    discount = (gross * rate).quantize(CENT, ROUND_HALF_UP)
    return {
        "product": sku,
        "product_name": name,
        "quantity": str(quantity),
        "unit_price": price,
        "gross": str(gross),
        "discount": str(discount),
        "discount_rate": str(rate),
        "amount": str(gross - discount),
        "made": str(gross),
    }


def _cell(variant: Variant, role: str, row: Row, at: int) -> str:
    layout = variant.layout
    if at and role in layout.first_line:
        return ""
    if role == "amount" and not layout.discount:
        role = "made"
    text = row[role]
    return text.replace(".", ",") if variant.french and role in MONEY else text


MONEY = ("unit_price", "gross", "discount", "discount_rate", "amount", "made", "order_total", "subtotal", "shipping")


def _day(day: date, variant: Variant) -> str:
    return day.strftime("%d/%m/%Y" if variant.french else "%Y-%m-%d")


def customers(variant: Variant) -> list[Row]:
    """Eighty customers, each on a row."""
    draw = random.Random(variant.seed)
    rows = []
    for at in range(80):
        given, family = draw.choice(FIRST), draw.choice(LAST)
        city, postcode = draw.choice(CITIES)
        row = {
            "reference": f"CU{at:05d}",
            "given_name": given,
            "family_name": family,
            "name": f"{given} {family}",
            "email": f"{given}.{family}.{at}@example.org".lower(),
            "phone": f"06 {at:02d} 34 {at:02d} 78",
            "street": f"{at + 1} rue X",
            "postcode": postcode,
            "city": city,
            "country": "France",
            "born_on": _day(date(1950, 1, 1) + timedelta(days=draw.randint(0, 15000)), variant),
            "company": draw.choice(("", "", "SARL Roy", "Atelier SAS")),
            "type": draw.choice(("Prospect", "Client")),
            "employee": draw.choice(FIRST[:3]),
        }
        rows.append({role: row[role] for role in variant.layout.roles})
    return rows
