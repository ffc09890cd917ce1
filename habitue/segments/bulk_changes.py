"""One change to many customers at once: told beforehand, written by one event, and undone by it.

edit = read_edit("tag", {"tag": "12"})
preview(customers, edit)      who would change, with a few examples
apply(customers, edit, by)    done, with its event
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.customers.custom_fields import customising
from habitue.customers.fields import BY_NAME, PROFILE, ProfileField
from habitue.customers.models import Customer, CustomField, CustomValue, Relation, Tag, Tagging
from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.kernel.database import bulk
from habitue.kernel.errors import HabitueError
from habitue.segments.conditions import Input
from habitue.segments.values import read

if TYPE_CHECKING:
    from habitue.team.models import User

EXAMPLES = 5
AT_ONCE = 5_000
KIND = "customers.changed"
TITLES = {
    "tag": gettext_lazy("Put on a tag"),
    "untag": gettext_lazy("Take off a tag"),
    "field": gettext_lazy("Set a field"),
    **{field.name: field.bulk_label for field in PROFILE if field.bulk_label},
    "end": gettext_lazy("End a relation, today"),
}
FLAGS = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
COLUMNS = {"number": "number", "flag": "number", "day": "day", "customer": "other_id"}  # of other types: text


@dataclass(frozen=True)
class Edit:
    """`target`: the tag or the field that is meant. `value` None takes what is there away."""

    code: str
    value: Any = None
    target: Any = None


@dataclass
class Preview:
    """`examples`: (customer, what is, what will be)."""

    customers: int
    changing: int = 0
    examples: list[tuple[Customer, Any, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """How a sort of edit is done. `changing` narrows customers to those whom it changes."""

    changing: Callable[[QuerySet[Customer], Edit], QuerySet[Customer]]
    old: Callable[[Sequence[int], Edit], dict[int, Any]]
    new: Callable[[Edit], Any]
    write: Callable[[Journal, Sequence[int], Edit], None]


def read_edit(code: str, given: Mapping[str, str]) -> Edit:
    """What was chosen in a form. `given` holds the tag, the field and the value."""
    if code in ("tag", "untag"):
        chosen = given.get("tag", "")
        tag = Tag.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        if tag is None:
            raise HabitueError(_("Choose a tag."))
        return Edit(code, target=tag)
    if code == "field":
        own = CustomField.objects.filter(code=given.get("field", "")).first()
        if own is None:
            raise HabitueError(_("Choose a field."))
        return Edit(code, _value(own, given.get(f"value.{own.code}", "")), own)
    if code not in CHOICES:
        raise HabitueError(_("Choose what to change."))
    asked = Input(code, "choice", gettext_lazy("choice"), choices=CHOICES[code])
    value = read(asked, given.get(code, ""))
    flag = code in BY_NAME and BY_NAME[code].type == "flag"
    return Edit(code, value == "yes" if flag else value)


def preview(customers: QuerySet[Customer], edit: Edit) -> Preview:
    way = WAYS[edit.code]
    changing = way.changing(customers, edit)
    told = Preview(customers.count(), changing.count())
    some = list(changing.order_by("name_key", "pk")[:EXAMPLES])
    was = way.old([customer.pk for customer in some], edit)
    told.examples = [(customer, was.get(customer.pk), way.new(edit)) for customer in some]
    return told


def apply(customers: QuerySet[Customer], edit: Edit, by: User | None = None) -> Done[Edit]:
    """Whoever has the value already is left alone, so that twice is once; the segments follow."""
    way = WAYS[edit.code]
    with transaction.atomic():
        pks = list(way.changing(customers, edit).order_by("pk").values_list("pk", flat=True))
        if not pks:
            return Done(edit)
        target = getattr(edit.target, "code", None) or getattr(edit.target, "name", None)
        told = {"edit": edit.code, "target": target, "value": _as_json(edit.value), "customers": len(pks)}
        with record(KIND, by=by, **told) as journal:
            for some in _batches(pks):
                way.write(journal, some, edit)
            journal.touched.update(pks)
    return Done(edit, journal.event)


def _value(own: CustomField, typed: str) -> Any:
    """As it is stored, in the column of the field's type; None for nothing, which takes the value away."""
    columns = customising.parse(own, typed)
    if columns is None:
        return None
    value = columns[COLUMNS.get(own.type, "text")]
    return int(value) if own.type == CustomField.Type.FLAG else value


def _untagged(customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
    return customers.exclude(pk__in=Tagging.objects.filter(tag=edit.target).values("customer"))


def _tagged(customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
    return customers.filter(pk__in=Tagging.objects.filter(tag=edit.target).values("customer"))


def _tag(journal: Journal, pks: Sequence[int], edit: Edit) -> None:
    now = timezone.now()
    rows = [(edit.target.pk, pk, now, journal.event.pk) for pk in pks]
    bulk.insert(Tagging, ["tag", "customer", "at", "source"], rows)
    made = Tagging.objects.filter(tag=edit.target, customer__in=pks)
    journal.created(Tagging, list(made.order_by("pk").values_list("pk", flat=True)))


def _untag(journal: Journal, pks: Sequence[int], edit: Edit) -> None:
    journal.delete_many(Tagging.objects.filter(tag=edit.target, customer__in=pks))


def _of_field(edit: Edit) -> QuerySet[CustomValue]:
    return CustomValue.objects.filter(field=edit.target)


def _otherwise(customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
    if edit.value is None:
        return customers.filter(pk__in=_of_field(edit).values("customer"))
    return customers.exclude(pk__in=_of_field(edit).filter(**_stored(edit)).values("customer"))


def _stored(edit: Edit) -> dict[str, Any]:
    return {COLUMNS.get(edit.target.type, "text"): edit.value}


def _set_field(journal: Journal, pks: Sequence[int], edit: Edit) -> None:
    there = _of_field(edit).filter(customer__in=pks)
    if edit.value is None:
        journal.delete_many(there)
        return
    have = set(there.values_list("customer_id", flat=True))
    journal.update(there, **_stored(edit), source_id=journal.event.pk)
    values = customising.NOTHING | _stored(edit)
    rows = [(edit.target.pk, pk, *values.values(), journal.event.pk) for pk in pks if pk not in have]
    bulk.insert(CustomValue, ["field", "customer", "text", "number", "day", "other", "source"], rows)
    made = there.filter(source=journal.event).exclude(customer__in=have)
    journal.created(CustomValue, list(made.order_by("pk").values_list("pk", flat=True)))


def _old_values(pks: Sequence[int], edit: Edit) -> dict[int, Any]:
    (column,) = _stored(edit)
    return dict(_of_field(edit).filter(customer__in=pks).values_list("customer_id", column.removesuffix("_id")))


def _set_own(name: str) -> Way:
    def old(pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        return dict(Customer.objects.filter(pk__in=pks).values_list("pk", name))

    return Way(
        changing=lambda customers, edit: customers.exclude(**{name: edit.value}),
        old=old,
        new=lambda edit: edit.value,
        write=lambda journal, pks, edit: _update(journal, pks, name, edit.value),
    )


def _update(journal: Journal, pks: Sequence[int], name: str, value: Any) -> None:
    journal.update(Customer.objects.filter(pk__in=pks), **{name: value})


def _choices(field: ProfileField) -> Sequence[tuple[str, Any]]:
    return FLAGS if field.type == "flag" else field.choices


def _relations(edit: Edit) -> QuerySet[Relation]:
    return Relation.objects.filter(kind=edit.value, last_day=None)


def _related(customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
    return customers.filter(pk__in=_relations(edit).values("of"))


def _end(journal: Journal, pks: Sequence[int], edit: Edit) -> None:
    journal.update(_relations(edit).filter(of__in=pks), last_day=timezone.localdate())


def _related_to(pks: Sequence[int], edit: Edit) -> dict[int, str]:
    return {row.of_id: str(row.to) for row in _relations(edit).filter(of__in=pks).select_related("to")}


CHOICES: dict[str, Callable[[], Sequence[tuple[str, Any]]]] = {
    **{field.name: partial(_choices, field) for field in PROFILE if field.bulk_label},
    "end": lambda: Relation.Kind.choices,
}
WAYS = {
    "tag": Way(_untagged, lambda pks, edit: {}, lambda edit: edit.target.name, _tag),
    "untag": Way(_tagged, lambda pks, edit: dict.fromkeys(pks, edit.target.name), lambda edit: None, _untag),
    "field": Way(_otherwise, _old_values, lambda edit: edit.value, _set_field),
    **{field.name: _set_own(field.name) for field in PROFILE if field.bulk_label},
    "end": Way(_related, _related_to, lambda edit: None, _end),
}


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]
