"""Reasons in words: "same phone; first name close, Jon / Jonathan; other birth date"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.customers.duplicates.evidence import Reason
from habitue.kernel.formats import day

WORDS = {
    ("phone", "same"): gettext_lazy("same phone"),
    ("phone", "other"): gettext_lazy("other phone"),
    ("email", "same"): gettext_lazy("same e-mail address"),
    ("email", "other"): gettext_lazy("other e-mail address"),
    ("born", "same"): gettext_lazy("same birth date"),
    ("born", "swapped"): gettext_lazy("birth date with day and month swapped"),
    ("born", "close"): gettext_lazy("birth date one digit apart"),
    ("born", "near"): gettext_lazy("birth date two digits apart"),
    ("born", "other"): gettext_lazy("other birth date"),
    ("given", "same"): gettext_lazy("same first name"),
    ("given", "known_as"): gettext_lazy("first name in another form"),
    ("given", "initial"): gettext_lazy("same initial"),
    ("given", "swapped"): gettext_lazy("first and family name the wrong way round"),
    ("given", "crossed"): gettext_lazy("one’s first name is close to the other’s family name"),
    ("given", "slip"): gettext_lazy("first name but for one letter"),
    ("given", "close"): gettext_lazy("first name close"),
    ("given", "other"): gettext_lazy("other first name"),
    ("family", "same"): gettext_lazy("same family name"),
    ("family", "birth_name"): gettext_lazy("family name of one is the birth name of the other"),
    ("family", "part"): gettext_lazy("family names with a part in common"),
    ("family", "close"): gettext_lazy("family name close"),
    ("family", "other"): gettext_lazy("other family name"),
    ("name", "same"): gettext_lazy("same name"),
    ("name", "part"): gettext_lazy("names with a part in common"),
    ("name", "close"): gettext_lazy("name close"),
    ("name", "other"): gettext_lazy("other name"),
    ("street", "same"): gettext_lazy("same address"),
    ("street", "elsewhere"): gettext_lazy("same street and number, other town"),
    ("street", "number"): gettext_lazy("same street, other number"),
    ("street", "close"): gettext_lazy("address close"),
    ("street", "other"): gettext_lazy("other address"),
    ("town", "same"): gettext_lazy("same postcode"),
    ("town", "city"): gettext_lazy("same town"),
    ("town", "close"): gettext_lazy("postcode one digit apart"),
    ("town", "other"): gettext_lazy("other town"),
}


def words(reason: Reason) -> str:
    said = str(WORDS[reason["of"], reason["is"]])
    facts = [_shown(reason["of"], fact) for fact in reason["facts"]]
    if reason["is"] == "same" and reason["of"] not in ("phone", "email"):
        return said
    if not any(facts):
        return said
    return _("%(what)s, %(values)s") % {"what": said, "values": " / ".join(fact or "–" for fact in facts)}


def sentence(reasons: Iterable[Reason]) -> str:
    return _("; ").join(words(reason) for reason in reasons)


def unlike(reason: Reason) -> bool:
    """Whether a reason speaks against two records being the same."""
    return bool(reason["is"] == "other")


def _shown(of: str, fact: str) -> str:
    return day(dt.date.fromisoformat(fact)) if of == "born" and fact else fact
