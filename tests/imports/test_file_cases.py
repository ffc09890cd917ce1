"""Small files of other tools' shapes, which lie beside the checkout: as they are read, and brought in by the command.

`HABITUE_SHARED` says where they are; where they are not, the number of those that are left out is told.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import translation

from habitue.cli import main
from habitue.customers.models import ContactPoint, Customer
from habitue.purchases.models import Order
from tests.imports.reading_tables import left_out, read

CASES = Path(os.environ.get("HABITUE_SHARED") or Path(__file__).parents[2].parent / "shared") / "cases"
COUNT = 14
pytestmark = [
    pytest.mark.any_database,
    pytest.mark.django_db(transaction=True),  # a command closes its connections
    pytest.mark.skipif(not CASES.is_dir(), reason=f"{COUNT} cases are left out: {CASES} is not there"),
]
ORDERS = {
    "x01_title.xlsx": (2, 2100),
    "x05_hidden_first.xlsx": (1, 1050),
    "x07_sheets.xlsx": (5, 5250),
    "n11_sep.csv": (2, 4250),
    "n04_title_rows.csv": (2, 4250),
    "n17e_doubleutf8.csv": (1, 1250),
    "n12b_backslash.csv": (2, 2100),
}
CARDS = {"v21_latin1.vcf": "Éloïse Ménétrier", "v21_photo_nofold.vcf": "Paul Roy", "v40.vcf": "Anne Petit"}
CDNOW = """\
kind = "orders"
date_format = "%Y%m%d"
buyer_kind = "person"
heading_line = 0
widths = "7, 10, 3, 9"
[columns]
number = { columns = ["#1", "#2", "#3"] }
buyer = "#1"
placed_at = "#2"
quantity = "#3"
amount = "#4"
product = { value = "CD" }
currency = { value = "USD" }
"""


def habitue(capsys, *arguments: object) -> tuple[int, str, str]:
    with translation.override("en"), pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in ("import", *arguments)])
    out, err = capsys.readouterr()
    return caught.value.code, out, err


@pytest.mark.parametrize("name", ORDERS)
def test_orders_come_in_whole(name, capsys):
    code, _out, err = habitue(capsys, "orders", CASES / name)
    amounts = list(Order.objects.values_list("amount", flat=True))
    assert (code, len(amounts), sum(amounts)) == (0, *ORDERS[name]), err


def test_what_was_left_out_or_mended_is_told(capsys):
    words = {name: habitue(capsys, "orders", CASES / name)[1] for name in ORDERS}
    assert "Janvier (1 row), Fevrier (2 rows), Mars (2 rows)" in words["x07_sheets.xlsx"]
    assert "Parametres (hidden, 1 row)" in words["x05_hidden_first.xlsx"]
    assert "2 lines above the headings are left out (lines 1, 2)" in words["n04_title_rows.csv"]
    assert "Export des ventes - mars 2024" in words["x01_title.xlsx"]
    assert "read as “Éloïse”" in words["n17e_doubleutf8.csv"]
    assert "which mark stands between cells" in words["n11_sep.csv"]


def test_names_come_in_with_their_letters(capsys):
    habitue(capsys, "orders", CASES / "n17e_doubleutf8.csv")
    habitue(capsys, "orders", CASES / "n12b_backslash.csv")
    names = set(Customer.objects.values_list("name", flat=True))
    assert names == {"Éloïse", 'Anne "Nan" Petit', "Paul Roy"}


def test_one_byte_of_another_table_does_not_spoil_sixty_names(capsys):
    code, out, _err = habitue(capsys, "customers", CASES / "p36_onebyte.csv")
    names = set(Customer.objects.values_list("name", flat=True))
    assert (code, names) == (0, {f"Éloïse Ménétrier {at}" for at in range(60)} | {"Zoé"})
    assert "1 line is written in another encoding" in out
    assert set(ContactPoint.objects.values_list("city", flat=True)) <= {"Besançon", "Nîmes", ""}


@pytest.mark.parametrize("name", CARDS)
def test_address_books_come_in(name, capsys):
    code, _out, err = habitue(capsys, "customers", CASES / name)
    assert (code, Customer.objects.get().name) == (0, CARDS[name]), err
    assert ContactPoint.objects.filter(kind="phone").values_list("value", flat=True)[0].startswith("+33612345678")


def test_dates_that_a_spreadsheet_has_swapped_are_refused(capsys):
    code, _out, err = habitue(capsys, "orders", CASES / "p21_swapped.xlsx")
    assert (code, Order.objects.count()) == (1, 0)
    assert "4 true dates" in err
    assert "13/03/2024" in err


def test_a_total_of_customers_is_none_of_them():
    result = read(CASES / "c_sage_clients.csv")
    assert [row[1] for row in result.rows] == ["PETIT ÉLOÏSE", "ROY ET FILS"]
    assert (left_out(result), result.encoding) == ({"total": (1, [4])}, "cp1252")


def test_a_file_without_headings_is_read_where_it_is_told_how(capsys, tmp_path):
    result = read(CASES / "CDNOW_master.txt")
    assert result.rows[0] == ["00001", "19970101", "1", "11.77"]
    assert (result.how["heading_line"], len(result.rows), result.lines[0]) == (0, 5, 1)
    mapping = tmp_path / "cdnow.toml"
    mapping.write_text(CDNOW)
    code, out, err = habitue(capsys, "orders", CASES / "CDNOW_master.txt", "--mapping", mapping)
    assert code == 0, err
    assert sorted(Order.objects.values_list("amount", flat=True)) == [1177, 1200, 2076, 2076, 7700]
    assert "7, 10, 3, 9" in out


def test_what_cannot_be_guessed_shows_what_was_read(capsys):
    code, _out, err = habitue(capsys, "orders", CASES / "CDNOW_master.txt")
    assert code == 1
    for word in ("#1, #2, #3, #4", "00001, 19970101, 1, 11.77", "--heading-line", "--widths"):
        assert word in err
