"""What the pages of an order show, of a customer's and of a sale to nobody."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from habitue.desk.customer.sections import window_of
from habitue.desk.shell.access import DeskRequest
from habitue.events.models import Event
from habitue.purchases.models import Order
from habitue.reading.customer.window import order_details
from habitue.reading.events import words

KINDS = ("order.entered", "order.returned", "order.corrected")


def order_context(request: DeskRequest, order: Order) -> dict[str, Any]:
    """Template context of an order: lines, refunds, and what has just been done to it."""
    details, done = order_details(order), None
    pk = request.GET.get("done", "")
    if pk.isascii() and pk.isdecimal() and len(pk) < 19:
        done = Event.objects.filter(pk=pk, kind__in=KINDS, data__order=order.pk, undone_by=None).first()
    back = window_of(order.buyer) if order.buyer else reverse("new_order")
    return {
        "order": details.order,
        "lines": details.lines,
        "discounts": details.discounts,
        "refunds": details.refunds,
        "done": {"pk": done.pk, "words": words(done)} if done else None,
        "next": back,
    }
