"""Portraits in words: plain sentences for the desk and the command line, in the reader's language.

`insight` returns numbers and codes; they are worded here, so that both faces say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from habitue.insight.models.lomax import quantile
from habitue.kernel import formats
from habitue.portraits import records
from habitue.portraits.models import FORESEEABLE_DAYS, Portrait, Refresh, Stage

# The customers of a stage together, as a heading or a filter names them.
STAGE_GROUPS = {
    Stage.PROSPECT: pgettext_lazy("customers of a stage", "Prospects"),
    Stage.NEW: pgettext_lazy("customers of a stage", "New"),
    Stage.SETTLING: pgettext_lazy("customers of a stage", "Settling in"),
    Stage.REGULAR: pgettext_lazy("customers of a stage", "Regular"),
    Stage.SLOWING: pgettext_lazy("customers of a stage", "Slowing"),
    Stage.AT_RISK: pgettext_lazy("customers of a stage", "At risk"),
    Stage.LOST: pgettext_lazy("customers of a stage", "Lost"),
    Stage.WON_BACK: pgettext_lazy("customers of a stage", "Won back"),
}
# After "who are": a stage as people are said to be in it.
BEING = {
    Stage.PROSPECT: pgettext_lazy("who are", "prospects"),
    Stage.NEW: pgettext_lazy("who are", "new"),
    Stage.SETTLING: pgettext_lazy("who are", "settling in"),
    Stage.REGULAR: pgettext_lazy("who are", "regular"),
    Stage.SLOWING: pgettext_lazy("who are", "slowing"),
    Stage.AT_RISK: pgettext_lazy("who are", "at risk"),
    Stage.LOST: pgettext_lazy("who are", "lost"),
    Stage.WON_BACK: pgettext_lazy("who are", "won back"),
}

USUAL_GAPS = 0.95  # of the gaps that the own pace predicts: what a person hears as "nearly all"


@dataclass(frozen=True)
class Reason:
    """The reason for a derived value, in words; each part may be empty.

    `facts`: what was observed; `rule`: the rule or model; `certainty`: how sure it is; `record`: how often it was
    right.
    """

    facts: str
    rule: str
    certainty: str = ""
    record: str = ""


def rhythm(portrait: Portrait, refresh: Refresh | None = None) -> str:
    """The rhythm in words: "About every 12 days; 31 days since the last. 19 of 20 such gaps are shorter than ..."."""
    if not portrait.purchases or portrait.elapsed_days is None:
        return _("No purchase so far.")
    sentences = [_pace(portrait)]
    limit = _own_gap(portrait, refresh)
    if limit is not None and limit <= FORESEEABLE_DAYS:
        part, whole = formats.ratio(USUAL_GAPS)
        text = (
            _("%(few)s of %(many)s second purchases come within %(limit)s.")
            if portrait.purchases == 1
            else _("%(few)s of %(many)s such gaps are shorter than %(limit)s.")
        )
        sentences.append(text % {"few": part, "many": whole, "limit": formats.days(limit)})
    return " ".join(sentences)


def stage(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    if only_by_contract(portrait):
        return Reason(facts=_("No order so far, but a contract."), rule=_contract_texts()[Stage(portrait.stage)])
    return Reason(
        facts=history(portrait),
        rule=_stage_rule(portrait, refresh),
        certainty=chance(portrait, refresh),
        record=records.of_stage(portrait.stage, refresh),
    )


def scores() -> str:
    return _("From 1 to 5, by fifths of all who have bought: recency, frequency, value.")


def history(portrait: Portrait) -> str:
    if not portrait.purchases or not portrait.first_day or not portrait.last_day:
        return _("No purchase so far.")
    if portrait.purchases == 1:
        return _("One purchase, on %(first)s; %(elapsed)s have passed by %(as_of)s.") % {
            "first": formats.day(portrait.first_day),
            "elapsed": formats.days(portrait.elapsed_days or 0),
            "as_of": formats.day(portrait.as_of),
        }
    return ngettext(
        "Bought on %(count)s day from %(first)s to %(last)s; %(elapsed)s since, on %(as_of)s.",
        "Bought on %(count)s days from %(first)s to %(last)s; %(elapsed)s since, on %(as_of)s.",
        portrait.purchases,
    ) % {
        "count": formats.number(portrait.purchases),
        "first": formats.day(portrait.first_day),
        "last": formats.day(portrait.last_day),
        "elapsed": formats.days(portrait.elapsed_days or 0),
        "as_of": formats.day(portrait.as_of),
    }


def _pace(portrait: Portrait) -> str:
    elapsed = formats.days(portrait.elapsed_days or 0)
    if portrait.purchases == 1 or portrait.typical_gap is None:
        return _("One purchase so far; %(elapsed)s since.") % {"elapsed": elapsed}
    gap = max(round(portrait.typical_gap), 1)
    return ngettext(
        "About every day; %(elapsed)s since the last.",
        "About every %(gap)s days; %(elapsed)s since the last.",
        gap,
    ) % {"gap": formats.number(gap), "elapsed": elapsed}


def _own_gap(portrait: Portrait, refresh: Refresh | None) -> float | None:
    """The 95 % quantile, in days, of the next gap by the customer's own pace (MBG/NBD); None if nothing is fitted."""
    fitted = refresh.parameters.get("mbgnbd") if refresh else None
    if not fitted or not portrait.first_day or not portrait.last_day:
        return None
    repeats, span = portrait.purchases - 1, (portrait.last_day - portrait.first_day).days
    return float(quantile(USUAL_GAPS, fitted["r"] + repeats, fitted["alpha"] + span))


def chance(portrait: Portrait, refresh: Refresh | None) -> str:
    """The chance of a purchase now, compared with that right after the last purchase, in words."""
    if portrait.p_buys is None or portrait.p_buys_fresh is None:
        return ""
    return _(
        "The chance that they buy within %(weeks)s weeks is %(now)s; right after their last purchase it was %(fresh)s."
    ) % {
        "weeks": weeks(season(refresh)),
        "now": formats.percent(portrait.p_buys),
        "fresh": formats.percent(portrait.p_buys_fresh),
    }


def season(refresh: Refresh | None) -> int:
    """The length of a season in days: the time within which an active customer should buy again (91 by default)."""
    return int((refresh.parameters if refresh else {}).get("season_days", 91))


def weeks(days: float) -> str:
    return formats.number(round(days / 7))


def only_by_contract(portrait: Portrait) -> bool:
    """Whether somebody is a customer by contract alone, without an order."""
    return not portrait.purchases and portrait.stage != Stage.PROSPECT


def _contract_texts() -> dict[Stage, str]:
    return {
        Stage.NEW: _("A contract that runs and was not renewed yet makes a new customer."),
        Stage.SETTLING: _("A contract renewed fewer than 4 times: not yet enough to speak of a habit."),
        Stage.REGULAR: _("A contract renewed 4 times or more makes a regular customer."),
        Stage.LOST: _("None of their contracts runs any more, and nothing was ordered."),
    }


def _stage_rule(portrait: Portrait, refresh: Refresh | None) -> str:
    part, whole = formats.ratio(_threshold(refresh, "slowing"))
    words = {
        "elapsed": formats.days(portrait.elapsed_days or 0),
        "few": part,
        "many": whole,
        "slowing": _limit(portrait.slowing_after),
        "at_risk": _limit(portrait.at_risk_after),
        "lost": _limit(portrait.lost_after),
        "left": formats.percent(_threshold(refresh, "at_risk"), digits=1),
        "most": formats.percent(_threshold(refresh, "lost")),
        "weeks": weeks(season(refresh)),
        "returned": formats.days(portrait.returned_after or 0),
    }
    unknown = portrait.slowing_after is not None and portrait.slowing_after > FORESEEABLE_DAYS
    return _stage_texts(unknown)[Stage(portrait.stage)] % words


def _limit(days: float | None) -> str:
    if days is None:
        return ""
    return formats.days(days) if days <= FORESEEABLE_DAYS else _("more than two years")


def _stage_texts(unknown: bool) -> dict[Stage, str]:
    in_time = _(
        "Of the gaps that their own pace predicts, or of all gaps here if those are longer, %(few)s of %(many)s "
        "end within %(slowing)s."
    )
    quiet = _("Too few purchases so far to say when the next one would be late.") if unknown else in_time
    return {
        Stage.PROSPECT: _("A prospect has not bought yet."),
        Stage.NEW: _("One purchase makes a new customer.") + " " + quiet,
        Stage.SETTLING: _("A few purchases, not yet enough to speak of a habit.") + " " + quiet,
        Stage.REGULAR: _("Enough purchases for a pace of their own.") + " " + quiet,
        Stage.SLOWING: _(
            "%(elapsed)s is longer than %(few)s of %(many)s of the gaps that their own pace predicts and of all gaps "
            "here (%(slowing)s). At risk from %(at_risk)s on."
        ),
        Stage.AT_RISK: _(
            "The next purchase is overdue, and at most %(left)s is left of the chance that the last one gave: "
            "so it is from %(at_risk)s on. Lost from %(lost)s on."
        ),
        Stage.LOST: _(
            "Of such customers at most %(most)s buy again within %(weeks)s weeks, less than half as many as right "
            "after a purchase: so it is from %(lost)s on."
        ),
        Stage.WON_BACK: _("Came back after %(returned)s, a silence that had put them at risk.") + " " + quiet,
    }


def _threshold(refresh: Refresh | None, name: str) -> float:
    usual = {"slowing": settings.STAGE_SLOWING, "at_risk": settings.STAGE_AT_RISK, "lost": settings.STAGE_LOST}[name]
    return float(refresh.thresholds.get(name, usual)) if refresh else usual
