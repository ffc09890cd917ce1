"""Pairs and merges in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from habitue.customers.duplicates.deciding import NEVER
from habitue.customers.duplicates.wording import unlike, words
from habitue.customers.merging.merging import CHOSEN, CUSTOM, MERGED
from habitue.customers.models import Customer, CustomField, Pair
from habitue.events.wording import tells
from habitue.kernel import formats

LABELS = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "birth_name": gettext_lazy("Birth name"),
    "born_on": gettext_lazy("Date of birth"),
    "internal": gettext_lazy("Colleague"),
}
ROWS = {
    "purchases.order": ngettext_lazy("%(count)s purchase", "%(count)s purchases", "count"),
    "purchases.orderline": ngettext_lazy("%(count)s line received", "%(count)s lines received", "count"),
    "purchases.contract": ngettext_lazy("%(count)s contract", "%(count)s contracts", "count"),
    "customers.contactpoint": ngettext_lazy("%(count)s contact point", "%(count)s contact points", "count"),
    "customers.relation": ngettext_lazy("%(count)s relation", "%(count)s relations", "count"),
    "customers.tagging": ngettext_lazy("%(count)s tag", "%(count)s tags", "count"),
    "customers.customvalue": ngettext_lazy("%(count)s own field", "%(count)s own fields", "count"),
    "customers.comparison": ngettext_lazy("%(count)s comparison", "%(count)s comparisons", "count"),
}


def evidence(pair: Pair) -> list[tuple[str, bool]]:
    """What was found in words, each with whether it speaks against."""
    return [(words(reason), unlike(reason)) for reason in pair.reasons]


def along(counts: dict[str, int]) -> list[str]:
    """`{"purchases.order": 12}` is "12 purchases"; what has no words of its own is counted together."""
    told = [_counted(label, count) for label, count in sorted(counts.items()) if label in ROWS]
    rest = sum(count for label, count in counts.items() if label not in ROWS)
    if rest:
        told.append(
            ngettext("%(count)s other entry", "%(count)s other entries", rest) % {"count": formats.number(rest)}
        )
    return told


def side(customer: Customer, purchases: int) -> dict[str, Any]:
    """One of two, as far as it helps to tell whether they are the same."""
    points = customer.contact_points.all()
    lines = [value("born_on", customer.born_on)] if customer.born_on else []
    return {
        "customer": customer,
        "lines": [*lines, _counted("purchases.order", purchases)] if purchases else lines,
        "points": [point.typed for point in points if point.kind != "reference"],
    }


def label(name: str) -> str:
    if name.startswith(CUSTOM):
        return CustomField.objects.get(code=name.removeprefix(CUSTOM)).label
    return str(LABELS[name])


def value(name: str, found: Any) -> str:
    if found is None or found == "":
        return ""
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, dt.date):
        return formats.day(found)
    return str(Customer.Kind(found).label) if name == "kind" else str(found)


def alike(one: Customer, two: Customer) -> list[tuple[str, str]]:
    """Label and value of what is known and the same in both."""
    return [
        (str(LABELS[name]), value(name, getattr(one, name)))
        for name in CHOSEN
        if getattr(one, name) == getattr(two, name) and getattr(one, name) not in (None, "", False)
    ]


def day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _counted(name: str, count: int) -> str:
    return str(ROWS[name] % {"count": count})


def _merged(data: dict[str, Any]) -> str:
    count = len(data["others"])
    said = ngettext("%(count)s record merged into this one", "%(count)s records merged into this one", count) % {
        "count": formats.number(count)
    }
    taken = along(data.get("taken", {}))
    return _("%(what)s (%(taken)s)") % {"what": said, "taken": ", ".join(taken)} if taken else said


tells(MERGED, _merged)
tells(NEVER, lambda data: _("Said never to be the same as another record"))
