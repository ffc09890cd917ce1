"""Spoilt files: each gives the row, the column, the value and what to do; the base stays as it was.

`REFUSED` are files of which nothing can be taken: the error says what is wrong and what to do. `REJECTED` are files
with one bad row: it is rejected with line, column and value, and the good row beside it goes in.
"""

# ruff: noqa: E501 - a spoilt file is a line of the table
from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from habitue.customers.models import Customer, CustomField
from habitue.events.models import Event
from habitue.imports import dry_run, rejecting, wording
from habitue.imports.importing import run
from habitue.imports.models import Import, Rejection
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order, Product

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ORDERS = "order,customer,date,product,quantity,amount"
GOOD_ORDER = "A1,C1,2024-03-05,bread,1,2.50"
PEOPLE = "reference,name,birthday,email,country,internal"
GOOD_PERSON = "C1,Ada,1985-12-10,ada@x.fr,FR,no"
LINKS = "customer,relation,related to,start,end"
GOOD_LINK = "K1,employer,K2,2020-01-01,"
CONTRACTS = "contract,customer,start,end,period,amount"
GOOD_CONTRACT = "S1,C1,2024-05-01,,30,5"
PROMOTIONS = "promotion,sku,start,end"
GOOD_PROMOTION = "P1,bread,2024-01-01,2024-01-31"


def lines(*of: str) -> bytes:
    return "".join(f"{line}\n" for line in of).encode()


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def sheet(content: str, kind: str = "spreadsheet") -> bytes:
    """An OpenDocument file with these rows of XML."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="S">{content}</table:table></office:spreadsheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr(
            "content.xml", f"<office:document-content {spaces}>{body}</office:body></office:document-content>"
        )
    return file.getvalue()


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


WIDE = cell("x", 'table:number-columns-repeated="900"')
BOMB = sheet(f'<table:table-row table:number-rows-repeated="1000000">{WIDE}</table:table-row>')
REFUSED: dict[str, tuple[str, bytes, str, tuple[str, ...]]] = {
    "empty": ("orders", b"", "f.csv", ("empty", "Export it again")),
    "only headings": ("orders", lines(ORDERS), "f.csv", ("headings", "order, customer")),
    "a PDF": ("orders", b"%PDF-1.7 ...", "f.csv", ("PDF", "Export the data as CSV")),
    "an image": ("customers", b"\x89PNG\r\n", "f.png", ("image", "Export the data as CSV")),
    "a web page": ("customers", b"<html><table><tr><td>reference", "f.xls", ("web page", "Export")),
    "JSON": ("customers", b'[{"reference": "C1"}]', "f.json", ("JSON", "Export")),
    "a packed file": ("orders", b"\x1f\x8b\x08...", "f.csv.gz", ("gzip", "Export")),
    "a damaged workbook": ("orders", b"PK\x03\x04 and nothing more", "f.xlsx", ("damaged", "Export")),
    "a workbook cut off": ("orders", workbook([1], [2])[:900], "f.xlsx", ("damaged", "Export")),
    "an old document": ("orders", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 text", "f.doc", ("old Office file", "Export")),
    "a text document": ("customers", sheet("", "text"), "f.odt", ("LibreOffice", "Export")),
    "a sheet that swells": ("customers", BOMB, "f.ods", ("too large", "CSV")),
    "an empty sheet": ("customers", sheet(""), "f.ods", ("empty", "Export it again")),
    "a NUL byte": ("orders", lines(ORDERS, *[GOOD_ORDER] * 500) + b"A2,\x00", "f.csv", ("NUL", "Export it again")),
    "an open quotation": ("orders", lines(ORDERS, GOOD_ORDER, 'A2,"C1,x'), "f.csv", ("Line 3", "write it twice")),
    "a column too few": (
        "orders",
        lines("order,date,product,amount", "A1,2024-03-05,b,1"),
        "f.csv",
        ("buyer", "[columns]"),
    ),
    "no amount": (
        "orders",
        lines("order,customer,date,product", "A1,C1,2024-03-05,b"),
        "f.csv",
        ("amount", "[columns]"),
    ),
    "dates both ways": (
        "customers",
        lines("reference,birthday", "C1,03/04/1985"),
        "f.csv",
        ("03/04/1985", "--answer day_or_month"),
    ),
    "a card without end": ("customers", b"BEGIN:VCARD\nFN:Ada\n", "f.vcf", ("line 1", "END:VCARD")),
    "a card of noise": ("customers", b"BEGIN:VCARD\nhello there\nEND:VCARD\n", "f.vcf", ("Line 2", "hello there")),
}
REJECTED: dict[str, tuple[str, str, str, str, str, str, str]] = {
    # what is spoilt: kind, headings, good row, bad row, its column, its value, what to do
    "an empty number": ("orders", ORDERS, GOOD_ORDER, ",C2,2024-03-05,bread,1,2", "order", "", "Fill it in"),
    "no such day": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-02-30,bread,1,2", "date", "2024-02-30", "Correct it"),
    "words for a day": ("orders", ORDERS, GOOD_ORDER, "A2,C1,soon,bread,1,2", "date", "soon", "Correct it"),
    "words for an amount": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,b,1,two", "amount", "two", "digits only"),
    "the other mark": ("orders", ORDERS, GOOD_ORDER, 'A2,C1,2024-03-05,b,1,"2,50"', "amount", "2,50", "12.50"),
    "two readings": ("orders", ORDERS, GOOD_ORDER, 'A2,C1,2024-03-05,b,1,"1,250"', "amount", "1,250", "thousands"),
    "a fortune": ("orders", ORDERS, GOOD_ORDER, f"A2,C1,2024-03-05,b,1,{'9' * 20}", "amount", "9" * 20, "Check the column"),
    "a negative amount": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,b,1,-2", "amount", "-2", "refund_of"),
    "a negative quantity": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,b,-1,2", "quantity", "-1", "refund_of"),
    "no product": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,,1,2", "product", "", "Fill it in"),
    "a cell too many": ("orders", ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,b,1,2,50", "", "50", "quotation marks"),
    "a reference too long": ("orders", ORDERS, GOOD_ORDER, f"A2,{'C' * 65},2024-03-05,b,1,2", "customer", "C" * 65, "Shorten it"),
    "no such currency": (
        "orders", ORDERS + ",currency", GOOD_ORDER + ",EUR", "A2,C1,2024-03-05,b,1,2,FRF?", "currency", "FRF?", "EUR or USD"),
    "a refund of nothing": (
        "orders", ORDERS + ",refund of", GOOD_ORDER + ",", "A2,C1,2024-03-05,b,1,2,A9", "refund of", "A9", "Import it first"),
    "a refund of itself": (
        "orders", ORDERS + ",refund of", GOOD_ORDER + ",", "A2,C1,2024-03-05,b,1,2,A2", "refund of", "A2", "number of its own"),
    "no such kind": ("customers", "reference,kind", "C1,person", "C2,robot", "kind", "robot", "person, organisation"),
    "neither yes nor no": ("customers", PEOPLE, GOOD_PERSON, "C2,Bo,,,,perhaps", "internal", "perhaps", "yes, no"),
    "a customer without reference": ("customers", PEOPLE, GOOD_PERSON, ",Bo,,,,", "reference", "", "Fill it in"),
    "a name too long": ("customers", PEOPLE, GOOD_PERSON, f"C2,{'x' * 201},,,,", "name", "x" * 201, "200"),
    "no such choice": ("customers", "reference,level", "C1,gold", "C2,tin", "level", "tin", "gold, silver"),
    "no number": ("customers", "reference,score", "C1,5", "C2,lots", "score", "lots", "digits only"),
    "a stranger": ("customers", "reference,sponsor", "C1,K1", "C2,K9", "sponsor", "K9", "Import the customers first"),
    "no such relation": ("relations", LINKS, GOOD_LINK, "K1,enemy,K2,,", "relation", "enemy", "household"),
    "a relation to a stranger": ("relations", LINKS, GOOD_LINK, "K1,employer,K9,,", "related to", "K9", "customers first"),
    "a relation to itself": ("relations", LINKS, GOOD_LINK, "K1,employer,K1,,", "related to", "K1", "between two"),
    "an end before the start": ("relations", LINKS, GOOD_LINK, "K2,employer,K1,2020-02-02,2020-01-01", "end", "2020-01-01", "first day"),
    "a contract for no time": ("contracts", CONTRACTS, GOOD_CONTRACT, "S2,C1,2024-05-01,,0,5", "period", "0", "Correct it"),
    "a contract that ends early": (
        "contracts", CONTRACTS, GOOD_CONTRACT, "S2,C1,2024-05-01,2024-04-01,30,5", "end", "2024-04-01", "Correct one"),
    "a contract without beginning": ("contracts", CONTRACTS, GOOD_CONTRACT, "S2,C1,,,30,5", "start", "", "Fill it in"),
    "a promotion without beginning": (
        "promotions", PROMOTIONS, GOOD_PROMOTION, "P2,bread,,2024-01-31", "start", "", "Fill it in"),
    "a promotion without end": ("promotions", PROMOTIONS, GOOD_PROMOTION, "P2,bread,2024-01-01,", "end", "", "Fill it in"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def base(db):
    CustomField.objects.create(code="level", label="Level", type="choice", choices=["gold", "silver"])
    CustomField.objects.create(code="score", label="Score", type="number")
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    Customer.objects.create(reference="K1")
    Customer.objects.create(reference="K2")


@pytest.fixture
def place(tmp_path) -> Callable[[str, bytes], Path]:
    def put(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


def test_there_are_more_than_forty_of_them():
    assert len(REFUSED) + len(REJECTED) >= 40


@pytest.mark.parametrize("spoilt", REFUSED)
def test_a_file_of_which_nothing_can_be_taken_is_refused_whole(place, home, spoilt):
    kind, content, name, words = REFUSED[spoilt]
    with translation.override("en"), pytest.raises(HabitueError) as caught:
        run(kind, place(name, content))
    assert [word for word in words if word.lower() not in str(caught.value).lower()] == [], str(caught.value)
    assert Customer.objects.count() == 2
    assert not any(model.objects.exists() for model in (Import, Rejection, Event, Order, Product))
    assert not list((home / "imports").glob("staging-*")), "what was prepared is left behind"


@pytest.mark.parametrize("spoilt", REJECTED)
def test_a_bad_row_is_told_and_the_good_one_goes_in(place, spoilt):
    kind, headings, good, bad, column, value, what_to_do = REJECTED[spoilt]
    path = place("spoilt.csv", lines(headings, good, bad))
    checked = dry_run.run(kind, path, None)
    assert not any(model.objects.exists() for model in (Import, Rejection, Event, Order, Product))
    import_ = run(kind, path)
    rejection = import_.rejections.get()
    assert (rejection.line, rejection.column, rejection.value) == (3, column, value)
    with translation.override("en"):
        assert what_to_do in wording.reason(rejection)
        assert "Line 3" in wording.reason(rejection)
    assert (import_.created + import_.unchanged, import_.rejected) == (1, 1)
    assert [checked[name] for name in ("created", "updated", "unchanged", "rejected")] == [
        import_.created, import_.updated, import_.unchanged, import_.rejected,
    ]  # fmt: skip
    assert checked["refusals"][0][:4] == [3, column, value, rejection.code]


def test_cells_beyond_the_headings_are_kept_in_the_file_to_correct(place, tmp_path):
    path = place(
        "orders.csv", lines(ORDERS, GOOD_ORDER, "A2,C1,2024-03-05,bread,1,2,50", "A3,C1,2024-03-05,b,1,2,,x y")
    )
    import_ = run("orders", path)
    assert list(import_.rejections.values_list("value", flat=True)) == ["50", " x y"]
    rejected = tmp_path / "rejected.csv"
    rejecting.write(import_, rejected)
    text = rejected.read_text(encoding="utf-8-sig")
    assert "2,50,,3" in text
    assert "2,,x y,4" in text
    again = run("orders", rejected)
    assert again.rejected == 2, "a cell too many is one still"
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(text.replace("1,2,50,,3", '1,"2.50",,,3').replace("2,,x y,4", "2,,,4"), encoding="utf-8-sig")
    last = run("orders", corrected)
    assert (last.created, last.rejected) == (2, 0)
    assert Order.objects.get(number="A2").amount == 250
    assert Order.objects.get(number="A3").amount == 200


def test_a_disk_that_is_full_is_told_and_leaves_nothing(place, home, monkeypatch):
    """The library that writes the staged file meets the end of the disk, as the system tells it."""
    path = place("people.csv", lines(PEOPLE, GOOD_PERSON))
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    import pyarrow.parquet as pq

    real = pq.ParquetWriter
    monkeypatch.setattr(
        pq, "ParquetWriter", lambda _path, *args, **options: real(full.open("wb", buffering=0), *args, **options)
    )
    with translation.override("en"), pytest.raises(HabitueError, match="no room left on the disk") as caught:
        run("customers", path)
    assert caught.value.status == 507
    assert str(home) in str(caught.value)
    assert Customer.objects.count() == 2
    assert not Import.objects.exists()
    assert not list((home / "imports").glob("staging-*"))
    monkeypatch.undo()
    assert run("customers", path).created == 1
