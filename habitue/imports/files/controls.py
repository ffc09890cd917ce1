"""Names of the controls for how a file is read: fields of the page at the desk, options of the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIELDS = {
    "encoding": gettext_lazy("Encoding"),
    "separator": gettext_lazy("Between cells"),
    "sheet": gettext_lazy("Sheet"),
    "heading_line": gettext_lazy("Line with the headings (0: none)"),
    "leave_out": gettext_lazy("Lines to leave out"),
    "widths": gettext_lazy("Widths of columns without a mark between cells"),
    "date_format": gettext_lazy("Dates"),
    "decimal": gettext_lazy("Decimal mark"),
    "thousands": gettext_lazy("Between thousands"),
    "currency": gettext_lazy("Currency"),
}
MORE = {
    "statuses": gettext_lazy("Statuses and currencies"),
    "currencies": gettext_lazy("Statuses and currencies"),
    "tax": gettext_lazy("The amounts are"),
    "negative": gettext_lazy("Orders with negative amounts are"),
    "repeat_above": gettext_lazy("Empty cells mean the one above in"),
    "birth_century": gettext_lazy("Years of birth with two digits"),
}
COLUMNS = {  # chosen at their column
    "refund_of": gettext_lazy("order that is refunded"),
    "unit_price": gettext_lazy("unit price"),
    "order_total": gettext_lazy("total of the order"),
    "tax_rate": gettext_lazy("tax rate in percent"),
    "reimbursed": gettext_lazy("a discount that somebody else pays back to us"),
}
KEYS = {
    "date_format": gettext_lazy("a mapping with date_format"),
    "decimal": gettext_lazy('a mapping with decimal = "," or "."'),
    "thousands": gettext_lazy(
        'a mapping with decimal = "," and thousands = "." where the point stands between thousands, or decimal = "." '
        "where it is the decimal mark"
    ),
    "currency": gettext_lazy(
        'a mapping with currency = { value = "USD" } under [columns], with the right code, or with the column that has '
        "it"
    ),
    "statuses": gettext_lazy(
        'a mapping with a line for each under [statuses], such as "paid" = "sale"; it may be sale, not_a_sale, '
        "given_back (bought, and given back), returned (a return of its own) or not_yet"
    ),
    "currencies": gettext_lazy('a mapping with a line under [currencies], such as "$" = "USD"'),
    "tax": gettext_lazy('a mapping with tax = "with" or tax = "without" under [amounts]'),
    "negative": gettext_lazy('a mapping with negative = "returned" under [amounts]'),
    "repeat_above": gettext_lazy('a mapping with repeat_above = ["number"]'),
    "birth_century": gettext_lazy("a mapping with birth_century = 1900 or 2000"),
    "tax_rate": gettext_lazy('tax (of the order), line_tax or tax_rate, such as tax_rate = { value = "20" }'),
    "reimbursed": gettext_lazy("reimbursed = true in a mapping"),
}
_desk: ContextVar[bool] = ContextVar("desk", default=False)


@contextmanager
def at_the_desk() -> Iterator[None]:
    """A context in which messages name the fields of the page."""
    token = _desk.set(True)
    try:
        yield
    finally:
        _desk.reset(token)


def control(name: str) -> str:
    """Where something is said, in words: the field of the page, or the option of the command and the mapping's key."""
    if _desk.get():
        if name in COLUMNS:
            return _("take a column for “%(fact)s”") % {"fact": COLUMNS[name]}
        if name in MORE:
            return _("“%(field)s” under “More choices”") % {"field": MORE[name]}
        return _("“%(field)s” under “How the file is written”") % {"field": FIELDS[name]}
    if name in KEYS:
        return str(KEYS[name])
    if name in COLUMNS:
        return _('a mapping with a line under [columns]: %(key)s = "heading of its column"') % {"key": name}
    option = f"--{name.replace('_', '-')}"
    return _("%(option)s, or %(key)s in a mapping") % {"option": option, "key": name}
