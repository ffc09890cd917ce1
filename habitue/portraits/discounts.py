"""The share of a customer's purchases made at a discount, compared with that of all customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.customers.models import Customer
from habitue.insight.intervals import SMALL_SAMPLE, ratio_of
from habitue.kernel import formats
from habitue.portraits.latest import part_of_base
from habitue.portraits.models import Portrait, Refresh
from habitue.portraits.wording import Reason
from habitue.purchases.models import OrderLine

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class AtDiscount:
    """The share of order lines bought at a discount, between 0 and 1, with its 95 % interval and reason."""

    share: float
    low: float
    high: float
    reason: Reason


def at_discount(customer: Customer, portrait: Portrait, refresh: Refresh | None) -> AtDiscount | None:
    """The share of lines at a discount in the 12 months to the portrait's day.

    None where there are too few lines, or nobody ever got a discount.
    """
    everybody = part_of_base(refresh, "discounts").get("discounted")
    if not everybody or not everybody["count"]:
        return None
    sums = _counted(customer, portrait)
    lines, count = sums["lines"] or 0, sums["count"] or 0
    if lines < SMALL_SAMPLE:
        return None
    # The lines of one purchase are alike, so they count for fewer than they are.
    ratio = ratio_of(count, lines, sums["count_2"], sums["crossed"], sums["lines_2"], sums["purchases"])
    return AtDiscount(
        ratio["share"], ratio["low"], ratio["high"], _reason(lines, count, sums["let_off"], everybody, portrait)
    )


def _reason(lines: int, count: int, let_off: int, everybody: dict[str, Any], portrait: Portrait) -> Reason:
    words = {"count": formats.number(count), "lines": formats.number(lines), "day": formats.day(portrait.as_of)}
    words |= {"amount": formats.money(let_off, portrait.currency)}
    return Reason(
        facts=ngettext(
            "%(count)s of %(lines)s lines of the 12 months to %(day)s was bought at a discount, %(amount)s off.",
            "%(count)s of %(lines)s lines of the 12 months to %(day)s were bought at a discount, %(amount)s off.",
            count,
        )
        % words,
        rule=_("At a discount: less was paid than the price before discounts. Gifts and what came back do not count."),
        certainty=_("The interval holds 95 cases in 100, counted purchase by purchase."),
        record=_("Of the lines of all customers since the records began: %(share)s.")
        % {"share": formats.percent(everybody["share"])},
    )


def _counted(customer: Customer, portrait: Portrait) -> dict[str, Any]:
    """Sums over purchases for a share and its interval; lines are counted as by `insight.prices.discounts`."""
    cheaper = Q(gross__gt=F("paid"))
    purchases = (
        OrderLine.objects.filter(
            order__in=customer.orders.kept(portrait.as_of),
            order__placed_on__gt=portrait.as_of - YEAR,
            order__currency=portrait.currency,
            quantity__gt=0,
            gross__gt=0,
        )
        .values("order")
        .annotate(
            n=Count("pk"), k=Count("pk", filter=cheaper), off=Sum(F("gross") - F("paid"), filter=cheaper, default=0)
        )
    )
    n, k = F("n"), F("k")
    return purchases.aggregate(
        purchases=Count("order"),
        lines=Sum("n"),
        count=Sum("k"),
        let_off=Sum("off"),
        count_2=Sum(k * k),
        crossed=Sum(k * n),
        lines_2=Sum(n * n),
    )
