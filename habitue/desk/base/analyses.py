"""The analyses of the base as its page shows them: time to the second purchase, spend by tenure, discounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from habitue.desk.base.headings import loyalty_sentence, price_heading, repeat_heading, tenure_heading
from habitue.desk.shell import drawing
from habitue.portraits.models import Refresh

COHORTS_SHOWN = 12
FAMILIES_SHOWN = 10
TICKS = (0, 30, 60, 90, 120, 180, 240, 300, 365)  # days
PLACES = {"y": "mean", "low_at": "low", "high_at": "high"}  # of a month in the picture
APART = 14  # percent of the width that a label needs


def analyses(refresh: Refresh) -> dict[str, Any]:
    return repeat(refresh.base) | tenure(refresh.base) | price(refresh.base)


def repeat(base: dict[str, Any]) -> dict[str, Any]:
    """Context of the time to the second purchase: its survival curve, of newcomers if they are enough, else of all."""
    analysis = base.get("second_purchase")
    if not analysis:
        return {}
    newcomers = not analysis["newcomers"]["few"]
    group = analysis["newcomers" if newcomers else "all"]
    points = [(days, share, low or 0.0, share if high is None else high) for days, share, low, high in group["points"]]
    last = points[-1][0] if points else 0
    cohorts = [
        row | {"month": date.fromisoformat(f"{row['month']}-01")} for row in analysis["cohorts"][-COHORTS_SHOWN:]
    ]
    shown = group | {
        "newcomers": newcomers,
        "curve": drawing.line([(days / last, share) for days, share, _low, _high in points]) if last else "",
        "band": drawing.band([(days / last, low, high) for days, _share, low, high in points]) if last else "",
        "ticks": ticks(last),
        "within": [row for row in group["within"] if row["share"] is not None],
        "cohorts": cohorts,
    }
    return {"repeat": shown, "repeat_heading": repeat_heading(group)}


def ticks(last: float) -> list[tuple[str, int]]:
    """(position in percent, days) of the labels of a time axis from 0 to `last` days, spaced so as not to overlap."""
    shown: list[tuple[str, int]] = []
    at = -float(APART)
    for days in TICKS:
        place = 100 * days / last if last else 0.0
        if place <= 100 and place - at >= APART:
            shown.append((f"{place:.2f}%", days))
            at = place
    return shown


@dataclass(frozen=True)
class Month:
    number: int
    mean: float
    low: float
    high: float
    bought: int
    x: str = ""
    y: str = ""
    low_at: str = ""
    high_at: str = ""


def tenure(base: dict[str, Any]) -> dict[str, Any]:
    """Context of spend by tenure: what a panel of the same customers spends in each month since the first purchase."""
    analysis = base.get("tenure")
    if not analysis:
        return {}
    newcomers = bool(analysis["newcomers"]["panel"])
    group = analysis["newcomers" if newcomers else "all"]
    stayers = group["stayers"] if group["stayers"] and not group["stayers"]["difference"]["few"] else None
    shown: dict[str, Any] = {"newcomers": newcomers, "stayers": stayers, "everybody": group["each"]}
    if stayers:
        most = max(month["high"] for month in stayers["each"])
        shown |= {"months": [placed(month, stayers["months"], most) for month in stayers["each"]], "most": round(most)}
    return {"tenure": shown, "tenure_heading": tenure_heading(stayers)}


def placed(month: dict[str, Any], months: int, most: float) -> Month:
    """A month with the coordinates of its mean and interval in a picture of `months` months up to `most`."""
    heights = {
        name: f"{100 - 100 * max(month[at], 0) / most:.2f}%" if most > 0 else "100%" for name, at in PLACES.items()
    }
    return Month(
        number=month["month"],
        bought=month["bought"],
        mean=month["mean"],
        low=month["low"],
        high=month["high"],
        x=f"{100 * (month['month'] - 0.5) / months:.2f}%",
        **heights,
    )


def price(base: dict[str, Any]) -> dict[str, Any]:
    """Context of discounts: the share bought at one, repurchases after it ended, and churn by price."""
    if "second_purchase" not in base:
        return {}
    bought, after = base.get("discounts"), base.get("after_discounts")
    if not bought or not after:
        return {"price": {}, "price_heading": price_heading(None, None)}
    families = [family for family in bought["families"] if family["family"]][:FAMILIES_SHOWN]
    rows = [row | drawing.spread(row["discounted"]) for row in families]
    churn = base["leaving"]["discount"]
    groups = [
        group | {"expected": group["after"]["share"] + group["lost"]["mean"]}
        for group in churn["groups"]
        if not group["lost"]["few"] and group["lost"]["low"] is not None
    ]
    shown = {
        "discounted": bought["discounted"],
        "let_off": bought["let_off"],
        "families": rows,
        "full_after": bought["full_after"],
        "after": after if after["buyers"] else None,
        "groups": groups,
        "loyalty": loyalty_sentence(churn["contrast"], churn["groups"]),
    }
    return {"price": shown, "price_heading": price_heading(bought["discounted"], after["times"]["finding"])}
