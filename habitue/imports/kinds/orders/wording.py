"""The rejections of orders in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.kernel.formats import money

REASONS = {
    "amount_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative, but the row is no refund. Say in a column which order it refunds "
        "(%(refund_control)s), or that such orders are returns (%(negative_control)s), or correct the amount."
    ),
    "quantity_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative, but the row is no refund. Say in a column which order it refunds "
        "(%(refund_control)s), or that such orders are returns (%(negative_control)s), or correct the quantity."
    ),
    "discount_negative": gettext_lazy(
        "%(fact)s: “%(value)s” is negative. Write a discount as the positive amount that is taken off."
    ),
    "discounts_exceed": gettext_lazy(
        "%(fact)s: the discounts are larger than “%(value)s”. Correct them; or, if somebody else pays one of them "
        "back to you, say so: %(discount_control)s."
    ),
    "disagree": gettext_lazy(
        "%(fact)s: “%(value)s” does not agree with the other amounts and the discounts of the row. Paid must be the "
        "amount before discount less all discounts; received must be paid plus what others reimburse."
    ),
    "itself": gettext_lazy("%(fact)s: an order cannot refund itself. Give the refund a number of its own."),
    "signs_mixed": gettext_lazy(
        "The rows of this refund have amounts of both signs. Write all of them positive, or all negative; enter what "
        "was bought in exchange as an order of its own."
    ),
    "nothing_returned": gettext_lazy(
        "This return gives no money back: its discounts are as large as its amounts. Correct one or the other."
    ),
    "refund_of_unknown": gettext_lazy(
        "%(fact)s: there is no order “%(value)s”. Import it first, or correct the number."
    ),
    "refund_of_refund": gettext_lazy(
        "%(fact)s: “%(value)s” is itself a refund. Give the number of the order that was bought."
    ),
    "refund_other_buyer": gettext_lazy(
        "%(fact)s: the order “%(value)s” was bought by “%(buyer)s”, not by “%(given)s”. Correct one or the other."
    ),
    "refund_other_currency": gettext_lazy(
        "%(fact)s: the order “%(value)s” is in %(currency)s, the refund in %(given)s. Refund it in its own currency."
    ),
    "refund_too_much": gettext_lazy(
        "%(fact)s: %(given)s would be refunded on the order “%(value)s”, of which %(left)s is left. Check whether the "
        "refund is in twice, and its amount."
    ),
    "blank_beside": gettext_lazy(
        "Line %(line)s, next to this order, has no order number and may belong to it: half of an order would be a "
        "false fact. Fill the number in; or, if rows without one belong to the order above, say so: "
        "%(repeat_control)s."
    ),
    "currency_other": gettext_lazy(
        "%(fact)s: “%(value)s” is not in the currency of the row. Correct one or the other, or say which column has "
        "the currency."
    ),
    "rate_wrong": gettext_lazy(
        "%(fact)s: “%(value)s” is no rate. A rate lies between 0 and 1, a percentage between 0 and 100; 1 only beside "
        "the amount before discount."
    ),
    "lines_without_price": gettext_lazy(
        "%(fact)s: the order has several lines, and only its total “%(value)s” is known. Say which column has the "
        "price of a line."
    ),
    "sum_differs": gettext_lazy(
        "%(fact)s: the lines of the order and its shipping come to %(lines)s, its total is %(total)s. Correct what is "
        "wrong, or take the total out of the mapping."
    ),
    "back_too_much": gettext_lazy(
        "%(fact)s: %(total)s would be given back of an order of %(lines)s. Correct the amount."
    ),
    "refunded_but_no_sale": gettext_lazy(
        "%(fact)s: the order “%(value)s” is no sale by its status, and a refund of it is stored. Take the refund back "
        "first."
    ),
    "order_differs": gettext_lazy(
        "%(fact)s: the order “%(value)s” is stored already, with other content (%(differences)s). Nothing was changed. "
        "If this is another order, give it another number; if the stored one is wrong, refund it and enter it anew."
    ),
}


def details(code: str, data: dict[str, Any]) -> dict[str, str]:
    """Placeholders for the words of a rejection: amounts and differences as text."""
    if code == "refund_too_much":
        return {name: money(data[name], data["currency"]) for name in ("left", "given")}
    if code in ("sum_differs", "back_too_much"):
        lines, total, currency = data["more"]
        return {"lines": money(int(lines), currency), "total": money(int(total), currency)}
    if code == "blank_beside":
        return {"line": data["more"][0]}
    return {"differences": _differences(data)} if code == "order_differs" else {}


def _differences(data: dict[str, Any]) -> str:
    labels = {
        "buyer": _("buyer"),
        "day": _("day"),
        "currency": _("currency"),
        "amount": _("amount received"),
        "paid": _("amount paid"),
        "lines": _("number of lines"),
        "payer": _("who paid"),
        "recipient": _("who received it"),
    }
    parts = []
    for name, was in data["stored"].items():
        now = data["given"][name]
        if name in ("amount", "paid"):
            was, now = (money(v, currency) for v, currency in zip((was, now), data["currencies"], strict=True))
        parts.append(
            _("%(what)s: %(stored)s stored, %(given)s in the file")
            % {"what": labels[name], "stored": was, "given": now}
        )
    return "; ".join(parts) or _("other lines")
