"""Correct one order by hand: its day, its amount, its lines, its discount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.events.done import Done
from habitue.events.journal import record
from habitue.kernel import formats
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.purchases.entering import DISCOUNT, Line, locked, moment, require_past, tell, totals, write_lines
from habitue.purchases.models import Order, OrderLine

if TYPE_CHECKING:
    from habitue.team.models import User


def correct(
    order: Order, day: dt.date, lines: Sequence[Line], amount: int | None, discount: int, by: User | None = None
) -> Done[Order]:
    """Set day, lines and discount of a sale; without a difference there is no event. Its fingerprint stays, so that
    the file that it came from does not bring the mistake back.

    InvalidFields by "day", "amount", "discount", "product-0" ...; HabitueError (409) for what cannot be corrected here.
    """
    require_past(day)
    with transaction.atomic():
        of = locked(order)
        if of.is_refund:
            raise HabitueError(_("A return is not corrected: undo it, and enter it anew."), status=409)
        gross, paid = totals(lines, amount, discount, of.currency)
        anew = [(line.product, line.quantity, line.gross) for line in lines] != lines_of(of) or paid != of.paid
        if not anew and day == of.placed_on:
            return Done(of)
        _require_refunds_fit(of, day, paid)
        with record("order.corrected", by=by, customer=of.buyer) as journal:
            values: dict[str, Any] = moment(day) if day != of.placed_on else {}
            if anew:
                kind = _kind_of_discount(of)
                values |= {"gross": gross, "amount": paid, "paid": paid, "line_count": len(lines)}
            journal.save(of, **values, changed_at=timezone.now())
            if anew:
                journal.delete_many(of.lines.all())
                write_lines(journal, of, lines, kind)
            tell(journal, of)
    return Done(of, journal.event)


def lines_of(order: Order) -> list[tuple[str, int, int]]:
    """(code of the product, quantity, gross) of each line, as a form shows them."""
    rows = OrderLine.objects.filter(order=order).order_by("position")
    return list(rows.values_list("product__reference", "quantity", "gross"))


def _kind_of_discount(order: Order) -> str:
    """The one kind of discount of an order. HabitueError where there are several, or somebody pays one back to us:
    that is more than a form of one discount can say.
    """
    kinds = {kind for line in order.lines.all() for kind in line.discounts}
    if len(kinds) > 1 or order.amount != order.paid:
        raise HabitueError(
            _(
                "This order has several kinds of discounts, or one that somebody pays back to you; only its day can be "
                "corrected here. Correct it where it came from, and import it again."
            ),
            status=409,
        )
    return kinds.pop() if kinds else DISCOUNT


def _require_refunds_fit(order: Order, day: dt.date, paid: int) -> None:
    refunds = list(order.refunds.values_list("placed_on", "paid"))
    if not refunds:
        return
    first, back = min(on for on, _paid in refunds), -sum(one for _on, one in refunds)
    if day > first:
        raise InvalidFields({"day": _("It was given back on %(day)s, before this.") % {"day": formats.day(first)}})
    if paid < back:
        words = formats.money(back, order.currency)
        raise InvalidFields({"amount": _("%(back)s of it was given back already.") % {"back": words}})
