"""What the cells of a column look like, with the share of them that fit."""

from __future__ import annotations

import pytest

from habitue.imports.evidence.shapes import looks, shape


@pytest.mark.parametrize(
    ("cell", "look"),
    [
        ("2024-03-13", "date"),
        ("13/03/2024", "date"),
        ("3/13/24", "date"),
        ("13 mars 2024", "date"),
        ("--03-13", "date"),
        ("2024-03-13 09:23:45", "moment"),
        ("12/1/2010 8:26", "moment"),
        ("2024-03-01 10:24:00 +0100", "moment"),
        ("2024-03-05T23:30:00Z", "moment"),
        ("3/13/2024 9:05 PM", "moment"),
        ("1 234,56 €", "number"),
        ("($30.00)", "number"),
        ("12,50-", "number"),
        ("-$3.00", "number"),
        ("1’234.50", "number"),
        ("–12,50", "number"),
        ("12,50 EUR", "number"),
        ("€ 12,50", "number"),
        ("1.234.567,89", "number"),
        ("0.30", "number"),
        ("20 %", "percent"),
        ("5,55E+12", "scientific"),
        ("anne@example.org", "email"),
        ("a@x.org ::: b@y.org", "email"),
        ("+33 6 12 34 56 78", "telephone"),
        ("06.12.34.56.78", "telephone"),
        ("0612345678", "telephone"),
        ("+33612345678 ext 102", "telephone"),
        ("#1001", "code"),
        ("SAV-1", "code"),
        ("536365", "code"),
        ("412.0", "code"),
        ("SW1A 1AA", "postcode"),
        ("01000", "postcode"),
        ("1 rue de l'Église", "street"),
        ("Éloïse Ménétrier", "person"),
        ("PETIT ÉLOÏSE", "person"),
        ("Jean-Luc d'Or", "text"),
    ],
)
def test_a_cell_is_told_by_its_shape(cell, look):
    assert look in looks(shape(cell))


@pytest.mark.parametrize(
    ("cell", "look"),
    [
        ("13.03.2024", "telephone"),
        ("2024-03-13", "telephone"),
        ("1234.50", "code"),
        ("12,50", "code"),
        ("1 234,56", "telephone"),
        ("Savon doux", "code"),
        ("yes", "number"),
        ("12:30", "number"),
        ("K-9", "number"),
        ("2024-03-13 09:00", "code"),
    ],
)
def test_a_cell_is_not_taken_for_what_it_resembles(cell, look):
    assert look not in looks(shape(cell))


def column(evidence_of, *cells: str):
    return evidence_of("a;b", *(f"{cell};x" for cell in cells)).columns[0]


@pytest.mark.parametrize(
    ("cells", "order", "formats"),
    [
        (["01/02/2024", "13/02/2024"], "day", ("%d/%m/%Y",)),
        (["01/02/2024", "02/13/2024"], "month", ("%m/%d/%Y",)),
        (["01/02/2024", "02/03/2024"], "ambiguous", ("%d/%m/%Y", "%m/%d/%Y")),
        (["01/01/2024", "02/02/2024"], "", ("%d/%m/%Y", "%m/%d/%Y")),
        (["13/02/2024", "02/13/2024"], "contradicted", ("%d/%m/%Y", "%m/%d/%Y")),
        (["2024-03-01 00:00:00", "13/03/2024"], "contradicted", ()),
        (["2024-03-01", "2024-03-13"], "", ("%Y-%m-%d",)),
        (["20240301", "20240313"], "", ("%Y%m%d",)),
    ],
)
def test_the_order_of_day_and_month_is_proven_ambiguous_or_contradicted(evidence_of, cells, order, formats):
    dates = column(evidence_of, *cells).dates
    assert (dates.order, dates.formats) == (order, formats)


def test_one_cell_among_ten_thousand_proves_the_order_of_day_and_month(evidence_of):
    cells = ["01/02/2024"] * 10_000
    assert column(evidence_of, *cells).dates.order == "ambiguous"
    cells[7_777] = "31/02/2024"
    assert column(evidence_of, *cells).dates.order == "day"


def test_eight_digits_are_days_only_where_all_of_them_are(evidence_of):
    assert column(evidence_of, "20240301", "20241345").share("date") == 0
    assert column(evidence_of, "20240301", "20241231").share("date") == 1


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands", "proven"),
    [
        (["1.500", "2.000", "850"], ",", ".", False),
        (["1.500", "2.5"], ".", "", True),
        (["1.500,00", "12"], ",", ".", True),
        (["1,054.90", "30.00"], ".", ",", True),
        (["1.234.567"], ",", ".", True),
        (["0.125", "1.500"], ".", "", True),
        (["12,5", "3"], ",", "", True),
        (["957.5775"], ".", "", True),
    ],
)
def test_marks_of_decimals_and_thousands_are_proven_or_not(evidence_of, cells, decimal, thousands, proven):
    numbers = column(evidence_of, *cells, "7").numbers
    assert (numbers.decimal, numbers.thousands, numbers.proven) == (decimal, thousands, proven)


def test_writings_of_money_are_read_alike(evidence_of):
    writings = ["1 234,56 €", "1234,56", "1.234,56", "1'234,56", "€ 1234,56", "1234,56 EUR"]
    numbers = column(evidence_of, *writings, "(1234,56)", "1234,56-", "–1234,56").numbers
    assert (numbers.least, numbers.most) == (-1234.56, 1234.56)
    assert set(numbers.writings) == {"brackets", "minus_behind", "currency_mark"}


def test_placeholders_are_empty_and_counted(evidence_of):
    results = column(evidence_of, "NULL", "N/A", "nan", "#N/A", "-", "K1", "")
    assert (results.filled, results.placeholders, results.distinct) == (1, 5, 1)
    assert results.share_empty == pytest.approx(6 / 7)


def test_flags_statuses_currencies_and_countries_are_told_by_their_words(evidence_of):
    rows = ["yes;paid;EUR;fr", "non;Annulée;€;UK", "oui;zzz;eur;Réunion", "no;pending;usd;U.S.A."]
    flag, status, currency, country = evidence_of("a;b;c;d", *rows).columns
    assert flag.flag
    assert status.share("status") == 0.75
    assert currency.share("currency") == 1
    assert country.share("country") == 1


def test_ones_alone_are_no_flag(evidence_of):
    assert not column(evidence_of, "1", "1").flag
    assert column(evidence_of, "1", "0").flag


def test_a_column_is_constant_unique_or_empty(evidence_of):
    constant, unique, empty = evidence_of("a;b;c", "x;1;", "x;2;").columns
    assert constant.constant
    assert not constant.unique
    assert unique.unique
    assert empty.empty
    assert not empty.looks
