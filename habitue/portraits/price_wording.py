"""What a customer buys at a discount, in words: a share of their lines, with its interval and everybody's beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue import formats
from habitue.insight.intervals import FEW, wilson
from habitue.portraits.models import Portrait, Refresh
from habitue.portraits.wording import Reason


@dataclass(frozen=True)
class AtDiscount:
    """A share of lines, the ends of its interval (95 %, lines taken as independent), and why we say it."""

    share: float
    low: float
    high: float
    reason: Reason


def at_discount(lines: int, count: int, let_off: int, portrait: Portrait, refresh: Refresh | None) -> AtDiscount | None:
    """Of the 12 months to the portrait's day: `count` of `lines` at a discount, `let_off` minor units in all.

    None where there are too few lines to tell, or where nobody was ever given a discount.
    """
    discounts = (refresh.base if refresh else {}).get("discounts") or {}
    everybody = discounts.get("discounted")
    if lines < FEW or not everybody or not everybody["count"]:
        return None
    low, high = (float(end) for end in wilson(count, lines))
    told = {"count": formats.number(count), "lines": formats.number(lines), "day": formats.day(portrait.as_of)}
    told |= {"amount": formats.money(let_off, portrait.currency)}
    reason = Reason(
        facts=ngettext(
            "%(count)s of %(lines)s lines of the 12 months to %(day)s was bought at a discount, %(amount)s off.",
            "%(count)s of %(lines)s lines of the 12 months to %(day)s were bought at a discount, %(amount)s off.",
            count,
        )
        % told,
        rule=_("At a discount: less was paid than the price before discounts. Refunds and gifts are not counted."),
        certainty=_("Between %(low)s and %(high)s in 95 cases out of 100, should they go on like this.")
        % {"low": formats.percent(low), "high": formats.percent(high)},
        record=_("Of the lines of everybody it is %(share)s.") % {"share": formats.percent(everybody["share"])},
    )
    return AtDiscount(count / lines, low, high, reason)
