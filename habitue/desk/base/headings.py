"""Headings of the figures: one sentence with the main finding, chosen by rule from the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.kernel import formats
from habitue.portraits.models import Stage
from habitue.reading.base.rows import Cohort, StageRow, Transition


def stages_heading(stages: Sequence[StageRow], month: date, last: date) -> str:
    """A heading such as "1,764 regular customers, 219 at risk: 31 more than a month before".

    For a past month it is about transitions instead.
    """
    rows = {row.code: row for row in stages}
    regular, at_risk = rows.get(Stage.REGULAR), rows.get(Stage.AT_RISK)
    if month != last:
        came, went = (regular.entered, regular.left) if regular else (0, 0)
        words = ngettext(
            "%(month)s: %(came)s became regular, %(went)s no longer was",
            "%(month)s: %(came)s became regular, %(went)s no longer were",
            went,
        ) % {"month": formats.month(month), "came": formats.number(came), "went": formats.number(went)}
        return words[0].upper() + words[1:]
    count = regular.customers if regular else 0
    words = ngettext("%(count)s regular customer", "%(count)s regular customers", count) % {
        "count": formats.number(count)
    }
    return f"{words}, {_at_risk(at_risk)}" if at_risk else words


def _at_risk(row: StageRow) -> str:
    growth = row.entered - row.left
    if growth > 0:
        text = ngettext(
            "%(at_risk)s at risk: %(count)s more than a month before",
            "%(at_risk)s at risk: %(count)s more than a month before",
            growth,
        )
    elif growth < 0:
        text = ngettext(
            "%(at_risk)s at risk: %(count)s fewer than a month before",
            "%(at_risk)s at risk: %(count)s fewer than a month before",
            -growth,
        )
    else:
        text = _("%(at_risk)s at risk, as many as a month before")
    return text % {"at_risk": formats.number(row.customers), "count": formats.number(abs(growth))}


def flows_heading(moved: Sequence[Transition], month: date) -> str:
    """A heading with the most frequent transition of a month, and how many customers made the opposite one."""
    if not moved:
        return _("Nobody changed stage in %(month)s") % {"month": formats.month(month)}
    was, now, count = moved[0]
    back = sum(one.customers for one in moved if (one.was, one.now) == (now, was))
    there = ngettext(
        "In %(month)s, %(count)s customer went from “%(was)s” to “%(now)s”",
        "In %(month)s, %(count)s customers went from “%(was)s” to “%(now)s”",
        count,
    ) % {
        "was": Stage(was).label,
        "now": Stage(now).label,
        "count": formats.number(count),
        "month": formats.month(month),
    }
    if not back:
        return there
    return _("%(there)s, %(count)s the other way") % {"there": there, "count": formats.number(back)}


def record_heading(shares: dict[str, float], days: int) -> str:
    """A heading with the shares that bought again (backtest), of regular customers and of the worst stage with any."""
    worst = next((code for code in (Stage.LOST, Stage.AT_RISK, Stage.SLOWING) if code in shares), None)
    if Stage.REGULAR not in shares or worst is None:
        return _("Too early to say how often the stages were right")
    texts = {
        Stage.LOST: _("%(regular)s of the regular bought again within %(weeks)s weeks, %(worst)s of the lost"),
        Stage.AT_RISK: _("%(regular)s of the regular bought again within %(weeks)s weeks, %(worst)s of those at risk"),
        Stage.SLOWING: _("%(regular)s of the regular bought again within %(weeks)s weeks, %(worst)s of the slowing"),
    }
    return texts[worst] % {
        "regular": formats.percent(shares[Stage.REGULAR]),
        "worst": formats.percent(shares[worst]),
        "weeks": formats.number(days / 7),
    }


def retention_heading(cohorts: Sequence[Cohort]) -> str:
    """A heading with the share of new customers who buy again in the next month.

    The first cohort is left out: it holds everybody who bought before the records began.
    """
    counted = [cohort for cohort in cohorts[1:] or cohorts if cohort.bought]
    customers = sum(cohort.customers for cohort in counted)
    if not customers:
        return _("Too early to say who comes back")
    back = sum(cohort.bought[0] for cohort in counted)
    tenths = round(10 * back / customers)
    if tenths in (0, 10):
        return _("%(share)s of new customers buy again the month after") % {"share": formats.percent(back / customers)}
    return ngettext(
        "%(count)s new customer in 10 buys again the month after",
        "%(count)s new customers in 10 buy again the month after",
        tenths,
    ) % {"count": tenths}


def concentration_heading(top_tenth: float) -> str:
    return _("One customer in ten brings %(share)s of sales") % {"share": formats.percent(top_tenth)}


def expected_heading(stages: Sequence[StageRow], currency: str) -> str:
    """A heading with the expected value of customers slowing or at risk, as a part of all expected value."""
    waiting = sum(row.expected for row in stages if row.code in (Stage.SLOWING, Stage.AT_RISK))
    total = sum(row.expected for row in stages)
    if not total:
        return _("Nothing to expect yet")
    if not waiting:
        return _("%(total)s expected in the next 12 months") % {"total": formats.estimate(total, currency)}
    return _("%(waiting)s of the %(total)s expected hang on customers who slow down or are at risk") % {
        "waiting": formats.estimate(waiting, currency),
        "total": formats.estimate(total, currency),
    }


def repeat_heading(group: Mapping[str, Any]) -> str:
    """A heading with the median time to the second purchase, or the share by the last day where half have none."""
    days = group["median"]["days"]
    if group["few"]:
        return _("Too early to say how long the second purchase takes")
    if days is not None:
        return ngettext(
            "Half of new customers buy again within %(days)s day",
            "Half of new customers buy again within %(days)s days",
            round(days),
        ) % {"days": formats.number(days)}
    known = [row for row in group["within"] if row["share"] is not None and not row["few"]]
    if not known:
        return _("Too early to say how long the second purchase takes")
    return _("%(share)s of new customers buy again within %(days)s days") % {
        "share": formats.percent(known[-1]["share"]),
        "days": formats.number(known[-1]["days"]),
    }


def tenure_heading(stayers: Mapping[str, Any] | None) -> str:
    """A heading that compares the spend of the same customers late and early in their tenure.

    No change is claimed where the interval of the difference contains 0.
    """
    if stayers is None:
        return _("Too early to say whether those who stay spend more")
    difference, early = stayers["difference"]["mean"], stayers["early"]["mean"]
    texts = {
        "more": _("Those who stay bring %(share)s more in months %(from)s to %(to)s than in months 2 to 4"),
        "less": _("Those who stay bring %(share)s less in months %(from)s to %(to)s than in months 2 to 4"),
    }
    unclear = _("Those who stay bring neither clearly more nor less in months %(from)s to %(to)s than in months 2 to 4")
    return texts.get(stayers["finding"], unclear) % {
        "share": formats.percent(abs(difference) / early) if early else "",
        "from": stayers["late"]["from"],
        "to": stayers["late"]["to"],
    }


def price_heading(discounted: Mapping[str, Any] | None, finding: str | None) -> str:
    """A heading with the share of items bought at a discount, and whether their buyers buy more or less afterwards."""
    if discounted is None:
        return _("Nothing is known of prices yet")
    share = {"share": formats.percent(discounted["share"])}
    texts = {
        "more": _("%(share)s of items are bought at a discount; when it ends, its buyers buy more of it than before"),
        "less": _("%(share)s of items are bought at a discount; when it ends, its buyers buy less of it than before"),
        "unclear": _("%(share)s of items are bought at a discount; when it ends, its buyers buy about as before"),
    }
    return texts.get(finding or "", _("%(share)s of items are bought at a discount")) % share


def loyalty_sentence(contrast: Mapping[str, Any] | None, groups: Sequence[Mapping[str, Any]]) -> str:
    """Whether customers of long tenure churn less than the newest when a discount ends; empty where it is unknown."""
    if contrast is None:
        return ""
    lost = {group["group"]: group["lost"]["mean"] for group in groups}
    short, long = contrast["groups"]
    texts = {
        "more": _(
            "Loyal customers leave less for a price: %(long)s points fewer come back, against %(short)s of the newest."
        ),
        "less": _(
            "Loyal customers leave more for a price: %(long)s points fewer come back, against %(short)s of the newest."
        ),
    }
    unclear = _("Whether loyal customers leave less for a price is unclear: %(long)s points fewer against %(short)s.")
    return texts.get(contrast["finding"], unclear) % {
        "long": formats.number(100 * lost[long], digits=1),
        "short": formats.number(100 * lost[short], digits=1),
    }
