"""The formats and words of the desk as template filters."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.customers import contacting, relating
from habitue.customers.fields import known_fields
from habitue.customers.models import Comparison
from habitue.desk.search import marking
from habitue.kernel import formats
from habitue.portraits.models import Stage
from habitue.portraits.wording import STAGE_GROUPS
from habitue.purchases.models import Order
from habitue.reading.customer import overview
from habitue.reading.events import came_words

register = template.Library()

register.filter("money", formats.money)
register.filter("estimate", formats.estimate)
register.filter("percent", formats.percent)
register.filter("signed", formats.signed)
register.filter("day", formats.day)
register.filter("day_short", formats.day_short)
register.filter("month", formats.month)
register.filter("known_fields", known_fields)
register.filter("month_short", formats.month_short)
register.filter("month_and_year_short", formats.month_and_year_short)
register.filter("days_before", formats.days_before)


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    return formats.number(value, digits=digits)


@register.filter
def money_whole(minor: int | None, currency: str) -> str:
    return formats.money(minor, currency, whole=True)


register.simple_tag(formats.estimate_interval, name="estimate_interval")


@register.simple_tag
def interval(low: float, high: float) -> str:
    return formats.interval(formats.number(low), formats.number(high))


@register.simple_tag
def share_interval(low: float, high: float) -> str:
    """Beside a share in percent, so without the sign."""
    return formats.interval(*(formats.number(100 * end) for end in (low, high)))


@register.simple_tag
def points_interval(low: float, high: float) -> str:
    return formats.interval(*(formats.number(100 * end, digits=1) for end in (low, high)))


@register.filter
def tenth_points(share: float) -> str:
    return formats.number(100 * share, digits=1)


@register.filter
def iso(value: date | None) -> str:
    return value.isoformat() if value else ""


@register.filter
def stage_name(code: str) -> str:
    return str(Stage(code).label)


@register.filter
def stage_group(code: str) -> str:
    return str(STAGE_GROUPS[Stage(code)])


@register.filter
def discount_name(kind: str) -> str:
    """Kinds are the words of the import's mapping; the usual ones are known in every language."""
    usual = {
        "loyalty": _("loyalty card"),
        "match": _("coupon, our share"),
        "coupon": _("coupon, the maker’s share"),
        "promotion": _("promotion"),
    }
    return usual.get(kind, kind)


@register.filter
def gap(days: float) -> str:
    """How often somebody buys, as short as a column wants it."""
    whole = max(round(days), 1)
    return ngettext("every day", "every %(days)s days", whole) % {"days": formats.number(whole)}


@register.filter
def of_120(share: float) -> str:
    return f"{120 * share:.1f}"


@register.filter
def weeks(days: int) -> str:
    return formats.number(days / 7)


@register.filter
def hundredths(share: float) -> str:
    return formats.number(100 * share)


@register.filter
def tenth_percent(share: float) -> str:
    return formats.percent(share, digits=1)


@register.filter
def minus(count: int) -> str:
    return formats.signed(-count)


@register.filter
def less(amount: int, currency: str) -> str:
    """A discount beside what it lessens."""
    return formats.money(-amount, currency)


@register.filter
def largest_first(amounts: dict[str, int]) -> list[tuple[str, int]]:
    """Databases keep the keys of a JSON object in different orders; a page has one."""
    return sorted(amounts.items(), key=lambda item: (-abs(item[1]), item[0]))


@register.filter
def discount(order: Order) -> str:
    return formats.money(-order.discount, order.currency)


@register.filter
def iso_day(text: str) -> str:
    return formats.day(date.fromisoformat(text))


@register.filter
def family_name(name: str) -> str:
    return formats.family(name)


@register.filter
def marked(name: str, text: str) -> list[tuple[str, bool]]:
    return marking.marked(name, text)


@register.filter
def contact_label(row: overview.Row) -> str:
    """Its label, or what it is in a word."""
    short = {"email": _("E-mail"), "phone": _("Telephone"), "address": _("Address"), "reference": _("Reference")}
    return row.d or short[row.a]


@register.filter
def source(row: overview.Row) -> str:
    return came_words(row.e, row.f, row.day)


@register.filter
def relation_words(row: overview.Row) -> str:
    return relating.words(row.a, back=bool(row.flag))


@register.filter
def outcome_name(code: str) -> str:
    return str(Comparison.Outcome(code).label)


register.filter("phone", contacting.as_read)
register.filter("moment", formats.moment)
