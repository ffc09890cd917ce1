"""Mappings: which column of a file holds which field. A mapping is a TOML file, a ready-made one, or guessed."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.imports.files import choices
from habitue.imports.files.choices import Choices
from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings import rules as mapping_rules
from habitue.imports.mappings.checking import one_of, only_known, refuse, table
from habitue.imports.mappings.rules import MONEY, OF_ORDER, PERCENT, RATE, Rules, rules_from
from habitue.kernel.errors import HabitueError

READY_MADE = Path(__file__).parents[1] / "profiles"
PLAIN = {
    "unit", "decimal", "thousands", "date_format", "date_order", "time_zone", "business_time_zone", "buyer_kind",
    "country", "birth_century",
}  # fmt: skip
KEYS = PLAIN | {"kind", "source", "columns", "discounts", *choices.KEYS}
MADE_OF_ROW = "row"  # an order number that is made of all that the row says
DISCOUNT_RULES = (MONEY, RATE, PERCENT, OF_ORDER)


@dataclass(frozen=True)
class Origin:
    """Where a fact comes from: columns (several are joined by a space), or the same value on every row.

    `made`: it is made of the columns, or without any of the whole row, so that the same row gives the same again.
    """

    columns: tuple[str, ...] = ()
    value: str | None = None
    made: bool = False

    def as_data(self) -> Any:
        if self.made:
            return {"made_of": list(self.columns) or MADE_OF_ROW}
        if self.value is not None:
            return {"value": self.value}
        return self.columns[0] if len(self.columns) == 1 else {"columns": list(self.columns)}


@dataclass(frozen=True)
class Discount:
    """`rule`: an amount of the line, a rate of the list price (0.2 or 20 percent), or an amount of the order.

    `negative`: it is written as the negative amount that it takes off.
    """

    column: str
    reimbursed: bool = (
        False  # by somebody else (the maker, for a coupon): we receive it though the buyer does not pay it
    )
    rule: str = MONEY
    negative: bool = False

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"column": self.column, "reimbursed": self.reimbursed}
        return (
            data
            | ({"rule": self.rule} if self.rule != MONEY else {})
            | ({"negative": self.negative} if self.negative else {})
        )


@dataclass(frozen=True)
class Mapping:
    """How a file is read: the origin of each field, formats of numbers and dates, encoding, source.

    What is None is determined from the file's content by `completing`.
    """

    kind: str
    columns: dict[str, Origin]
    discounts: dict[str, Discount] = field(default_factory=dict)
    unit: str = "major"
    decimal: str | None = None
    thousands: str = ""
    date_format: str | None = None
    date_order: str = ""  # day or month: which comes first, where the file does not tell; date_format then says it
    time_zone: str = ""
    business_time_zone: str = ""
    buyer_kind: str = Customer.Kind.PERSON.value
    reading: Choices = field(default_factory=Choices)  # of the file: encoding, separator, sheets, line of the headings
    country: str = ""  # of telephone numbers and addresses that state none
    birth_century: str = ""  # 1900 or 2000: of years of birth with two digits that may be of both
    source: dict[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def as_data(self) -> dict[str, Any]:
        """The mapping as plain data for JSON and TOML; `from_data` is the inverse."""
        data: dict[str, Any] = {"kind": self.kind}
        plain = {name: getattr(self, name) for name in PLAIN} | self.reading.as_data()
        data |= {name: value for name, value in sorted(plain.items()) if value not in (None, "")}
        rules = self.rules.as_data()
        data |= {name: value for name, value in rules.items() if not isinstance(value, dict)}
        data["source"] = dict(self.source)
        data["columns"] = {name: origin.as_data() for name, origin in self.columns.items()}
        data["discounts"] = {name: discount.as_data() for name, discount in self.discounts.items()}
        return data | {name: value for name, value in rules.items() if isinstance(value, dict)}


def as_toml(data: dict[str, Any]) -> str:
    """The data of a mapping as the text of a TOML file, which `load` reads."""
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    lines = [f"{name} = {_toml(value)}" for name, value in data.items() if name not in tables]
    for name, content in tables.items():
        if content:
            lines += ["", f"[{name}]", *(f"{_toml_key(key)} = {_toml(value)}" for key, value in content.items())]
    return "\n".join(lines) + "\n"


def load(kind: str, name: str | Path) -> Mapping:
    """Read a mapping from a TOML file, or a ready-made one by its name; HabitueError where it cannot be read."""
    path = Path(name)
    if not path.exists() and not path.suffix and (READY_MADE / f"{name}.toml").exists():
        path = READY_MADE / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HabitueError(
            _("There is no mapping file %(path)s. Ready-made mappings: %(names)s.")
            % {"path": name, "names": ", ".join(sorted(file.stem for file in READY_MADE.glob("*.toml")))}
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise HabitueError(
            _("The mapping %(path)s cannot be read as TOML: %(error)s.") % {"path": name, "error": error}
        ) from None
    return from_data(kind, _named(data, path.stem))


def ready_made(name: str) -> Mapping:
    data = tomllib.loads((READY_MADE / f"{name}.toml").read_text(encoding="utf-8"))
    return from_data(data["kind"], _named(data, name))


def _named(data: dict[str, Any], name: str) -> dict[str, Any]:
    """What comes with this mapping is of one source: of this name, unless the mapping says another. What the files of
    a profile are known by is not of its mapping."""
    data = {key: value for key, value in data.items() if key != "profile"}
    return data | {"source": {"name": name} | table(data, "source")}


def from_data(kind: str, data: dict[str, Any]) -> Mapping:
    """The mapping that plain data describe; HabitueError for the first error, with the nearest valid word."""
    of = kind_named(kind)
    only_known(data, KEYS | mapping_rules.KEYS - (set() if of.discounts else mapping_rules.OF_ORDERS), "")
    if data.get("kind", kind) != kind:
        raise HabitueError(
            _(
                "This mapping is for %(other)s, not for %(kind)s. Say “habitue import %(other)s …”, or give another "
                "mapping."
            )
            % {"other": data["kind"], "kind": kind}
        )
    columns = table(data, "columns")
    facts = {field.name for field in (*of.fields, *of.further())} | {name for name in columns if of.known(name)}
    only_known(columns, facts, "columns")
    discounts = table(data, "discounts")
    source = {name: str(value) for name, value in table(data, "source").items()}
    only_known(source, {"title", "url", "names", "name", "system", "profile"}, "source")
    mapping = Mapping(
        kind=kind,
        columns={name: _origin(name, value) for name, value in columns.items()},
        discounts={name: _discount(name, value) for name, value in sorted(discounts.items())},
        source=source,
        reading=choices.from_data(data),
        rules=rules_from(data, facts),
        **{name: str(data[name]) for name in PLAIN if name in data},
    )
    return checked(of, mapping)


def checked(kind: Kind, mapping: Mapping) -> Mapping:
    for name, allowed in (
        ("unit", ("major", "minor")),
        ("decimal", (".", ",", None)),
        ("thousands", (".", ",", "")),
        ("birth_century", ("1900", "2000", "")),
        ("date_order", ("day", "month", "")),
        ("buyer_kind", tuple(Customer.Kind.values)),
    ):
        if getattr(mapping, name) not in allowed:
            refuse(name, getattr(mapping, name), [value for value in allowed if value])
    if mapping.thousands and mapping.thousands == mapping.decimal:
        refuse("thousands", mapping.thousands, ["." if mapping.decimal == "," else ","])
    if mapping.country and not re.fullmatch("[A-Za-z]{2}", mapping.country):
        refuse("country", mapping.country, ["FR", "BE", "US"])
    zone = settings.TIME_ZONE
    mapping = replace(
        mapping,
        time_zone=_zone("time_zone", mapping.time_zone or _of_heading(mapping) or mapping.business_time_zone or zone),
        business_time_zone=_zone("business_time_zone", mapping.business_time_zone or zone),
    )
    return _whole(kind, mapping)


def fitted(mapping: Mapping, headings: Sequence[str]) -> Mapping:
    """The mapping with its columns spelt as in the file; HabitueError for a column that the file does not have."""
    plain = {heading.casefold().strip(): heading for heading in reversed(headings)}

    def find(column: str, of: str) -> str:
        if column in headings:
            return column
        if heading := plain.get(column.casefold().strip()):
            return heading
        near = difflib.get_close_matches(column.casefold(), plain, n=1)
        raise HabitueError(
            _("The file has no column “%(column)s”, which the mapping takes for “%(fact)s”.")
            % {"column": column, "fact": of}
            + (" " + _("Did you mean “%(near)s”?") % {"near": plain[near[0]]} if near else "")
            + " "
            + _("Its columns are: %(columns)s. Correct the mapping, or the heading in the file.")
            % {"columns": ", ".join(headings)}
        )

    return replace(
        mapping,
        columns={
            name: replace(origin, columns=tuple(find(column, name) for column in origin.columns))
            for name, origin in mapping.columns.items()
        },
        discounts={
            name: replace(discount, column=find(discount.column, name)) for name, discount in mapping.discounts.items()
        },
        rules=replace(
            mapping.rules,
            filters={find(column, "filters"): one for column, one in mapping.rules.filters.items()},
        ),
    )


def _whole(kind: Kind, mapping: Mapping) -> Mapping:
    given = {*mapping.columns, mapping.rules.amounts.computed}
    rates = [one for one in mapping.discounts.values() if one.rule in (RATE, PERCENT)]
    mapping_rules.checked(mapping.rules, set(mapping.columns), 0 if "gross" in given else len(rates))
    lacking = [field for field in kind.lacking(mapping.columns) if not kind.replaced(field, mapping.columns)]
    if kind.made_key and not mapping.columns:
        lacking.append(kind.key)
    if lacking:
        raise HabitueError(
            _(
                "No column is taken for: %(facts)s. Give a mapping with a line for each under [columns], such as "
                '%(name)s = "heading of its column", or %(name)s = %(other)s.'
            )
            % {
                "facts": ", ".join(str(of.label) for of in lacking),
                "name": lacking[0].name,
                "other": '{ made_of = "row" }'
                if lacking[0].name == "number"
                else _('{ value = "the same on every row" }'),
            }
        )
    if kind.lacks_one_of(given):
        raise HabitueError(str(kind.one_of_lacking))
    return mapping


def _origin(name: str, value: Any) -> Origin:
    if isinstance(value, str):
        return Origin((value,))
    if isinstance(value, dict) and len(value) == 1:
        (key, content), *_rest = value.items()
        if key == "value":
            return Origin(value=str(content))
        if key == "column" and isinstance(content, str):
            return Origin((content,))
        if key == "columns" and isinstance(content, list) and content:
            return Origin(tuple(str(column) for column in content))
        if key == "made_of" and name == "number" and content == MADE_OF_ROW:
            return Origin(made=True)
        if key == "made_of" and name == "number" and isinstance(content, list) and content:
            return Origin(tuple(str(column) for column in content), made=True)
    raise HabitueError(
        _(
            '“%(name)s” in the mapping must be the heading of a column, { columns = ["one", "other"] } or '
            '{ value = "the same on every row" }.'
        )
        % {"name": name}
    )


def _discount(name: str, value: Any) -> Discount:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise HabitueError(
            _("“%(name)s” cannot name a kind of discount. Use small letters, digits and _.") % {"name": name}
        )
    if isinstance(value, str):
        return Discount(value)
    if not isinstance(value, dict) or not isinstance(value.get("column"), str):
        raise HabitueError(
            _('The discount “%(name)s” must be the heading of a column, or { column = "heading", reimbursed = true }.')
            % {"name": name}
        )
    only_known(value, {"column", "reimbursed", "rule", "negative"}, f"discounts.{name}")
    rule = one_of(f"discounts.{name}.rule", str(value.get("rule", MONEY)), DISCOUNT_RULES)
    return Discount(value["column"], bool(value.get("reimbursed", False)), rule, bool(value.get("negative", False)))


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(content)}" for key, content in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(content) for content in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _of_heading(mapping: Mapping) -> str:
    """UTC where the heading of the moment says so, as in “Created at (UTC)”."""
    moment = mapping.columns.get("placed_at", Origin())
    return "UTC" if any(re.search(r"\b(UTC|GMT)\b", column) for column in moment.columns) else ""


def _zone(name: str, value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        refuse(name, value, ["Europe/Paris", "America/New_York", "UTC"])
        raise
