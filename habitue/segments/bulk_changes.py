"""One change to many customers at once, with a preview. It is one event, which can be undone.

edit = read_edit("tag", {"tag": "12"})
preview(customers, edit)      how many would change, with a few examples
apply(customers, edit, by)    makes the change; returns its event
"""

from __future__ import annotations

from abc import ABC, abstractmethod
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
COLUMNS = {"number": "number", "flag": "number", "day": "day", "customer": "other_id"}  # all other types: "text"


@dataclass(frozen=True)
class Edit:
    """A change to make. `code`: the operation; `target`: the tag or custom field; `value`: None removes the old one."""

    code: str
    value: Any = None
    target: Any = None


@dataclass
class Preview:
    """How many customers an edit would change. `examples`: (customer, old value, new value)."""

    customers: int
    changing: int = 0
    examples: list[tuple[Customer, Any, Any]] = field(default_factory=list)


class BulkOperation(ABC):
    """An operation of bulk changes: which customers it changes, and how."""

    @abstractmethod
    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        """The customers that the edit would change; others have the value already."""

    @abstractmethod
    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        """Make the change to the customers with these ids."""

    def old(self, pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        """The present value by customer id; customers without one are left out."""
        return {}

    def new(self, edit: Edit) -> Any:
        """The value after the edit; None where it removes the value."""
        return None


def read_edit(code: str, given: Mapping[str, str]) -> Edit:
    """The edit chosen in a form. `given`: the form's values (tag, field, value). HabitueError where something is
    missing.
    """
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
    operation = OPERATIONS[edit.code]
    changing = operation.changing(customers, edit)
    shown = Preview(customers.count(), changing.count())
    some = list(changing.order_by("name_key", "pk")[:EXAMPLES])
    was = operation.old([customer.pk for customer in some], edit)
    shown.examples = [(customer, was.get(customer.pk), operation.new(edit)) for customer in some]
    return shown


def apply(customers: QuerySet[Customer], edit: Edit, by: User | None = None) -> Done[Edit]:
    """Make the change to those customers who do not have the value yet, as one event; segments are updated."""
    operation = OPERATIONS[edit.code]
    with transaction.atomic():
        pks = list(operation.changing(customers, edit).order_by("pk").values_list("pk", flat=True))
        if not pks:
            return Done(edit)
        target = getattr(edit.target, "code", None) or getattr(edit.target, "name", None)
        data = {"edit": edit.code, "target": target, "value": _as_json(edit.value), "customers": len(pks)}
        with record(KIND, by=by, **data) as journal:
            for some in _batches(pks):
                operation.write(journal, some, edit)
            journal.touched.update(pks)
    return Done(edit, journal.event)


def _value(own: CustomField, typed: str) -> Any:
    """The typed value as it is stored in the column for the field's type; None for an empty text."""
    columns = customising.parse(own, typed)
    if columns is None:
        return None
    value = columns[COLUMNS.get(own.type, "text")]
    return int(value) if own.type == CustomField.Type.FLAG else value


class _AddTag(BulkOperation):
    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        return customers.exclude(pk__in=Tagging.objects.filter(tag=edit.target).values("customer"))

    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        now = timezone.now()
        rows = [(edit.target.pk, pk, now, journal.event.pk) for pk in pks]
        bulk.insert(Tagging, ["tag", "customer", "at", "source"], rows)
        made = Tagging.objects.filter(tag=edit.target, customer__in=pks)
        journal.created(Tagging, list(made.order_by("pk").values_list("pk", flat=True)))

    def new(self, edit: Edit) -> Any:
        return edit.target.name


class _RemoveTag(BulkOperation):
    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        return customers.filter(pk__in=Tagging.objects.filter(tag=edit.target).values("customer"))

    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        journal.delete_many(Tagging.objects.filter(tag=edit.target, customer__in=pks))

    def old(self, pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        return dict.fromkeys(pks, edit.target.name)


class _SetField(BulkOperation):
    """Set a custom field; without a value, remove the present one."""

    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        if edit.value is None:
            return customers.filter(pk__in=self.values(edit).values("customer"))
        return customers.exclude(pk__in=self.values(edit).filter(**self.stored(edit)).values("customer"))

    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        there = self.values(edit).filter(customer__in=pks)
        if edit.value is None:
            journal.delete_many(there)
            return
        have = set(there.values_list("customer_id", flat=True))
        journal.update(there, **self.stored(edit), source_id=journal.event.pk)
        values = customising.NOTHING | self.stored(edit)
        rows = [(edit.target.pk, pk, *values.values(), journal.event.pk) for pk in pks if pk not in have]
        bulk.insert(CustomValue, ["field", "customer", "text", "number", "day", "other", "source"], rows)
        made = there.filter(source=journal.event).exclude(customer__in=have)
        journal.created(CustomValue, list(made.order_by("pk").values_list("pk", flat=True)))

    def old(self, pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        (column,) = self.stored(edit)
        rows = self.values(edit).filter(customer__in=pks)
        return dict(rows.values_list("customer_id", column.removesuffix("_id")))

    def new(self, edit: Edit) -> Any:
        return edit.value

    def values(self, edit: Edit) -> QuerySet[CustomValue]:
        return CustomValue.objects.filter(field=edit.target)

    def stored(self, edit: Edit) -> dict[str, Any]:
        """The value by name of the column for the field's type."""
        return {COLUMNS.get(edit.target.type, "text"): edit.value}


@dataclass(frozen=True)
class _SetOwn(BulkOperation):
    """Set a profile field, a column of Customer."""

    name: str

    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        return customers.exclude(**{self.name: edit.value})

    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        journal.update(Customer.objects.filter(pk__in=pks), **{self.name: edit.value})

    def old(self, pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        return dict(Customer.objects.filter(pk__in=pks).values_list("pk", self.name))

    def new(self, edit: Edit) -> Any:
        return edit.value


class _EndRelation(BulkOperation):
    def changing(self, customers: QuerySet[Customer], edit: Edit) -> QuerySet[Customer]:
        return customers.filter(pk__in=self.relations(edit).values("of"))

    def write(self, journal: Journal, pks: Sequence[int], edit: Edit) -> None:
        journal.update(self.relations(edit).filter(of__in=pks), last_day=timezone.localdate())

    def old(self, pks: Sequence[int], edit: Edit) -> dict[int, Any]:
        return {row.of_id: str(row.to) for row in self.relations(edit).filter(of__in=pks).select_related("to")}

    def relations(self, edit: Edit) -> QuerySet[Relation]:
        return Relation.objects.filter(kind=edit.value, last_day=None)


def _choices(field: ProfileField) -> Sequence[tuple[str, Any]]:
    return FLAGS if field.type == "flag" else field.choices


CHOICES: dict[str, Callable[[], Sequence[tuple[str, Any]]]] = {
    **{field.name: partial(_choices, field) for field in PROFILE if field.bulk_label},
    "end": lambda: Relation.Kind.choices,
}
OPERATIONS: dict[str, BulkOperation] = {
    "tag": _AddTag(),
    "untag": _RemoveTag(),
    "field": _SetField(),
    **{field.name: _SetOwn(field.name) for field in PROFILE if field.bulk_label},
    "end": _EndRelation(),
}


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _batches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]
