"""Tags: put on a customer and taken off; renamed, joined and removed for all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from habitue.customers.editing import held
from habitue.customers.fields import text, too_long
from habitue.customers.models import Customer, Tag, Tagging
from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.kernel.names import name_key

if TYPE_CHECKING:
    from habitue.team.models import User

LONGEST = 60


def put(customer: Customer, name: str, by: User | None = None) -> Done[Tagging]:
    """Tag a customer. A tag of that name is reused, accents and case ignored, or created."""
    name, key = cleaned(name)
    with transaction.atomic():
        row = held(customer)
        if known := Tagging.objects.filter(customer=row, tag__key=key).first():
            return Done(known)
        with record("tag.put", by=by, customer=row) as journal:
            tag = named(journal, name, key)
            _add_data(journal, tag=tag.pk, name=tag.name)
            made = journal.create(Tagging(tag=tag, customer=row, source=journal.event))
    return Done(made, journal.event)


def take(tagging: Tagging, by: User | None = None) -> Done[Tagging]:
    with transaction.atomic():
        held(tagging.customer)
        row = Tagging.objects.select_related("tag").filter(pk=tagging.pk).first()
        if row is None:
            return Done(tagging)
        with record("tag.taken", by=by, customer=tagging.customer, tag=row.tag_id, name=row.tag.name) as journal:
            journal.delete(row)
    return Done(tagging, journal.event)


def named(journal: Journal, name: str, key: str) -> Tag:
    """The tag with this key, created within the event of `journal` where there is none."""
    return Tag.objects.filter(key=key).first() or journal.create(Tag(name=name, key=key))


def rename(tag: Tag, name: str, by: User | None = None) -> Done[Tag]:
    name, key = cleaned(name)
    with transaction.atomic():
        row = _present(tag)
        if row.name == name:
            return Done(row)
        other = Tag.objects.filter(key=key).exclude(pk=row.pk).first()
        if other:
            raise InvalidFields(
                {"name": _("There is a tag “%(name)s” already. Join the two instead.") % {"name": other.name}}
            )
        with record("tag.renamed", by=by, tag=row.pk, was=row.name, now=name) as journal:
            journal.save(row, name=name, key=key)
    return Done(row, journal.event)


def join(tag: Tag, into: Tag, by: User | None = None) -> Done[Tag]:
    """Give `into` to all customers who have `tag`, and delete `tag`."""
    if tag.pk == into.pk:
        raise InvalidFields({"into": _("Choose another tag than itself.")})
    with transaction.atomic():
        row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
        if row is None:
            return Done(into)
        into = _present(into)
        with record("tag.joined", by=by, tag=row.pk, name=row.name, into=into.name) as journal:
            both = Tagging.objects.filter(tag=row, customer__in=Tagging.objects.filter(tag=into).values("customer"))
            _add_data(journal, dropped=journal.delete_many(both))
            _add_data(journal, customers=journal.update(Tagging.objects.filter(tag=row), tag_id=into.pk))
            journal.delete(row)
    return Done(into, journal.event)


def remove(tag: Tag, by: User | None = None) -> Done[Tag]:
    """Delete a tag and take it off all customers."""
    with transaction.atomic():
        row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
        if row is None:
            return Done(tag)
        with record("tag.removed", by=by, tag=row.pk, name=row.name) as journal:
            _add_data(journal, customers=journal.delete_many(Tagging.objects.filter(tag=row)))
            journal.delete(row)
    return Done(tag, journal.event)


def cleaned(name: str) -> tuple[str, str]:
    """(name as displayed, folded key that makes it unique) of a tag; InvalidFields where it is empty or too long."""
    name = text(name)
    key = name_key(name)
    if not key:
        raise InvalidFields({"name": _("A tag needs a letter or a digit.")})
    if max(len(name), len(key)) > LONGEST:
        raise InvalidFields({"name": too_long(name, LONGEST)})
    return name, key


def _present(tag: Tag) -> Tag:
    row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
    if row is None:
        raise HabitueError(_("This tag was removed meanwhile. Load the page anew."), status=409)
    return row


def _add_data(journal: Journal, **data: Any) -> None:
    journal.event.data |= data
    journal.event.save(update_fields=["data"])
