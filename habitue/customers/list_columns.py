"""Declarations of the columns of the list of customers. Each domain declares its own in `<domain>/columns.py`, as in

    declare(Column("city", _("City"), look_up=cities, sort=Sort(first_addresses, "city", many_per_customer=True)))

A column says what the list shows for a customer, what an exported file holds, and how the list is sorted by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from habitue.kernel import formats

if TYPE_CHECKING:
    from habitue.customers.models import Customer


@dataclass(frozen=True)
class Sort:
    """A sort order of the list, read along the index on (`column`, `owner`) of `rows`.

    `rows`: the rows that have a value; customers without one come last. `owner`: the column with the customer's id,
    which breaks ties. `type`: type of the value, for the cursor of keyset pagination. `tie_reversed`: the index is on
    (-`column`, `owner`), so that ties run against the value. `many_per_customer`: the row with the lowest id counts.
    `not_null`: every customer has a value.
    """

    rows: Callable[[], QuerySet[Any]]
    column: str
    type: Any = str
    owner: str = "customer"
    tie_reversed: bool = False
    many_per_customer: bool = False
    not_null: bool = False


@dataclass(frozen=True)
class Cell:
    """The content of one cell, in the reader's language: `plain` text, a stage (its code), a day with a title, an
    estimate with its interval as a note, or tags.
    """

    text: str = ""
    plain: bool = True
    stage: str = ""
    day: str = ""
    title: str = ""
    note: str = ""
    tags: Sequence[str] = ()


def words(value: Any) -> str:
    """A value of any type in words, in the reader's language; empty for None."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return formats.number(value, digits=4)
    return formats.day_short(value) if isinstance(value, date) else str(value)


def plain(value: Any) -> Any:
    """A value for a cell of a spreadsheet: numbers and days keep their type, booleans are words, all else is text."""
    if isinstance(value, bool):
        return words(value)
    return value if value is None or isinstance(value, Decimal | int | date) else str(value)


LookUp = Callable[[Sequence[int], Sequence["Column"]], Mapping[str, Mapping[int, Any]]]


@dataclass(frozen=True)
class Column:
    """A column of the list: what it shows, how the list is sorted by it and what an export holds.

    `value` reads it from a customer (whose portrait is loaded). Or `look_up` reads it for a page of customers at once,
    for all columns that share the function: it gets their ids and those columns, and returns values by column code and
    customer id. `cell` turns a value into words or a Cell, `export` into what a file holds: (amount, currency) for a
    column `with_currency`. `empty` is shown where there is no value.
    """

    code: str
    label: Any
    value: Callable[[Customer], Any] | None = None
    look_up: LookUp | None = None
    cell: Callable[[Any], Cell | str] = words
    export: Callable[[Any], Any] = plain
    sort: Sort | None = None
    descending_first: bool = False
    numeric: bool = False  # aligned at the end
    with_currency: bool = False
    empty: Any = ""
    css_class: str = ""  # where it differs from the code
    position: int = 50  # among those to choose from, the lowest first
    source: Any = None  # an object for `look_up`, such as the custom field

    @property
    def style(self) -> str:
        return f"{self.css_class or self.code}{' num' if self.numeric else ''}"

    def shown(self, value: Any) -> Cell:
        """The cell for a value."""
        cell = str(self.empty) if value is None else self.cell(value)
        return Cell(cell) if isinstance(cell, str) else cell

    def headings(self) -> list[str]:
        """The headings in an exported file: two for a column with a currency."""
        heading = str(self.label)
        return [heading, _("%(column)s: currency") % {"column": heading}] if self.with_currency else [heading]

    def exported(self, value: Any) -> Sequence[Any]:
        """Its cells in an exported file, one for each heading."""
        if self.with_currency:
            amount, currency = (None, None) if value is None else self.export(value)
            return (amount, currency)
        return (None if value is None else self.export(value),)


_declared: dict[str, Column] = {}
_providers: list[Callable[[], Iterable[Column]]] = []


def declare(*columns: Column) -> None:
    """Add columns to the list, or replace those of the same code."""
    _declared.update({column.code: column for column in columns})


def provide(provider: Callable[[], Iterable[Column]]) -> None:
    """Register a function whose columns depend on rows of the database: it is called each time columns are needed."""
    if provider not in _providers:
        _providers.append(provider)


def declared() -> list[Column]:
    """The columns that do not depend on rows of the database, ordered by position."""
    return sorted(_declared.values(), key=lambda column: column.position)


def by_code() -> dict[str, Column]:
    """All columns that the list can show, by code, ordered by position."""
    provided = (column for provider in _providers for column in provider())
    ordered = sorted([*declared(), *provided], key=lambda column: column.position)
    return {column.code: column for column in ordered}
