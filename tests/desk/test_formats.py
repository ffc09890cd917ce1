from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import list_currencies
from django.utils import translation

from habitue.imports.staging import sql
from habitue.kernel import formats, parsing
from habitue.portraits import estimates
from habitue.reading.customer_list.sheets import as_csv


@pytest.mark.parametrize(
    ("minor", "currency", "whole", "english", "french"),
    [
        (123_450, "EUR", False, "€1,234.50", "1\u202f234,50\u00a0€"),
        (123_450, "USD", True, "$1,234", "1\u202f234\u00a0$US"),
        (-320, "EUR", False, "−€3.20", "−3,20\u00a0€"),
        (-40, "EUR", True, "€0", "0\u00a0€"),
        (500, "JPY", False, "¥500", "500\u00a0JPY"),
        (1_234, "KWD", False, "KWD\u00a01.234", "1,234\u00a0KWD"),
        (None, "EUR", False, "", ""),
        (150, "", False, "1.5", "1,5"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(minor, currency: str, whole: bool, english: str, french: str):
    with translation.override("en"):
        assert formats.money(minor, currency, whole=whole) == english
    with translation.override("fr"):
        assert formats.money(minor, currency, whole=whole) == french


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (98_765_432, "€988,000"),
        (1_660_549, "€16,600"),
        (68_249, "€682"),
        (949, "€9"),
        (0, "€0"),
        (-1_660_549, "−€16,600"),
    ],
)
def test_an_estimate_has_three_digits(minor: int, shown: str):
    assert formats.estimate(minor, "EUR") == shown


def test_an_estimate_of_yen_is_not_taken_for_cents():
    assert formats.estimate(123_456, "JPY") == "¥123,000"


@pytest.mark.parametrize(
    ("share", "english"), [(0, "0%"), (0.0001, "1%"), (0.334, "33%"), (0.9999, "99%"), (1, "100%"), (None, "")]
)
def test_a_percentage_never_rounds_to_all_or_nothing(share, english: str):
    assert formats.percent(share) == english
    with translation.override("fr"):
        assert formats.percent(share) == english.replace("%", "\u202f%")


def test_numbers_have_the_separators_of_the_language():
    assert formats.number(1_234.5, digits=2) == "1,234.5"
    assert formats.number(-0.001, digits=2) == "0"
    assert (formats.signed(12), formats.signed(-9), formats.signed(0)) == ("+12", "−9", "0")
    with translation.override("fr"):
        assert formats.number(1_234.5, digits=2) == "1\u202f234,5"


@pytest.mark.parametrize(("share", "said"), [(0.8, (4, 5)), (0.94, (47, 50)), (0.95, (19, 20)), (0.995, (199, 200))])
def test_a_share_is_said_in_whole_numbers(share: float, said: tuple[int, int]):
    assert formats.ratio(share) == said


def test_days_are_written_out_and_the_first_of_a_month_is_1er_in_french():
    assert formats.day(date(2017, 12, 31)) == "31\u00a0December\u00a02017"
    assert formats.day_short(date(2017, 11, 18), date(2017, 12, 31)) == "18\u00a0Nov"
    assert formats.day_short(date(2016, 11, 18), date(2017, 12, 31)) == "18\u00a0Nov\u00a02016"
    assert formats.day(None) == ""
    with translation.override("fr"):
        assert formats.day(date(2017, 1, 1)) == "1er\u00a0janvier\u00a02017"
        assert formats.day(date(2017, 1, 11)) == "11\u00a0janvier\u00a02017"
        assert formats.month(date(2017, 2, 1)) == "février\u00a02017"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2017, 12, 31), "the same day"),
        (date(2017, 12, 30), "1 day before"),
        (date(2017, 11, 5), "56 days before"),
        (date(2017, 10, 1), "13 weeks before"),
        (date(2017, 1, 1), "12 months before"),
    ],
)
def test_how_long_before_is_said_in_the_unit_that_fits(day: date, said: str):
    assert formats.days_before(day, date(2017, 12, 31)) == said


def test_counts_agree_with_their_noun_in_both_languages():
    assert (formats.days(1), formats.days(2), formats.days(0)) == ("1\u00a0day", "2\u00a0days", "0\u00a0days")
    with translation.override("fr"):
        assert (formats.days(1), formats.days(2), formats.days(0)) == ("1\u00a0jour", "2\u00a0jours", "0\u00a0jour")


def test_a_language_without_code_of_its_own_is_written_as_babel_knows_it():
    """German has no line of code: its days, counts and files follow from Babel."""
    may = date(2026, 5, 1)
    with translation.override("de"):
        assert formats.day(may) == "1.\u00a0Mai\u00a02026"
        assert formats.day_short(date(2026, 12, 31), may) == "31.\u00a0Dez."
        assert parsing.day(formats.day(date(2026, 12, 31)).replace("Dezember", "December")) == date(2026, 12, 31)
    assert b"".join(as_csv(["Tag"], [[may, Decimal("1.5")]], "de")).decode("utf-8-sig") == "Tag\r\n01.05.2026;1,5\r\n"


@pytest.mark.parametrize(("language", "count", "singular"), [("en", 1.4, False), ("fr", 1.4, True), ("de", 1.4, False)])
def test_an_expectation_agrees_with_its_noun(language: str, count: float, singular: bool):
    with translation.override(language):
        assert (estimates.purchases(count).split(" ")[-1] in ("purchase", "achat")) == singular
        assert estimates.purchases(1).split(" ")[-1] in ("purchase", "achat")


def test_amounts_of_every_currency_are_written_read_and_imported_with_the_same_decimals():
    imported = sql.currencies()
    for currency in sorted(list_currencies()):
        assert f"('{currency}', {formats.decimals(currency)})" in imported
        assert parsing.money(formats.money(1_234_567, currency), currency) == 1_234_567, currency
