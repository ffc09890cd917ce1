"""Parse days, numbers and amounts typed in French or English; the inverse of `formats`.

day("31/12/2026"), day("2026-12-31"), day("31 December 2026")
number("1,234.5"), number("1 234,5")
money("€1,234.50", "EUR"), money("12,5", "EUR")
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel import numbers as babel_numbers
from django.conf import settings
from django.utils.translation import gettext as _

from habitue.kernel import formats
from habitue.kernel.errors import HabitueError
from habitue.kernel.names import name_key

LIMIT = Decimal(10) ** 15  # no number of a person or a company is as large
DECIMALS = 4
YEAR_FIRST = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})")
SHORT_MONTHS = {"fev": 2, "aou": 8}  # as people write them; the usual ones are known
IN_WORDS = re.compile(r"(?P<day>\d{1,2})(?:er|st|nd|rd|th|\.)? (?P<month>[a-z]+) (?P<year>\d{4})")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s'’](?=\d)")
AFTER_SIGN = re.compile(rf"^[-{formats.MINUS}]\s*")
DIGITS = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


class NotUnderstood(HabitueError):  # noqa: N818 - named after what it is
    """The typed text cannot be parsed; the message quotes it and says how to write it."""


def day(typed: str) -> dt.date:
    """Parse a date: 2026-12-31, or the day first with slashes, points, hyphens or the month's name. NotUnderstood if
    invalid.
    """
    text = " ".join(typed.split())
    match = YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text) or IN_WORDS.fullmatch(name_key(text))
    try:
        if match:
            month = match["month"]
            return dt.date(int(match["year"]), int(month) if month.isdigit() else months()[month], int(match["day"]))
    except (ValueError, KeyError):
        pass
    raise NotUnderstood(_("“%(typed)s” is no date. Write it as 2026-12-31 or 31/12/2026.") % {"typed": typed})


def annual_day(typed: str) -> str:
    """The day and month of a date that comes each year, as --MM-DD (ISO 8601): from 13/03, 13 March or --03-13."""
    text = " ".join(typed.split())
    mark = next((mark for mark in "/.-" if mark in text), " ")
    year = f"2000{text[1:]}" if text.startswith("--") else f"{text}{mark}2000"
    try:
        return f"--{day(year):%m-%d}"
    except NotUnderstood:
        message = _("“%(typed)s” is no day and month. Write it as 31/12 or 31 December.")
        raise NotUnderstood(message % {"typed": typed}) from None


def number(typed: str, *, decimals: int = DECIMALS) -> Decimal:
    """Parse a number with a decimal point or comma, and spaces, apostrophes or the other mark between thousands.

    A single comma before three digits, as in 1,234, separates thousands where the reader's language does so.
    NotUnderstood for other texts, and for more than `decimals` decimals.
    """
    plain = _with_point(BETWEEN_DIGITS.sub("", AFTER_SIGN.sub("-", typed.strip())))
    if plain is None or not DIGITS.fullmatch(plain) or abs(Decimal(plain)) >= LIMIT:
        raise NotUnderstood(_("“%(typed)s” is no number. Write it as 1234.5 or 1 234,5.") % {"typed": typed})
    read = Decimal(plain)
    if read != round(read, decimals):
        raise NotUnderstood(
            _("“%(typed)s” has too many decimals: at most %(count)s can be kept.")
            % {"typed": typed, "count": formats.number(decimals)}
        )
    return round(read, decimals) + 0  # no "-0"


def money(typed: str, currency: str) -> int:
    """Parse an amount, with or without the sign or code of its currency, and return it in minor units."""
    text = typed.strip()
    for sign in _signs(currency):
        text = text.replace(sign, "", 1) if sign in text else text
    decimals = formats.decimals(currency)
    return int(number(text, decimals=decimals).scaleb(decimals))


def _with_point(text: str) -> str | None:
    """The number with a decimal point and no thousands separators; None where the separators are inconsistent."""
    commas, points = text.count(","), text.count(".")
    if commas and points:
        decimal, between = (",", ".") if text.rfind(",") > text.rfind(".") else (".", ",")
    elif commas + points > 1 or _is_between_thousands(text):
        decimal, between = "", "," if commas else "."
    else:
        decimal, between = ("," if commas else "."), ""
    if between:
        whole = text.split(decimal)[0] if decimal else text
        if text.count(decimal or "\0") > 1 or not _grouped(between).fullmatch(whole):
            return None
        text = text.replace(between, "")
    return text.replace(",", ".")


def _is_between_thousands(text: str) -> bool:
    mark = str(formats.locale().number_symbols["latn"]["group"])
    return mark in ",." and bool(_grouped(mark).fullmatch(text))


@cache
def _grouped(mark: str) -> re.Pattern[str]:
    return re.compile(rf"-?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+")


def _signs(currency: str) -> list[str]:
    """The signs and the code of the currency, the longest first: "$US" before "$"."""
    if not currency:
        return []
    signs = {babel_numbers.get_currency_symbol(currency, locale=locale) for locale in _locales()}
    return sorted({currency, *signs}, key=len, reverse=True)


@cache
def months() -> dict[str, int]:
    """Month numbers by folded name, long and short, in all languages of the desk."""
    return SHORT_MONTHS | {
        name_key(name): month
        for locale in _locales()
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for month, name in locale.months[context][width].items()
    }


@cache
def _locales() -> list[Locale]:
    locales = []
    for language, _name in settings.LANGUAGES:
        try:
            locales.append(Locale.parse(language, sep="-"))
        except UnknownLocaleError:
            continue
    return locales
