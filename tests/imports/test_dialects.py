"""Separators, quotation marks, hints and fixed places."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.kernel.errors import HabitueError
from tests.imports.reading_tables import HEADINGS, ROWS, read, text

WORDS = st.sampled_from(
    ["Savon", "Bougie à la cire", 'Tube 5"', "a, b; c|d", 'dit "Nan"', "", "12,50", "C:\\photos", "x\ty"]
)
TABLE = st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=2, max_size=8)


def numbered(rows: list[list[str]]) -> list[list[str]]:
    return [[str(at), *row] for at, row in enumerate(rows, 1)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@settings(deadline=None, max_examples=25)
@given(rows=TABLE)
def test_what_is_written_with_quotation_marks_twice_is_read_as_it_was(separator, rows):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "one", "two", "three"], *numbered(rows)])
    assert read(stream.getvalue().encode()).rows == numbered(rows)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@settings(deadline=None, max_examples=25)
@given(rows=TABLE)
def test_what_is_written_with_backslashes_is_read_as_it_was(separator, rows):
    """As MySQL and phpMyAdmin write it, every cell in quotation marks."""

    def cell(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    rows = [*rows, ['6"', "Nan", "x"], ['say "no" to it', "y", "z"]]
    content = text(
        *([cell(value) for value in row] for row in [["id", "one", "two", "three"], *numbered(rows)]),
        separator=separator,
    )
    result = read(content.encode())
    assert result.rows == numbered(rows)
    assert result.how["backslash"] is True


def test_a_folder_at_the_end_of_a_cell_is_no_quotation():
    result = read(b'id,folder,name\n1,"C:\\",Anne\n2,"D:\\",Paul\n3,"E:\\x","Zo"\n')
    assert result.rows == [["1", "C:\\", "Anne"], ["2", "D:\\", "Paul"], ["3", "E:\\x", "Zo"]]
    assert "backslash" not in result.how


def test_an_empty_cell_of_mysql_is_empty():
    assert read(b'id,name,town\n1,"An \\"x\\" ne",\\N\n2,\\N,"Dole"\n').rows == [
        ["1", 'An "x" ne', ""],
        ["2", "", "Dole"],
    ]


@pytest.mark.parametrize("hint", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_a_first_line_that_states_the_separator_is_none_of_the_table(hint):
    content = (hint + "\r\n" + text(HEADINGS, *ROWS, end="\r\n")).encode()
    result = read(content)
    assert (result.headings, result.rows, result.lines) == (HEADINGS, ROWS, [3, 4, 5])
    assert (result.separator, result.how["hinted"], result.how.get("left_out")) == (";", True, None)


def test_a_hint_decides_where_another_mark_would_cut_as_well():
    assert read(b"sep=|\nname|town, country\nAnne|Dole, FR\nPaul|Lyon, FR\n").headings == ["name", "town, country"]


def test_commas_of_numbers_do_not_win_over_semicolons():
    rows = [[f"C{at}", "1,5", "2,5", "3,5"] for at in range(6)]
    result = read(text(["code", "a", "b", "c"], *rows).encode())
    assert (result.separator, result.rows) == (";", rows)


def test_titles_do_not_hide_the_separator():
    result = read(("Ventes, mars\nBoutique\n\n" + text(HEADINGS, *ROWS)).encode())
    assert (result.separator, result.rows, result.lines) == (";", ROWS, [5, 6, 7])


def test_blank_lines_count_and_are_no_rows():
    content = "\n\n" + text(HEADINGS) + "\n" + text(ROWS[0]) + ";;;;;;\n\n" + text(*ROWS[1:])
    result = read(content.encode())
    assert (result.headings, result.rows, result.lines) == (HEADINGS, ROWS, [5, 8, 9])


def test_rows_with_fewer_cells_are_told_with_their_lines():
    result = read((text(HEADINGS, *ROWS) + "C4;K4;Anne\nC5;K5;Paul;16/03/2024\n" + text(ROWS[0])).encode())
    assert result.how["short"] == {"count": 2, "lines": [5, 6]}
    assert "short" not in read(text(HEADINGS, *ROWS).encode()).how


FIXED = " 00001 19970101  1  11.77\n 00002 19970112  1  12.00\n 00002 19970112  5  77.00\n"
CUT = [["00001", "19970101", "1", "11.77"], ["00002", "19970112", "1", "12.00"], ["00002", "19970112", "5", "77.00"]]


def test_columns_at_fixed_places_are_seen():
    result = read(FIXED.encode())
    assert (result.headings, result.rows, result.lines) == (["#1", "#2", "#3", "#4"], CUT, [1, 2, 3])
    assert result.how["heading_line"] == 0


@pytest.mark.parametrize("widths", ["6, 9, 3, 7", [6, 9, 3, 7], "6 9 3 7"])
def test_widths_can_be_said(widths):
    assert read(FIXED.encode(), widths=widths, heading_line=0).rows == CUT


def test_widths_that_are_said_cut_where_no_blank_stands():
    content = "CODEJOUR    EUR\n00012024010112\n00022024011299\n"
    assert read(content.encode(), widths="4, 8, 9").rows == [["0001", "20240101", "12"], ["0002", "20240112", "99"]]
    assert read(content.encode(), widths="4, 8, 9").headings == ["CODE", "JOUR", "EUR"]


@pytest.mark.parametrize(
    "lines", [["Nom", "Anne Petit", "Paul Durand"], ["Nom ou raison", "Anne B. Petit", "Paul D. Roy"]]
)
def test_words_that_stand_below_each_other_are_no_columns(lines):
    assert len(read("\n".join(lines).encode()).headings) == 1


@pytest.mark.parametrize("written", ["\t", "\\t", "tab"])
def test_a_tab_can_be_said_as_people_write_it(written):
    assert read(b"a;b\tc;d\n1;2\t3;4\n", separator=written).rows == [["1;2", "3;4"]]


def test_commas_with_blanks_behind_them_are_separators():
    assert read(b"id, qty, eur\n01, 100, 112\n02, 110, 113\n").headings == ["id", "qty", "eur"]
    assert read(FIXED.replace(".", ",").encode()).rows[0] == ["00001", "19970101", "1", "11,77"]


def test_backslashes_in_utf16_are_seen():
    content = 'id,name\n1,"An \\"x\\" ne"\n2,"Paul"\n'.encode("utf-16-le")
    assert read(content).rows == [["1", 'An "x" ne'], ["2", "Paul"]]


def test_what_cannot_be_a_width_or_a_line_is_refused_with_what_can():
    for said in (
        {"widths": "6, x"},
        {"leave_out": "three"},
        {"heading_line": "first"},
        {"separator": "#"},
        {"encoding": "u-8"},
    ):
        with pytest.raises(HabitueError) as caught:
            read(FIXED.encode(), **said)
        assert next(iter(said)) in str(caught.value)
