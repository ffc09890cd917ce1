"""Coordinates for the SVG pictures of templates, as text with a decimal point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

YEAR = 365
AHEAD_MOST = 120  # days: a prediction further off is cut at the edge, its date is in the sentence
BAR_HEIGHT = 44
BAR_BASE = 60


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    height: str
    day: date
    amount: int


@dataclass(frozen=True)
class Band:
    x: str
    width: str
    middle: str
    anchor: str
    label_x: str


@dataclass(frozen=True)
class Rhythm:
    bars: list[Bar]
    months: list[tuple[str, date]]
    today: str
    today_anchor: str
    band: Band | None
    thin: bool


def rhythm(days: Sequence[tuple[date, int]], as_of: date, predicted: tuple[date, date, date] | None) -> Rhythm:
    """The picture of a year of purchases to `as_of`: bars as high as each day's amount, and the predicted days."""
    start = as_of - timedelta(days=YEAR)
    ahead = 14
    if predicted:
        ahead = min(max((predicted[2] - as_of).days + 10, 45), AHEAD_MOST)
    end = as_of + timedelta(days=ahead)
    span = (end - start).days

    def at(day: date) -> float:
        return 100 * (day - start).days / span

    most = max((amount for _day, amount in days), default=0) or 1
    bars = []
    for day, amount in days:
        height = max(BAR_HEIGHT * amount / most, 2)
        bars.append(Bar(_percent(at(day)), _text(BAR_BASE - height), _text(height), day, amount))
    today = at(as_of)
    return Rhythm(
        bars=bars,
        months=[(_percent(at(day)), day) for day in _quarters(start, as_of) if at(day) < today - 17],
        today=_percent(today),
        today_anchor="end" if today > 85 else "middle",
        band=_band([min(at(day), 100.0) for day in predicted]) if predicted else None,
        thin=len(bars) > 90,
    )


def curve(points: Sequence[Sequence[float]]) -> str:
    """An SVG path through (share of customers, share of value) points between 0 and 1, in a square of 100 by 100."""
    if not points:
        return ""
    steps = [f"{100 * x:.2f} {100 - 100 * y:.2f}" for x, y in points]
    if points[0][0] > 0:
        steps.insert(0, "0.00 100.00")
    return "M" + "L".join(steps)


def line(points: Sequence[tuple[float, float]]) -> str:
    """An SVG path through (x, y) points between 0 and 1, in a square of 100 by 100 with 0 at the bottom."""
    return "M" + "L".join(f"{100 * x:.2f} {100 - 100 * y:.2f}" for x, y in points) if points else ""


def band(points: Sequence[tuple[float, float, float]]) -> str:
    """An SVG path around the area of (x, low, high) points between 0 and 1, in a square of 100 by 100."""
    there, back = [(x, high) for x, _low, high in points], [(x, low) for x, low, _high in reversed(points)]
    return line(there + back) + "Z" if points else ""


def spread(share: Mapping[str, Any]) -> dict[str, str]:
    """A share with its interval as a bar, in percent: its length and the ends of the interval."""
    return {
        name: _percent(100 * (share[at] or 0))
        for name, at in (("bar", "share"), ("low_at", "low"), ("high_at", "high"))
    }


def scaled(value: float, most: float) -> str:
    """The length of a bar for `value`, in percent of that for `most`."""
    return _percent(100 * max(value, 0) / most if most > 0 else 0)


def heat(share: float, least: float, most: float) -> int:
    """The shade of a heat map cell, from 1 (`least`) to 9 (`most`)."""
    return 1 + round(8 * (share - least) / (most - least)) if most > least else 5


def _band(places: list[float]) -> Band:
    early, middle, late = places
    centre = (early + late) / 2
    anchor, label = ("end", late) if centre > 80 else ("middle", centre)
    return Band(
        x=_percent(early),
        width=_percent(max(late - early, 0.8)),
        middle=_percent(middle),
        anchor=anchor,
        label_x=_percent(max(label, early)),
    )


def _quarters(start: date, end: date) -> list[date]:
    firsts = []
    day = start.replace(day=1)
    while (day := (day + timedelta(days=32)).replace(day=1)) <= end:
        firsts.append(day)
    return firsts[::3]


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _text(value: float) -> str:
    return f"{value:.1f}"
