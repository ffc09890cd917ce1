"""The base: all customers on one page, from what the latest refresh kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import render

from habitue.desk.base.analyses import analyses
from habitue.desk.base.headings import (
    concentration_heading,
    expected_heading,
    flows_heading,
    record_heading,
    retention_heading,
    stages_heading,
)
from habitue.desk.shell import drawing
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits import records
from habitue.portraits.latest import latest_refresh
from habitue.portraits.models import Refresh, Stage, StageChange
from habitue.reading.base.cohorts import Cohort, cohorts
from habitue.reading.base.flows import Passage, flows
from habitue.reading.customer_list.filters import following_month, read_month

FEW = 20  # a share of fewer customers than this says little and is left grey
MONTHS_SHOWN = 11
EIGHTY_PERCENT = 1.2816  # standard deviations either side that hold 80 % of a normal law


@may_look
def base(request: DeskRequest) -> HttpResponse:
    refresh = latest_refresh()
    if refresh is None or not refresh.customers:
        return render(request, "base/page.html", {"refresh": None})
    months = months_told(refresh)
    last = refresh.as_of.replace(day=1)
    month = read_month(request.GET.get("month", "")) or (months[0] if months else last)
    moved = passages(month)
    stages = stage_rows(refresh, moved)
    facts: dict[str, Any] = {"refresh": refresh, "months": months, "month": month, "stages": stages}
    facts["stages_heading"] = stages_heading(stages, month, last)
    facts |= month_flows(stages, moved, month)
    if request.htmx:
        return render(request, "base/page.html#stages", facts)
    facts |= retention(refresh) | record(refresh) | concentration(refresh) | expected(stages, refresh.currency)
    facts |= analyses(refresh)
    return render(request, "base/page.html", facts)


@dataclass
class StageRow:
    code: str
    customers: int = 0
    entered: int = 0
    left: int = 0
    expected: int = 0
    variance: float = 0.0
    bar: str = ""
    low_at: str = ""
    high_at: str = ""

    @property
    def low(self) -> int:
        return max(round(self.expected - EIGHTY_PERCENT * math.sqrt(self.variance)), 0)

    @property
    def high(self) -> int:
        return round(self.expected + EIGHTY_PERCENT * math.sqrt(self.variance))


def months_told(refresh: Refresh) -> list[date]:
    """The months from the first passage to the last, the latest first."""
    span = StageChange.objects.filter(on__lte=refresh.as_of).aggregate(first=Min("on"), last=Max("on"))
    months: list[date] = []
    month = span["first"] and span["first"].replace(day=1)
    while month and month <= span["last"]:
        months.insert(0, month)
        month = following_month(month)
    return months


def stage_rows(refresh: Refresh, moved: Sequence[Passage]) -> list[StageRow]:
    """Each stage that anybody is in or passed through, in the order of the life cycle."""
    rows = {code: StageRow(code, **refresh.base.get("stages", {}).get(code, {})) for code in Stage.values}
    for was, now_in, count in moved:
        rows[now_in].entered += count
        if was:
            rows[was].left += count
    return [row for row in rows.values() if row.customers or row.entered or row.left]


def passages(month: date) -> list[Passage]:
    """The passages of a month with how many customers made them, the most frequent first."""
    within = StageChange.objects.filter(on__gte=month, on__lt=following_month(month))
    found = within.values_list("was", "now").annotate(count=Count("pk"))
    return sorted(found.order_by("was", "now"), key=lambda way: -way[2])


def month_flows(stages: Sequence[StageRow], moved: list[Passage], month: date) -> dict[str, Any]:
    """The picture of a month: what each stage held after it is what it holds now, less what has changed since."""
    after = {row.code: row.customers for row in stages}
    since = StageChange.objects.filter(on__gte=following_month(month)).values_list("was", "now")
    for was, now, count in since.annotate(count=Count("pk")).order_by():
        after[now] = after.get(now, 0) - count
        if was:
            after[was] = after.get(was, 0) + count
    between = [way for way in moved if way[0]]
    return {"flows": flows(after, moved), "passages": between, "flows_heading": flows_heading(between, month)}


def record(refresh: Refresh) -> dict[str, Any]:
    """How many of each stage bought again, on the company's own past."""
    kept = refresh.record.get("stages", {})
    rows = [
        {"code": code, **kept[code], "share": kept[code]["bought"] / kept[code]["customers"]}
        for code in Stage.values
        if kept.get(code, {}).get("customers")
    ]
    shares = {row["code"]: row["share"] for row in rows}
    told = [records.right(refresh), records.telling_apart(refresh), records.of_interval("value", refresh)]
    return {
        "record": rows,
        "record_heading": record_heading(shares, refresh.record.get("days", 0)),
        "told": list(filter(None, [*told, records.of_value(refresh)])),
    }


@dataclass(frozen=True)
class Cell:
    share: float
    count: int
    shade: int  # 0 is grey: too few to say


def retention(refresh: Refresh) -> dict[str, Any]:
    """The share of each cohort that bought in each later month, shaded between the least and the most there is."""
    found = cohorts(refresh)
    shares = [count / cohort.customers for cohort in found if cohort.customers >= FEW for count in shown(cohort)]
    least, most = (min(shares), max(shares)) if shares else (0.0, 0.0)
    rows: list[dict[str, Any]] = []
    for cohort in found[-MONTHS_SHOWN - 1 :]:
        few = cohort.customers < FEW
        cells = [(count / cohort.customers, count) for count in shown(cohort)]
        shaded = [Cell(share, count, 0 if few else drawing.heat(share, least, most)) for share, count in cells]
        rows.append({"month": cohort.month, "customers": cohort.customers, "cells": shaded})
    return {
        "cohorts": rows,
        "later_months": range(1, max((len(row["cells"]) for row in rows), default=0) + 1),
        "retention_heading": retention_heading(found),
        "few": FEW,
    }


def shown(cohort: Cohort) -> list[int]:
    return cohort.bought[:MONTHS_SHOWN]


def concentration(refresh: Refresh) -> dict[str, Any]:
    found = refresh.base.get("concentration") or {}
    points = found.get("points", [])
    if not points:
        return {}
    top = found["top_tenth"]
    tenths = [min(points, key=lambda point: abs(point[0] - tenth / 10)) for tenth in range(1, 11)]
    return {
        "curve": drawing.curve(points),
        "top_tenth": top,
        "top_at": f"{100 - 100 * top:.2f}%",
        "tenths": tenths,
        "concentration_heading": concentration_heading(top),
    }


def expected(stages: list[StageRow], currency: str) -> dict[str, Any]:
    """Expected value by stage, with bars on one scale."""
    rows = [row for row in stages if row.expected > 0]
    most = max((row.high for row in rows), default=0)
    for row in rows:
        row.bar = drawing.scaled(row.expected, most)
        row.low_at, row.high_at = drawing.scaled(row.low, most), drawing.scaled(row.high, most)
    return {"expected": rows, "expected_heading": expected_heading(stages, currency)}
