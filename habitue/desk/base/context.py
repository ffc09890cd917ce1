"""Template context of the base: the rows of each figure, its picture and its heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from habitue.desk.base.flows import flows
from habitue.desk.base.headings import (
    concentration_heading,
    expected_heading,
    flows_heading,
    record_heading,
    retention_heading,
    stages_heading,
)
from habitue.desk.shell import drawing
from habitue.portraits import records
from habitue.portraits.models import Refresh
from habitue.reading.base import stages as reading
from habitue.reading.base.cohorts import cohorts, range_of_shares
from habitue.reading.base.rows import FEW, Cohort, StageRow

MONTHS_SHOWN = 11


def stages(refresh: Refresh, month: date | None) -> dict[str, Any]:
    """Context of the stages: customers now, who entered and left in a month (default: the latest), and the flows."""
    months = reading.months_with_transitions(refresh)
    last = refresh.as_of.replace(day=1)
    month = month or (months[0] if months else last)
    moved = reading.transitions(month)
    rows = reading.stage_rows(refresh, moved)
    between = [one for one in moved if one.was]
    return {
        "months": months,
        "month": month,
        "stages": rows,
        "stages_heading": stages_heading(rows, month, last),
        "flows": flows(reading.customers_after(rows, month), moved),
        "transitions": between,
        "flows_heading": flows_heading(between, month),
    }


def record(refresh: Refresh) -> dict[str, Any]:
    """Context of the backtest of the stages: how many customers of each bought again."""
    rows = reading.record_rows(refresh)
    shares = {row.code: row.share for row in rows}
    sentences = [records.right(refresh), records.auc(refresh), records.of_interval("value", refresh)]
    return {
        "record": rows,
        "record_heading": record_heading(shares, refresh.record.get("days", 0)),
        "record_sentences": list(filter(None, [*sentences, records.of_value(refresh)])),
    }


@dataclass(frozen=True)
class Cell:
    share: float
    count: int
    shade: int  # 0 is grey: too few to say


def retention(refresh: Refresh) -> dict[str, Any]:
    """Context of retention: the share of each cohort that bought in each later month, with the shade of its cell."""
    counted = cohorts(refresh)
    least, most = range_of_shares(counted, MONTHS_SHOWN)
    rows = [(cohort, _shaded(cohort, least, most)) for cohort in counted[-MONTHS_SHOWN - 1 :]]
    return {
        "cohorts": rows,
        "later_months": range(1, max((len(cells) for _cohort, cells in rows), default=0) + 1),
        "retention_heading": retention_heading(counted),
        "few": FEW,
    }


def _shaded(cohort: Cohort, least: float, most: float) -> list[Cell]:
    return [
        Cell(share, count, 0 if cohort.few else drawing.heat(share, least, most))
        for share, count in zip(cohort.shares(MONTHS_SHOWN), cohort.bought, strict=False)
    ]


def concentration(refresh: Refresh) -> dict[str, Any]:
    """Context of concentration: the Lorenz curve of sales, and its points at each tenth of the customers."""
    kept = refresh.base.get("concentration") or {}
    points = kept.get("points", [])
    if not points:
        return {}
    top = kept["top_tenth"]
    tenths = [min(points, key=lambda point: abs(point[0] - tenth / 10)) for tenth in range(1, 11)]
    return {
        "curve": drawing.curve(points),
        "top_tenth": top,
        "top_at": f"{100 - 100 * top:.2f}%",
        "tenths": tenths,
        "concentration_heading": concentration_heading(top),
    }


@dataclass(frozen=True)
class IntervalBar:
    """A bar with an interval, for a picture: its length and where the interval begins and ends, in percent."""

    length: str
    low: str
    high: str


def expected(stages: Sequence[StageRow], currency: str) -> dict[str, Any]:
    """Context of the expected value by stage, with bars on one scale."""
    rows = [row for row in stages if row.expected > 0]
    most = max((row.high for row in rows), default=0)
    bars = [IntervalBar(*(drawing.scaled(value, most) for value in (row.expected, row.low, row.high))) for row in rows]
    return {"expected": list(zip(rows, bars, strict=True)), "expected_heading": expected_heading(stages, currency)}
