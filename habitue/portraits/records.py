"""The backtest of the latest refresh in words: how often estimates were right."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from habitue.kernel import formats
from habitue.portraits.models import Refresh

# As in "49 times in 100, by days since the last purchase alone".
BASELINES = {
    "recency": gettext_lazy("by the days since the last purchase alone"),
    "recent": gettext_lazy("by what was bought in the weeks before alone"),
    "own_mean": gettext_lazy("by the customer’s own average alone"),
    "everybody": gettext_lazy("by the average of all"),
}


def of_stage(stage: str, refresh: Refresh | None) -> str:
    """How many customers of this stage bought again in the backtest, in words."""
    record = refresh.record if refresh else {}
    counted = record.get("stages", {}).get(stage)
    if not counted or not counted["customers"]:
        return ""
    return ngettext(
        "Of %(customers)s customer in this stage on %(day)s, %(share)s bought again within %(weeks)s weeks.",
        "Of %(customers)s customers in this stage on %(day)s, %(share)s bought again within %(weeks)s weeks.",
        counted["customers"],
    ) % _words(record, counted)


def of_chance(chance: float, refresh: Refresh | None) -> str:
    """How many customers with about this chance bought in the backtest (calibration), in words."""
    record = refresh.record if refresh else {}
    for band in record.get("p_buys", []):
        if band["from"] <= chance <= band["to"] and band["customers"]:
            return ngettext(
                "Of %(customers)s customer with a chance of %(low)s to %(high)s on %(day)s, %(share)s bought within "
                "%(weeks)s weeks.",
                "Of %(customers)s customers with a chance of %(low)s to %(high)s on %(day)s, %(share)s bought within "
                "%(weeks)s weeks.",
                band["customers"],
            ) % (_words(record, band) | {"low": formats.percent(band["from"]), "high": formats.percent(band["to"])})
    return ""


def of_interval(what: str, refresh: Refresh | None) -> str:
    """How often the interval of purchases or of value contained the outcome in the backtest, in words."""
    record = refresh.record if refresh else {}
    held = record.get(what)
    if not held or not held["customers"]:
        return ""
    return _("Over the %(weeks)s weeks after %(day)s, such intervals held for %(share)s of the customers.") % {
        "weeks": formats.number(record["days"] / 7),
        "day": formats.day(date.fromisoformat(record["as_of"])),
        "share": formats.percent(held["within"] / held["customers"]),
    }


def of_value(refresh: Refresh | None) -> str:
    """The mean absolute error of the expected value, compared with the best simple rule, in words."""
    errors = (refresh.record if refresh else {}).get("value", {}).get("errors", {})
    if refresh is None or "ours" not in errors or len(errors) < 2:
        return ""
    best = min((name for name in errors if name != "ours"), key=lambda name: errors[name]["mae"])
    return _("It was off by %(ours)s a customer on average; %(plain)s it would have been %(theirs)s.") % {
        "ours": formats.money(round(errors["ours"]["mae"]), refresh.currency),
        "theirs": formats.money(round(errors[best]["mae"]), refresh.currency),
        "plain": BASELINES[best],
    }


def auc(refresh: Refresh | None) -> str:
    """The AUC in everyday words, compared with the best simple rule."""
    chances = (refresh.record if refresh else {}).get("chance", {})
    ours = chances.get("ours", {}).get("auc")
    plain = {name: row["auc"] for name, row in chances.items() if name not in ("ours", "everybody") and row["auc"]}
    if ours is None or not plain:
        return ""
    best = max(plain, key=lambda name: plain[name])
    return _(
        "Of one customer who then bought and one who did not, the chance told which was which %(ours)s times in 100; "
        "%(plain)s it would have been %(theirs)s."
    ) % {
        "ours": formats.number(100 * ours),
        "theirs": formats.number(100 * plain[best]),
        "plain": BASELINES[best],
    }


def right(refresh: Refresh | None) -> str:
    """A sentence with the share of correct forecasts of who buys again: "... right 94 times in 100 so far"."""
    counted = (refresh.record if refresh else {}).get("right", {})
    if not counted.get("customers"):
        return ""
    shares = {name: formats.number(100 * counted.get(name, 0) / counted["customers"]) for name in ("ours", "everybody")}
    if "everybody" not in counted:
        return _("Who buys again was said right %(ours)s times in 100 so far.") % shares
    return (
        _("Who buys again was said right %(ours)s times in 100 so far; to say the same of everybody, %(everybody)s.")
        % shares
    )


def _words(record: dict[str, Any], counted: dict[str, int]) -> dict[str, str]:
    return {
        "customers": formats.number(counted["customers"]),
        "day": formats.day(date.fromisoformat(record["as_of"])),
        "share": formats.percent(counted["bought"] / counted["customers"]),
        "weeks": formats.number(record["days"] / 7),
    }
