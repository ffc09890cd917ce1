"""Files of customers: nothing in them runs, telephones survive, and they can be brought in again."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from habitue.customers.list_columns import by_code
from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue
from habitue.desk.customer_list.chosen_columns import choose
from habitue.events.models import Event
from habitue.imports.importing import run
from habitue.reading.customer_list import exporting, sheets
from habitue.segments import counting
from tests import factories

ODD = [
    "=1+1",
    "+33 6 12 34 56 78",
    "-12,50",
    "@SUM(A1)",
    "\tx",
    "O'Neill",
    "'=1",
    "a,b;c",
    'say "hi"',
    "+cmd|' /C calc'!A0",
]


def exported(desk: Client, format_: str = "csv", **fields) -> bytes:
    response = desk.post(reverse("exports"), {"format": format_, **fields})
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def read_csv(data: bytes, delimiter: str = ",") -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def names(data: bytes) -> list[str]:
    _headings, *rows = read_csv(data)
    return [name for _reference, name, *_others in rows]


def read_xlsx(data: bytes) -> list[list]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [list(row) for row in sheet.iter_rows()]


@pytest.mark.django_db
def test_what_was_found_is_exported_with_the_chosen_columns(desk: Client, bo, ada):
    factories.portrait(factories.customer("Zoé", "Z-1"), stage="lost")
    choose(bo, ["stage", "last", "value"])
    rows = read_csv(exported(desk, found="stage=settling"))
    assert rows == [
        ["Reference", "Name", "Stage", "Last purchase", "Value to date", "Value to date: currency"],
        ["A-1", "Ada Bérenger", "settling in", "2017-12-01", "412.00", "EUR"],
    ]
    event = Event.objects.get(kind="customers.exported")
    assert event.by == bo
    assert (event.data["customers"], event.data["segment"], event.data["found"]) == (1, None, "stage=settling")


@pytest.mark.django_db
def test_ticked_lines_and_segments_are_exported(desk: Client):
    people = [factories.customer(name) for name in ("Ada", "Bea", "Cleo")]
    segment = counting.save("E", {"of": [{"what": "name", "how": "contains", "value": "e"}]}, shared=True).row
    assert names(exported(desk, pick=[people[0].pk, people[2].pk])) == ["Ada", "Cleo"]
    assert names(exported(desk, who="all", found=f"segment={segment.pk}")) == ["Bea", "Cleo"]
    assert Event.objects.filter(kind="customers.exported").latest("pk").data["segment"] == segment.pk


@pytest.mark.django_db
def test_french_files_have_semicolons_commas_and_french_days(desk: Client, bo, ada):
    desk.cookies["django_language"] = "fr"
    choose(bo, ["last", "value"])
    rows = read_csv(exported(desk), ";")
    _headings, (_reference, _name, day, amount, currency) = rows
    assert (day, amount, currency) == ("01/12/2017", "412,00", "EUR")


@pytest.mark.django_db
def test_every_column_can_be_exported(desk: Client, bo, ada):
    fields = {"number": ("number", Decimal("-1.5")), "flag": ("number", 1), "day": ("day", date(2020, 2, 1))}
    for type_, (column, value) in fields.items():
        own = CustomField.objects.create(code=type_, label=type_, type=type_)
        CustomValue.objects.create(field=own, customer=ada, **{column: value})
    for kind, typed, more in (("address", "x", {"city": "Évian"}), ("email", "a@b.fr", {}), ("phone", "+33 6 12", {})):
        ContactPoint.objects.create(customer=ada, kind=kind, typed=typed, value=typed, **more)
    rows: list[list[str]] = []
    codes = list(by_code())
    for some in (codes[:10], codes[10:]):
        choose(bo, some)
        headings, cells = read_csv(exported(desk))
        rows += zip(headings, cells, strict=True)
        assert len(read_xlsx(exported(desk, "xlsx"))) == 2
    values = dict(rows)
    assert (values["City"], values["E-mail"], values["Telephone"]) == ("Évian", "a@b.fr", "+33 6 12")
    assert (values["number"], values["flag"], values["day"]) == ("-1.5000", "yes", "2020-02-01")
    assert (values["Standing"], values["Purchases"], values["Kind"]) == ("customer", "3", "person")
    assert values["In the base since"] == timezone.localdate().isoformat()


@pytest.mark.django_db
def test_in_a_spreadsheet_every_text_is_a_text_and_every_number_a_number(desk: Client, bo):
    own = CustomField.objects.create(code="n", label="N", type="number")
    for at, name in enumerate(ODD):
        CustomValue.objects.create(field=own, customer=factories.customer(name, f"R{at}"), number=-12)
    choose(bo, ["field.n", "created"])
    headings, *rows = read_xlsx(exported(desk, "xlsx"))
    assert [cell.value for cell in headings] == ["Reference", "Name", "N", "In the base since"]
    assert [name.value for _reference, name, _number, _day in rows] == ODD
    assert {name.data_type for _reference, name, _number, _day in rows} == {"s"}
    assert {(number.data_type, number.value) for _reference, _name, number, _day in rows} == {("n", -12)}
    assert {day.value.date() for _reference, _name, _number, day in rows} == {timezone.localdate()}


@pytest.mark.django_db
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_exported_file_is_brought_in_again_and_changes_nothing(desk: Client, bo, tmp_path, format_, language):
    for at, name in enumerate(ODD):
        if name.strip() == name:
            factories.customer(name, f"R{at}")
    names = dict(Customer.objects.values_list("reference", "name"))
    choose(bo, ["kind"])
    desk.cookies["django_language"] = language
    path = tmp_path / f"customers.{format_}"
    path.write_bytes(exported(desk, format_))
    done = run("customers", path)
    assert (done.created, done.updated, done.rejected) == (0, 0, 0)
    assert dict(Customer.objects.values_list("reference", "name")) == names


@given(st.text(max_size=20))
def test_what_was_neutralised_comes_back_as_it_was(text: str):
    safe = sheets.neutralised(text)
    assert sheets.restored(safe) == text
    assert safe == text or safe[0] == "'"


@pytest.mark.parametrize("text", ["=1", "@x", "\t=1", "\r=1", "+1+cmd", "-2+3", "--1", "+x", "＝1", "-", "+"])
def test_what_a_spreadsheet_would_run_is_neutralised(text: str):
    assert sheets.neutralised(text) == f"'{text}"


@pytest.mark.parametrize("text", ["+33612345678", "+33 (0)6 12 34 56 78", "-12", "-12,50", "- ", "a=1", "1-2", ""])
def test_telephones_and_negative_numbers_stay_as_they_are(text: str):
    assert sheets.neutralised(text) == text or text == "- "


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(sheets, "ROWS_OF_A_SHEET", 3)
    data = b"".join(sheets.as_xlsx(["A"], iter([[str(at)] for at in range(7)]), "en"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [[cell.value for (cell,) in sheet.iter_rows()] for sheet in book.worksheets] == [
        ["A", "0", "1", "2"],
        ["A", "3", "4", "5"],
        ["A", "6"],
    ]


def test_a_spreadsheet_of_many_rows_holds_each_of_them():
    numbers = list(range(1_201))
    data = b"".join(sheets.as_xlsx(["A"], ([at] for at in numbers), "en"))
    assert [cell.value for (cell,) in read_xlsx(data)] == ["A", *numbers]


def test_signs_that_no_file_may_hold_are_left_out():
    data = b"".join(sheets.as_xlsx(["A"], [["a\x00\x0b\x1f<&>\ud800b"]], "en"))
    assert read_xlsx(data)[1][0].value == "a<&>b"


def test_a_long_file_comes_in_pieces_and_is_never_held_whole():
    pieces = list(sheets.as_csv(["A"], ([str(at) * 20] for at in range(20_000)), "en"))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 2 * sheets.PIECE


@pytest.mark.django_db
def test_rows_are_read_some_at_a_time(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(exporting, "AT_ONCE", 4)
    people = [factories.customer(f"P{at}") for at in range(10)]
    customers = Customer.objects.all()
    with django_assert_num_queries(4):
        assert [reference for reference, _name in exporting.rows(customers, [], "en")] == [
            one.reference for one in people
        ]


@pytest.mark.django_db
def test_who_may_not_look_exports_nothing(client: Client, ada):
    assert client.post(reverse("exports"), {"format": "csv"}).status_code == 302
    client.force_login(factories.cy())
    assert client.post(reverse("exports"), {"format": "csv"}).status_code == 403
    assert not Event.objects.filter(kind="customers.exported").exists()


@pytest.mark.django_db
def test_a_file_of_no_known_sort_is_not_found(desk: Client, ada):
    assert desk.post(reverse("exports"), {"format": "exe"}).status_code == 404
    assert desk.get(reverse("exports")).status_code == 405
