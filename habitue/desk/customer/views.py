"""The window, which shows one customer."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from habitue.customers.models import Customer
from habitue.desk.customer import context
from habitue.desk.customer.orders import order_context
from habitue.desk.customer.sections import SECTIONS, section_context, show_section, visible
from habitue.desk.shell.access import DeskRequest, may_look
from habitue.portraits.freshness import of_refresh
from habitue.portraits.latest import latest_refresh
from habitue.reading.customer.timeline import TABS
from habitue.reading.customer.window import find


@may_look
def window(request: DeskRequest, pk: int) -> HttpResponse:
    """The window; for htmx only the part that it asks for. A merged record redirects to the canonical one."""
    customer = find(Customer.objects.visible_to(request.user), pk)
    if customer is None:
        return _canonical(request, pk)
    if request.htmx and request.htmx.target in SECTIONS:
        return show_section(request, customer, request.htmx.target)
    if request.htmx and request.htmx.target == "profile-form":
        return HttpResponse()
    return _page(request, customer)


def _canonical(request: DeskRequest, pk: int) -> HttpResponse:
    """A redirect from a merged record to the canonical one; 404 where there is none."""
    merged = get_object_or_404(Customer.objects.filter(merged_into__isnull=False), pk=pk)
    visible_ones = Customer.objects.visible_to(request.user)
    return redirect("customer", get_object_or_404(visible_ones, pk=merged.merged_into_id).pk)


def _page(request: DeskRequest, customer: Customer) -> HttpResponse:
    """The window; for htmx its history, from the top or only the entries after a cursor."""
    refresh, done, tab = latest_refresh(), request.GET.get("done", ""), request.GET.get("tab", "all")
    if tab not in TABS:
        raise Http404
    shown = section_context(customer, int(done) if done.isdecimal() else None)
    shown |= context.timeline(customer, shown["overview"], tab, request.GET.get("before", ""))
    shown |= {"customer": customer, "refresh": refresh, "freshness": of_refresh(refresh)}
    if request.htmx:
        part = "history" if request.htmx.target == "history" else "entries"
        return render(request, f"customer/page.html#{part}", shown)
    shown |= context.assessment(customer, refresh, shown["overview"])
    return render(request, "customer/page.html", shown)


@may_look
def order(request: DeskRequest, pk: int, order: int) -> HttpResponse:
    """The page of an order; for htmx only its lines."""
    customer = visible(request, pk)
    row = get_object_or_404(customer.orders.select_related("buyer", "refund_of", "payer", "recipient"), pk=order)
    shown = {"customer": customer} | order_context(request, row)
    return render(request, "customer/order.html#lines" if request.htmx else "customer/order.html", shown)
