"""The list of customers: filtered, sorted and paged by its URL alone."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from habitue.customers.models import Customer
from habitue.desk.customer_list.cells import set_cells
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits.latest import latest_refresh
from habitue.reading import search
from habitue.reading.base.cohorts import cohorts
from habitue.reading.customer_list.columns import NAME, Column, choose, chosen, fill, known
from habitue.reading.customer_list.filters import Filters, counted_later, counts, takes_long
from habitue.reading.customer_list.paging import page
from habitue.segments.models import Segment

USUAL_SORT = "-value"


@may_look
def customers(request: DeskRequest) -> HttpResponse:
    filters, there = Filters.read(request.GET, request.user), known()
    columns, visible = chosen(request.user, there), Customer.objects.visible_to(request.user)
    sort = read_sort(request.GET.get("sort", USUAL_SORT), there)
    refresh = latest_refresh()
    facts: dict[str, Any] = {"filters": filters, "refresh": refresh, "columns": columns, "width": len(columns) + 2}
    if request.htmx and "counts" in request.GET:
        return render(request, "customer_list/page.html#stages", facts | counts(filters, visible, refresh))
    column, falling = of_sort(sort, there)
    after = request.GET.get("after", "")
    rows, following = page(filters.sought(visible, refresh), column.sort, falling, after)  # type: ignore[arg-type]
    fill(rows, columns)
    set_cells(rows, columns)
    facts |= {"rows": rows, "following": following}
    if request.htmx:
        return render(request, "customer_list/page.html#rows", facts)
    facts |= counted_later(filters) if takes_long(filters) else counts(filters, visible, refresh)
    facts |= {"sorts": sort_links([NAME, *columns], sort), "cohorts": cohorts(refresh), "sort": sort}
    facts |= {"segments": Segment.objects.visible_to(request.user).order_by("name", "pk")}
    facts |= {"choosable": [*columns, *(column for code, column in there.items() if column not in columns)]}
    facts["orders"] = search.orders_numbered(visible, filters.text)
    return render(request, "customer_list/page.html", facts)


@require_POST
def columns(request: DeskRequest) -> HttpResponse:
    """Which columns somebody sees is nobody else's business: it takes no right but to look."""
    if not request.user.has_perm("customers.view_customer"):
        raise Http404
    choose(request.user, request.POST.getlist("column"))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else reverse("customers"))


def sort_links(columns: list[Column], sort: str) -> list[dict[str, Any]]:
    """For each column: the sort that its heading leads to, and the direction it has now."""
    links = []
    for column in columns:
        link = {"code": column.code, "style": column.style, "label": column.label}
        if column.sort:
            first = f"-{column.code}" if column.falling else column.code
            other = column.code if column.falling else f"-{column.code}"
            now = "" if sort.lstrip("-") != column.code else "descending" if sort.startswith("-") else "ascending"
            link |= {"to": other if sort == first else first, "now": now}
        links.append(link)
    return links


def read_sort(sort: str, there: dict[str, Column]) -> str:
    """The usual one where the field that was sorted by is gone."""
    code = sort.removeprefix("-")
    if code.startswith("field.") and code not in there:
        return USUAL_SORT
    if code != NAME.code and (code not in there or there[code].sort is None):
        raise Http404
    return sort


def of_sort(sort: str, there: dict[str, Column]) -> tuple[Column, bool]:
    code = sort.removeprefix("-")
    return (NAME if code == NAME.code else there[code]), sort.startswith("-")
