"""Next offers and reminders in words: the purchases they follow from, their chance and their backtest."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.kernel import formats
from habitue.portraits.models import Refresh
from habitue.portraits.offering import Because, Offer, Reminder, record_day
from habitue.portraits.wording import Reason


def offer(offer: Offer, run: Refresh) -> Reason:
    return Reason(
        facts=_facts(offer, run),
        rule=_rule(offer, run),
        certainty=chance(offer.chance),
        record=offers_record(run),
    )


def reminder(reminder: Reminder, run: Refresh) -> Reason:
    return Reason(
        facts=ngettext(
            "Bought on %(times)s day; %(elapsed)s since the last.",
            "Bought on %(times)s days; %(elapsed)s since the last.",
            reminder.times,
        )
        % {"times": formats.number(reminder.times), "elapsed": formats.days(reminder.elapsed)},
        rule=_("Due after %(gap)s: the mean of their own gaps and a usual one.") % {"gap": formats.days(reminder.gap)},
        certainty=chance(reminder.chance),
        record=reminders_record(run),
    )


def chance(share: float | None) -> str:
    if share is None:
        return _("Too few came true so far to tell a chance.")
    return _("Chance that they buy it within four weeks: %(chance)s.") % {"chance": formats.percent(share)}


def offers_record(run: Refresh) -> str:
    """The backtest of offers in words, compared with the most popular items, or that popularity itself is used."""
    day, windows = record_day(run), run.offers.get("windows")
    if not windows or day is None:
        return _("Nothing is known yet of how often offers were right: the purchases are too few or too recent.")
    ways = windows["later"]["ways"]
    if run.offers["used"] == "popularity":
        return _(
            "No model was better than popularity, so what is popular is offered. In the four weeks to %(day)s, the "
            "first ten held something that was taken up for %(popular)s of the customers who began with something new."
        ) % {"day": formats.day(day), "popular": formats.percent(ways["popularity"]["hit"])}
    return _(
        "In the four weeks to %(day)s, the first ten such offers held something that was taken up for %(share)s of the "
        "customers who began with something new; the ten most popular for %(popular)s."
    ) % {
        "day": formats.day(day),
        "share": formats.percent(ways[run.offers["used"]]["hit"]),
        "popular": formats.percent(ways["popularity"]["hit"]),
    }


def reminders_record(run: Refresh) -> str:
    day, record = record_day(run), run.offers.get("reminders")
    if not record or not record["reminders"] or day is None:
        return ""
    return _("Of %(count)s such reminders four weeks before %(day)s, %(share)s were followed by a purchase.") % {
        "count": formats.number(record["reminders"]),
        "day": formats.day(day),
        "share": formats.percent(record["bought"] / record["reminders"]),
    }


def _facts(offer: Offer, run: Refresh) -> str:
    if not offer.because:
        if run.offers.get("used") == "uptake":
            return _("What customers without it begin with most readily these weeks, of what they do not have.")
        return _("What most customers bought in the last eight weeks, of what they do not have.")
    return " ".join(_because(offer, reason) for reason in offer.because)


def _because(offer: Offer, reason: Because) -> str:
    item = formats.family(reason.name)
    if not reason.customers:
        return _("They have bought %(item)s, which goes with it.") % {"item": item}
    return _(
        "They have bought %(item)s: of %(customers)s who had that and not this, %(bought)s bought this within four "
        "weeks."
    ) % {
        "item": item,
        "customers": formats.number(reason.customers),
        "bought": formats.number(reason.bought),
    }


def _rule(offer: Offer, run: Refresh) -> str:
    support = ngettext(
        "%(support)s customer has bought it.", "%(support)s customers have bought it.", offer.support
    ) % {"support": formats.number(offer.support)}
    ways = {
        "ease": _("EASE model: all that they have bought, weighed at once, times how readily it is begun these weeks."),
        "neighbours": _(
            "Neighbours: what the same customers buy as what they have bought, times how readily it is begun these "
            "weeks."
        ),
    }
    way = ways.get(run.offers.get("used", ""))
    if way is None or not offer.because:
        return support
    share = _("These make %(share)s of all that speaks for it.") % {
        "share": formats.percent(sum(reason.share for reason in offer.because))
    }
    return f"{way} {share} {support}"
