"""What people type is read; what the desk writes is read back the same, in both languages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from habitue.kernel import formats, parsing
from habitue.kernel.parsing import NotUnderstood

LANGUAGES = ["en", "fr"]
NUMBERS = st.decimals("-99999999999", "99999999999", places=4)
CURRENCIES = st.sampled_from(["EUR", "USD", "GBP", "CHF", "JPY", "TND", "XAF", ""])


@pytest.mark.parametrize("language", LANGUAGES)
@given(day=st.dates(dt.date(1000, 1, 1)))
def test_a_day_that_was_written_is_read_back(language, day):
    with translation.override(language):
        for write in (formats.day, formats.day_short, dt.date.isoformat, lambda day: f"{day:%d/%m/}{day.year}"):
            assert parsing.day(write(day)) == day


@pytest.mark.parametrize("language", LANGUAGES)
@given(number=NUMBERS, digits=st.integers(0, 4))
def test_a_number_that_was_written_is_read_back(language, number, digits):
    with translation.override(language):
        shown = round(number, digits)
        assert parsing.number(formats.number(shown, digits=digits)) == shown


@pytest.mark.parametrize("language", LANGUAGES)
@given(minor=st.integers(-(10**13), 10**13), currency=CURRENCIES)
def test_an_amount_that_was_written_is_read_back(language, minor, currency):
    with translation.override(language):
        assert parsing.money(formats.money(minor, currency), currency) == minor


@pytest.mark.parametrize(
    "typed",
    ["31/12/2026", "31.12.2026", "31-12-2026", " 2026-12-31 ", "31 December 2026", "31 déc. 2026", "31 DECEMBRE 2026"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_is_read_in_any_of_its_writings(language, typed):
    with translation.override(language):
        assert parsing.day(typed) == dt.date(2026, 12, 31)
        assert parsing.day("1er janvier 2026") == parsing.day("1/1/2026") == dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    "typed", ["", "12/31/2026", "31/02/2026", "31/12/26", "2026", "20261231", "1/2-2026", "31 Brumaire 2026", "soon"]
)
def test_what_is_no_day_is_refused_with_what_is_understood(typed):
    with pytest.raises(NotUnderstood, match=f"“{typed}” is no date. Write it as 2026-12-31 or 31/12/2026"):
        parsing.day(typed)


@pytest.mark.parametrize(
    ("typed", "english", "french"),
    [
        ("1234.5", "1234.5", "1234.5"),
        ("1 234,5", "1234.5", "1234.5"),
        ("1'234.50", "1234.5", "1234.5"),
        ("1.234,5", "1234.5", "1234.5"),
        ("1,234", "1234", "1.234"),
        ("1,234,567", "1234567", "1234567"),
        ("12,5", "12.5", "12.5"),
        ("0,500", "0.5", "0.5"),
        ("-3", "-3", "-3"),
        ("\u22123", "-3", "-3"),
        (".5", "0.5", "0.5"),
        ("-0", "0", "0"),
    ],
)
def test_a_number_is_read_by_its_marks_and_by_the_language(typed, english, french):
    for language, number in (("en", english), ("fr", french)):
        with translation.override(language):
            assert str(parsing.number(typed).normalize() + 0) == str(Decimal(number).normalize())


@pytest.mark.parametrize("typed", ["", "-", "twelve", "1e99", "NaN", "1,23,4", "1.2.3", "1,234.5.6", "12 a", "9" * 16])
def test_what_is_no_number_is_refused_with_what_is_understood(typed):
    with pytest.raises(NotUnderstood, match="is no number. Write it as"):
        parsing.number(typed)


def test_decimals_that_cannot_be_kept_are_refused():
    with pytest.raises(NotUnderstood, match="at most 4 can be kept"):
        parsing.number("1.23456")
    with pytest.raises(NotUnderstood, match="at most 2 can be kept"):
        parsing.money("12.345", "EUR")
    assert (parsing.money("12", "JPY"), parsing.money("12.345", "TND"), parsing.money("$12", "USD")) == (
        12,
        12345,
        1200,
    )
