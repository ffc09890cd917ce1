"""Saved segments: their members with the days of entering and leaving, and their size day by day.

`count` finds the members of a segment anew: when it is saved, after every refresh of the portraits, and when customers
change. A membership begins and ends on the day on which a count noticed it; one that would begin and end on the same
day is deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.events import subjects
from habitue.events.done import Done
from habitue.events.journal import begin, record
from habitue.events.listeners import Written
from habitue.kernel.database import bulk
from habitue.kernel.errors import HabitueError
from habitue.segments.conditions import Scope
from habitue.segments.models import Membership, Segment, SegmentSize
from habitue.segments.rules import Group, asked, matching, parse, reads
from habitue.segments.values import Resting

if TYPE_CHECKING:
    from habitue.team.models import User

IDS = pa.schema({"id": pa.int64()})
FEW = 1_000  # customers: asked about one by one; of more all are counted
AT_ONCE = 10_000
LONGEST = 120
EPOCH = dt.date(1970, 1, 1)
Ids = npt.NDArray[np.int64]


def save(
    name: str, rules: Any, by: User | None = None, *, shared: bool = False, segment: Segment | None = None
) -> Done[Segment]:
    """Create a segment owned by `by`, or change `segment`, and count it. HabitueError for invalid rules."""
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > LONGEST:
        raise HabitueError(_("Give the segment a name of at most %(most)s letters.") % {"most": LONGEST})
    kept = parse(rules, (segment.pk,) if segment else ()).kept()
    with transaction.atomic():
        if segment is None:
            done = _made(Segment(name=name, rules=kept, owner=by, shared=shared), by)
        else:
            done = _edited(segment, by, name=name, rules=kept, shared=shared)
        count(done.row)
    return done


def copy(segment: Segment, by: User | None = None) -> Done[Segment]:
    return save(_("%(name)s (copy)") % {"name": segment.name[: LONGEST - 20]}, segment.rules, by)


def remove(segment: Segment, by: User | None = None) -> Done[Segment]:
    """Hide a segment (soft deletion), keeping its history. Segments that refer to it are broken until it is back."""
    if segment.removed_at:
        return Done(segment)
    with record("segment.removed", by=by, segment=segment.pk, name=segment.name) as journal:
        journal.save(segment, removed_at=timezone.now())
    return Done(segment, journal.event)


def _made(segment: Segment, by: User | None) -> Done[Segment]:
    with record("segment.made", by=by, name=segment.name) as journal:
        journal.create(segment)
    return Done(segment, journal.event)


def _edited(segment: Segment, by: User | None, **values: Any) -> Done[Segment]:
    if all(getattr(segment, name) == value for name, value in values.items()):
        return Done(segment)
    with record("segment.edited", by=by, segment=segment.pk, name=values["name"]) as journal:
        journal.save(segment, **values)
    return Done(segment, journal.event)


def refresh_segments() -> int:
    """Count every segment; returns how many could be. A broken one keeps its members and loses its size."""
    counted = 0
    for segment in Segment.objects.active().order_by("pk"):
        try:
            count(segment)
            counted += 1
        except HabitueError:
            Segment.objects.filter(pk=segment.pk).update(size=None)
    return counted


def follow(written: Written) -> None:
    """Count the segments that depend on what was written; for few customers, those customers only."""
    customers = sorted(written.customers or ())
    for segment, rules, resting in _resting_on(written.tables):
        if written.customers is None or len(customers) > FEW or not all(map(subjects.names_customers, resting)):
            count(segment)
        elif customers:
            _count_few(segment, rules, customers)


@transaction.atomic
def count(segment: Segment) -> None:
    """Find the members of a segment and store who entered, who left, and its size today. Idempotent within a day."""
    Segment.objects.select_for_update().get(pk=segment.pk)
    rules, day = parse(segment.rules, (segment.pk,)), timezone.localdate()
    members = _ids(matching(rules).order_by("pk").values_list("pk"))
    current = _ids(_current(segment).order_by("customer_id").values_list("customer_id"))
    entered, left = np.setdiff1d(members, current, True), np.setdiff1d(current, members, True)
    _close(segment, left, day)
    _open(segment, entered, day)
    _write_size(segment, day, len(members))
    if len(entered) or len(left) or segment.counted_on is None:
        data = {"segment": segment.pk, "size": len(members), "entered": len(entered), "left": len(left)}
        begin("segment.counted", **data)
    segment.size, segment.counted_on = len(members), day
    segment.save(update_fields=["size", "counted_on"])


@transaction.atomic
def _count_few(segment: Segment, rules: Group, customers: Sequence[int]) -> None:
    """As `count`, where only these customers may have entered or left."""
    day = timezone.localdate()
    members = set(matching(rules, Scope(only=customers)).values_list("pk", flat=True))
    current = set(_current(segment).filter(customer_id__in=customers).values_list("customer_id", flat=True))
    entered, left = sorted(members - current), sorted(current - members)
    if not entered and not left:
        return
    _close(segment, np.array(left, np.int64), day)
    _open(segment, np.array(entered, np.int64), day)
    size = _current(segment).count()
    _write_size(segment, day, size)
    data = {"segment": segment.pk, "size": size, "entered": len(entered), "left": len(left)}
    begin("segment.counted", **data)
    Segment.objects.filter(pk=segment.pk).update(size=size, counted_on=day)


def _resting_on(changed: set[str]) -> Iterator[tuple[Segment, Group, set[str]]]:
    for segment in Segment.objects.active().order_by("pk"):
        try:
            rules = parse(segment.rules, (segment.pk,))
        except HabitueError:
            continue
        if resting := _rests_on(rules) & changed:
            yield segment, rules, set(resting)


def _rests_on(rules: Group) -> frozenset[str]:
    """Labels of the models that the rules depend on, through other segments too, and Customer, which merges change."""
    inner = [
        _rests_on(value.rules) for one in asked(rules) for value in one.values.values() if isinstance(value, Resting)
    ]
    return reads(rules).union({"customers.customer"}, *inner)


def _current(segment: Segment) -> Any:
    return Membership.objects.filter(segment=segment, until=None)


def _ids(rows: Any) -> Ids:
    table = pa.Table.from_batches(bulk.read(rows, IDS), IDS)
    return np.asarray(table["id"].to_numpy(), np.int64)


def _close(segment: Segment, left: Ids, day: dt.date) -> None:
    for some in _batches(left):
        rows = _current(segment).filter(customer_id__in=some)
        rows.filter(since=day).delete()
        rows.update(until=day)


def _open(segment: Segment, entered: Ids, day: dt.date) -> None:
    """Begin memberships; those that ended today are continued instead."""
    back = Membership.objects.filter(segment=segment, until=day)
    returned = _ids(back.order_by("customer_id").values_list("customer_id")) if len(entered) else entered
    for some in _batches(np.intersect1d(entered, returned)):
        back.filter(customer_id__in=some).update(until=None)
    new = np.setdiff1d(entered, returned)
    if len(new):
        columns = {
            "segment": pa.repeat(segment.pk, len(new)),
            "customer": new,
            "since": pa.repeat(pa.scalar((day - EPOCH).days, pa.int32()), len(new)),
        }
        bulk.insert_table(Membership, pa.table(columns))


def _write_size(segment: Segment, day: dt.date, size: int) -> None:
    """Store the size of a segment on a day, with how many entered and left; at its first count both are 0."""
    rows = Membership.objects.filter(segment=segment)
    first = not SegmentSize.objects.filter(segment=segment, on__lt=day).exists()
    moved = {"entered": 0, "left": 0}
    if not first:
        moved = {"entered": rows.filter(since=day).count(), "left": rows.filter(until=day).count()}
    SegmentSize.objects.update_or_create(segment=segment, on=day, defaults={"customers": size, **moved})


def _batches(ids: Ids) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE].tolist()
