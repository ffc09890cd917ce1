"""How a table is written into a file: its headings, numbers, dates, letters, marks between cells, sheets."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.imports.ways.layouts import HEAD, Row, Table

HEADINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "english": {
        "number": ("Order number", "Order ID", "Order no.", "Invoice number"),
        "buyer": ("Customer ID", "Customer number", "Customer code"),
        "buyer_name": ("Customer name", "Customer full name"),
        "placed_at": ("Order date", "Date", "Date of sale"),
        "product": ("SKU", "Product code", "Item code"),
        "product_name": ("Product name", "Item description"),
        "quantity": ("Quantity", "Qty"),
        "amount": ("Amount", "Line total", "Line amount"),
        "unit_price": ("Unit price", "Price per unit"),
        "price": ("Price",),
        "order_total": ("Order total", "Grand total"),
        "shipping": ("Shipping", "Shipping cost"),
        "discount": ("Discount", "Discount amount"),
        "gross": ("Gross amount", "Amount before discount"),
        "discount_rate": ("Discount %", "Discount rate"),
        "net": ("Amount excl. tax", "Net total"),
        "tax": ("Tax amount", "VAT amount"),
        "with_tax": ("Amount incl. tax", "Total incl. tax"),
        "tax_rate": ("VAT rate", "Tax rate"),
        "status": ("Status", "Order status"),
        "refunded": ("Refunded amount", "Amount refunded"),
        "refund_of": ("Refund of", "Original order"),
    },
    "french": {
        "number": ("N° commande", "Numéro de commande", "N° facture"),
        "buyer": ("Code client", "N° client", "Numéro client"),
        "buyer_name": ("Nom du client", "Nom client"),
        "placed_at": ("Date de commande", "Date", "Date de vente"),
        "product": ("Référence article", "Code article", "Réf. produit"),
        "product_name": ("Désignation", "Nom du produit"),
        "quantity": ("Quantité", "Qté"),
        "amount": ("Montant", "Montant ligne", "Total ligne TTC"),
        "unit_price": ("Prix unitaire", "PU TTC"),
        "price": ("Prix",),
        "order_total": ("Total commande", "Montant de la commande"),
        "shipping": ("Frais de port", "Frais de livraison"),
        "discount": ("Remise", "Montant remise"),
        "gross": ("Montant brut", "Total avant remise"),
        "discount_rate": ("Remise %", "Taux de remise"),
        "net": ("Montant HT", "Total HT"),
        "tax": ("Montant TVA", "TVA"),
        "with_tax": ("Montant TTC", "Total TTC"),
        "tax_rate": ("Taux de TVA", "Taux TVA"),
        "status": ("Statut", "État de la commande"),
        "refunded": ("Montant remboursé",),
        "refund_of": ("Avoir sur", "Commande d'origine"),
    },
}
WORDS = {
    "english": {"sale": "Completed", "not_a_sale": "Cancelled", "given_back": "Refunded", "not_yet": "Pending"},
    "french": {"sale": "Livrée", "not_a_sale": "Annulée", "given_back": "Remboursée", "not_yet": "En attente"},
}
ASIDE: tuple[tuple[str, str, Callable[[random.Random, int], str]], ...] = (
    ("Ship date", "Date de livraison", lambda rng, at: f"2024-12-{1 + at % 28:02d}"),
    ("Employee", "Vendeur", lambda rng, at: rng.choice(("Bo", "Cy"))),
    ("Row ID", "Ligne", lambda rng, at: str(at + 1)),
    ("Paid", "Payé", lambda rng, at: "yes"),
    ("Payment method", "Mode de paiement", lambda rng, at: rng.choice(("card", "cash"))),
    ("Note", "Remarque", lambda rng, at: rng.choice(("", "", "gift; wrap, please"))),
    ("City", "Ville", lambda rng, at: rng.choice(("Lyon", "Bourg"))),
)
Cell = Callable[[Any], str]


def plain(value: Decimal) -> str:
    return f"{value:.2f}"


def comma(value: Decimal) -> str:
    return plain(value).replace(".", ",")


def grouped(value: Decimal) -> str:
    return f"{value:,.2f}"


def grouped_spaces(value: Decimal) -> str:
    return grouped(value).replace(",", "\u202f").replace(".", ",")


def grouped_points(value: Decimal) -> str:
    return grouped(value).replace(",", " ").replace(".", ",").replace(" ", ".")


def euro_before(value: Decimal) -> str:
    return f"€ {comma(value)}"


def euro_behind(value: Decimal) -> str:
    return f"{grouped_spaces(value)} €"


def code_behind(value: Decimal) -> str:
    return f"{plain(value)} EUR"


def dollars(value: Decimal) -> str:
    return f"${grouped(value)}"


def brackets(value: Decimal) -> str:
    return f"({grouped(-value)})" if value < 0 else grouped(value)


def minus_behind(value: Decimal) -> str:
    return f"{comma(-value)}-" if value < 0 else comma(value)


def shortest(value: Decimal) -> str:
    """As spreadsheets write: 12.5 and 12."""
    return plain(value).rstrip("0").rstrip(".")


def floats(value: Decimal) -> str:
    """As programs write binary fractions: 4.3500000000000005."""
    return repr(float(value) / 3 * 3)


NUMBERS: dict[str, Callable[[Decimal], str]] = {
    of.__name__: of
    for of in (
        plain, comma, grouped, grouped_spaces, grouped_points, euro_before, euro_behind, code_behind, dollars, brackets,
        minus_behind, shortest, floats,
    )
}  # fmt: skip
DATES: dict[str, str] = {
    "iso": "%Y-%m-%d", "iso_time": "%Y-%m-%d %H:%M:%S", "iso_t": "%Y-%m-%dT%H:%M:%S", "day_first": "%d/%m/%Y",
    "day_first_time": "%d/%m/%Y %H:%M", "points": "%d.%m.%Y", "dashes": "%d-%m-%Y", "short_year": "%d/%m/%y",
    "month_first": "%m/%d/%Y", "month_first_pm": "%m/%d/%Y %I:%M %p", "digits": "%Y%m%d", "month_named": "%d %B %Y",
    "no_day_after_12": "%d/%m/%Y",
}  # fmt: skip
SEPARATORS = {"commas": ",", "semicolons": ";", "tabs": "\t", "bars": "|"}
ENCODINGS = {"utf8": "utf-8", "utf8_mark": "utf-8-sig", "windows": "cp1252", "utf16": "utf-16", "mac": "mac_roman"}


def headings(table: Table, language: str, rng: random.Random) -> dict[str, str]:
    """One for each role, all different."""
    chosen: dict[str, str] = {}
    for role in table.roles:
        left = [word for word in HEADINGS[language][role] if word not in chosen.values()]
        chosen[role] = rng.choice(left)
    return chosen


def texts(row: Row, table: Table, number: Cell, date: str, language: str) -> list[str]:
    return [_text(role, row.get(role, ""), number, date, language) for role in table.roles]


def _text(role: str, value: Any, number: Cell, date: str, language: str) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime(date)
    if role == "tax_rate":
        return number(value).strip("€$ ").removesuffix(" EUR").strip()
    if isinstance(value, Decimal):
        return number(value)
    return WORDS[language].get(value, value) if role == "status" else str(value)


def with_others(rows: list[list[str]], language: str, rng: random.Random) -> list[list[str]]:
    """Some columns that nobody needs, and all in any order."""
    aside = rng.sample(ASIDE, rng.choice((0, 0, 1, 2, 3)))
    wide = [[*row, *(each[language == "french"] if at == 0 else each[2](rng, at - 1) for each in aside)]
            for at, row in enumerate(rows)]  # fmt: skip
    order = list(range(len(wide[0])))
    if rng.random() < 0.5:  # noqa: PLR2004 - half of the time
        rng.shuffle(order)
    return [[row[at] for at in order] for row in wide]


def as_text(rows: list[list[str]], separator: str, encoding: str, path: Path, above: tuple[str, ...] = ()) -> Path:
    lines = [*above, *(separator.join(_quoted(cell, separator) for cell in row) for row in rows)]
    text = "".join(f"{line}\r\n" for line in lines)
    if not encoding.startswith("utf"):
        text = text.replace("\u202f", "\u00a0")  # older tables have no narrow space
    path.write_bytes(text.encode(encoding))
    return path


def _quoted(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if separator in cell or '"' in cell or "\n" in cell else cell


def repeat_blank(rows: list[Row]) -> list[Row]:
    """Without what the row above says already of the order."""
    blank, number = [], None
    for row in rows:
        blank.append({role: "" if role in HEAD and row["number"] == number else value for role, value in row.items()})
        number = row["number"]
    return blank


def as_workbook(table: Table, names: dict[str, str], language: str, style: str, path: Path) -> Path:
    """`style`: typed, texts, sheets (a month each), merged (head cells of an order), titled."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Ventes"
    months: dict[str, list[Row]] = {}
    for row in table.rows:
        months.setdefault(row["placed_at"].strftime("%Y-%m") if style == "sheets" else "Ventes", []).append(row)
    for at, (name, rows) in enumerate(months.items()):
        page = sheet if at == 0 else book.create_sheet()
        page.title = name
        if style == "titled":
            page.append(["Export 2024"])
            page.append([])
        page.append([names[role] for role in table.roles])
        for row in rows:
            page.append([_typed(role, row.get(role, ""), style, language) for role in table.roles])
        if style == "merged":
            _merge(page, table, rows)
    book.save(path)
    return path


def _typed(role: str, value: Any, style: str, language: str) -> Any:
    if role == "status":
        return WORDS[language].get(value, value)
    if style == "texts":
        return _text(role, value, plain, "%Y-%m-%d", language)
    return float(value) if isinstance(value, Decimal) else value if value != "" else None


def _merge(page: Any, table: Table, rows: list[Row]) -> None:
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at]["number"] != rows[start]["number"]:
            if at - start > 1:
                for column, role in enumerate(table.roles, 1):
                    if role in HEAD:
                        page.merge_cells(start_row=start + 2, end_row=at + 1, start_column=column, end_column=column)
            start = at
