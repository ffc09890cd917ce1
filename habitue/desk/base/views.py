"""The page of the base: figures about all customers, from the latest refresh."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from habitue.desk.base import context
from habitue.desk.base.analyses import analyses
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits.freshness import of_refresh
from habitue.portraits.latest import latest_refresh
from habitue.reading.months import read_month


@may_look
def base(request: DeskRequest) -> HttpResponse:
    """The page of the base; for htmx only the stages, of the month that it asks for."""
    refresh = latest_refresh()
    if refresh is None or not refresh.customers:
        return render(request, "base/page.html", {"refresh": None})
    shown = {"refresh": refresh, "freshness": of_refresh(refresh)} | context.stages(
        refresh, read_month(request.GET.get("month", ""))
    )
    if request.htmx:
        return render(request, "base/page.html#stages", shown)
    shown |= context.retention(refresh) | context.record(refresh) | context.concentration(refresh)
    shown |= context.expected(shown["stages"], refresh.currency) | analyses(refresh)
    return render(request, "base/page.html", shown)
