"""What a mapping says beside its columns: how amounts come about, what statuses mean, which rows count.

Each rule is a table or a list of the TOML file; one that says nothing is left out of it. See docs/imports.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.utils.translation import gettext as _

from habitue.imports.files.controls import control
from habitue.imports.mappings.checking import one_of, only_known, table, texts
from habitue.kernel.errors import HabitueError

SALE, NOT_A_SALE, GIVEN_BACK, NOT_YET, RETURNED = "sale", "not_a_sale", "given_back", "not_yet", "returned"
STATUSES = (SALE, NOT_A_SALE, GIVEN_BACK, NOT_YET, RETURNED)
ASIDE = (NOT_A_SALE, NOT_YET)
COLUMN, MULTIPLIED, TOTAL = "column", "quantity_x_unit_price", "order_total"
HALF_UP, REFUSED = "half_up", "refuse"
PLAIN, SIGNS = "plain", "signs"
KEPT_BACK = "kept_back"
WITH, WITHOUT, AS_IT_STANDS = "with", "without", "as_it_stands"
MONEY, RATE, PERCENT, OF_ORDER = "money", "rate", "percent", "order"
CHOICES: dict[str, tuple[str, ...]] = {
    "rule": (COLUMN, MULTIPLIED, TOTAL),
    "gives": ("gross", "amount", "paid"),
    "tax": (WITH, WITHOUT, AS_IT_STANDS),
    "rounding": (HALF_UP, REFUSED),
    "writing": (PLAIN, SIGNS),
    "negative": (RETURNED, KEPT_BACK),
}


@dataclass(frozen=True)
class Amounts:
    """The table `[amounts]`. `rounding`, `writing` and `negative` are found out from the file where they are left open.

    `rule`: where the amount of a line is from: its column, quantity times unit price, or the order's total where the
    order has one line. `gives`: which amount this is. `tax`: whether the amounts are with tax already, or taken as they
    stand though they are without. `rounding`: of more decimals than the currency has. `writing`: whether signs of
    currencies, brackets and minus signs behind stand in the cells. `negative`: what an order is whose amounts are
    negative, and of which nothing says that it is a refund: goods returned, or nothing that can be taken.
    """

    rule: str = COLUMN
    gives: str = "gross"
    tax: str = ""
    rounding: str = ""
    writing: str = ""
    negative: str = ""

    @property
    def computed(self) -> str:
        """The amount of a line that comes of a rule; empty where each comes from its column."""
        return {COLUMN: "", TOTAL: "paid"}.get(self.rule, self.gives)


@dataclass(frozen=True)
class Filter:
    """Rows are taken whose cell is one of `values`; with `excluded`, those whose cell is none of them."""

    values: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True)
class Rules:
    """All of it. `repeat_above`, `whole_numbers`, `same_code`: facts; `nobody`: values of the buyer that name nobody,
    found out from the file where this is None; `blank_number`, `product_or_name`: found out as well. `refund_buyer`: a
    refund has the buyer of its sale, whomever its row names.
    """

    amounts: Amounts = field(default_factory=Amounts)
    statuses: dict[str, str] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    repeat_above: tuple[str, ...] = ()
    whole_numbers: tuple[str, ...] = ()
    same_code: tuple[str, ...] = ()
    nobody: tuple[str, ...] | None = None
    number_prefix: str = ""
    blank_number: str = ""
    product_or_name: str = ""
    refund_buyer: str = ""

    def as_data(self) -> dict[str, Any]:
        """What differs from saying nothing, as JSON and TOML can hold it."""
        data: dict[str, Any] = {}
        for name in TEXTS:
            if value := getattr(self, name):
                data[name] = value
        for name in LISTS:
            if value := getattr(self, name):
                data[name] = list(value)
        amounts = {of.name: value for of in fields(Amounts) if (value := getattr(self.amounts, of.name)) != of.default}
        filters = {
            column: {"not": list(one.values)} if one.excluded else list(one.values)
            for column, one in self.filters.items()
        }
        tables = {"amounts": amounts, "statuses": self.statuses, "currencies": self.currencies, "filters": filters}
        return data | {name: dict(content) for name, content in tables.items() if content}


TEXTS = ("number_prefix", "blank_number", "product_or_name", "refund_buyer")
LISTS = ("repeat_above", "whole_numbers", "same_code", "nobody")
TABLES = ("amounts", "statuses", "currencies", "filters")
KEYS = {*TEXTS, *LISTS, *TABLES}
OF_ORDERS = KEYS - {"filters", "repeat_above", "whole_numbers", "same_code"}  # these every kind can have


def rules_from(data: dict[str, Any], facts: set[str]) -> Rules:
    """The rules of a mapping, checked; `facts` are those that its kind knows."""
    lists = {name: texts(data, name) for name in LISTS if name in data}
    for name in ("repeat_above", "whole_numbers", "same_code"):
        for fact in lists.get(name, ()):
            one_of(name, fact, sorted(facts))
    chosen = {name: str(data[name]) for name in TEXTS if name in data}
    for name, allowed in (
        ("blank_number", ("keep_back",)),
        ("product_or_name", ("yes",)),
        ("refund_buyer", ("of_sale",)),
    ):
        if name in chosen:
            one_of(name, chosen[name], allowed)
    given: dict[str, Any] = lists | chosen
    return Rules(
        amounts=_amounts(table(data, "amounts")),
        statuses={
            name: one_of(f"statuses.{name}", str(value), STATUSES) for name, value in table(data, "statuses").items()
        },
        currencies={name: str(code).upper() for name, code in table(data, "currencies").items()},
        filters={column: _filter(column, value) for column, value in table(data, "filters").items()},
        **given,
    )


def checked(rules: Rules, columns: set[str], rates: int) -> None:
    """HabitueError where rules and columns do not fit; `rates` is the number of discounts that are rates."""
    amounts = rules.amounts
    needed = {MULTIPLIED: "unit_price", TOTAL: "order_total"}.get(amounts.rule)
    if needed and needed not in columns:
        raise HabitueError(
            _("This way of making amounts needs a column of its own: %(control)s.") % {"control": control(needed)}
        )
    if amounts.computed in columns:
        raise HabitueError(
            _('amounts.rule = "%(rule)s" gives “%(fact)s”, which has a column too. Take one of the two out.')
            % {"rule": amounts.rule, "fact": amounts.computed}
        )
    taxed = {"tax", "line_tax", "tax_rate"} & columns
    if taxed and not amounts.tax:
        raise HabitueError(
            _("There is a column of taxes (%(fact)s). Say whether the amounts are with or without them: %(control)s.")
            % {"fact": min(taxed), "control": control("tax")}
        )
    if amounts.tax == WITHOUT and len(taxed) != 1:
        raise HabitueError(
            _("Amounts without tax need one column for the tax: %(control)s.") % {"control": control("tax_rate")}
        )
    if rates > 1:
        raise HabitueError(_("Only one discount can be a rate where its amounts are after discount."))


def extended(rules: Rules, **what: Any) -> Rules:
    """The rules with what was found out from the file; names of Amounts go into its table."""
    amounts = {name: what.pop(name) for name in list(what) if name in CHOICES}
    return replace(rules, amounts=replace(rules.amounts, **amounts), **what)


def _amounts(given: dict[str, Any]) -> Amounts:
    only_known(given, CHOICES, "amounts")
    return Amounts(**{name: one_of(f"amounts.{name}", str(value), CHOICES[name]) for name, value in given.items()})


def _filter(column: str, value: Any) -> Filter:
    if isinstance(value, str):
        return Filter((value,))
    if isinstance(value, dict):
        only_known(value, {"not"}, f"filters.{column}")
        return Filter(texts(value, "not"), excluded=True)
    return Filter(texts({column: value}, column))
