"""The profile fields of a customer, each declared once in PROFILE.

Form, customer page, merge, import, history, segments, bulk changes and list read PROFILE. A new field is a column of
the model, an entry here and a migration, with its headings for files in `imports/headings`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers.models import Customer
from habitue.kernel import formats, parsing
from habitue.kernel.errors import InvalidFields

Values = dict[str, Any]
FIRST_BIRTH = dt.date(1880, 1, 1)


@dataclass(frozen=True)
class Asked:
    """How a field is worded as a condition of segments: "whose `noun` is ...", or the clauses `yes` and `no` for a
    flag.

    `column`: the column to search where it is not the field's own; it holds the text folded by `name_key`.
    """

    code: str
    label: Any
    noun: Any = ""
    yes: Any = ""
    no: Any = ""
    column: str = ""


@dataclass(frozen=True)
class ProfileField:
    """A column of Customer that people fill in. `label` is worded for the middle of a sentence."""

    name: str
    label: Any
    type: Literal["text", "choice", "day", "annual_day", "flag"] = "text"
    title: Any = ""  # above its input, where the label is too short
    file_label: Any = ""  # in files, where the label is too short
    hint: Any = ""
    choices: Sequence[tuple[str, Any]] = ()
    first_day: dt.date | None = None
    past: bool = False  # of a day: it may not be in the future
    fuller_wins: bool = True  # whether a merge proposes the fuller of two values, or the kept record's
    in_window: bool = False  # among the facts of the window, where it is known
    in_list: bool = False  # a column that the list can show
    asked: Asked | None = None
    bulk_label: Any = ""  # label of its bulk change; empty where it has none

    @property
    def heading(self) -> str:
        """The label with a capital letter."""
        return capfirst(str(self.label))

    @property
    def limit(self) -> int:
        """The maximum length of its column; 0 for a column without one (a day, a flag)."""
        return getattr(Customer._meta.get_field(self.name), "max_length", None) or 0

    @property
    def nothing(self) -> Any:
        """The value of this field for a new customer of whom it is unknown."""
        if self.type == "choice":
            return self.choices[0][0] if self.choices else ""
        return {"text": "", "annual_day": "", "day": None, "flag": False}[self.type]

    def words(self, value: Any) -> str:
        """The value in words, in the reader's language; empty for an unknown value."""
        if value is None or value == "":
            return ""
        if self.type == "flag":
            return _("yes") if value else _("no")
        if self.type == "choice":
            return str(dict(self.choices).get(value, value))
        if self.type == "annual_day":
            return formats.annual_day(value)
        return formats.day(value) if self.type == "day" else str(value)

    def cleaned(self, value: Any) -> Any:
        """The value as it is stored; InvalidFields where it is not allowed."""
        if self.type == "text":
            value = text(value or "")
            if len(value) > self.limit:
                raise InvalidFields({self.name: too_long(value, self.limit)})
        elif self.type == "choice" and value not in dict(self.choices):
            raise InvalidFields({self.name: _("Choose one of: %(choices)s.") % {"choices": self._choices_in_words()}})
        elif self.type == "day" and value:
            self._require_day(value)
        elif self.type == "annual_day" and value:
            return self._annual_day(value)
        return value

    def _annual_day(self, typed: str) -> str:
        try:
            return parsing.annual_day(typed)
        except parsing.NotUnderstood as error:
            raise InvalidFields({self.name: error.message}) from error

    def _require_day(self, day: dt.date) -> None:
        if self.first_day and day < self.first_day:
            fault = _("%(day)s is too long ago. Check the year.")
        elif self.past and day > timezone.localdate():
            fault = _("%(day)s is still to come. Check the year.")
        else:
            return
        raise InvalidFields({self.name: fault % {"day": formats.day(day)}})

    def _choices_in_words(self) -> str:
        return ", ".join(str(words) for _code, words in self.choices)


def text(typed: str) -> str:
    """The text without control characters, with single spaces between words and none at the ends."""
    if not typed.isprintable():
        typed = "".join(letter if letter.isprintable() else " " for letter in typed)
    return " ".join(typed.split())


def too_long(typed: str, longest: int) -> str:
    return _("At most %(count)s characters; these are %(given)s.") % {"count": longest, "given": len(typed)}


PROFILE = (
    ProfileField("given_name", gettext_lazy("given name")),
    ProfileField("family_name", gettext_lazy("family name")),
    ProfileField(
        "name",
        gettext_lazy("name"),
        title=gettext_lazy("Name as it is shown"),
        file_label=gettext_lazy("name of the customer"),
        hint=gettext_lazy("left empty, given and family name"),
        asked=Asked("name", gettext_lazy("Name"), pgettext_lazy("whose", "name"), column="name_key"),
    ),
    ProfileField("birth_name", gettext_lazy("birth name"), hint=gettext_lazy("before a marriage"), in_window=True),
    ProfileField(
        "kind",
        gettext_lazy("kind"),
        "choice",
        in_window=True,
        in_list=True,
        file_label=gettext_lazy("kind of customer"),
        choices=Customer.Kind.choices,
        fuller_wins=False,
        asked=Asked("kind", gettext_lazy("Person or organisation"), pgettext_lazy("whose", "kind")),
        bulk_label=gettext_lazy("Set person or organisation"),
    ),
    ProfileField(
        "born_on",
        gettext_lazy("date of birth"),
        "day",
        first_day=FIRST_BIRTH,
        past=True,
        in_window=True,
        asked=Asked("born", gettext_lazy("Birth day"), pgettext_lazy("whose", "birth day")),
    ),
    ProfileField(
        "birthday",
        gettext_lazy("birthday without its year"),
        "annual_day",
        hint=gettext_lazy("where the year of birth is not known: 31/12"),
        in_window=True,
    ),
    ProfileField(
        "internal",
        gettext_lazy("internal"),
        "flag",
        file_label=gettext_lazy("a colleague"),
        hint=gettext_lazy("a colleague or another department: never revenue, never prospected"),
        fuller_wins=False,
        asked=Asked(
            "internal",
            gettext_lazy("Internal"),
            yes=gettext_lazy("who are internal: colleagues or another department"),
            no=gettext_lazy("who are not internal"),
        ),
        bulk_label=gettext_lazy("Set internal or not"),
    ),
)
BY_NAME = {field.name: field for field in PROFILE}
NAMES = tuple(BY_NAME)
NOTHING = {field.name: field.nothing for field in PROFILE}
NAME_LIMIT = BY_NAME["name"].limit
REFERENCE_LIMIT: int = Customer._meta.get_field("reference").max_length  # type: ignore[assignment]


def cleaned(values: Mapping[str, Any]) -> Values:
    """Values of profile fields as they are stored; InvalidFields with the error of each."""
    stored: Values = {}
    errors: dict[str, str] = {}
    for name, value in values.items():
        try:
            stored[name] = BY_NAME[name].cleaned(value)
        except InvalidFields as error:
            errors |= error.errors
    if errors:
        raise InvalidFields(errors)
    return stored


def complete(values: Mapping[str, Any]) -> Values:
    """All profile fields of a new customer, with defaults; a missing name is composed of given and family name."""
    row = _with_one_birth(NOTHING | dict(values))
    row["name"] = row["name"] or composed(row)
    return row


def differences(was: Mapping[str, Any], new: Mapping[str, Any]) -> Values:
    """The values of `new` that differ from `was` (which has all profile fields).

    An emptied name is composed again of given and family name. So is a name that was composed before, unless `new` has
    another.
    """
    now = dict(new)
    name = now.get("name", was["name"])
    was_composed = was["name"] in ("", composed(was))
    if not name or (was_composed and name == was["name"]):
        now["name"] = composed({**was, **now})
    now = _with_one_birth(now, was)
    return {field: value for field, value in now.items() if was[field] != value}


def _with_one_birth(now: Values, was: Mapping[str, Any] | None = None) -> Values:
    """A date of birth says the birthday too: that without its year is not kept beside it."""
    born_on = now.get("born_on", was["born_on"] if was else None)
    return now | {"birthday": ""} if born_on and (now.get("birthday") or (was and was["birthday"])) else now


def composed(values: Mapping[str, Any]) -> str:
    """Given and family name as one name, cut to the maximum length."""
    parts = (values["given_name"], values["family_name"])
    return " ".join(part for part in parts if part)[:NAME_LIMIT].rstrip()


def values_of(customer: Customer) -> Values:
    return {name: getattr(customer, name) for name in NAMES}


def known_fields(customer: Customer) -> list[tuple[str, str]]:
    """(heading, value in words) of the profile fields that the customer's page shows; unknown ones are left out."""
    shown = [(field.heading, field.words(getattr(customer, field.name))) for field in PROFILE if field.in_window]
    return [(heading, words) for heading, words in shown if words]


def unread_fields(customer: Customer, rows: Iterable[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    """Heading and text of what files said of a customer and could not be read, where nothing better is known since.

    `rows`: fact and text of each, where they are read already.
    """
    headings = {"born_on": BY_NAME["born_on"].heading, "country": _("Country"), "employer": _("Works for")}
    if rows is None:
        rows = customer.unread_values.order_by("pk").values_list("fact", "typed")
    known = {"born_on"} if customer.born_on or customer.birthday else set()
    return [(headings.get(fact, fact), typed) for fact, typed in rows if fact not in known]
