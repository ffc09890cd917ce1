"""The time of the undo of one edit, without later changes and with 200,000 of them in the same table.

The same edit is undone repeatedly and rolled back. The later changes are ten imports that each change every customer.
"""

from __future__ import annotations

import statistics
import time

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.events.journal import record, resume
from habitue.events.models import Change, Event
from habitue.events.undoing import undo
from habitue.kernel.database import bulk

CUSTOMERS, ROUNDS, TURNS = 20_000, 10, 25


def report() -> None:
    call_command("migrate", verbosity=0)
    names = ("reference", "name", "name_key", "kind", "created_at")
    now = timezone.now()
    bulk.insert(Customer, names, ((f"C{at}", f"Name {at}", f"name {at}", "person", now) for at in range(CUSTOMERS)))
    with record("customer.edited") as journal:
        journal.save(Customer.objects.get(reference=f"C{CUSTOMERS // 2}"), name="Ada")
    none = _median(journal.event)
    _change_all()
    later = Change.objects.exclude(event=journal.event).count()
    many = _median(journal.event)
    print(f"Undo of one edit: {none * 1000:.1f} ms with no later change, {many * 1000:.1f} ms with {later:,}: ", end="")
    print(f"{many / none:.2f} times (at most 2 asked)")


def _median(event: Event) -> float:
    times = []
    for _turn in range(TURNS):
        with transaction.atomic():
            begun = time.perf_counter()
            undo(event)
            times.append(time.perf_counter() - begun)
            transaction.set_rollback(True)
    return statistics.median(times)


def _change_all() -> None:
    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    for turn in range(ROUNDS):
        event = Event.objects.create(kind="import.finished", data={"file": f"{turn}.csv"})
        with resume(event) as journal:
            journal.changed_many(
                Customer, ((pk, {"internal": bool(turn % 2)}, {"internal": not turn % 2}) for pk in pks)
            )
            bulk.update(Customer, ["internal"], [(not turn % 2, pk) for pk in pks])
