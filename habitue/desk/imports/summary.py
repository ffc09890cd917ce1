"""What a file would bring, for its page: the figures in words, and bars of what was received by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from habitue.imports import telling
from habitue.kernel import formats

Data = dict[str, Any]
HEIGHT, FEWEST, LABELS, SHOWN = 56, 6, 6, 120
LATE = 80  # percent of the width, from which on a label stands left of its place


@dataclass(frozen=True)
class Bar:
    """One month: where it stands in the picture, what it says, and where its name stands, if it has room for one."""

    x: str
    y: str
    width: str
    height: str
    month: date
    amount: str
    below: bool
    label: str = ""
    anchor: str = "start"


def context(result: Data) -> Data:
    """Template context of the summary of a dry run."""
    summary = result["summary"]
    return {
        "figures": telling.figures(result),
        "alarms": telling.alarms(summary),
        "told": telling.notes(result),
        "unused": telling.unused(summary),
        "confirmation": telling.confirmation(result),
        "charts": [(currency, _bars(months, currency)) for currency, months in summary.get("months", {}).items()],
    }


def _bars(months: dict[str, int], currency: str) -> list[Bar]:
    """A bar a month, from the first to the last, also of months without sales; the last ones where they are many."""
    first, *_rest, last = [*sorted(months), max(months)]
    every = _every(date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"))[-SHOWN:]
    amounts = [months.get(f"{month:%Y-%m}", 0) for month in every]
    most = max(map(abs, amounts)) or 1
    step = 100 / max(len(every), FEWEST)
    apart = -(-len(every) // LABELS)
    bars = []
    for at, (month, amount) in enumerate(zip(every, amounts, strict=True)):
        height = max(HEIGHT * abs(amount) / most, 1) if amount else 0
        start, width = step * (at + 0.1), step * 0.8
        size = f"{start:.2f}%", f"{HEIGHT - height:.1f}", f"{width:.2f}%", f"{height:.1f}"
        label = {"label": f"{start:.2f}%"} if at % apart == 0 else {}
        if label and start > LATE:
            label = {"label": f"{start + width:.2f}%", "anchor": "end"}
        bars.append(Bar(*size, month, formats.money(amount, currency), amount < 0, **label))
    return bars


def _every(first: date, last: date) -> list[date]:
    months = [first]
    while months[-1] < last:
        at = months[-1]
        months.append(date(at.year + at.month // 12, at.month % 12 + 1, 1))
    return months
