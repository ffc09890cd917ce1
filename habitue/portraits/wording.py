"""Portraits in words: plain sentences for the desk and the command line, in the reader's language.

`insight` gives numbers and codes; what people read is made here, so that both faces say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from habitue import formats
from habitue.insight.waiting import quantile
from habitue.portraits.models import FORESEEABLE_DAYS, Portrait, Refresh, Stage, Standing

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


@dataclass(frozen=True)
class Reason:
    """Why we say it: what was seen, the rule or model, how sure it is, how often it was right. Any may be empty."""

    facts: str
    rule: str
    certainty: str = ""
    record: str = ""


def rhythm(portrait: Portrait, refresh: Refresh | None = None) -> str:
    """As in "About every 12 days; 31 days since the last. 19 of 20 such gaps are shorter than 27 days."."""
    if not portrait.purchases or portrait.elapsed_days is None:
        return _("No purchase so far.")
    sentences = [_pace(portrait)]
    limit = _own_gap(portrait, refresh) or portrait.at_risk_after
    if limit is not None and limit <= FORESEEABLE_DAYS:
        few, many = formats.ratio(_threshold(refresh, "at_risk"))
        text = (
            _("%(few)s of %(many)s second purchases come within %(limit)s.")
            if portrait.purchases == 1
            else _("%(few)s of %(many)s such gaps are shorter than %(limit)s.")
        )
        sentences.append(text % {"few": few, "many": many, "limit": formats.days(limit)})
    return " ".join(sentences)


def stage(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    return Reason(
        facts=history(portrait),
        rule=_stage_rule(portrait, refresh),
        certainty=_still_buying(portrait) if portrait.stage != Stage.PROSPECT else "",
        record=stage_record(portrait.stage, refresh),
    )


def standing(portrait: Portrait) -> Reason:
    if portrait.standing == Standing.PROSPECT:
        return Reason(
            facts=_("No purchase so far, or each one refunded in full."),
            rule=_("A prospect becomes a customer with a first purchase that is not refunded in full."),
        )
    facts = _("First purchase on %(first)s.") % {"first": formats.day(portrait.first_day)}
    if portrait.standing == Standing.FORMER:
        return Reason(facts=facts, rule=_("Lost, and no purchase for a year: a former customer. A purchase undoes it."))
    return Reason(facts=facts, rule=_("A purchase that was not refunded in full makes a customer; nobody types it in."))


def p_alive(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    return Reason(
        facts=history(portrait),
        rule=_model_sentence(refresh),
        certainty=_("What the model says from the dates of the purchases alone; a probability, not a verdict."),
        record=_p_alive_record(portrait.p_alive or 0, refresh),
    )


def expected_purchases(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    return Reason(
        facts=history(portrait),
        rule=_("The mean of the next 12 months, should nothing change. %(model)s")
        % {"model": _model_sentence(refresh)},
        certainty=_("By the model, between %(low)s and %(high)s in 8 cases out of 10.")
        % {
            "low": formats.number(portrait.expected_purchases_low),
            "high": formats.number(portrait.expected_purchases_high),
        },
        record=interval_record(refresh),
    )


def expected_value(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    currency = portrait.currency
    return Reason(
        facts=_("%(purchases)s expected at %(amount)s each.")
        % {
            "purchases": purchases(portrait.expected_purchases or 0),
            "amount": formats.money(portrait.expected_amount, currency),
        },
        rule=_value_rule(refresh),
        certainty=_("By the model, between %(low)s and %(high)s in 8 cases out of 10.")
        % {
            "low": formats.estimate(portrait.expected_value_low, currency),
            "high": formats.estimate(portrait.expected_value_high, currency),
        },
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


def stage_record(stage: str, refresh: Refresh | None) -> str:
    """How often those who were in this stage bought again, on the company's own past."""
    record = refresh.record if refresh else {}
    counted = record.get("stages", {}).get(stage)
    if not counted or not counted["customers"]:
        return ""
    return ngettext(
        "Of %(customers)s customer in this stage on %(day)s, %(share)s bought again within %(weeks)s weeks.",
        "Of %(customers)s customers in this stage on %(day)s, %(share)s bought again within %(weeks)s weeks.",
        counted["customers"],
    ) % {
        "customers": formats.number(counted["customers"]),
        "day": formats.day(date.fromisoformat(record["as_of"])),
        "share": formats.percent(counted["bought"] / counted["customers"]),
        "weeks": formats.number(record["days"] / 7),
    }


def _p_alive_record(chance: float, refresh: Refresh | None) -> str:
    """How many bought again of those of whom the model had said about the same."""
    record = refresh.record if refresh else {}
    for band in record.get("p_alive", []):
        if band["from"] <= chance <= band["to"] and band["customers"]:
            return ngettext(
                "Of %(customers)s customer of whom it said %(low)s to %(high)s on %(day)s, %(share)s bought again "
                "within %(weeks)s weeks.",
                "Of %(customers)s customers of whom it said %(low)s to %(high)s on %(day)s, %(share)s bought again "
                "within %(weeks)s weeks.",
                band["customers"],
            ) % {
                "customers": formats.number(band["customers"]),
                "low": formats.percent(band["from"]),
                "high": formats.percent(band["to"]),
                "day": formats.day(date.fromisoformat(record["as_of"])),
                "share": formats.percent(band["bought"] / band["customers"]),
                "weeks": formats.number(record["days"] / 7),
            }
    return ""


def interval_record(refresh: Refresh | None) -> str:
    """How often the interval of the purchases held, over the days that were watched."""
    record = refresh.record if refresh else {}
    held = record.get("purchases")
    if not held or not held["customers"]:
        return ""
    return _("Over the %(weeks)s weeks after %(day)s, such intervals held for %(share)s of the customers.") % {
        "weeks": formats.number(record["days"] / 7),
        "day": formats.day(date.fromisoformat(record["as_of"])),
        "share": formats.percent(held["within"] / held["customers"]),
    }


def purchases(count: float) -> str:
    """A count, or an expectation such as "2.3 purchases"."""
    shown = formats.number(count, digits=0 if count >= 10 else 1)
    return ngettext("%(count)s purchase", "%(count)s purchases", _plural(count)) % {"count": shown}


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
    """The days within which the next purchase was to come, by the own pace alone: the thresholds may be longer."""
    fitted = refresh.parameters.get("mbgnbd") if refresh else None
    if not fitted or not portrait.first_day or not portrait.last_day:
        return None
    repeats, span = portrait.purchases - 1, (portrait.last_day - portrait.first_day).days
    return float(quantile(_threshold(refresh, "at_risk"), fitted["r"] + repeats, fitted["alpha"] + span))


def _stage_rule(portrait: Portrait, refresh: Refresh | None) -> str:
    words = {"elapsed": formats.days(portrait.elapsed_days or 0)}
    for name, days in (
        ("slowing", portrait.slowing_after),
        ("at_risk", portrait.at_risk_after),
        ("lost", portrait.lost_after),
    ):
        few, many = formats.ratio(_threshold(refresh, name))
        words[name] = _limit(days)
        words[f"{name}_share"] = _("%(few)s of %(many)s") % {"few": few, "many": many}
    words["returned"] = formats.days(portrait.returned_after or 0)
    unknown = portrait.slowing_after is not None and portrait.slowing_after > FORESEEABLE_DAYS
    return _stage_texts(unknown)[Stage(portrait.stage)] % words


def _limit(days: float | None) -> str:
    if days is None:
        return ""
    return formats.days(days) if days <= FORESEEABLE_DAYS else _("more than two years")


def _stage_texts(unknown: bool) -> dict[Stage, str]:
    in_time = _(
        "Of the gaps that their own pace predicts, or of all gaps here if those are longer, %(slowing_share)s "
        "end within %(slowing)s; that time is not over."
    )
    quiet = _("Too few purchases so far to say when the next one would be late.") if unknown else in_time
    return {
        Stage.PROSPECT: _("A prospect has not bought yet."),
        Stage.NEW: _("One purchase makes a new customer.") + " " + quiet,
        Stage.SETTLING: _("A few purchases, not yet enough to speak of a habit.") + " " + quiet,
        Stage.REGULAR: _("Enough purchases for a pace of their own.") + " " + quiet,
        Stage.SLOWING: _(
            "%(elapsed)s is longer than %(slowing_share)s of the gaps that their own pace predicts and of all gaps "
            "here (%(slowing)s), not yet longer than %(at_risk_share)s (%(at_risk)s)."
        ),
        Stage.AT_RISK: _(
            "%(elapsed)s is longer than %(at_risk_share)s of the gaps that their own pace predicts and of all gaps "
            "here (%(at_risk)s), not yet longer than %(lost_share)s (%(lost)s)."
        ),
        Stage.LOST: _(
            "%(elapsed)s is longer than %(lost_share)s of the gaps that their own pace predicts and of all gaps here "
            "(%(lost)s)."
        ),
        Stage.WON_BACK: _("Came back after %(returned)s, a silence that had made them lost.") + " " + quiet,
    }


def _still_buying(portrait: Portrait) -> str:
    if portrait.p_alive is None:
        return ""
    return _("Probability that they still buy: %(chance)s.") % {"chance": formats.percent(portrait.p_alive)}


def _model_sentence(refresh: Refresh | None) -> str:
    fitted = refresh.parameters.get("mbgnbd") if refresh else None
    if not fitted or fitted.get("fallback"):
        return _("MBG/NBD model with the cautious parameters used while there are too few repeat purchases to fit it.")
    return ngettext(
        "MBG/NBD model, fitted to %(customers)s customer: %(parameters)s.",
        "MBG/NBD model, fitted to %(customers)s customers: %(parameters)s.",
        fitted["customers"],
    ) % {"customers": formats.number(fitted["customers"]), "parameters": _parameters(fitted, "r", "alpha", "a", "b")}


def _value_rule(refresh: Refresh | None) -> str:
    fitted = refresh.parameters.get("gammagamma") if refresh else None
    rate = formats.percent((refresh.parameters if refresh else {}).get("discount_rate", settings.DISCOUNT_RATE))
    if not fitted or fitted.get("fallback"):
        return _("Expected purchases times the mean amount, discounted at %(rate)s a year.") % {"rate": rate}
    return _(
        "Expected purchases times the amount that the Gamma-Gamma model expects (%(parameters)s), "
        "discounted at %(rate)s a year."
    ) % {"rate": rate, "parameters": _parameters(fitted, "p", "q", "v")}


def _parameters(fitted: dict[str, float], *names: str) -> str:
    return ", ".join(f"{name}\u00a0{formats.number(fitted[name], digits=3)}" for name in names)


def _threshold(refresh: Refresh | None, name: str) -> float:
    usual = {"slowing": settings.STAGE_SLOWING, "at_risk": settings.STAGE_AT_RISK, "lost": settings.STAGE_LOST}[name]
    return float(refresh.thresholds.get(name, usual)) if refresh else usual


def _plural(count: float) -> int:
    """1.4 purchases are plural in English, 1,4 achat is singular in French."""
    return 1 if count == 1 or (formats.locale().language == "fr" and count < 2) else 2
