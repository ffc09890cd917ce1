from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from django.utils import translation

from habitue.imports import wording
from habitue.imports.files import letters
from habitue.imports.importing import run
from habitue.purchases.models import Order
from tests.imports.conftest import HEADINGS, refusal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, separator):
    path = tmp_path / "orders.txt"
    rows = [HEADINGS.split(","), ["A1", "C1", "2024-03-05", '"bread, sliced; or | not"', "1", "2.50"]]
    path.write_text("\n".join(separator.join(row) for row in rows))
    import_ = run("orders", path)
    assert (import_.created, import_.mapping["separator"]) == (1, separator)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_their_ends_and_through_quotations(tmp_path, end):
    path = tmp_path / "orders.csv"
    rows = [HEADINGS, 'A1,C1,2024-03-05,"bread', 'sliced",1,2.50', "", "A2,C1,bad,bread,1,2.50"]
    path.write_bytes(end.join(rows).encode())
    import_ = run("orders", path)
    assert (import_.created, import_.rows) == (1, 2)
    assert import_.rejections.get().line == 5


@pytest.mark.parametrize(
    ("texts", "iso"),
    [
        (["13/02/2024", "01/03/2024"], ["2024-02-13", "2024-03-01"]),
        (["02/13/2024", "03/01/2024"], ["2024-02-13", "2024-03-01"]),
        (["13.02.2024 14:05", "01.03.2024 09:00"], None),
        (["13/02/24", "01/03/24"], ["2024-02-13", "2024-03-01"]),
        (["2/13/2024 2:05 PM", "3/1/2024 9:00 AM"], None),
        (["2024/02/13", "2024/03/01"], ["2024-02-13", "2024-03-01"]),
    ],
)
def test_the_way_dates_are_written_is_found_from_all_of_them(bring_in, texts, iso):
    bring_in(*(f"A{at},C1,{text},bread,1,2.50" for at, text in enumerate(texts)))
    days = [order.placed_on.isoformat() for order in Order.objects.order_by("number")]
    assert days == (iso or ["2024-02-13", "2024-03-01"])


def test_dates_of_one_file_that_read_the_same_either_way_are_no_trouble(bring_in):
    bring_in("A1,C1,03/03/2024,bread,1,2.50", "A2,C1,05/05/2024,bread,1,2.50")
    assert [order.placed_on.month for order in Order.objects.order_by("number")] == [3, 5]


def test_repeated_and_empty_headings_are_told_apart(bring_in):
    import_ = bring_in("A1,C1,2024-03-05,bread,1,2.50,9,x,y,", headings=HEADINGS + ",amount,,memo,")
    assert (import_.created, Order.objects.get().amount) == (1, 250)
    import_ = bring_in("A2,C1,2024-03-05,bread,1,two,9,x,y,", headings=HEADINGS + ",amount,,memo,")
    row = dict(import_.rejections.get().row)
    assert (row["amount"], row["amount (2)"], row["#8"], row["memo"]) == ("two", "9", "x", "y")


def test_a_workbook_is_read_from_its_sheets_with_the_headings_of_the_first_or_the_one_named(tmp_path):
    from habitue.imports.mappings import mapping as mappings

    path = tmp_path / "orders.xlsx"
    book = openpyxl.Workbook()
    sales, other = book.create_sheet("sales"), book.create_sheet("other")
    for sheet, number in ((sales, 1001.0), (other, 2002)):
        sheet["B2"], sheet["C2"], sheet["D2"], sheet["E2"], sheet["F2"] = "order", "client", "date", "product", "amount"
        for column, value in zip("BCDEF", [number, 7, dt.datetime(2024, 3, 5, 14, 30), "bread", 2.5], strict=True):
            sheet[f"{column}3"] = value
        for column, value in zip("BCDEF", [number, 7, "never", "bread", 2.5], strict=True):
            sheet[f"{column}5"] = value if column != "B" else number + 1
    book.save(path)
    import_ = run("orders", path)
    assert import_.created == 2
    with translation.override("en"):
        texts = [wording.reason(rejection) for rejection in import_.rejections.all()]
    assert [text.split(", column")[0] for text in texts] == [
        "Line 5 of the sheet “sales”",
        "Line 5 of the sheet “other”",
    ]
    order = Order.objects.get(number="1001")
    assert (order.number, order.buyer.reference, order.placed_on) == ("1001", "7", dt.date(2024, 3, 5))
    columns = {"number": "order", "buyer": "client", "placed_at": "date", "product": "product", "amount": "amount"}
    data = {"columns": columns | {"currency": {"value": "EUR"}}}
    assert run("orders", path, mappings.from_data("orders", data | {"sheet": "other"})).unchanged == 1
    for said in refusal_of_sheet(path, mappings.from_data("orders", data | {"sheet": "third"})):
        assert "third" in said
        assert "sales, other" in said


def refusal_of_sheet(path, mapping):
    from habitue.imports.models import Import

    Import.objects.all().delete()
    return refusal("orders", path, mapping)


FRENCH = "Pâtes fraîches à l'œuf; crème brûlée; goût noisette; Noël; garçon; Éloïse d'Aubigné\n"
POLISH = "Zamówienie zostało złożone wczoraj, prosimy o szybką wysyłkę; ciastka i chleb żytni; Łukasz Świątek\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(FRENCH, "cp1252"), (FRENCH, "latin-1"), (FRENCH, "mac_roman"), (FRENCH, "cp850"), (POLISH, "cp1250")],
)
def test_the_encoding_of_a_text_is_found(tmp_path, text, encoding):
    path = tmp_path / "text.csv"
    path.write_bytes(text.encode(encoding, "ignore"))
    assert path.read_text(letters.encoding_of(path)) == text.encode(encoding, "ignore").decode(encoding)


def test_bytes_that_the_encoding_of_the_mapping_does_not_have_are_said(tmp_path):
    from habitue.imports.mappings import mapping as mappings

    columns = {"number": "order", "buyer": "customer", "placed_at": "date", "product": "product", "amount": "amount"}
    data = {"columns": columns | {"currency": {"value": "EUR"}}, "encoding": "utf-8"}
    path = tmp_path / "orders.csv"
    path.write_bytes(f"{HEADINGS}\nA1,C1,2024-03-05,pâté,1,2.50\n".encode("latin-1"))
    for said in refusal("orders", path, mappings.from_data("orders", data)):
        assert "utf-8" in said
        assert "encoding" in said
