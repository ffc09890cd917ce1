"""Fields that few files have: they are in the SQL of a file only where its mapping names them."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext_lazy

from habitue.imports.kind import Field
from habitue.imports.mappings.rules import STATUSES
from habitue.imports.vocabulary import vocabulary

OF_THE_ORDER = ("order_total", "shipping", "tax", "refunded")  # amounts that stand once, or on each line


@cache
def further() -> list[Field]:
    """Of the line: its price and tax. Of the order: amounts, whether it is a sale, when money was given back."""
    return [
        Field("unit_price", gettext_lazy("unit price"), type="amount", own=True),
        Field("line_tax", gettext_lazy("tax of the line"), type="amount", own=True),
        Field("tax_rate", gettext_lazy("tax rate in percent"), type="number", own=True),
        Field("order_total", gettext_lazy("total of the order"), type="amount", own=True),
        Field("shipping", gettext_lazy("shipping of the order"), type="amount", own=True),
        Field("tax", gettext_lazy("tax of the order"), type="amount", own=True),
        Field("refunded", gettext_lazy("amount given back of the order"), type="amount", own=True),
        Field("refunded_at", gettext_lazy("date on which it was given back"), type="moment"),
        Field(
            "status",
            gettext_lazy("status of the order"),
            type="choice",
            choices=STATUSES,
            spelt=vocabulary().spelt("orders", "statuses"),
        ),
    ]
