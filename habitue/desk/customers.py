"""The list of customers: filtered, sorted and paged by its URL alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from habitue.customers.models import Customer
from habitue.desk import search
from habitue.desk.access import DeskRequest, may_look
from habitue.desk.cohorts import cohorts
from habitue.desk.latest import latest_refresh
from habitue.portraits.models import Stage

PAGE = 50
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100  # as imports take them
SORTS = {
    "name": ("name_key", _("Name")),
    "stage": ("portrait__stage_rank", _("Stage")),
    "last": ("portrait__last_day", _("Last purchase")),
    "value": ("portrait__value", _("Value to date")),
    "expected": ("portrait__expected_value", _("Expected in 12 months")),
}
USUAL_SORT = "-value"


@may_look
def customers(request: DeskRequest) -> HttpResponse:
    filters = Filters.read(request)
    sort = read_sort(request)
    visible = Customer.objects.visible_to(request.user)
    found = filters.apply(visible)
    rows, following = page(found, sort, request.GET.get("after", ""))
    refresh = latest_refresh()
    facts = {"rows": rows, "following": following, "filters": filters, "sort": sort, "refresh": refresh}
    if request.htmx:
        return render(request, "customers.html#rows", facts)
    facts |= counts(filters, visible) | {"sorts": sort_links(sort), "cohorts": cohorts(refresh)}
    facts["orders"] = search.orders_numbered(visible, filters.text)
    return render(request, "customers.html", facts)


@dataclass(frozen=True)
class Filters:
    """What the URL asks for. A stage, a month of first purchase, a passage between stages in a month, a text."""

    stage: str = ""
    cohort: date | None = None
    entered: str = ""
    left: str = ""
    month: date | None = None
    text: str = ""

    @classmethod
    def read(cls, request: DeskRequest) -> Filters:
        return cls(
            stage=known_stage(request.GET.get("stage", "")),
            cohort=read_month(request.GET.get("cohort", "")),
            entered=known_stage(request.GET.get("entered", "")),
            left=known_stage(request.GET.get("left", "")),
            month=read_month(request.GET.get("month", "")),
            text=search.asked(request),
        )

    def apply(self, customers: QuerySet[Customer], *, but_stage: bool = False) -> QuerySet[Customer]:
        if self.text:
            numbered = search.orders_numbered(customers, self.text)
            customers = search.matching(customers, self.text) | customers.filter(
                pk__in=[order.buyer_id for order in numbered]
            )
        if self.cohort:
            customers = customers.filter(
                portrait__first_day__gte=self.cohort, portrait__first_day__lt=following_month(self.cohort)
            )
        if self.month and (self.entered or self.left):
            customers = customers.filter(self._passage(self.month))
        if self.stage and not but_stage:
            customers = customers.filter(portrait__stage=self.stage)
        return customers

    def _passage(self, month: date) -> Q:
        passage = Q(stage_changes__on__gte=month, stage_changes__on__lt=following_month(month))
        if self.entered:
            passage &= Q(stage_changes__now=self.entered)
        if self.left:
            passage &= Q(stage_changes__was=self.left)
        return passage

    @property
    def any(self) -> bool:
        return bool(self.stage or self.cohort or self.entered or self.left or self.text)


def page(found: QuerySet[Customer], sort: str, after: str) -> tuple[list[Customer], str]:
    """The rows after the cursor, and the cursor of the page that follows ("" at the end).

    Keyset paging: a page deep in a million rows costs what the first one does. Customers who lack the value that
    is sorted by come last in either direction, in the order of their ids.
    """
    field = SORTS[sort.lstrip("-")][0]
    falling = sort.startswith("-")
    found = found.select_related("portrait")
    key, pk = read_cursor(after, field)
    rows: list[Customer] = []
    if key is not None or not after:
        with_value = found.filter(**{f"{field}__isnull": False}).order_by(*directions(field, falling))
        if after:
            beyond = Q(**{f"{field}__{'lt' if falling else 'gt'}": key})
            with_value = with_value.filter(beyond | Q(**{field: key, f"pk__{'gt' if falling else 'lt'}": pk}))
            pk = 0  # those without a value start from their first
        rows = list(with_value[: PAGE + 1])
    if len(rows) <= PAGE and field != "name_key":
        without = found.filter(**{f"{field}__isnull": True}, pk__gt=pk).order_by("pk")
        rows += without[: PAGE + 1 - len(rows)]
    following = cursor(rows[PAGE - 1], field) if len(rows) > PAGE else ""
    return rows[:PAGE], following


def directions(field: str, falling: bool) -> tuple[str, str]:
    """The tie-break runs against the value, as the indexes do, so that either direction reads one of them."""
    owner = "portrait__customer" if field.startswith("portrait__") else "pk"
    return (f"-{field}", owner) if falling else (field, f"-{owner}")


def cursor(customer: Customer, field: str) -> str:
    holder: Any = customer
    *path, name = field.split("__")
    for step in path:
        holder = getattr(holder, step, None)
    key = getattr(holder, name, None)
    return f"{'' if key is None else key}~{customer.pk}"


def read_cursor(after: str, field: str) -> tuple[Any, int]:
    if not after:
        return None, 0
    key, _tilde, pk = after.replace("\0", "").rpartition("~")
    try:
        if not key and field != "name_key":
            return None, int(pk)
        if field == "portrait__last_day":
            return date.fromisoformat(key), int(pk)
        return (key if field == "name_key" else int(key)), int(pk)
    except ValueError as error:
        raise Http404 from error


def counts(filters: Filters, visible: QuerySet[Customer]) -> dict[str, Any]:
    """How many in each stage, within the other filters, and how many in all."""
    found = filters.apply(visible, but_stage=True)
    by_stage = dict(found.values_list("portrait__stage").annotate(count=Count("pk", distinct=True)).order_by())
    total = sum(by_stage.values())
    stages = [(code, by_stage.get(code, 0)) for code in Stage.values if by_stage.get(code) or filters.stage == code]
    return {"stages": stages, "all": total, "total": by_stage.get(filters.stage, 0) if filters.stage else total}


def sort_links(sort: str) -> list[dict[str, Any]]:
    """For each column: the sort that its heading leads to, and the direction it has now."""
    links = []
    for name, (_field, label) in SORTS.items():
        first = name if name in ("name", "stage") else f"-{name}"
        other = name if first.startswith("-") else f"-{name}"
        now = "" if sort.lstrip("-") != name else "descending" if sort.startswith("-") else "ascending"
        links.append({"name": name, "label": label, "to": other if sort == first else first, "now": now})
    return links


def read_sort(request: DeskRequest) -> str:
    sort = request.GET.get("sort", USUAL_SORT)
    if sort.removeprefix("-") not in SORTS:
        raise Http404
    return sort


def known_stage(code: str) -> str:
    if code and code not in Stage.values:
        raise Http404
    return code


def read_month(text: str) -> date | None:
    if not text:
        return None
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    if not EARLIEST_YEAR <= month.year <= LATEST_YEAR:
        raise Http404
    return month


def following_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
