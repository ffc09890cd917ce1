"""The forms of orders by hand: fields above, a table of lines with a row each, and what was typed read into values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.desk.shell.forms import Field, Form
from habitue.kernel import formats, parsing
from habitue.kernel.errors import InvalidFields
from habitue.purchases.entering import Line
from habitue.purchases.refunding import Left, Part

BLANK = 3  # rows to type into
MOST = 200  # rows
LONGEST = 64


@dataclass
class Sheet(Form):
    """A form with a table: `rows` of cells, below `headings`. Cells are fields without a visible label."""

    rows: list[list[Field]] = field(default_factory=list)
    headings: list[Any] = field(default_factory=list)

    def fill(self, data: QueryDict) -> None:
        super().fill(data)
        for cell in self.cells:
            cell.value = data.get(cell.name, "").replace("\0", "")

    @property
    def cells(self) -> list[Field]:
        return [cell for row in self.rows for cell in row if cell.kind != "text-only"]

    def value(self, name: str) -> str:
        return next((one.value.strip() for one in [*self.fields, *self.cells] if one.name == name), "")

    def read(self, parse: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
        """What was typed in the fields of `parse`, None where nothing was; InvalidFields of all that cannot be read."""
        values, errors = {}, {}
        for name, function in parse.items():
            try:
                values[name] = function(self.value(name)) if self.value(name) else None
            except parsing.NotUnderstood as error:
                errors[name] = error.message
        if errors:
            raise InvalidFields(errors)
        return values

    def wrong(self) -> bool:
        return bool(self.error) or any(one.error for one in [*self.fields, *self.cells])

    def _blame(self, errors: dict[str, str]) -> None:
        for cell in self.cells:
            cell.error = str(errors.pop(cell.name, ""))
        super()._blame(errors)


def line_rows(count: int) -> list[list[Field]]:
    suggest = reverse("product_suggestions")
    return [
        [
            Field(f"product-{at}", gettext_lazy("Product"), suggest=f"{suggest}?field=product-{at}", limit=LONGEST),
            Field(f"quantity-{at}", gettext_lazy("Quantity"), limit=20),
            Field(f"gross-{at}", gettext_lazy("Amount before discount"), limit=20),
        ]
        for at in range(min(count, MOST))
    ]


def rows_typed(data: QueryDict) -> int:
    """The number of rows that came with the form."""
    count = data.get("rows", "")
    return int(count) if count.isascii() and count.isdecimal() and len(count) < 4 else BLANK


def lines_typed(sheet: Sheet, currency: str) -> list[Line]:
    """The lines; a row without anything is none. InvalidFields for a row of which something is missing."""
    parse: dict[str, Callable[[str], Any]] = {}
    for at in range(len(sheet.rows)):
        parse |= {f"quantity-{at}": thousandths, f"gross-{at}": lambda typed: parsing.money(typed, currency)}
    values, errors, lines = sheet.read(parse), {}, []
    for at in range(len(sheet.rows)):
        product, quantity, gross = sheet.value(f"product-{at}"), values[f"quantity-{at}"], values[f"gross-{at}"]
        if not product and quantity is None and gross is None:
            continue
        if not product:
            errors[f"product-{at}"] = _("Type what was sold.")
        if gross is None or gross < 0:
            errors[f"gross-{at}"] = _("Type the amount of this line, 0 or more.")
        if quantity is not None and quantity <= 0:
            errors[f"quantity-{at}"] = _("Type a quantity above 0.")
        lines.append(Line(product, 1000 if quantity is None else quantity, gross or 0))
    if errors:
        raise InvalidFields(errors)
    return lines


def thousandths(typed: str) -> int:
    return int(parsing.number(typed, decimals=3) * 1000)


def part_rows(left: Mapping[int, Left], currency: str) -> list[list[Field]]:
    """A row a product of which something is left, filled in with all of it."""
    return [
        [
            Field(f"name-{pk}", rest.product.name or rest.product.reference, "text-only"),
            Field(f"quantity-{pk}", gettext_lazy("Quantity"), value=quantity_of(rest.quantity), limit=20),
            Field(f"money-{pk}", gettext_lazy("Amount"), value=amount_of(max(rest.paid, 0), currency), limit=20),
        ]
        for pk, rest in left.items()
    ]


def parts_typed(sheet: Sheet, left: Mapping[int, Left], currency: str) -> dict[int, Part]:
    parse: dict[str, Callable[[str], Any]] = {}
    for pk in left:
        parse |= {f"quantity-{pk}": thousandths, f"money-{pk}": lambda typed: parsing.money(typed, currency)}
    values = sheet.read(parse)
    parts = {pk: Part(values[f"quantity-{pk}"] or 0, values[f"money-{pk}"] or 0) for pk in left}
    return {pk: part for pk, part in parts.items() if part.quantity or part.money}


def quantity_of(thousandths: int) -> str:
    """A quantity as it can be typed, in the reader's writing."""
    return formats.number(Decimal(thousandths) / 1000, digits=3) if thousandths else ""


def amount_of(minor: int, currency: str) -> str:
    decimals = formats.decimals(currency)
    return formats.number(Decimal(minor).scaleb(-decimals), digits=decimals)
