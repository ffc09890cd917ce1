"""The list of customers, filtered, sorted and paged by its URL alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from habitue.customers import list_columns
from habitue.customers.list_columns import Column
from habitue.customers.models import Customer
from habitue.desk.customer_list.chosen_columns import choose, chosen
from habitue.desk.customer_list.sort_links import DEFAULT, AskedSort, headings, read_sort
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits.freshness import of_refresh
from habitue.portraits.latest import latest_refresh
from habitue.portraits.models import Refresh
from habitue.reading import search
from habitue.reading.base.cohorts import cohorts
from habitue.reading.customer_list.columns import cells
from habitue.reading.customer_list.filters import Filters, counted_later, counts, takes_long
from habitue.reading.customer_list.page import page
from habitue.segments.models import Segment
from habitue.team.rights import SEE_CUSTOMERS, may


@may_look
def customers(request: DeskRequest) -> HttpResponse:
    """The list; for htmx only its next rows or, with `counts`, the number of customers in each stage."""
    filters, available = Filters.read(request.GET, request.user), list_columns.by_code()
    columns, visible = chosen(request.user, available), Customer.objects.visible_to(request.user)
    sort, refresh = read_sort(request.GET.get("sort", DEFAULT), available), latest_refresh()
    context: dict[str, Any] = {"filters": filters, "refresh": refresh, "columns": columns, "width": len(columns) + 2}
    context["freshness"] = of_refresh(refresh)
    if request.htmx and "counts" in request.GET:
        return render(request, "customer_list/page.html#stages", context | counts(filters, visible, refresh))
    query, after = filters.list_query(visible, refresh), request.GET.get("after", "")
    rows, following = page(query, sort.sort, sort.descending, after)
    context |= {"rows": list(zip(rows, cells(rows, columns), strict=True)), "following": following}
    if request.htmx:
        return render(request, "customer_list/page.html#rows", context)
    context |= counted_later(filters) if takes_long(filters) else counts(filters, visible, refresh)
    context |= _around(request, visible, refresh, filters.text) | _choices(columns, available, sort)
    return render(request, "customer_list/page.html", context)


def _around(request: DeskRequest, visible: QuerySet[Customer], refresh: Refresh | None, text: str) -> dict[str, Any]:
    """Context beside the rows: orders whose number was typed, segments and cohorts to filter by."""
    return {
        "orders": search.orders_numbered(visible, text),
        "segments": Segment.objects.visible_to(request.user).order_by("name", "pk"),
        "cohorts": cohorts(refresh),
    }


def _choices(columns: Sequence[Column], available: Mapping[str, Column], sort: AskedSort) -> dict[str, Any]:
    """Context of the headings, the present sort, and all columns to choose from, those shown first."""
    choosable = [*columns, *(column for column in available.values() if column not in columns)]
    return {"headings": headings(columns, sort), "sort": sort.given, "choosable": choosable}


@require_POST
def columns(request: DeskRequest) -> HttpResponse:
    """Save the chosen columns. No right beyond seeing customers is needed, as it concerns the user alone."""
    if not may(request.user, SEE_CUSTOMERS):
        raise Http404
    choose(request.user, request.POST.getlist("column"))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else reverse("customers"))
