"""A day of birth is read in every way that files have it, or not at all."""

# ruff: noqa: E501 - tables of files are made of long lines

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from habitue.customers.births import OLDEST, ZERO_DAYS, Ambiguous, Birth, read
from habitue.customers.fields import FIRST_BIRTH

DAYS = st.dates(FIRST_BIRTH, timezone.localdate()).filter(lambda day: (day.year, day.month, day.day) not in ZERO_DAYS)
FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m-%d-%Y", "%Y/%m/%d")
MARCH = dt.date(1980, 3, 13)


@given(day=DAYS, written=st.sampled_from(FORMATS), time=st.sampled_from(["", " 00:00:00", " 0:00", "T00:00:00Z"]))
def test_a_whole_day_is_read_as_the_file_writes_its_days(day, written, time):
    text = day.strftime(written)
    expected = Birth(birthday=f"--{day:%m-%d}") if day.year == 1604 else Birth(day)
    assert read(text + time, "iso" if written.startswith("%Y") else written) == expected


@given(day=DAYS, written=st.sampled_from(["%d/%m/%y", "%m/%d/%y", "%d.%m.%y"]))
def test_two_digits_are_a_year_in_the_past_or_a_question(day, written):
    text, today = day.strftime(written), timezone.localdate()
    possible = []
    for year in (1900 + day.year % 100, 2000 + day.year % 100):
        try:
            one = day.replace(year=year)
        except ValueError:
            continue
        if year >= today.year - OLDEST and one <= today:
            possible.append(one)
    answer = read(text, written)
    if len(possible) == 2:
        assert isinstance(answer, Ambiguous)
        assert [read(text, written, century) for century in ("1900", "2000")] == [Birth(one) for one in possible]
    else:
        assert answer == (Birth(possible[0]) if possible else None)


@given(day=DAYS)
def test_a_birthday_without_its_year_keeps_day_and_month(day):
    expected = Birth(birthday=f"--{day:%m-%d}")
    for text in (
        f"--{day:%m-%d}",
        f"--{day:%m%d}",
        f"1604-{day:%m-%d}",
        f" 1604-{day:%m-%d}T00:00:00Z",
        f"0000-{day:%m-%d}",
    ):
        assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0/0/00", "00/00/0000", "0000-00-00", "0000-00-00 00:00:00", "0.0.0000", "00/00/00", "1900-01-00", "1/0/1900",
        "00/01/1900", "1899-12-30", "30/12/1899", "0001-01-01", "NULL", "N/A", "#N/A", "nan", "-", "--", "0", "?", "none",
        "non renseigné",
    ],
)  # fmt: skip
def test_a_placeholder_is_no_birthday(text):
    assert read(text, "%d/%m/%Y") == Birth()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("31/31/1990", "%d/%m/%Y"), ("30/02/1990", "%d/%m/%Y"), ("1980", "iso"), ("mars 1980", "iso"), ("1980-00-00", "iso"),
        ("03/04/1980", "iso"), ("2150-01-01", "iso"), ("1700-01-01", "iso"), ("13/03/980", "%d/%m/%Y"), ("soon", "iso"),
        ("13/03/1980 ou 1981", "%d/%m/%Y"), ("--13-13", "iso"), ("--02-30", "iso"), ("29/02/25", "%d/%m/%y"), ("45 ans", "iso"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_not_guessed(text, written):
    assert read(text, written) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("13/03/1980", "iso"), ("3/13/1980", "%d/%m/%Y"), ("13-3-1980", "%m-%d-%Y"), ("19800313", "%d/%m/%Y"), ("13 mars 1980", "iso"),
        ("13 March 1980", "%m/%d/%Y"), ("1980-03-13", "%m/%d/%Y"), ("13.3.80", "%d.%m.%Y"), ("13/03/1980 0:00", "%m/%d/%Y"),
    ],
)  # fmt: skip
def test_another_writing_is_read_where_it_has_one_reading(text, written):
    assert read(text, written) == Birth(MARCH)
