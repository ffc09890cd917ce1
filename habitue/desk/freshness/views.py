"""Whether what is derived knows all facts: a line on pages that show portraits, which asks again by itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits import freshness as portraits


@may_look
def freshness(request: DeskRequest) -> HttpResponse:
    """The line alone; once all is known, that the page can be loaded anew."""
    return render(request, "freshness/_state.html", {"freshness": portraits.freshness(), "again": True})
