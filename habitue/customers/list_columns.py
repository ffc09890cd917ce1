"""The columns of the list of customers. Each domain declares its own in `<domain>/columns.py`, as in

    declare(Column("city", _("City"), look_up=cities, sort=Sort(first_addresses, "city", many_per_customer=True)))

A column says what it shows for a customer, in words and in an exported file, and how the list is sorted by it.
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
    """An order of the list, read along the index on (`column`, `owner`) of `rows`.

    `rows`: those that hold a value; who has none comes last. `owner`: the id of the customer there, which breaks ties.
    `type`: of the value, as a cursor writes it. `tie_reversed`: the index is on (-`column`, `owner`), so that ties run
    against the value. `many_per_customer`: of several rows the one with the lowest id counts. `not_null`: everybody has
    a value.
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
    """What stands in a cell, in the reader's language. It is `plain` text, or a stage by its code, a day with a title,
    an estimate with its interval as a note, or tags."""

    text: str = ""
    plain: bool = True
    stage: str = ""
    day: str = ""
    title: str = ""
    note: str = ""
    tags: Sequence[str] = ()


def words(value: Any) -> str:
    """A value of any type in the reader's language; nothing for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return formats.number(value, digits=4)
    return formats.day_short(value) if isinstance(value, date) else str(value)


def plain(value: Any) -> Any:
    """A value as a spreadsheet has it: numbers and days typed, yes and no in the reader's language, all else text."""
    if isinstance(value, bool):
        return words(value)
    return value if value is None or isinstance(value, Decimal | int | date) else str(value)


LookUp = Callable[[Sequence[int], Sequence["Column"]], Mapping[str, Mapping[int, Any]]]


@dataclass(frozen=True)
class Column:
    """A column of the list: what it shows, how it is sorted by and how it is exported.

    `value` reads it from a customer (their portrait is at hand); or `look_up` reads it for all customers of a page at
    once: it is given their ids and the columns that share it, and answers by column code and customer id. `cell` makes
    words of a value, or a Cell; `export` what a file holds, of a column `with_currency` the amount and its currency.
    `empty` stands where there is no value.
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
    css_class: str = ""  # where it is not the code
    position: int = 50  # among those to choose from, the lowest first
    source: Any = None  # what `look_up` needs to know of it

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
    """Add columns that rest on rows of the database: they are asked for each time."""
    if provider not in _providers:
        _providers.append(provider)


def declared() -> list[Column]:
    """The columns that rest on no rows, in order."""
    return sorted(_declared.values(), key=lambda column: column.position)


def by_code() -> dict[str, Column]:
    """Every column that can be chosen, in order."""
    provided = (column for provider in _providers for column in provider())
    ordered = sorted([*declared(), *provided], key=lambda column: column.position)
    return {column.code: column for column in ordered}
