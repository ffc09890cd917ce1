"""The estimates about a customer in words, each with its model, interval and backtest."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from habitue.kernel import formats
from habitue.portraits import records
from habitue.portraits.models import Portrait, Refresh, Renewal
from habitue.portraits.wording import Reason, history, season, weeks

MODELS = {"bgnbd": "BG/NBD", "mbgnbd": "MBG/NBD", "paretonbd": "Pareto/NBD", "own_rate": gettext_lazy("own pace")}
RENEWALS = {
    "constant": gettext_lazy("As many contracts end at each renewal, whatever their age."),
    "beta_geometric": gettext_lazy(
        "Chances to renew differ between customers, so who stays is ever likelier to stay (shifted beta-geometric "
        "model, by plan)."
    ),
    "hazard": gettext_lazy("The chance to renew follows from the plan and from the renewals made so far."),
}
PARAMETERS = {
    "bgnbd": ("r", "alpha", "a", "b"),
    "mbgnbd": ("r", "alpha", "a", "b"),
    "paretonbd": ("r", "alpha", "s", "beta"),
    "own_rate": ("r", "alpha"),
    "gammagamma": ("p", "q", "v"),
}


def p_buys(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    return Reason(
        facts=history(portrait),
        rule=_chance_rule(refresh),
        certainty=_("A chance, from the dates of the purchases alone; not a verdict."),
        record=" ".join(filter(None, [records.of_chance(portrait.p_buys or 0, refresh), records.auc(refresh)])),
    )


def expected_purchases(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    return Reason(
        facts=history(portrait),
        rule=_("The mean of the next 12 months, should nothing change. %(model)s") % {"model": model(refresh)},
        certainty=_interval(
            formats.number(portrait.expected_purchases_low), formats.number(portrait.expected_purchases_high)
        ),
        record=records.of_interval("purchases", refresh),
    )


def expected_value(portrait: Portrait, refresh: Refresh | None = None) -> Reason:
    currency = portrait.currency
    return Reason(
        facts=_("%(purchases)s expected at %(amount)s each.")
        % {
            "purchases": purchases(portrait.expected_purchases or 0),
            "amount": formats.money(portrait.expected_amount, currency),
        },
        rule=f"{_value_rule(refresh)} {model(refresh)}",
        certainty=_interval(
            formats.estimate(portrait.expected_value_low, currency),
            formats.estimate(portrait.expected_value_high, currency),
        ),
        record=_both(records.of_interval("value", refresh), records.of_value(refresh)),
    )


def renewal(of: Renewal, refresh: Refresh | None = None) -> Reason:
    """The reason for the forecast of a contract's renewal."""
    used = ((refresh.parameters if refresh else {}).get("contracts") or {}).get("used", "constant")
    checked = ((refresh.parameters if refresh else {}).get("contracts") or {}).get("checked")
    rules = [str(RENEWALS[used])]
    if checked:
        rules.append(
            _("Of three ways it was the most right about the latest %(number)s renewals.")
            % {"number": formats.number(checked)}
        )
    return Reason(
        facts=ngettext(
            "Runs since %(first)s; renewed %(count)s time.",
            "Runs since %(first)s; renewed %(count)s times.",
            of.renewals,
        )
        % {"first": formats.day(of.contract.first_day), "count": formats.number(of.renewals)},
        rule=" ".join(rules),
        certainty=_("It brings %(value)s in the next 12 months, between %(low)s and %(high)s in 8 cases out of 10.")
        % {
            "value": formats.estimate(of.expected_value, of.contract.currency),
            "low": formats.estimate(of.expected_value_low, of.contract.currency),
            "high": formats.estimate(of.expected_value_high, of.contract.currency),
        },
    )


def model(refresh: Refresh | None) -> str:
    """The model in use in words, with its parameters and why it was chosen."""
    parameters = refresh.parameters if refresh else {}
    choice = parameters.get("choice") or {"model": "mbgnbd"}
    fitted = parameters.get(choice["model"])
    if not fitted or fitted.get("fallback"):
        return _("MBG/NBD model with the cautious parameters used while there are too few repeat purchases to fit it.")
    sentence = ngettext(
        "Model: %(model)s, fitted to %(customers)s customer (%(parameters)s).",
        "Model: %(model)s, fitted to %(customers)s customers (%(parameters)s).",
        fitted["customers"],
    ) % {
        "model": MODELS[choice["model"]],
        "customers": formats.number(fitted["customers"]),
        "parameters": _parameters(fitted, choice["model"]),
    }
    return " ".join([sentence, *_chosen(choice)])


def purchases(count: float) -> str:
    """A number of purchases in words; an expected number has a decimal: "2.3 purchases"."""
    shown = formats.number(count, digits=0 if count >= 10 else 1)
    return ngettext("%(count)s purchase", "%(count)s purchases", _plural(count)) % {"count": shown}


def _chosen(choice: dict[str, Any]) -> list[str]:
    if not choice.get("errors"):
        return []
    words = {"weeks": weeks(choice["days"])}
    if choice["weight_purchases"] == 1:
        plain = records.BASELINES[choice["towards"]]
        return [
            _("No model did better over the last %(weeks)s weeks than a plain rule, so it is told %(plain)s.")
            % (words | {"plain": plain})
        ]
    sentences = [_("Of the models tried it was most right about the last %(weeks)s weeks.") % words]
    if weight := choice["weight_purchases"]:
        sentences.append(
            _("%(weight)s of the estimate is what they bought in the last %(weeks)s weeks, as was best then.")
            % (words | {"weight": formats.percent(weight)})
        )
    return sentences


def _chance_rule(refresh: Refresh | None) -> str:
    gaps = ((refresh.parameters if refresh else {}).get("returning") or {}).get("gaps")
    words = {"weeks": weeks(season(refresh))}
    if not gaps:
        return (
            _("By the MBG/NBD model: the chance of a purchase within %(weeks)s weeks, at such a pace and silence.")
            % words
        )
    return _(
        "From the %(gaps)s gaps between purchases seen here: how often such a silence, at such a pace, ended within "
        "%(weeks)s weeks."
    ) % (words | {"gaps": formats.number(gaps)})


def _value_rule(refresh: Refresh | None) -> str:
    fitted = refresh.parameters.get("gammagamma") if refresh else None
    rate = formats.percent((refresh.parameters if refresh else {}).get("discount_rate", settings.DISCOUNT_RATE))
    if not fitted or fitted.get("fallback"):
        return _("Expected purchases times the mean amount, discounted at %(rate)s a year.") % {"rate": rate}
    return _(
        "Expected purchases times the amount that the Gamma-Gamma model expects (%(parameters)s), "
        "discounted at %(rate)s a year."
    ) % {"rate": rate, "parameters": _parameters(fitted, "gammagamma")}


def _both(one: str, other: str) -> str:
    return " ".join(filter(None, (one, other)))


def _interval(low: str, high: str) -> str:
    return _("Between %(low)s and %(high)s in 8 cases out of 10.") % {"low": low, "high": high}


def _parameters(fitted: dict[str, float], name: str) -> str:
    return ", ".join(f"{letter}\u00a0{formats.number(fitted[letter], digits=3)}" for letter in PARAMETERS[name])


def _plural(count: float) -> int:
    """1 or 2, to choose the plural form: 1.4 is plural in English ("purchases") and singular in French ("achat")."""
    return 1 if formats.locale().plural_form(count) == "one" else 2
