"""Amounts, numbers and days as text in the reader's language, which is Django's active one."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache, lru_cache

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NARROW = "\u202f"
MINUS = "\u2212"
SIGNIFICANT = 3
KEPT = 10_000  # texts of numbers: a list writes hundreds, and mostly the same


def money(minor: int | None, currency: str, *, whole: bool = False) -> str:
    """An amount in minor units as text: `money(123450, "EUR")` is "€1,234.50" or "1 234,50 €".

    `whole` rounds to major units; None is an empty text.
    """
    if minor is None:
        return ""
    amount = major(minor, currency)
    if not currency:
        return number(amount, digits=0 if whole else 2)
    if not whole:
        return _with_currency(amount, currency, decimals(currency), locale())
    return _whole(int(amount.quantize(Decimal(1), ROUND_HALF_EVEN)), currency, locale())


@lru_cache(KEPT)
def _whole(amount: int, currency: str, locale: Locale) -> str:
    return _with_currency(amount, currency, 0, locale)


def _with_currency(amount: Decimal | int, currency: str, digits: int, locale: Locale) -> str:
    pattern = _currency_pattern(locale, digits)
    return _typeset(babel_numbers.format_currency(amount, currency, pattern, locale, currency_digits=False))


def estimate(minor: int | None, currency: str) -> str:
    """An expected amount (minor units) as text, rounded to three significant digits as it is not known better."""
    return money(None if minor is None else rough(minor, currency), currency, whole=True)


def estimate_interval(low: int, high: int, currency: str) -> str:
    """An interval of expected amounts (minor units) as text, without the currency that the estimate beside it has."""
    return interval(*(number(major(rough(end, currency), currency)) for end in (low, high)))


def rough(minor: int, currency: str) -> int:
    whole = abs(round(major(minor, currency)))
    unit = 10 ** max(len(str(whole)) - SIGNIFICANT, 0)
    rounded = unit * round(Decimal(whole) / unit)
    return int(rounded * 10 ** decimals(currency)) * (-1 if minor < 0 else 1)


def major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-decimals(currency))


def decimals(currency: str) -> int:
    """The number of decimals of a currency (Unicode CLDR): 2 for EUR, 0 for JPY. All code that needs it asks here."""
    return babel_numbers.get_currency_precision(currency) if currency else 2


def number(value: Decimal | float | None, *, digits: int = 0) -> str:
    """A number as text with at most `digits` decimals and no trailing zeros; empty for None."""
    if value is None:
        return ""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return _number(round(Decimal(value), digits) + 0, pattern, locale())  # no "-0"


@lru_cache(KEPT)
def _number(rounded: Decimal, pattern: str, locale: Locale) -> str:
    return _typeset(babel_numbers.format_decimal(rounded, format=pattern, locale=locale))


def signed(value: int) -> str:
    if value == 0:
        return "0"
    return f"+{number(value)}" if value > 0 else number(value)


def percent(share: float | None, *, digits: int = 0) -> str:
    """A share between 0 and 1 as a percentage. Only exactly 1 and 0 are shown as 100 % and 0 %."""
    if share is None:
        return ""
    step = 10 ** -(digits + 2)
    if 0 < share < 1:
        share = min(max(round(share, digits + 2), step), 1 - step)
    pattern = locale().percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * digits)
    return _typeset(babel_numbers.format_percent(share, format=pattern, locale=locale()))


def interval(low: str, high: str) -> str:
    return _("[%(low)s; %(high)s]") % {"low": low, "high": high}


def ratio(share: float) -> tuple[int, int]:
    """A share as a fraction (numerator, denominator): .95 is (19, 20), .8 is (4, 5), .99 is (99, 100)."""
    nearest = Fraction(share).limit_denominator(200)
    return nearest.numerator, nearest.denominator


def day(value: date | None) -> str:
    return _day(value, _pattern("yMMMd", locale()).replace("MMM", "MMMM"))


def day_short(value: date | None, near: date | None = None) -> str:
    """A date as text with a short month, without the year where that is the year of `near`."""
    same_year = value and near and value.year == near.year
    return _day(value, _pattern("MMMd" if same_year else "yMMMd", locale()))


def annual_day(value: str) -> str:
    """Day and month of --MM-DD, as `parsing.annual_day` gives it."""
    month, on = map(int, value.removeprefix("--").split("-"))
    return _day(date(2000, month, on), _pattern("MMMd", locale()).replace("MMM", "MMMM"))


def moment(value: datetime) -> str:
    """A datetime as text, in the company's time zone."""
    local = timezone.localtime(value)
    clock = babel_dates.format_time(local.time(), "short", locale=locale())
    return _("%(day)s, %(time)s") % {"day": day(local.date()), "time": _typeset(clock)}


def month(value: date | None) -> str:
    return _day(value, "LLLL y")


def month_short(value: date | None) -> str:
    return _day(value, "LLL")


def month_and_year_short(value: date | None) -> str:
    return _day(value, "LLL y")


def days(count: float) -> str:
    whole = round(count)
    return (ngettext("%(count)s day", "%(count)s days", whole) % {"count": number(whole)}).replace(" ", "\u00a0")


def family(name: str) -> str:
    """The name of a product family; one all in capitals is shown with a capital first letter only."""
    return name.capitalize() if name.isupper() else name


def days_before(value: date, as_of: date) -> str:
    """How long `value` is before `as_of`, in words: in days up to eight weeks, then in weeks, then in months."""
    elapsed = (as_of - value).days
    if elapsed <= 0:
        return _("the same day")
    if elapsed < 57:
        return ngettext("%(count)s day before", "%(count)s days before", elapsed) % {"count": number(elapsed)}
    if elapsed < 183:
        weeks = round(elapsed / 7)
        return ngettext("%(count)s week before", "%(count)s weeks before", weeks) % {"count": number(weeks)}
    months = round(elapsed / 30.44)
    return ngettext("%(count)s month before", "%(count)s months before", months) % {"count": number(months)}


def locale() -> Locale:
    return _locale(get_language() or "en")


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@cache
def _pattern(skeleton: str, of: Locale) -> str:
    """Babel's pattern for a date skeleton; British for English, so that the day is first: 1 May 2026."""
    return str((_locale("en-GB") if of.language == "en" else of).datetime_skeletons[skeleton].pattern)


@cache
def _currency_pattern(of: Locale, digits: int) -> str:
    decimals = f".{'0' * digits}" if digits else ""
    return str(of.currency_formats["standard"].pattern).replace("0.00", f"0{decimals}")


def _day(value: date | None, pattern: str) -> str:
    if value is None:
        return ""
    text = babel_dates.format_date(value, pattern, locale=locale())
    if locale().language == "fr" and value.day == 1 and pattern.startswith("d "):
        text = text.replace("1", "1er", 1)
    return text.replace(" ", "\u00a0")


def _typeset(text: str) -> str:
    spaced = re.sub(r"([A-Z]{3})(?=\d)", "\\1\u00a0", text)  # "CHF 12": Babel puts a code like a sign
    return spaced.replace("-", MINUS).replace("\u00a0%", f"{NARROW}%")
