"""The stages of the base: customers in each, transitions of a month, and the backtest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, Max, Min

from habitue.portraits.latest import part_of_base
from habitue.portraits.models import Refresh, Stage, StageChange
from habitue.reading.base.rows import RecordRow, StageRow, Transition
from habitue.reading.months import following_month


def months_with_transitions(refresh: Refresh) -> list[date]:
    """The months from the first transition to the last, the latest first."""
    span = StageChange.objects.filter(on__lte=refresh.as_of).aggregate(first=Min("on"), last=Max("on"))
    months: list[date] = []
    month = span["first"] and span["first"].replace(day=1)
    while month and month <= span["last"]:
        months.insert(0, month)
        month = following_month(month)
    return months


def transitions(month: date) -> list[Transition]:
    """The transitions of a month, the most frequent first."""
    within = StageChange.objects.filter(on__gte=month, on__lt=following_month(month))
    counted = within.values_list("was", "now").annotate(count=Count("pk")).order_by("was", "now")
    return sorted((Transition(*row) for row in counted), key=lambda one: -one.customers)


def stage_rows(refresh: Refresh, moved: Sequence[Transition]) -> list[StageRow]:
    """A row for each stage that anybody is in, entered or left, in the order of the life cycle."""
    rows = {code: StageRow(code, **part_of_base(refresh, "stages").get(code, {})) for code in Stage.values}
    for was, now_in, count in moved:
        rows[now_in].entered += count
        if was:
            rows[was].left += count
    return [row for row in rows.values() if row.customers or row.entered or row.left]


def customers_after(stages: Sequence[StageRow], month: date) -> dict[str, int]:
    """How many customers were in each stage at the end of a month: today's number less the transitions since."""
    after = {row.code: row.customers for row in stages}
    since = StageChange.objects.filter(on__gte=following_month(month)).values_list("was", "now")
    for was, now, count in since.annotate(count=Count("pk")).order_by():
        after[now] = after.get(now, 0) - count
        if was:
            after[was] = after.get(was, 0) + count
    return after


def record_rows(refresh: Refresh) -> list[RecordRow]:
    """A row for each stage of the backtest that had customers, with how many of them bought again."""
    kept = refresh.record.get("stages", {})
    return [
        RecordRow(code, kept[code]["customers"], kept[code]["bought"])
        for code in Stage.values
        if kept.get(code, {}).get("customers")
    ]
