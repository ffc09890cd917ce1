"""The standard operators for a text, a number, an amount, a day, a choice and a flag.

`where(lookup, value, scope)` returns the `Q`; a lookup is the suffix of a Django lookup ("", "__gte", "__isnull", ...).
`noun` names the property within a sentence, with the gettext context "whose": "city", in French "la ville".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Contains, Exact, StartsWith
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from habitue.kernel import formats
from habitue.segments.conditions import Input, Operator, Scope, Values, currency

Where = Callable[[str, Any, Scope], Q]
Choices = Callable[[], Sequence[tuple[str, Any]]]
LOOKUPS = {"": Exact, "__contains": Contains, "__startswith": StartsWith}


def text_operators(noun: Any, where: Where, suggests: Any = None) -> tuple[Operator, ...]:
    value = (Input("value", "text", gettext_lazy("text"), suggests=suggests),)
    return (
        Operator("is", gettext_lazy("is"), _with(where, ""), _says(noun, _is, _is_not), value),
        Operator(
            "contains", gettext_lazy("contains"), _with(where, "__contains"), _says(noun, _contains, _lacks), value
        ),
        Operator(
            "begins",
            gettext_lazy("begins with"),
            _with(where, "__startswith"),
            _says(noun, _begins, _begins_not),
            value,
        ),
        *_known(noun, where),
    )


def number_operators(noun: Any, where: Where, type_: Any = "number") -> tuple[Operator, ...]:
    """Operators for a number. With `type_` "money" the input is an amount in `currency()`, compared in minor units."""
    value = (Input("value", type_, gettext_lazy("amount") if type_ == "money" else gettext_lazy("number")),)
    return (
        Operator(
            "at_least", gettext_lazy("is at least"), _with(where, "__gte"), _says(noun, _least, _least_not), value
        ),
        Operator("at_most", gettext_lazy("is at most"), _with(where, "__lte"), _says(noun, _most, _most_not), value),
        Operator("is", gettext_lazy("is"), _with(where, ""), _says(noun, _is_number, _is_not_number), value),
        *_known(noun, where),
    )


def day_operators(noun: Any, where: Where, *, by_data: bool = False) -> tuple[Operator, ...]:
    """Operators for a day. `by_data`: "in the last N days" counts from the last day of the data, not from today."""
    day = (Input("value", "day", gettext_lazy("day")),)
    days = (Input("value", "count", gettext_lazy("days"), after=gettext_lazy("days")),)
    return (
        Operator(
            "within", gettext_lazy("in the last"), _within(where, by_data), _says(noun, _recent, _recent_not), days
        ),
        Operator(
            "before_days",
            gettext_lazy("longer ago than"),
            _longer_ago(where, by_data),
            _says(noun, _old, _old_not),
            days,
        ),
        Operator("from", gettext_lazy("on or after"), _with(where, "__gte"), _says(noun, _from, _from_not), day),
        Operator("until", gettext_lazy("on or before"), _with(where, "__lte"), _says(noun, _until, _until_not), day),
        *_known(noun, where),
    )


def choice_operators(noun: Any, where: Where, choices: Choices) -> tuple[Operator, ...]:
    value = (Input("value", "choices", gettext_lazy("choice"), choices=choices),)

    def named(values: Values) -> list[str]:
        words = dict(choices())
        return [str(words.get(code, code)) for code in values["value"]]

    def says(values: Values, affirmed: bool) -> str:
        words = {"noun": str(noun), "value": either(named(values))}
        return (_("whose %(noun)s is %(value)s") if affirmed else _("whose %(noun)s is not %(value)s")) % words

    return (Operator("is", gettext_lazy("is"), _with(where, "__in"), says, value),)


def flag_operators(where: Where, yes: Any, no: Any) -> tuple[Operator, ...]:
    """Operators for a flag. `yes` and `no` are whole clauses: "who have a telephone", "who have no telephone"."""
    return (
        Operator(
            "yes", gettext_lazy("yes"), lambda v, scope: where("", True, scope), lambda v, a: str(yes if a else no)
        ),
        Operator(
            "no", gettext_lazy("no"), lambda v, scope: ~where("", True, scope), lambda v, a: str(no if a else yes)
        ),
    )


def either(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}


def neither(words: Sequence[str]) -> str:
    """Two or more words joined by "nor", to follow "neither"."""
    joined = words[0]
    for word in words[1:]:
        joined = _("%(some)s nor %(last)s") % {"some": joined, "last": word}
    return joined


def quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def in_minor_units(amount: Decimal) -> int:
    return int(amount.scaleb(formats.decimals(currency())).to_integral_value())


def folded(column: str, lookup: str, value: str) -> Q:
    """The condition that a column matches `value` regardless of case.

    SQLite lowers ASCII letters only, so accented letters are compared in lower and upper case.
    """
    writings = {_lower(text) for text in (value, value.lower(), value.upper(), value.title())}
    asked = Q()
    for text in writings:
        asked |= Q(LOOKUPS[lookup](Lower(column), text))
    return asked


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _with(where: Where, lookup: str) -> Callable[[Values, Scope], Q]:
    return lambda values, scope: where(lookup, values["value"], scope)


def _within(where: Where, by_data: bool) -> Callable[[Values, Scope], Q]:
    """A filter for the last N days, today (or the last day of the data) included, and nothing later."""

    def asked(values: Values, scope: Scope) -> Q:
        until = scope.as_of if by_data else scope.today
        return where("__gt", days_before(until, values["value"]), scope) & where("__lte", until, scope)

    return asked


def _longer_ago(where: Where, by_data: bool) -> Callable[[Values, Scope], Q]:
    def asked(values: Values, scope: Scope) -> Q:
        return where("__lte", days_before(scope.as_of if by_data else scope.today, values["value"]), scope)

    return asked


def days_before(day: dt.date, days: int) -> dt.date:
    return day - dt.timedelta(days=min(days, day.toordinal() - 1))


def _known(noun: Any, where: Where) -> tuple[Operator, Operator]:
    def known(values: Values, affirmed: bool) -> str:
        return (_("whose %(noun)s is known") if affirmed else _("whose %(noun)s is not known")) % {"noun": str(noun)}

    return (
        Operator("known", gettext_lazy("is known"), lambda v, scope: where("__isnull", False, scope), known),
        Operator(
            "unknown",
            gettext_lazy("is not known"),
            lambda v, scope: ~where("__isnull", False, scope),
            lambda v, affirmed: known(v, not affirmed),
        ),
    )


def _says(noun: Any, yes: Callable[[Any], str], no: Callable[[Any], str]) -> Callable[[Values, bool], str]:
    return lambda values, affirmed: (yes if affirmed else no)(values["value"]) % {"noun": str(noun)}


# Each gives a text in which the noun still has its place; a percent sign of the value is doubled for that.
def _fill(text: str, value: str) -> str:
    return text % {"noun": "%(noun)s", "value": value.replace("%", "%%")}


def _is(value: Any) -> str:
    return _fill(_("whose %(noun)s is %(value)s"), quoted(value))


def _is_not(value: Any) -> str:
    return _fill(_("whose %(noun)s is not %(value)s"), quoted(value))


def _contains(value: Any) -> str:
    return _fill(_("whose %(noun)s contains %(value)s"), quoted(value))


def _lacks(value: Any) -> str:
    return _fill(_("whose %(noun)s does not contain %(value)s"), quoted(value))


def _begins(value: Any) -> str:
    return _fill(_("whose %(noun)s begins with %(value)s"), quoted(value))


def _begins_not(value: Any) -> str:
    return _fill(_("whose %(noun)s does not begin with %(value)s"), quoted(value))


def _least(value: Any) -> str:
    return _fill(_("whose %(noun)s is at least %(value)s"), _amount(value))


def _least_not(value: Any) -> str:
    return _fill(_("whose %(noun)s is not at least %(value)s"), _amount(value))


def _most(value: Any) -> str:
    return _fill(_("whose %(noun)s is at most %(value)s"), _amount(value))


def _most_not(value: Any) -> str:
    return _fill(_("whose %(noun)s is not at most %(value)s"), _amount(value))


def _is_number(value: Any) -> str:
    return _fill(_("whose %(noun)s is %(value)s"), _amount(value))


def _is_not_number(value: Any) -> str:
    return _fill(_("whose %(noun)s is not %(value)s"), _amount(value))


def _from(value: dt.date) -> str:
    return _fill(_("whose %(noun)s is %(value)s or later"), formats.day(value))


def _from_not(value: dt.date) -> str:
    return _fill(_("whose %(noun)s is not %(value)s or later"), formats.day(value))


def _until(value: dt.date) -> str:
    return _fill(_("whose %(noun)s is %(value)s or earlier"), formats.day(value))


def _until_not(value: dt.date) -> str:
    return _fill(_("whose %(noun)s is not %(value)s or earlier"), formats.day(value))


def _recent(days: int) -> str:
    text = ngettext("whose %(noun)s lies in the last day", "whose %(noun)s lies in the last %(value)s days", days)
    return _fill(text, formats.number(days))


def _recent_not(days: int) -> str:
    text = ngettext(
        "whose %(noun)s does not lie in the last day", "whose %(noun)s does not lie in the last %(value)s days", days
    )
    return _fill(text, formats.number(days))


def _old(days: int) -> str:
    text = ngettext("whose %(noun)s lies at least a day back", "whose %(noun)s lies at least %(value)s days back", days)
    return _fill(text, formats.number(days))


def _old_not(days: int) -> str:
    text = ngettext("whose %(noun)s does not lie a day back", "whose %(noun)s does not lie %(value)s days back", days)
    return _fill(text, formats.number(days))


def _amount(value: Any) -> str:
    return value.words if isinstance(value, Money) else formats.number(value, digits=4)


class Money(int):
    """An amount in minor units of `currency()`, which words show with the currency."""

    @property
    def words(self) -> str:
        return formats.money(int(self), currency())


PROFILE = pgettext_lazy("conditions", "Profile")
REACH = pgettext_lazy("conditions", "How to reach them")
RELATIONS = pgettext_lazy("conditions", "Relations")
OWN = pgettext_lazy("conditions", "Tags, fields and segments")
LIFE = pgettext_lazy("conditions", "Life cycle and value")
PURCHASES = pgettext_lazy("conditions", "Purchases")
