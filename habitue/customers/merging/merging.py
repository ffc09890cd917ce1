"""Merge several records of the same customer into one, with all rows that point at them; the event can be undone.

Each model with a foreign key to a customer states its merge policy: `on_merge = {"buyer": "moved"}`. Rows of a model
that is `recomputed` are deleted and computed anew. A foreign key without a policy makes every merge fail, so that no
data is lost by oversight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers import fields
from habitue.customers.models import Customer, CustomValue, Pair
from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.events.models import Event, EventSubject
from habitue.events.undoing import Kept
from habitue.kernel.errors import HabitueError

if TYPE_CHECKING:
    from habitue.team.models import User

MERGED = "customer.merged"
CUSTOM = "custom:"
LISTED = 1000  # rows of a kind
NOT_COUNTED = ("customers.customer", "customers.pair", "events.eventsubject")
MergeAction = Literal["moved", "joined", "dropped", "paired"]


def merge(
    kept: Customer, others: Sequence[Customer], choices: Mapping[str, int], by: User | None = None
) -> Done[Customer]:
    """Merge `others` into `kept`, the canonical record. Those merged already are left as they are.

    `choices`: by field, the id of the customer whose value is taken: {"born_on": 12}, or {"custom:size": 12} for a
    custom field. Other fields keep the value of `kept`.
    """
    with transaction.atomic():
        kept, others, merged = _locked(kept, others)
        if not others:
            if not merged:
                raise HabitueError(_("Choose at least two records to merge."))
            return Done(kept)
        _require_choices(choices, {kept.pk, *(other.pk for other in others)})
        pks = [other.pk for other in others]
        data = {"kept": kept.pk, "others": pks, "choices": dict(choices), "last": _last_rows()}
        with record(MERGED, by=by, customer=kept, **data) as written:
            _choose(written, kept, others, choices)
            for other in others:
                _take_along(written, kept, other)
            _settle(written, [kept.pk, *pks])
            written.touched.update([kept.pk, *pks])
            written.event.data["taken"] = _taken(written.event)
            written.event.save(update_fields=["data"])
    return Done(kept, written.event)


def absorb(written: Journal, kept: Customer, others: Sequence[Customer]) -> None:
    """Merge `others` into `kept` as a part of another event, whose undo takes it back. No value of `kept` changes."""
    for other in others:
        _take_along(written, kept, other)
    _settle(written, [kept.pk, *(other.pk for other in others)])
    written.touched.update([kept.pk, *(other.pk for other in others)])


def pointing() -> Iterator[tuple[models.ForeignKey[Any, Any], MergeAction | None]]:
    """Every foreign key to Customer, of any domain, with its merge policy; None where the model states none."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            model = relation.related_model
            stated = getattr(model, "on_merge", {}).get(relation.field.name)
            yield relation.field, stated or ("dropped" if getattr(model, "recomputed", False) else None)


def came_after(event: Event) -> list[tuple[type[models.Model], list[int]]]:
    """(model, ids) of the rows added to the kept record since this merge. They stay there when it is undone."""
    came = []
    for field, way in pointing():
        last = event.data["last"].get(field.model._meta.label_lower)
        if way in ("moved", "joined") and last is not None and field.model not in (EventSubject, Customer):
            rows = field.model._default_manager.filter(**{field.name: event.data["kept"]}, pk__gt=last)
            if pks := list(rows.order_by("pk").values_list("pk", flat=True)[:LISTED]):
                came.append((field.model, pks))
    return came


def before_undoing(event: Event) -> list[Kept]:
    """Refuse (409) to undo a merge whose kept record was merged into another since; else return the rows that will
    stay.
    """
    Customer.objects.select_for_update().filter(pk=event.data["kept"]).first()  # no other merge meanwhile
    if later := _merged_on(event):
        raise HabitueError(
            _("%(kept)s has since been merged into %(into)s. Undo that merge (%(at)s) first.")
            % {
                "kept": Customer.objects.get(pk=event.data["kept"]),
                "into": Customer.objects.get(pk=later.data["kept"]),
                "at": f"{timezone.localtime(later.at):%Y-%m-%d %H:%M}",
            },
            status=409,
        )
    return [Kept(model._meta.label_lower, pk, "came_since") for model, pks in came_after(event) for pk in pks]


def _merged_on(event: Event) -> Event | None:
    """The last of the later merges that took the kept record of `event` further; None where there is none."""
    later = Event.objects.filter(kind=MERGED, undone_by=None, pk__gt=event.pk).order_by("pk")
    last = None
    kept = event.data["kept"]
    for one in later.iterator():
        if kept in one.data["others"]:
            last, kept = one, one.data["kept"]
    return last


def _locked(kept: Customer, others: Sequence[Customer]) -> tuple[Customer, list[Customer], bool]:
    """(kept record, records still to merge, whether any other was given), read again and locked."""
    wanted = {kept.pk, *(other.pk for other in others)}
    rows = {row.pk: row for row in Customer.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    if missing := wanted - rows.keys():
        raise HabitueError(_("Customer %(id)s is not there any more. Load the page anew.") % {"id": min(missing)}, 409)
    kept = rows.pop(kept.pk)
    for row in [kept, *rows.values()]:
        if row.merged_into_id not in (None, kept.pk):
            raise HabitueError(
                _("%(name)s has been merged into %(into)s meanwhile. Merge with that record instead.")
                % {"name": row, "into": row.merged_into},
                status=409,
            )
    return kept, [row for row in rows.values() if row.merged_into_id is None], bool(rows)


def _require_choices(choices: Mapping[str, int], members: set[int]) -> None:
    for name, pk in choices.items():
        if name not in fields.NAMES and not name.startswith(CUSTOM):
            raise HabitueError(_("“%(name)s” is not a field that one can choose.") % {"name": name})
        if pk not in members:
            raise HabitueError(
                _("The value of “%(name)s” was to come from customer %(id)s, who is not among those to merge.")
                % {"name": name, "id": pk}
            )


def _choose(written: Journal, kept: Customer, others: Sequence[Customer], choices: Mapping[str, int]) -> None:
    rows = {row.pk: row for row in [kept, *others]}
    values = {name: getattr(rows[pk], name) for name, pk in choices.items() if not name.startswith(CUSTOM)}
    written.save(kept, created_at=min(row.created_at for row in rows.values()), **values)
    for name, pk in choices.items():
        if name.startswith(CUSTOM) and pk != kept.pk:
            _choose_custom(written, kept, rows[pk], name.removeprefix(CUSTOM))


def _choose_custom(written: Journal, kept: Customer, chosen: Customer, code: str) -> None:
    theirs = CustomValue.objects.filter(customer=chosen, field__code=code).first()
    ours = CustomValue.objects.filter(customer=kept, field__code=code).first()
    if theirs and ours:
        written.delete(ours)  # the other is moved with the rest


def _take_along(written: Journal, kept: Customer, other: Customer) -> None:
    for field, way in pointing():
        if way is None:
            raise HabitueError(
                f"{field.model._meta.label}.{field.name} does not say how it goes along with a merge: "
                f'give the model on_merge = {{"{field.name}": "moved"}} (habitue/customers/merging.py).',
                status=500,
            )
        rows = field.model._default_manager.filter(**{field.name: other.pk})
        if way == "moved":
            _move(written, field, rows, kept)
        elif way == "joined":
            _join(written, field, rows, kept)
        elif way == "paired":
            _pair(written, field, rows, kept)
        else:
            for row in rows:
                written.delete(row)
    written.save(other, merged_into=kept)


def _move(written: Journal, field: Any, rows: models.QuerySet[Any], kept: Customer) -> None:
    """Point the rows at the kept record. `changed_at` is set, for those who copy facts by it."""
    values: dict[str, Any] = {field.attname: kept.pk}
    if any(column.name == "changed_at" for column in field.model._meta.concrete_fields):
        values["changed_at"] = timezone.now()
    written.update(rows, **values)


def _join(written: Journal, field: Any, rows: models.QuerySet[Any], kept: Customer) -> None:
    """Point the rows at the kept record; delete those that it has already, or that would relate it to itself."""
    for row in rows:
        if _would_tie_to_itself(row, field, kept) or _would_be_twice(row, field, kept):
            written.delete(row)
        else:
            written.save(row, **{field.name: kept})


def _would_tie_to_itself(row: models.Model, field: Any, kept: Customer) -> bool:
    others = (column for column in row._meta.concrete_fields if column.related_model is Customer and column != field)
    return any(getattr(row, column.attname) == kept.pk for column in others)


def _would_be_twice(row: models.Model, field: Any, kept: Customer) -> bool:
    model = type(row)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            same = {name: getattr(row, name) for name in constraint.fields if name != field.name}
            if model._default_manager.filter(**same, **{field.name: kept.pk}).exists():
                return True
    return False


def _pair(written: Journal, field: Any, rows: models.QuerySet[Any], kept: Customer) -> None:
    """Point duplicate pairs with third records at the kept record. Its own pair wins, but "never the same" is kept."""
    for pair in rows.exclude(first=kept).exclude(second=kept):
        outsider = pair.second_id if field.name == "first" else pair.first_id
        first, second = sorted((kept.pk, outsider))
        known = Pair.objects.filter(first=first, second=second).first()
        if known is None:
            written.save(pair, first_id=first, second_id=second)
            continue
        if pair.verdict == Pair.Verdict.NEVER and known.verdict == Pair.Verdict.OPEN:
            written.save(known, verdict=pair.verdict, decided=pair.decided)
        written.delete(pair)


def _settle(written: Journal, members: Sequence[int]) -> None:
    """Set the duplicate pairs among the merged records to "the same"."""
    for pair in Pair.objects.filter(first__in=members, second__in=members):
        written.save(pair, verdict=Pair.Verdict.SAME, decided=written.event)


def _last_rows() -> dict[str, int]:
    """The highest id of each table that a merge moves rows of, to recognise later what was added since."""
    tables = {field.model for field, way in pointing() if way in ("moved", "joined")}
    return {
        model._meta.label_lower: model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
        for model in tables
    }


def _taken(event: Event) -> dict[str, int]:
    """How many rows of each model the merge moved."""
    rows: dict[str, set[int]] = {}
    for change in event.changes.exclude(model__in=NOT_COUNTED).exclude(after=None):
        rows.setdefault(change.model, set()).update(change.pks)
    return {model: len(pks) for model, pks in sorted(rows.items())}
