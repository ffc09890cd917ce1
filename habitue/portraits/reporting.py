"""One portrait as a whole: as data for programs, and as text for a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from habitue.kernel import formats
from habitue.portraits import estimates, offer_wording, offering, standing, standing_wording, wording
from habitue.portraits.models import NextOffers, Portrait, Refresh, Stage, StageChange, Standing


def portrait_as_data(portrait: Portrait, run: Refresh) -> dict[str, Any]:
    """The portrait with its reasons as data. Days are ISO dates, amounts minor units of `currency`, gaps days."""
    numbers = {field.name: field.value_from_object(portrait) for field in portrait._meta.concrete_fields}
    numbers.pop("customer")
    changes = StageChange.objects.filter(customer=portrait.customer_id).order_by("on")
    return {
        "customer": {
            "reference": portrait.customer.reference,
            "name": portrait.customer.name,
            "kind": portrait.customer.kind,
        },
        "portrait": numbers,
        "reasons": {name: asdict(reason) for name, reason in reasons(portrait, run).items()},
        "models": run.parameters,
        "thresholds": run.thresholds,
        "record": run.record,
        "stage_changes": list(changes.values("on", "was", "now")),
        "offers": {"record": run.offers} | _offers_as_data(portrait, run),
    }


def _offers_as_data(portrait: Portrait, run: Refresh) -> dict[str, Any]:
    offers, reminders = offering.read(NextOffers.objects.filter(pk=portrait.customer_id).first(), run)
    return {
        "next": [asdict(offer) | {"reason": asdict(offer_wording.offer(offer, run))} for offer in offers],
        "due": [asdict(due) | {"reason": asdict(offer_wording.reminder(due, run))} for due in reminders],
    }


def reasons(
    portrait: Portrait, run: Refresh | None, known: standing.ProvenStanding | None = None
) -> dict[str, wording.Reason]:
    """By name ("standing", "stage", "p_buys" ...), the reason for each derived value that the portrait has.

    `known`: the standing, where it was looked up already.
    """
    known = known or standing.of(portrait.customer, portrait.as_of)
    by_name = {"standing": standing_wording.reason(known), "stage": wording.stage(portrait, run)}
    if portrait.p_buys is not None:
        by_name["p_buys"] = estimates.p_buys(portrait, run)
    if portrait.expected_purchases is not None:
        by_name["expected_purchases"] = estimates.expected_purchases(portrait, run)
    if portrait.expected_value is not None:
        by_name["expected_value"] = estimates.expected_value(portrait, run)
    return by_name


def portrait_as_text(portrait: Portrait, run: Refresh) -> str:
    why = reasons(portrait, run)
    name = f"{portrait.customer} ({portrait.customer.reference})"
    lines = [_("%(name)s, as of %(day)s") % {"name": name, "day": formats.day(portrait.as_of)}]
    lines += ["", wording.rhythm(portrait, run), ""]
    for key, label, value in facts_and_estimates(portrait, run):
        lines.append(_("%(label)s: %(value)s") % {"label": label, "value": value})
        if key in why:
            lines += [f"    {part}" for part in asdict(why[key]).values() if part]
    return "\n".join([*lines, *_offers_as_text(portrait, run)])


def _offers_as_text(portrait: Portrait, run: Refresh) -> list[str]:
    offers = _offers_as_data(portrait, run)
    lines = []
    for title, rows in ((_("Next offers, within four weeks"), offers["next"]), (_("Due to buy again"), offers["due"])):
        lines += ["", title] if rows else []
        for row in rows:
            label = {"label": formats.family(row["name"]), "value": formats.percent(row["chance"])}
            lines.append(_("%(label)s: %(value)s") % label if row["chance"] is not None else label["label"])
            lines += [f"    {part}" for part in row["reason"].values() if part]
    return lines


def facts_and_estimates(portrait: Portrait, run: Refresh) -> list[tuple[str, str, str]]:
    currency = portrait.currency
    rows = [
        ("standing", _("Standing"), str(Standing(portrait.standing).label)),
        ("stage", _("Stage"), str(Stage(portrait.stage).label)),
        ("value", _("Value to date"), formats.money(portrait.value, currency)),
    ]
    if portrait.p_buys is not None:
        label = _("Buys within %(weeks)s weeks") % {"weeks": wording.weeks(wording.season(run))}
        rows.append(("p_buys", label, formats.percent(portrait.p_buys)))
    if portrait.expected_purchases is not None:
        spread = formats.interval(
            formats.number(portrait.expected_purchases_low), formats.number(portrait.expected_purchases_high)
        )
        expected = formats.number(portrait.expected_purchases, digits=1)
        rows.append(("expected_purchases", _("Purchases expected in 12 months"), f"{expected} {spread}"))
    if portrait.expected_value is not None:
        low, high = (
            formats.money(bound, currency, whole=True)
            for bound in (portrait.expected_value_low, portrait.expected_value_high)
        )
        expected = formats.money(portrait.expected_value, currency, whole=True)
        rows.append(("expected_value", _("Value expected in 12 months"), f"{expected} {formats.interval(low, high)}"))
    if portrait.foreseeable:
        days = [formats.day(on) for on in (portrait.next_middle, portrait.next_early, portrait.next_late)]
        rows.append(("next", _("Next purchase, if they still buy"), f"{days[0]} {formats.interval(days[1], days[2])}"))
    return rows
