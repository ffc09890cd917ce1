"""What happened, in words, by kind of event. A room says its own with `tells`; what nobody words is not shown.

tells("customer.merged", lambda data: _("Merged with another record"))
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers import relating
from habitue.customers.models import ContactPoint
from habitue.kernel import formats

Words = Callable[[dict[str, Any]], str]
WORDS: dict[str, Words] = {}
FIELDS = {
    "name": gettext_lazy("name"),
    "given_name": gettext_lazy("given name"),
    "family_name": gettext_lazy("family name"),
    "birth_name": gettext_lazy("birth name"),
    "kind": gettext_lazy("kind"),
    "born_on": gettext_lazy("date of birth"),
    "internal": gettext_lazy("internal"),
    "typed": gettext_lazy("as typed"),
    "label": gettext_lazy("label"),
    "since": gettext_lazy("since"),
    "until": gettext_lazy("until"),
    "first_day": gettext_lazy("first day"),
    "last_day": gettext_lazy("last day"),
    "text": gettext_lazy("text"),
    "number": gettext_lazy("number"),
    "day": gettext_lazy("date"),
    "outcome": gettext_lazy("outcome"),
    "reason": gettext_lazy("reason"),
    "on": gettext_lazy("day"),
    "choices": gettext_lazy("choices"),
}


def tells(kind: str, words: Words) -> None:
    WORDS[kind] = words


def told(kind: str, data: dict[str, Any]) -> str:
    return WORDS[kind](data)


def field_name(model: str, name: str) -> str:
    """A column as a person calls it; one that nobody words goes by its own name."""
    if name in FIELDS:
        return str(FIELDS[name])
    try:
        return str(apps.get_model(model)._meta.get_field(name.removesuffix("_id")).verbose_name)
    except LookupError:
        return name


def _point(text: Any) -> Words:
    return lambda data: text % {"point": str(ContactPoint.Kind(data["point"]).label).capitalize()}


def _relation(text: Any) -> Words:
    return lambda data: text % {"relation": relating.words(data["relation"])}


def _named(text: Any) -> Words:
    return lambda data: text % data


def _edited(data: dict[str, Any]) -> str:
    fields = ", ".join(str(FIELDS.get(name, name)) for name in data.get("fields", []))
    return _("Edited: %(fields)s") % {"fields": fields} if fields else _("Edited")


def _values(data: dict[str, Any]) -> str:
    return _("Set: %(fields)s") % {"fields": ", ".join(data.get("labels", []))}


def _undone(data: dict[str, Any]) -> str:
    if data.get("of") not in WORDS:
        return _("Undone")
    return _("Undone: %(what)s") % {"what": told(data["of"], data.get("told", {}))}


for _kind, _text in {
    "contact.added": pgettext_lazy("a contact point", "%(point)s added"),
    "contact.edited": pgettext_lazy("a contact point", "%(point)s edited"),
    "contact.ended": pgettext_lazy("a contact point", "%(point)s not in use any more"),
    "contact.removed": pgettext_lazy("a contact point", "%(point)s removed"),
}.items():
    tells(_kind, _point(_text))
for _kind, _text in {
    "relation.added": gettext_lazy("Relation added: %(relation)s"),
    "relation.edited": gettext_lazy("Relation edited: %(relation)s"),
    "relation.removed": gettext_lazy("Relation removed: %(relation)s"),
}.items():
    tells(_kind, _relation(_text))
for _kind, _text in {
    "tag.put": gettext_lazy("Tag put: %(name)s"),
    "tag.taken": gettext_lazy("Tag taken off: %(name)s"),
    "tag.renamed": gettext_lazy("Tag “%(was)s” renamed to “%(now)s”"),
    "tag.joined": gettext_lazy("Tag “%(name)s” joined into “%(into)s”"),
    "tag.removed": gettext_lazy("Tag “%(name)s” removed"),
    "comparison.added": gettext_lazy("Competitor considered: %(competitor)s"),
    "comparison.edited": gettext_lazy("Competitor considered, edited: %(competitor)s"),
    "comparison.removed": gettext_lazy("Competitor considered, removed: %(competitor)s"),
    "competitor.renamed": gettext_lazy("Competitor “%(was)s” renamed to “%(now)s”"),
    "competitor.joined": gettext_lazy("Competitor “%(name)s” joined into “%(into)s”"),
    "competitor.removed": gettext_lazy("Competitor “%(name)s” removed"),
    "field.declared": gettext_lazy("Field “%(label)s” declared"),
    "field.changed": gettext_lazy("Field “%(label)s” changed"),
    "field.ordered": gettext_lazy("Field “%(label)s” moved"),
    "field.removed": gettext_lazy("Field “%(label)s” removed"),
}.items():
    tells(_kind, _named(_text))
tells("customer.created", lambda data: _("Record made"))
tells("customer.edited", _edited)
tells("value.set", _values)
tells("undone", _undone)


def model_name(label: str) -> str:
    """What a row is, for a person."""
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
    """Where a fact comes from, by the kind of the event that it came with, and since when it is known."""
    if kind.startswith("import"):
        text = _("Imported") if not since else _("Imported on %(day)s")
    elif by:
        text = _("Typed in by %(name)s") if not since else _("Typed in by %(name)s on %(day)s")
    else:
        text = "" if not since else _("Known since %(day)s")
    return text % {"name": by, "day": formats.day(since)}
