"""Events for the reader: what happened, in words, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from habitue.customers.events import FIELD_WORDS
from habitue.customers.models import Customer
from habitue.events import subjects
from habitue.events.kinds import kind_of
from habitue.events.models import Change, Event
from habitue.events.undoing import UNDONE
from habitue.kernel import formats


@dataclass(frozen=True)
class Difference:
    """A changed column in words: its name, and its value before and after."""

    field: str
    before: str
    after: str


def words(event: Event) -> str:
    """An event in words, in the reader's language."""
    return say(
        event.kind, event.data, event.undoes.kind if event.undoes else "", event.undoes.data if event.undoes else {}
    )


def say(kind: str, data: Mapping[str, Any], of: str = "", data_of: Mapping[str, Any] | None = None) -> str:
    """An event in words by its kind and data; `of` and `data_of` are those of the event that it undid."""
    more = {"what": kind_of(of).say(data_of or {})} if kind == UNDONE and of else {}
    return kind_of(kind).say({**data, **more})


def field_name(model: str, name: str) -> str:
    """The label of a column; its plain name where it has none."""
    if name in FIELD_WORDS:
        return str(FIELD_WORDS[name])
    try:
        return str(apps.get_model(model)._meta.get_field(name.removesuffix("_id")).verbose_name)
    except LookupError:
        return name


def model_name(label: str) -> str:
    """The name of a model in words."""
    names = {
        "customers.customer": _("record"),
        "customers.contactpoint": _("contact point"),
        "customers.relation": _("relation"),
        "customers.tag": _("tag"),
        "customers.tagging": _("tag"),
        "customers.customfield": _("field"),
        "customers.customvalue": _("value of a field"),
        "customers.comparison": _("competitor considered"),
        "customers.competitor": _("competitor"),
        "purchases.order": _("order"),
        "purchases.orderline": _("order line"),
        "purchases.contract": _("contract"),
        "purchases.product": _("product"),
    }
    return names.get(label, str(apps.get_model(label)._meta.verbose_name))


def came_words(kind: str, by: str, since: date | None) -> str:
    """The origin of a fact in words: the kind of the event it came with, by whom, and since when it is known."""
    if kind.startswith("import"):
        text = _("Imported") if not since else _("Imported on %(day)s")
    elif by:
        text = _("Typed in by %(name)s") if not since else _("Typed in by %(name)s on %(day)s")
    else:
        text = "" if not since else _("Known since %(day)s")
    return text % {"name": by, "day": formats.day(since)}


def changes_of(event: Event, customer: Customer) -> QuerySet[Change]:
    """Edits and deletions of this customer's rows by an event, which may concern others too."""
    mine = Q(pk__in=[])
    for label in event.changes.filter(before__isnull=False).values_list("model", flat=True).distinct():
        model = apps.get_model(label)
        columns = subjects.columns_of(model)
        if not columns:
            mine |= Q(model=label)
            continue
        owned = Q()
        for column in columns:
            owned |= Q(**{column: customer.pk})
            mine |= Q(model=label, after__isnull=True, **{f"before__{column}": customer.pk})
        mine |= Q(model=label, first__in=model._default_manager.filter(owned).values("pk"))
    return event.changes.filter(mine, before__isnull=False).order_by("pk")


def differences(change: Change) -> Iterator[Difference]:
    """The columns that differ before and after a change, of those that have a label."""
    before, after = change.before or {}, change.after or {}
    for name in dict.fromkeys([*before, *after]):
        if name in FIELD_WORDS and (was := before.get(name)) != (now := after.get(name)):
            field = field_name(change.model, name)
            yield Difference(field, shown(change.model, name, was), shown(change.model, name, now))


def shown(model: str, name: str, value: Any) -> str:
    """A stored value in words: choices by their label, days and numbers in the reader's format."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    field: Any = apps.get_model(model)._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.get_internal_type() == "DateField":
        return formats.day(date.fromisoformat(value))
    if field.get_internal_type() == "DecimalField":
        return formats.number(float(value), digits=4)
    return str(value)
