"""Titles above the headings, totals below the rows, headings once more, and none at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.imports.files import describing
from tests.imports.reading_tables import HEADINGS, ROWS, left_out, read, text, workbook

WIDE = [""] * (len(HEADINGS) - 1)
TITLES = [
    [["Export des ventes du 01/03/2024 au 31/03/2024"], ["Boutique Atelier"], [""]],
    [["Export des ventes", *WIDE], ["", *WIDE]],
    [["Ventes"], ["Période :", "mars 2024"]],
    [["Période :", "mars 2024", *WIDE[1:]], ["Imprimé le 01/04/2024", *WIDE]],
    [["Sales report"], ["31/03/2024"], ["3"]],
]
TOTALS = [
    ["TOTAL : 3 clients", *WIDE],
    ["Total", "", "", "", "", "4", "50,50"],
    ["", "", "", "", "Total général", "4", "50,50"],
    ["Totaux", "", "", "", "", "", "50,50 €"],
    ["Sous-total", "", "", "", "", "4", "50,50"],
    ["Grand total:", "", "", "", "", "", "50,50"],
    ["Total TTC", "", "", "", "", "", "50,50"],
    ["Total mars 2024", "", "", "", "", "", "50,50"],
]
CUSTOMERS = ["Code", "Nom", "Ville", "E-mail"]
PEOPLE = [["1", "Anne Petit", "Dole", "anne@example.org"], ["2", "Paul Roy", "Lyon", ""], ["3", "Zoé", "Nîmes", ""]]


@pytest.mark.parametrize("titles", TITLES)
def test_titles_are_left_out_and_told_and_lines_stay_those_of_the_file(titles):
    result = read(text(*titles, HEADINGS, *ROWS).encode())
    count = sum(any(title) for title in titles)
    at = len(titles) + 1
    assert (result.headings, result.rows) == (HEADINGS, ROWS)
    assert result.lines == [at + 1, at + 2, at + 3]
    assert left_out(result) == {"above": (count, [line for line, title in enumerate(titles, 1) if any(title)])}
    assert titles[0][0] in " ".join(describing.sentences(result.how))


@pytest.mark.parametrize("titles", TITLES)
def test_titles_of_a_sheet_are_left_out(titles):
    result = read(workbook(("Mars", [*titles, HEADINGS, *ROWS])))
    assert (result.headings, result.rows, result.lines[0]) == (HEADINGS, ROWS, len(titles) + 2)


@pytest.mark.parametrize(
    "headings",
    [
        HEADINGS,
        ["code", "nom"],
        ["code", "", "ville", "e-mail"],
        ["code", "code", "ville"],
        ["code", "nom", "", ""],
        ["code"],
        ["2023", "2024", "nom"],
    ],
)
def test_a_first_line_with_headings_is_taken_whatever_stands_below(headings):
    rows = [[f"{word}{at}" for word in "abcdefg"[: len(headings)]] for at in range(4)]
    result = read(text(headings, *rows).encode())
    assert (result.how["heading_line"], result.how.get("left_out")) == (1, None)
    assert len(result.rows) == 4


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("place", ["last", "within"])
def test_a_line_of_totals_is_left_out_and_told(total, place):
    rows = [*ROWS, total] if place == "last" else [*ROWS[:2], total, ROWS[2]]
    result = read(text(HEADINGS, *rows).encode())
    at = rows.index(total) + 2
    if place == "within" and total[0].startswith("TOTAL :"):
        at = 4
    assert result.rows == ROWS
    assert left_out(result) == {"total": (1, [at])}
    assert next(filter(None, total)) in " ".join(describing.sentences(result.how))


@pytest.mark.parametrize(
    "row",
    [
        ["C9", "Total", "Total Energies", "16/03/2024", "Savon", "1", "12,50"],
        ["Total", "K9", "Anne", "16/03/2024", "Savon", "1", "12,50"],
        ["", "", "Total Energies", "16/03/2024", "Savon", "1", "12,50"],
        ["Totale", "K9", "Somme", "16/03/2024", "Total wash", "1", "12,50"],
    ],
)
def test_a_customer_or_a_product_of_that_name_is_no_total(row):
    assert read(text(HEADINGS, *ROWS, row).encode()).rows == [*ROWS, row]


@pytest.mark.parametrize(
    "row",
    [
        ["4", "Total", "Dole", ""],
        ["Total Energies", "", "", ""],
        ["Total Energies", "", "", "x@total.example"],
        ["Somme", "Li", "Dole", ""],
    ],
)
def test_a_customer_of_that_name_among_customers_is_no_total(row):
    assert read(text(CUSTOMERS, *PEOPLE, row).encode()).rows == [*PEOPLE, row]


@pytest.mark.parametrize(
    "row", [["Total", "0142000000"], ["Total Energies", "0142000000"], ["Total", ""], ["Total Energies", ""]]
)
def test_a_customer_of_that_name_with_a_number_or_nothing_beside_it_is_no_total(row):
    rows = [["Anne Petit", "0612345678"], ["Paul Roy", ""], row, ["Zoé", ""]]
    assert read(text(["Nom", "Téléphone"], *rows).encode()).rows == rows


def test_headings_further_down_are_left_out_and_told():
    result = read(text(HEADINGS, *ROWS[:2], HEADINGS, ROWS[2], HEADINGS).encode())
    assert (result.rows, result.lines) == (ROWS, [2, 3, 5])
    assert left_out(result) == {"headings": (2, [4, 6])}


@pytest.mark.parametrize("rows", [ROWS, ROWS[:2]])
def test_rows_without_headings_are_all_kept_under_numbers(rows):
    result = read(text(*rows).encode())
    assert (result.headings, result.rows) == ([f"#{at}" for at in range(1, 8)], rows)
    assert result.lines == list(range(1, len(rows) + 1))
    assert result.how["heading_line"] == 0
    assert any("no line is taken for headings" in sentence for sentence in describing.sentences(result.how))


def test_titles_above_rows_without_headings_are_left_out():
    result = read(text(["Export du 01/03/2024"], *ROWS).encode())
    assert (result.rows, result.lines, left_out(result)) == (ROWS, [2, 3, 4], {"above": (1, [1])})


def test_the_line_of_the_headings_can_be_said():
    content = text(["Ventes"], HEADINGS, *ROWS).encode()
    assert read(content, heading_line=1).headings == ["Ventes"]
    assert read(content, heading_line="2").rows == ROWS
    assert read(text(*ROWS).encode(), heading_line=1).headings[0] == "C1"
    none = read(text(HEADINGS, *ROWS).encode(), heading_line=0)
    assert (none.headings[0], none.rows) == ("#1", [HEADINGS, *ROWS])


def test_lines_that_are_said_are_left_out_and_told():
    content = text(HEADINGS, *ROWS, ["fin"]).encode()
    result = read(content, leave_out="3, 5-9")
    assert (result.rows, result.lines, left_out(result)) == ([ROWS[0], ROWS[2]], [2, 4], {"said": (2, [3, 5])})
    assert read(content, leave_out=["3", "5 – 9"]).rows == result.rows
    assert read(workbook(("S", [HEADINGS, *ROWS])), leave_out="4").rows == [ROWS[0], ROWS[1]]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([[], *TITLES]),
    st.sampled_from([[], *([total] for total in TOTALS)]),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from(["csv", "xlsx"]),
)
def test_whatever_stands_around_a_table_its_rows_and_lines_are_the_same(titles, totals, count, again, form):
    rows = [[f"C{at}", *ROWS[at % 3][1:]] for at in range(count)]
    body = [*rows[: count // 2], *([HEADINGS] if again and count > 1 else []), *rows[count // 2 :]]
    whole = [*titles, HEADINGS, *body, *totals]
    result = read(text(*whole).encode() if form == "csv" else workbook(("S", whole)))
    assert (result.headings, result.rows) == (HEADINGS, rows)
    assert result.lines == [at for at, row in enumerate(whole, 1) if row in rows]
