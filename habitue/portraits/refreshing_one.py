"""The portrait of one customer, computed at once with the models fitted by the latest refresh."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from habitue import insight
from habitue.customers.models import Customer
from habitue.events.listeners import Written
from habitue.kernel.database import bulk
from habitue.portraits import facts, standing, tracing
from habitue.portraits.freshness import at_once
from habitue.portraits.latest import latest_refresh
from habitue.portraits.models import NextOffers, Portrait, Refresh, StageChange
from habitue.portraits.refreshing import PORTRAIT_FIELDS, stored_as
from habitue.purchases.models import Order
from habitue.segments import counting

CHANGED = ("portraits.portrait", "portraits.stagechange")  # tables


def refresh_one(customer: Customer, since: dt.date | None = None) -> Portrait | None:
    """Replace the portrait and stage changes of a customer whose facts changed, and return the new portrait.

    None before the first refresh, and for an internal or merged customer.

    Nothing is fitted: models, thresholds and currency are those of the latest refresh. The portrait is as of that
    refresh or of the customer's last order, whichever is later. `since`: the first day whose facts changed, so that
    stage changes before its month stay; None replaces all. Next offers, renewals and the figures of the base stay as
    they are. A refresh running meanwhile may overwrite this with older facts; the next one notices the change.
    """
    run = latest_refresh()
    if run is None or "scores" not in run.parameters:
        return None
    known, as_of = facts.of_customer(customer.pk), day_of(run, customer)
    portraits = insight.portraits_as_fitted(
        known, facts.day_number(as_of), run.parameters, insight.Thresholds(**run.thresholds), run.currency
    )
    with transaction.atomic():
        write(customer, portraits)
        retrace(customer, known, run, as_of, since)
        standing.write_roles(as_of, [customer.pk])
        counting.follow(Written({customer.pk}, set(CHANGED)))
    return Portrait.objects.filter(pk=customer.pk).first()


def follow(written: Written) -> None:
    """Refresh the portraits of customers who were merged, unmerged, or made internal or not."""
    if at_once(written):
        for customer in Customer.objects.filter(pk__in=written.customers or ()).order_by("pk"):
            refresh_one(customer)


def day_of(run: Refresh, customer: Customer) -> dt.date:
    """The day of the new portrait: that of the refresh, or of the customer's last order if later."""
    known = customer.orders.filter(placed_on__lte=timezone.localdate())
    last: dt.date | None = known.aggregate(last=Max("placed_on"))["last"]
    return max(run.as_of, last or run.as_of)


def write(customer: Customer, portraits: pa.Table) -> None:
    """Replace the stored portrait by the row of `portraits`; without a row, delete it."""
    Portrait.objects.filter(pk=customer.pk)._raw_delete(Portrait.objects.db)
    if portraits.num_rows:
        bulk.insert_table(Portrait, portraits.select([stored_as(name) for name in PORTRAIT_FIELDS]))
    else:
        NextOffers.objects.filter(pk=customer.pk).delete()


def retrace(customer: Customer, known: insight.Facts, run: Refresh, as_of: dt.date, since: dt.date | None) -> None:
    """Replace the stage changes of a customer from the month of `since` on, or all of them."""
    first: dt.date | None = Order.objects.filter(buyer=customer).aggregate(first=Min("placed_on"))["first"]
    start = (since or first or as_of).replace(day=1)
    stored = StageChange.objects.filter(customer=customer)
    (stored.filter(on__gte=start) if since else stored).delete()
    days = [facts.day_number(on) for on in tracing.month_ends(start, as_of)]
    stages = insight.stages_at(known, days, run.parameters, insight.Thresholds(**run.thresholds))
    bulk.insert_table(StageChange, tracing.transitions(stages, *tracing.stages_before(start, customer.pk)))
