"""The event kinds of this domain, with their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext_lazy

from habitue.customers import relating
from habitue.customers.fields import PROFILE
from habitue.customers.merging import merging
from habitue.customers.models import ContactPoint
from habitue.events.kinds import EventKind, Words, declare
from habitue.events.undoing import UNDONE
from habitue.kernel import formats
from habitue.team.rights import MANAGE_SETTINGS

FIELD_WORDS = {
    **{field.name: field.label for field in PROFILE},
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
ROWS = {
    "purchases.order": ngettext_lazy("%(count)s purchase", "%(count)s purchases", "count"),
    "purchases.orderline": ngettext_lazy("%(count)s line received", "%(count)s lines received", "count"),
    "purchases.contract": ngettext_lazy("%(count)s contract", "%(count)s contracts", "count"),
    "customers.contactpoint": ngettext_lazy("%(count)s contact point", "%(count)s contact points", "count"),
    "customers.identifier": ngettext_lazy("%(count)s other reference", "%(count)s other references", "count"),
    "customers.unreadvalue": ngettext_lazy("%(count)s value kept as typed", "%(count)s values kept as typed", "count"),
    "customers.relation": ngettext_lazy("%(count)s relation", "%(count)s relations", "count"),
    "customers.tagging": ngettext_lazy("%(count)s tag", "%(count)s tags", "count"),
    "customers.customvalue": ngettext_lazy("%(count)s own field", "%(count)s own fields", "count"),
    "customers.comparison": ngettext_lazy("%(count)s comparison", "%(count)s comparisons", "count"),
}


def counted(rows: Mapping[str, int]) -> list[str]:
    """Counts of rows by model in words: {"purchases.order": 12} is ["12 purchases"].

    Models without words of their own are counted together at the end.
    """
    words = [str(ROWS[label] % {"count": count}) for label, count in sorted(rows.items()) if label in ROWS]
    rest = sum(count for label, count in rows.items() if label not in ROWS)
    if rest:
        words.append(
            ngettext("%(count)s other entry", "%(count)s other entries", rest) % {"count": formats.number(rest)}
        )
    return words


def _merged(data: Mapping[str, Any]) -> str:
    count = len(data["others"])
    words = ngettext("%(count)s record merged into this one", "%(count)s records merged into this one", count) % {
        "count": formats.number(count)
    }
    taken = counted(data.get("taken", {}))
    return _("%(what)s (%(taken)s)") % {"what": words, "taken": ", ".join(taken)} if taken else words


def _point(text: Any) -> Words:
    return lambda data: text % {"point": str(ContactPoint.Kind(data["point"]).label).capitalize()}


def _relation(text: Any) -> Words:
    return lambda data: text % {"relation": relating.words(data["relation"])}


def _edited(data: Mapping[str, Any]) -> str:
    fields = ", ".join(str(FIELD_WORDS.get(name, name)) for name in data.get("fields", []))
    return _("Edited: %(fields)s") % {"fields": fields} if fields else _("Edited")


def _values(data: Mapping[str, Any]) -> str:
    return _("Set: %(fields)s") % {"fields": ", ".join(data.get("labels", []))}


def _exported(data: Mapping[str, Any]) -> str:
    count = data["customers"]
    return ngettext("%(count)s customer exported as a file", "%(count)s customers exported as a file", count) % {
        "count": formats.number(count)
    }


def _duplicates(data: Mapping[str, Any]) -> str:
    return _("Looked for duplicates in the whole base")


def _undone(data: Mapping[str, Any]) -> str:
    """Words for an undo; the data's `what` holds the undone event in words, where that was known."""
    return _("Undone: %(what)s") % {"what": data["what"]} if data.get("what") else _("Undone")


KINDS = (
    EventKind("customer.created", gettext_lazy("Record made")),
    EventKind("customer.edited", _edited),
    EventKind("value.set", _values),
    EventKind("contact.added", _point(pgettext_lazy("a contact point", "%(point)s added"))),
    EventKind("contact.edited", _point(pgettext_lazy("a contact point", "%(point)s edited"))),
    EventKind("contact.ended", _point(pgettext_lazy("a contact point", "%(point)s not in use any more"))),
    EventKind("contact.removed", _point(pgettext_lazy("a contact point", "%(point)s removed"))),
    EventKind("relation.added", _relation(gettext_lazy("Relation added: %(relation)s"))),
    EventKind("relation.edited", _relation(gettext_lazy("Relation edited: %(relation)s"))),
    EventKind("relation.removed", _relation(gettext_lazy("Relation removed: %(relation)s"))),
    EventKind("tag.put", gettext_lazy("Tag put: %(name)s"), personal=("name",)),
    EventKind("tag.taken", gettext_lazy("Tag taken off: %(name)s"), personal=("name",)),
    EventKind("tag.renamed", gettext_lazy("Tag “%(was)s” renamed to “%(now)s”"), MANAGE_SETTINGS),
    EventKind("tag.joined", gettext_lazy("Tag “%(name)s” joined into “%(into)s”"), MANAGE_SETTINGS),
    EventKind("tag.removed", gettext_lazy("Tag “%(name)s” removed"), MANAGE_SETTINGS),
    EventKind(
        "comparison.added", gettext_lazy("Competitor considered: %(competitor)s"), personal=("competitor", "reason")
    ),
    EventKind(
        "comparison.edited",
        gettext_lazy("Competitor considered, edited: %(competitor)s"),
        personal=("competitor", "reason"),
    ),
    EventKind(
        "comparison.removed",
        gettext_lazy("Competitor considered, removed: %(competitor)s"),
        personal=("competitor", "reason"),
    ),
    EventKind("competitor.renamed", gettext_lazy("Competitor “%(was)s” renamed to “%(now)s”"), MANAGE_SETTINGS),
    EventKind("competitor.joined", gettext_lazy("Competitor “%(name)s” joined into “%(into)s”"), MANAGE_SETTINGS),
    EventKind("competitor.removed", gettext_lazy("Competitor “%(name)s” removed"), MANAGE_SETTINGS),
    EventKind("field.declared", gettext_lazy("Field “%(label)s” declared"), MANAGE_SETTINGS),
    EventKind("field.changed", gettext_lazy("Field “%(label)s” changed"), MANAGE_SETTINGS),
    EventKind("field.ordered", gettext_lazy("Field “%(label)s” moved"), MANAGE_SETTINGS),
    EventKind("field.removed", gettext_lazy("Field “%(label)s” removed"), MANAGE_SETTINGS),
    EventKind(merging.MERGED, _merged, before_undo=merging.before_undoing),
    EventKind("pair.never", gettext_lazy("Said never to be the same as another record")),
    EventKind("duplicates.found", _duplicates, undoable=False, public=False),
    EventKind("customers.exported", _exported, undoable=False, public=False),
    EventKind(UNDONE, _undone, undoable=False),
)


def declare_kinds() -> None:
    declare(*KINDS)
