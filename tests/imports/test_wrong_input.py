"""Wrong input: what is wrong, where, and what to do, in English and in French, with the same value in both."""

from __future__ import annotations

import resource
import sys
import zipfile

import openpyxl
import pytest

from habitue.customers.models import Customer
from habitue.imports.importing import run
from habitue.imports.mappings import mapping as mappings
from habitue.imports.models import Import
from habitue.purchases.models import Order
from tests.imports.conftest import HEADINGS, reasons, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
GOOD = "A1,C1,2024-03-05,bread,1,2.50"


def test_a_column_that_the_mapping_names_and_the_file_lacks_is_named_with_the_nearest(write):
    columns = {"number": "order", "buyer": "custmer", "placed_at": "date", "product": "product", "amount": "amount"}
    mapping = mappings.from_data("orders", {"columns": columns | {"currency": {"value": "EUR"}}})
    for said in refusal("orders", write(GOOD), mapping):
        assert "“custmer”" in said or "« custmer »" in said.replace("\u00a0", " ")
        assert "customer" in said
        assert "order, customer, date" in said


def test_a_file_without_a_needed_column_is_refused_with_how_to_name_it(write):
    english, french = refusal("orders", write("A1,2024-03-05,bread,2.50", headings="order,date,product,amount"))
    assert "buyer" in english
    assert "acheteur" in french
    assert 'buyer = "' in english
    assert 'buyer = "' in french


def test_a_wrong_date_is_rejected_and_the_other_rows_go_in(bring_in):
    import_ = bring_in(GOOD, "A2,C1,2024-02-30,bread,1,2.50", "A3,C1,yesterday,bread,1,2.50", "A4,C1,,bread,1,2.50")
    assert (import_.created, import_.rejected) == (1, 3)
    first, second, third = reasons(import_)
    for said in first:
        assert "2024-02-30" in said
        assert "3" in said.split(",")[0]
        assert "date_format" in said
    assert all("yesterday" in said for said in second)
    assert [r.line for r in import_.rejections.all()] == [3, 4, 5]
    assert "empty" in third[0]


def test_an_amount_with_a_comma_is_rejected_where_the_others_have_a_point(bring_in):
    import_ = bring_in(GOOD, 'A2,C1,2024-03-05,bread,1,"12,50"', "A3,C1,2024-03-05,bread,1,7.25")
    assert (import_.created, import_.rejected) == (2, 1)
    ((english, french),) = reasons(import_)
    assert "12,50" in english
    assert "12.50" in english
    assert "decimal" in english
    assert "12,50" in french
    assert "12.50" in french
    assert import_.rejections.get().column == "amount"


def test_an_amount_that_can_be_read_in_two_ways_is_rejected(bring_in):
    import_ = bring_in(GOOD, 'A2,C1,2024-03-05,bread,1,"1,250"')
    assert import_.rejections.get().code == "number_ambiguous"
    assert all("1,250" in said and "decimal" in said for said in reasons(import_)[0])


def test_amounts_with_commas_throughout_are_read(bring_in):
    bring_in(
        "A1;C1;2024-03-05;bread;1,5;12,50", "A2;C1;2024-03-05;bread;1;1 234,50", headings=HEADINGS.replace(",", ";")
    )
    assert list(Order.objects.order_by("number").values_list("amount", flat=True)) == [1250, 123450]
    assert Order.objects.get(number="A1").lines.get().quantity == 1500


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_a_file_in_an_old_or_new_encoding_is_read_and_the_encoding_said(bring_in, encoding):
    names = ["Zoé Lefèvre", "Éloïse d’Aubigné" if encoding != "latin-1" else "Éloïse d'Aubigné", "Noël Garçon"]
    lines = [f"A{at};C{at};{name};25/03/2024;pâtes fraîches;1;2,50" for at, name in enumerate(names)]
    import_ = bring_in(
        *lines, headings="n° de commande;n° client;nom du client;date;produit;quantité;montant", encoding=encoding
    )
    assert (import_.created, import_.rejected) == (3, 0)
    assert set(Customer.objects.values_list("name", flat=True)) == set(names)
    expected = {"latin-1": "cp1252", "utf-8": "utf-8-sig"}.get(encoding, encoding)
    assert import_.mapping["encoding"] == expected


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.csv"
    for content in (b"", b"\xef\xbb\xbf", b"\n\n  \r\n"):
        path.write_bytes(content)
        assert all("empty.csv" in said for said in refusal("orders", path))


def test_a_file_with_headings_only_is_refused(write):
    assert all("order, customer" in said for said in refusal("orders", write()))


def test_a_line_of_200_mb_is_refused_without_taking_the_memory(tmp_path):
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(b"order,customer,date,product,quantity,amount\n")
        for _block in range(200):
            file.write(b"x" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    english, french = refusal("orders", path)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert "Line 2" in english
    assert "ligne 2" in french.lower()
    assert "1\u202f000\u202f000" in english
    assert "1\u202f000\u202f000" in french
    assert grown < 60_000_000


def test_a_nul_byte_is_refused_with_its_line(tmp_path):
    path = tmp_path / "damaged.csv"
    path.write_bytes(HEADINGS.encode() + b"\n" + b"A1,C1,2024-03-05,bread,1,2.50\n" * 1000 + b"A\0,C1,,,,\n")
    assert all("1002" in said and "NUL" in said for said in refusal("orders", path))


def test_a_quotation_that_never_ends_is_refused_with_its_line(write):
    assert all("3" in said for said in refusal("orders", write(GOOD, 'A2,"C1,2024-03-05,bread,1,2.50', GOOD)))


def test_a_negative_quantity_without_a_refunded_order_is_rejected(bring_in):
    import_ = bring_in(GOOD, "A2,C1,2024-03-05,bread,-3,7.50")
    assert (import_.created, import_.rejections.get().code) == (1, "quantity_negative")
    assert all("“-3”" in said or "-3" in said for said in reasons(import_)[0])
    assert all("refund_of" in said for said in reasons(import_)[0])


def test_a_negative_amount_without_a_refunded_order_is_rejected(bring_in):
    import_ = bring_in(GOOD, "A2,C1,2024-03-05,bread,1,-7.50")
    assert import_.rejections.get().code == "amount_negative"
    assert all("-7.50" in said and "refund_of" in said for said in reasons(import_)[0])


def test_an_unknown_currency_is_rejected(bring_in):
    import_ = bring_in(GOOD + ",EUR", "A2,C1,2024-03-05,bread,1,2.50,EURX", headings=HEADINGS + ",currency")
    assert (import_.created, import_.rejections.get().code) == (1, "currency_unknown")
    assert all("EURX" in said and "ISO 4217" in said for said in reasons(import_)[0])


def test_an_amount_finer_than_its_currency_is_rounded_and_that_is_told(bring_in):
    import_ = bring_in(
        "A1,C1,2024-03-05,bread,1,250,JPY",
        "A2,C1,2024-03-05,bread,1,250.5,JPY",
        "A3,C1,2024-03-05,bread,1,2.505,KWD",
        "A4,C1,2024-03-05,bread,1,2.505,EUR",
        headings=HEADINGS + ",currency",
    )
    assert dict(Order.objects.values_list("number", "amount")) == {"A1": 250, "A2": 251, "A3": 2505, "A4": 251}
    half = 10**11 // 2
    assert import_.findings == {"rounded": 2, "rounded:JPY": half, "rounded:EUR": half // 100}


def test_a_known_number_with_other_content_is_rejected_and_what_is_stored_stays(bring_in):
    bring_in(GOOD)
    import_ = bring_in("A1,C1,2024-03-05,bread,1,3.75", "A2,C1,2024-03-05,bread,1,2.50", name="other.csv")
    assert (import_.created, import_.unchanged, import_.rejected) == (1, 0, 1)
    assert Order.objects.get(number="A1").amount == 250
    english, french = reasons(import_)[0]
    assert "€2.50 stored, €3.75 in the file" in english
    assert "A1" in french
    assert "2,50\u00a0€" in french
    assert "3,75\u00a0€" in french


def test_a_pdf_named_csv_is_called_a_pdf(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    for said in refusal("orders", path):
        assert "sales.csv" in said
        assert "PDF" in said
        assert "XLSX" in said


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89PNG\r\n\x1a\n0000", "PNG"),
        (b"\xff\xd8\xff\xe00000", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"<!DOCTYPE html><html><table>", "web"),
        (b'{"orders": []}', "JSON"),
        (b"PK\x03\x04 not really", "ZIP"),
        (b"a,b\0c", "NUL"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, word):
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    assert all(word in said for said in refusal("orders", path))


def test_a_zip_is_told_from_a_workbook(tmp_path):
    path = tmp_path / "sales.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sales.txt", "order")
    assert all("ZIP" in said for said in refusal("orders", path))


def test_a_workbook_named_csv_is_read_as_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in (HEADINGS.split(","), ["A1", "C1", "2024-03-05", "bread", 1, 2.5]):
        book.active.append(row)
    book.save(tmp_path / "sales.csv")
    assert run("orders", tmp_path / "sales.csv").created == 1


def test_a_missing_file_is_said(tmp_path):
    assert all("nowhere.csv" in said for said in refusal("orders", tmp_path / "nowhere.csv"))


def test_a_damaged_parquet_file_is_refused(tmp_path):
    path = tmp_path / "sales.parquet"
    path.write_bytes(b"PAR1" + b"0" * 100 + b"PAR1")
    assert all("sales.parquet" in said for said in refusal("orders", path))


def test_dates_that_can_be_read_in_two_ways_need_a_mapping(write):
    path = write("A1,C1,03/04/2024,bread,1,2.50", "A2,C1,05/06/2024,bread,1,2.50")
    for said in refusal("orders", path):
        assert "--answer day_or_month=" in said
        assert "03/04/2024" in said


def test_rows_with_too_many_cells_are_rejected(bring_in):
    import_ = bring_in(GOOD, "A2,C1,2024-03-05,bread,1,2,50", "A3,C1,2024-03-05,bread,1,2.50,,")
    assert (import_.created, import_.rejections.get().code) == (2, "too_many_cells")
    assert all("“50”" in said or "50" in said for said in reasons(import_)[0])


def test_a_name_that_does_not_fit_is_rejected(bring_in):
    import_ = bring_in(GOOD, f"A2,{'C' * 65},2024-03-05,bread,1,2.50")
    assert import_.rejections.get().code == "too_long"
    assert all("64" in said for said in reasons(import_)[0])


def test_nothing_is_left_behind_by_a_file_that_cannot_be_imported(home, write):
    refusal("orders", write())
    assert list((home / "imports").iterdir()) == []
    assert not Import.objects.exists()
