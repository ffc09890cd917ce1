"""Sheets that are seen and hidden, read together or not; merged cells; dates among texts."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.imports.files import describing
from habitue.imports.files.controls import at_the_desk
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order
from tests.imports.conftest import refusal
from tests.imports.reading_tables import HEADINGS, ROWS, Read, read, workbook

SETTINGS = ["Clé", "Valeur"], ["TVA", "x"]
ORDER = ["order", "customer", "date", "product", "quantity", "amount"]


def row(number: str, day: object = "2024-03-13") -> list[object]:
    return [number, f"K{number}", day, "bread", 1, 2.5]


def sheets(of: Read) -> dict[str, tuple[int, bool]]:
    return {sheet["name"]: (sheet["rows"], sheet["read"]) for sheet in of.how["sheets"]}


def test_sheets_that_are_hidden_are_not_read_and_told():
    result = read(workbook(("Paramètres", SETTINGS), ("Ventes", [HEADINGS, *ROWS]), hidden=["Paramètres"]))
    assert (result.rows, sheets(result)) == (ROWS, {"Paramètres": (1, False), "Ventes": (3, True)})
    assert any("Paramètres" in text and "hidden" in text for text in describing.sentences(result.how))


def test_a_hidden_sheet_is_read_if_it_is_named():
    content = workbook(("Ventes", [HEADINGS, *ROWS]), ("Vieux", [HEADINGS, ROWS[0]]), hidden=["Vieux"])
    assert read(content, sheet="Vieux").rows == [ROWS[0]]
    assert read(content).rows == ROWS


def test_a_workbook_of_hidden_sheets_asks_which():
    book = workbook(("Ventes", [HEADINGS, *ROWS]), ("Notes", [[]]), hidden=["Ventes"])
    with pytest.raises(HabitueError, match=r"Ventes.*--sheet"):
        read(book)


def test_sheets_with_the_same_headings_are_read_together():
    result = read(
        workbook(("Janvier", [HEADINGS, ROWS[0]]), ("Février", [["Titre"], HEADINGS, *ROWS[1:]]), ("Aide", SETTINGS))
    )
    assert result.rows == ROWS
    assert sheets(result) == {"Janvier": (1, True), "Février": (2, True), "Aide": (1, False)}
    assert len(set(result.lines)) == 3
    words = " ".join(describing.sentences(result.how))
    assert "Janvier (1 row), Février (2 rows)" in words
    assert "Aide (1 row)" in words


def test_columns_in_another_order_are_put_in_that_of_the_first_sheet():
    turned = [list(reversed(cells)) for cells in [HEADINGS, *ROWS[1:]]]
    assert read(workbook(("Janvier", [HEADINGS, ROWS[0]]), ("Février", turned))).rows == ROWS


def test_sheets_that_share_a_row_are_not_added_up_without_being_told_to():
    content = workbook(("Tout", [HEADINGS, *ROWS]), ("Mars", [HEADINGS, ROWS[1]]))
    result = read(content)
    assert (result.rows, result.how["doubts"][0]["code"]) == (ROWS, "sheets_overlap")
    assert any("Tout, Mars" in text for text in describing.sentences(result.how))
    assert read(content, sheets="*").rows == [*ROWS, ROWS[1]]
    assert read(content, sheets=["Mars", "Tout"]).rows == [ROWS[1], *ROWS]
    assert read(content, sheet="Mars").rows == [ROWS[1]]


def test_sheets_of_returns_and_quotations_are_left_out_unless_told_to_be_read():
    content = workbook(("Devis", [HEADINGS, ROWS[1]]), ("Ventes", [HEADINGS, ROWS[0]]), ("Avoirs", [HEADINGS, ROWS[1]]))
    result = read(content)
    assert (result.rows, result.how["doubts"]) == (
        [ROWS[0]],
        [{"code": "sheets_apart", "sheets": ["Devis", "Avoirs"]}],
    )
    assert any("Devis, Avoirs" in text for text in describing.sentences(result.how))
    assert read(content, sheet="Avoirs").rows == [ROWS[1]]
    assert "doubts" not in read(workbook(("Devis", [HEADINGS, ROWS[1]]))).how


def test_sheets_with_other_headings_cannot_be_named_together():
    with pytest.raises(HabitueError, match="different headings"):
        read(workbook(("Ventes", [HEADINGS, *ROWS]), ("Aide", SETTINGS)), sheets=["Ventes", "Aide"])


def test_merged_cells_with_texts_hold_for_each_of_their_rows():
    rows = [["C1", "K1", "Anne"], ["", "", "Paul"], ["", "", "Zoé"], ["C2", "K2", "Bo"]]
    result = read(workbook(("S", [["number", "client", "line"], *rows]), merged=["A2:A4", "B2:B4"]))
    assert result.rows == [["C1", "K1", "Anne"], ["C1", "K1", "Paul"], ["C1", "K1", "Zoé"], ["C2", "K2", "Bo"]]
    assert result.how["merged"] == {"number": 2, "client": 2}


def test_merged_numbers_may_be_sums_and_are_not_repeated_but_told():
    rows = [[1001, "Savon", 30], ["", "Crème", ""], [1002, "Bougie", 8]]
    result = read(workbook(("S", [["number", "product", "total"], *rows]), merged=["A2:A3", "C2:C3"]))
    assert result.rows == [["1001", "Savon", "30"], ["1001", "Crème", ""], ["1002", "Bougie", "8"]]
    assert (result.how["merged"], result.how["unfilled"]) == ({"number": 1}, {"total": 1})
    assert any("may be sums" in text for text in describing.sentences(result.how))


def test_a_merged_title_is_a_title():
    book = workbook(("S", [["Ventes de mars", *[""] * 6], HEADINGS, *ROWS]), merged=["A1:G1"])
    assert read(book).rows == ROWS


SWAPPED = [dt.date(2024, 1, 3), "13/03/2024", dt.date(2024, 5, 3), dt.datetime(2024, 6, 3, 10, 0), "25/03/2024"]
FINE = [
    [dt.date(2024, 1, 3), dt.date(2024, 1, 25), "2024-02-03", "13/03/2024"],
    [dt.date(2024, 1, 3), dt.date(2024, 5, 3)],
    ["01/03/2024", "13/03/2024"],
    [dt.date(2024, 1, 3), "", "bientôt"],
]


def of_days(days: list[object]) -> bytes:
    return workbook(("Ventes", [ORDER, *(row(f"A{at}", day) for at, day in enumerate(days))]))


def test_true_dates_and_texts_of_a_column_are_counted():
    result = read(of_days(SWAPPED)).how["dates"]["date"]
    assert result == {"dates": 3, "texts": 2, "sheet": "Ventes", "swapped": "13/03/2024"}


@pytest.mark.parametrize("days", FINE)
def test_dates_that_no_program_has_swapped_are_not_doubted(days):
    assert "swapped" not in read(of_days(days)).how.get("dates", {}).get("date", {})


SHEETS = {
    "an earlier sheet": [SWAPPED, [dt.date(2024, 7, 25), dt.date(2024, 8, 26)]],
    "a later sheet": [[dt.date(2024, 7, 25)], SWAPPED],
    "two sheets together": [[dt.date(2024, 1, 3), dt.date(2024, 5, 3)], ["13/03/2024", "25/03/2024"]],
}


@pytest.mark.parametrize("name", SHEETS)
def test_days_that_are_swapped_in_one_of_several_sheets_are_doubted(name):
    pages = [
        (f"S{page}", [ORDER, *(row(f"A{page}{at}", day) for at, day in enumerate(days))])
        for page, days in enumerate(SHEETS[name])
    ]
    assert read(workbook(*pages)).how["dates"]["date"]["swapped"] == "13/03/2024"


@pytest.mark.django_db
def test_days_that_a_spreadsheet_has_swapped_are_refused_in_words(tmp_path):
    path = tmp_path / "ventes.xlsx"
    path.write_bytes(of_days(SWAPPED))
    for said in refusal("orders", path):
        assert all(word in said for word in ("date", "Ventes", "13/03/2024", "3"))
    assert not Order.objects.exists()
    path.write_bytes(of_days(FINE[1]))
    assert run("orders", path).created == 2


@pytest.mark.django_db
def test_a_rejected_row_of_a_further_sheet_is_found_by_sheet_and_line(tmp_path):
    from habitue.imports import wording

    path = tmp_path / "ventes.xlsx"
    path.write_bytes(
        workbook(("Mars", [ORDER, row("A1")]), ("Avril", [["Avril"], ORDER, row("A2"), row("A3", "soon")]))
    )
    import_ = run("orders", path)
    assert (import_.created, import_.rejected) == (2, 1)
    assert wording.reason(import_.rejections.get()).startswith("Line 4 of the sheet “Avril”, column “date”.")
    assert import_.mapping["sheets"] == ["Mars", "Avril"]
    assert run("orders", path).known_before
    assert Import.objects.count() == 1


def test_a_message_names_the_control_that_its_reader_has():
    result = read(workbook(("Ventes", [["Mars"], HEADINGS, *ROWS]), ("Aide", SETTINGS)))
    command = " ".join(describing.sentences(result.how))
    with at_the_desk():
        desk = " ".join(describing.sentences(result.how))
    assert ("--sheet" in command, "--heading-line" in command) == (True, True)
    assert ("--" in desk, "“Sheet” under “How the file is written”" in desk) == (False, True)
