"""The kind of import for orders and refunds, with one row for each order line."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.imports.kind import Field, Kind
from habitue.imports.kinds.orders.wording import REASONS

KIND = Kind(
    "orders",
    gettext_lazy("orders"),
    (
        Field("number", gettext_lazy("order number"), limit=64, required=True),
        Field("buyer", gettext_lazy("buyer"), limit=64, required=True),
        Field("buyer_name", gettext_lazy("name of the buyer"), limit=200),
        Field("placed_at", gettext_lazy("date of the order"), type="moment", required=True),
        Field("place", pgettext_lazy("where a purchase was made", "place"), limit=64),
        Field("currency", gettext_lazy("currency"), type="currency", required=True),
        Field("refund_of", gettext_lazy("order that is refunded"), limit=64),
        Field("payer", gettext_lazy("who paid"), limit=64),
        Field("recipient", gettext_lazy("who received it"), limit=64),
        Field("product", gettext_lazy("product"), limit=64, required=True, own=True),
        Field("product_name", gettext_lazy("name of the product"), limit=200, own=True),
        Field("family", gettext_lazy("family of the product"), limit=120, own=True),
        Field("quantity", gettext_lazy("quantity"), type="quantity", own=True, default="1"),
        Field("gross", gettext_lazy("amount before discount"), type="amount", own=True),
        Field("amount", gettext_lazy("amount received"), type="amount", own=True),
        Field("paid", gettext_lazy("amount paid"), type="amount", own=True),
        Field("line_recipient", gettext_lazy("who received the line"), limit=64, own=True),
    ),
    writer="habitue.imports.kinds.orders.writing.write",
    one_of=("amount", "gross", "paid"),
    one_of_lacking=gettext_lazy(
        "No column is taken for the amount. Give a mapping with one of these under [columns]: gross (before "
        "discount), amount (what you receive) or paid (what the buyer pays)."
    ),
    discounts=True,
    derivation="habitue.imports.kinds.orders.deriving.Orders",
    more="habitue.imports.kinds.orders.further.further",
    stand_ins=(("product", "(sale)"),),  # see deriving.SALE
    completion="habitue.imports.kinds.orders.completing.complete",
    instead=(("product", "product_name"),),
    summary="habitue.imports.kinds.orders.summing.summary",
    details="habitue.imports.kinds.orders.wording.details",
    reasons=REASONS,
)
