"""A standing in words, with the orders and days that prove it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from habitue.kernel import formats
from habitue.portraits.models import Standing
from habitue.portraits.standing import Proof, ProvenStanding
from habitue.portraits.wording import Reason


def headline(standing: ProvenStanding) -> str:
    """A standing in words for the head of the window: "Customer since 1 May 2026"."""
    if standing.code == Standing.INTERNAL:
        return _("Internal: served like anybody, never revenue")
    if standing.first:
        day = {"day": formats.day(standing.first.day)}
        if standing.code == Standing.FORMER:
            return _("Former customer, first purchase on %(day)s") % day
        return _("Customer since %(day)s") % day
    return {
        Standing.CUSTOMER: _("Customer under contract"),
        Standing.FORMER: _("Former customer, by contract"),
        Standing.PAYER: _("Paid for others, never bought"),
        Standing.RECIPIENT: _("Received, never bought"),
    }.get(standing.code, _("Not a customer yet"))


def reason(standing: ProvenStanding) -> Reason:
    if standing.code == Standing.INTERNAL:
        return Reason(facts=_facts(standing), rule=_internal_rule() % {"standing": standing.if_external.label})
    return Reason(facts=_facts(standing), rule=_rule(standing))


def _facts(standing: ProvenStanding) -> str:
    if standing.first and standing.last:
        return _bought(standing.first, standing.last)
    if standing.contract:
        if standing.if_external == Standing.FORMER:
            return _("No order so far; their contracts have ended.")
        return _("No order so far, but a contract that runs.")
    sentences = [_refunded(standing.refunded)] if standing.refunded else [_("No purchase so far.")]
    if standing.paid:
        sentences.append(_("Paid for order %(number)s of %(day)s, which somebody else placed.") % _of(standing.paid))
    if standing.received:
        sentences.append(
            _("Received from order %(number)s of %(day)s, which somebody else placed.") % _of(standing.received)
        )
    return " ".join(sentences)


def _bought(first: Proof, last: Proof) -> str:
    text = _("First purchase on %(day)s (order %(number)s).") % _of(first)
    if last.pk != first.pk:
        text += " " + _("Last purchase on %(day)s (order %(number)s).") % _of(last)
    return text


def _refunded(order: Proof) -> str:
    days = {"until": formats.day(order.until)}
    return _("Order %(number)s of %(day)s was refunded in full by %(until)s, and nothing else was kept.") % (
        _of(order) | days
    )


def _rule(standing: ProvenStanding) -> str:
    if standing.first:
        if standing.code == Standing.FORMER:
            return _("Lost, and no purchase for a year: a former customer. A purchase undoes it.")
        return _("A purchase that was not refunded in full makes a customer; nobody types it in.")
    if standing.code == Standing.PROSPECT and standing.refunded:
        return _("They never became a customer: a purchase that was refunded in full does not count.")
    return {
        Standing.CUSTOMER: _("A contract that runs makes a customer."),
        Standing.FORMER: _("A former customer."),
        Standing.PAYER: _(
            "Who only pays for others is not a customer: the purchase counts for its buyer. No offers to them without "
            "a consent of their own. A purchase of their own makes a customer."
        ),
        Standing.RECIPIENT: _(
            "Who only receives is not a customer and not a prospect either: they asked us for nothing. No offers to "
            "them without a consent of their own. A purchase of their own makes a customer."
        ),
    }.get(standing.code, _("A prospect becomes a customer with a first purchase that is not refunded in full."))


def _internal_rule() -> str:
    return _(
        "A colleague or another department: served like anybody, but what they buy is no revenue, and nobody prospects "
        "them. If they were not internal: %(standing)s."
    )


def _of(order: Proof) -> dict[str, str]:
    return {"number": order.number, "day": formats.day(order.day)}
