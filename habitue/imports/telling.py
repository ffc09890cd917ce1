"""The summary of a dry run in words: figures, what should be looked at, and what is good to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from habitue.imports.mappings.rules import (
    AS_IT_STANDS,
    GIVEN_BACK,
    NOT_A_SALE,
    NOT_YET,
    RETURNED,
    SALE,
    WITH,
    WITHOUT,
)
from habitue.imports.wording import findings_of
from habitue.kernel.formats import day, money, number

Data = dict[str, Any]
SHOWN = 8  # columns that are named
MEANINGS = {
    SALE: gettext_lazy("sale"),
    NOT_A_SALE: gettext_lazy("no sale"),
    GIVEN_BACK: gettext_lazy("sale, given back"),
    NOT_YET: gettext_lazy("not a sale yet"),
    RETURNED: gettext_lazy("a return: money given back"),
}
WITH_WORDS = {
    "email": gettext_lazy("With an e-mail address"),
    "phone": gettext_lazy("With a telephone"),
    "address": gettext_lazy("With a postal address"),
    "born_on": gettext_lazy("With a birthday"),
    "employer": gettext_lazy("With an employer"),
    "organisations": gettext_lazy("Organisations"),
}


@dataclass(frozen=True)
class Figure:
    """A figure with its label and what stands small under it; `warn`: somebody should look at it."""

    label: str
    value: str
    note: str = ""
    warn: bool = False


def figures(result: Data) -> list[Figure]:
    """The figures of a dry run, the most important first; only counts of files that are neither sales nor people."""
    summary = result["summary"]
    if "orders" in summary:
        return [*_of_orders(summary), _kept_back(result)]
    if "customers" in summary:
        return [*_of_customers(summary), _kept_back(result)]
    counts = {"created": _("New"), "updated": _("Changed"), "unchanged": _("Already there")}
    return [*(Figure(label, number(result[name])) for name, label in counts.items()), _kept_back(result)]


def confirmation(result: Data) -> str:
    """What is confirmed with the import, in the words of a button."""
    summary = result["summary"]
    if "orders" in summary:
        text = ngettext("Import %(count)s order, %(sum)s", "Import %(count)s orders, %(sum)s", summary["orders"])
        return text % {"count": number(summary["orders"]), "sum": sums(summary["sums"])}
    if "customers" in summary:
        count = sum(summary["customers"].values())
        return ngettext("Import %(count)s customer", "Import %(count)s customers", count) % {"count": number(count)}
    rows = result["rows"]
    return ngettext("Import %(count)s row", "Import %(count)s rows", rows) % {"count": number(rows)}


def sums(of: dict[str, int]) -> str:
    """Amounts by currency as text."""
    return " + ".join(money(amount, currency) for currency, amount in sorted(of.items())) or number(0)


def alarms(summary: Data) -> list[str]:
    """What a person should look at before the file goes in."""
    said = []
    if count := summary.get("to_come", 0):
        text = ngettext(
            "%(count)s order has a day that is still to come. It counts from that day on: check its date.",
            "%(count)s orders have a day that is still to come. They count from that day on: check their dates.",
            count,
        )
        said.append(text % {"count": number(count)})
    if jump := summary.get("jump"):
        text = _(
            "The last day of the file, %(last)s, comes %(days)s days after the one before, %(before)s. If it is "
            "wrong, all other customers will seem to have stayed away for as long."
        )
        days = {name: day(date.fromisoformat(jump[name])) for name in ("last", "before")}
        said.append(text % (days | {"days": number(jump["days"])}))
    own = summary.get("own_total")
    if own and own["theirs"] != own["ours"]:
        ours, theirs = (money(own[name], own["currency"]) for name in ("ours", "theirs"))
        text = _("The file ends with a total of its own, %(theirs)s; what is taken from it comes to %(ours)s.")
        said.append(text % {"theirs": theirs, "ours": ours})
    return said


def notes(result: Data) -> list[str]:
    """What is good to know of the file beside the figures."""
    summary = result["summary"]
    said = [*_news(summary), *_tax(summary), *_total_agrees(summary), *_statuses(summary)]
    said += findings_of({name: count for name, count in result["findings"].items() if name[:9] != "kept_back"})
    if count := summary.get("repeated"):
        text = ngettext(
            "%(count)s row says the same as another in all its cells.",
            "%(count)s rows say the same as another in all their cells.",
            count,
        )
        said.append(text % {"count": number(count)})
    return said


def unused(summary: Data) -> str:
    """The columns that are not used, as a sentence; empty where all are."""
    if not (columns := summary["unused"]):
        return ""
    count = summary["unused_count"]
    text = ngettext("%(count)s column is not used: %(some)s", "%(count)s columns are not used: %(some)s", count)
    more = "…" if count > SHOWN else ""
    return text % {"count": number(count), "some": ", ".join(columns[:SHOWN]) + more}


def _of_orders(summary: Data) -> list[Figure]:
    returned = {currency: -amount for currency, amount in summary["returned"].items()}
    given_back = ngettext(
        "less %(sum)s given back (%(count)s return)", "less %(sum)s given back (%(count)s returns)", summary["returns"]
    ) % {"sum": sums(returned), "count": number(summary["returns"])}
    people = summary.get("customers")
    note = given_back if summary["returns"] else _("nothing given back")
    return [
        Figure(_("Received"), sums(summary["received"]), note),
        Figure(_("Orders"), number(summary["orders"]), _basket(summary)),
        *([Figure(_("Customers"), number(sum(people.values())), _new_and_known(people))] if people else []),
        Figure(pgettext("days", "From … to …"), *_days(summary), warn=bool(summary["to_come"] or "jump" in summary)),
    ]


def _basket(summary: Data) -> str:
    """The mean and the largest order, where there is one currency."""
    if len(summary["received"]) != 1 or not summary["orders"]:
        return ""
    ((currency, amount),) = summary["received"].items()
    return _("%(mean)s on average, the largest %(largest)s") % {
        "mean": money(round(amount / summary["orders"]), currency),
        "largest": money(summary["largest"][currency][0], currency),
    }


def _new_and_known(people: Data) -> str:
    new = ngettext("%(count)s is new", "%(count)s are new", people["new"]) % {"count": number(people["new"])}
    known = ngettext("%(count)s known already", "%(count)s known already", people["known"])
    return _("%(one)s, %(other)s") % {"one": new, "other": known % {"count": number(people["known"])}}


def _days(summary: Data) -> tuple[str, str]:
    if "first" not in summary:
        return "–", ""
    first, last = (day(date.fromisoformat(summary[name])) for name in ("first", "last"))
    to_come = _("some of it still to come") if summary["to_come"] else _("nothing after today")
    return first if first == last else f"{first} – {last}", to_come


def _of_customers(summary: Data) -> list[Figure]:
    people = summary["customers"]
    counts = [Figure(str(WITH_WORDS[name]), number(count)) for name, count in summary["with"].items() if count]
    note = _new_and_known(people) if "known" in people else ""
    return [Figure(_("Customers"), number(sum(people.values())), note), *counts[:3]]


def _kept_back(result: Data) -> Figure:
    count, findings = result["rejected"], result["findings"]
    worth = {name.partition(":")[2]: of for name, of in findings.items() if name.startswith("kept_back:")}
    rows = ngettext("%(count)s row", "%(count)s rows", count) % {"count": number(count)}
    note = _("worth %(sum)s") % {"sum": sums(worth)} if worth else ""
    return Figure(_("Kept back"), rows, note if count else _("everything goes in"), warn=bool(count))


def _news(summary: Data) -> list[str]:
    """What is new since the last import, where something of the file is there already."""
    if "new" not in summary or not (summary["changed"]["orders"] or summary["same"]["orders"]):
        return []
    new, changed, same = (summary[name] for name in ("new", "changed", "same"))
    text = _("Since the last time: new %(new)s (%(sum)s), changed %(changed)s, as before %(same)s.")
    counts = {"new": new["orders"], "changed": changed["orders"], "same": same["orders"]}
    return [text % ({name: number(count) for name, count in counts.items()} | {"sum": sums(new["sums"])})]


def _tax(summary: Data) -> list[str]:
    if "tax" not in summary:
        return []
    basis, columns = summary["tax"]["basis"], ", ".join(summary["tax"]["columns"])
    if basis == WITH:
        return [_("The amounts are with tax.")]
    if basis == AS_IT_STANDS:
        return [_("The amounts are taken as they stand, without tax.")]
    if basis == WITHOUT:
        return [_("The amounts are without tax; it is added (%(columns)s).") % {"columns": columns or "…"}]
    if "heading" in summary["tax"]:
        heading, of = summary["tax"]["heading"]
        text = _("The amounts are with tax, by the heading “%(heading)s”.")
        without = _("The amounts are without tax, by the heading “%(heading)s”: they are taken as they stand.")
        return [(text if of == WITH else without) % {"heading": heading}]
    return [_("The file does not say whether its amounts are with tax: they are taken as they stand.")]


def _total_agrees(summary: Data) -> list[str]:
    own = summary.get("own_total")
    if not own or own["theirs"] != own["ours"]:
        return []
    return [_("The file’s own total is the same: %(sum)s.") % {"sum": money(own["ours"], own["currency"])}]


def _statuses(summary: Data) -> list[str]:
    parts = [
        _("“%(status)s” (%(count)s): %(meaning)s")
        % {"status": text or "", "count": number(count), "meaning": MEANINGS.get(meaning, _("not understood"))}
        for text, meaning, count in summary.get("statuses", ())
    ]
    return [_("Statuses: %(statuses)s.") % {"statuses": "; ".join(parts)}] if parts else []
