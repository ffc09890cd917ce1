"""The formats and words of the desk as template filters."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext as _

from habitue.customers import contacting, relating
from habitue.customers.fields import known_fields, unread_fields
from habitue.customers.models import Comparison, Customer
from habitue.desk.search import marking
from habitue.kernel import formats
from habitue.portraits.models import Stage
from habitue.portraits.wording import STAGE_GROUPS
from habitue.purchases.models import Order
from habitue.reading.customer.overview_rows import ContactRow, RelationRow, UnreadRow
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
    """The interval of a share in percent, without the percent sign, to stand beside the share."""
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
    """The name of a kind of discount: usual ones translated, others as given by the import."""
    usual = {
        "loyalty": _("loyalty card"),
        "match": _("coupon, our share"),
        "coupon": _("coupon, the maker’s share"),
        "promotion": _("promotion"),
    }
    return usual.get(kind, kind)


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
    """A discount (minor units) as a negative amount of money."""
    return formats.money(-amount, currency)


@register.filter
def largest_first(amounts: dict[str, int]) -> list[tuple[str, int]]:
    """Amounts by name, sorted by size: databases keep the keys of JSON in different orders."""
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
def contact_label(row: ContactRow) -> str:
    """The label of a contact point, or else a word for its kind."""
    short = {"email": _("E-mail"), "phone": _("Telephone"), "address": _("Address"), "reference": _("Reference")}
    return row.label or short[row.kind]


@register.filter("unread_fields")
def unread(customer: Customer, rows: list[UnreadRow]) -> list[tuple[str, str]]:
    return unread_fields(customer, ((row.fact, row.typed) for row in rows))


@register.filter
def source(row: ContactRow) -> str:
    return came_words(row.source_kind, row.source_by, row.since)


@register.filter
def relation_words(row: RelationRow) -> str:
    return relating.words(row.kind, back=row.backward)


@register.filter
def outcome_name(code: str) -> str:
    return str(Comparison.Outcome(code).label)


register.filter("phone", contacting.as_read)
register.filter("moment", formats.moment)
