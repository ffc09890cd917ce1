"""Enter a return by hand: a refund of a whole order, of some of its products, or of an amount alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.kernel import formats
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.purchases.entering import identity, locked, moment, require_past, shared, tell
from habitue.purchases.models import Order, OrderLine, Product

if TYPE_CHECKING:
    from habitue.team.models import User

MONEY = ("gross", "amount", "paid")


@dataclass
class Left:
    """What is left of a product of an order after its refunds; amounts in minor units, quantity in thousandths."""

    product: Product
    quantity: int = 0
    gross: int = 0
    amount: int = 0
    paid: int = 0
    discounts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What of a product is given back: `quantity` in thousandths, `money` of what was paid for it."""

    quantity: int
    money: int


def left_of(order: Order) -> dict[int, Left]:
    """By product id what is left of an order, in the order of its lines; products of which all is back are left out."""
    rest: dict[int, Left] = {}
    lines = OrderLine.objects.filter(order__in=[order.pk, *order.refunds.values_list("pk", flat=True)])
    for line in lines.select_related("product").order_by("order_id", "position"):
        of = rest.setdefault(line.product_id, Left(line.product))
        for name in ("quantity", *MONEY):
            setattr(of, name, getattr(of, name) + getattr(line, name))
        for kind, value in line.discounts.items():
            of.discounts[kind] = of.discounts.get(kind, 0) + value
    return {pk: of for pk, of in rest.items() if of.quantity > 0 or of.paid > 0}


def money_left(order: Order) -> tuple[int, int, int]:
    """(gross, amount, paid) of an order less what was given back of it."""
    sums = [getattr(order, name) for name in MONEY]
    for refund in order.refunds.values_list(*MONEY):
        sums = [total + one for total, one in zip(sums, refund, strict=True)]
    return sums[0], sums[1], sums[2]


def give_back(
    order: Order, day: dt.date, parts: Mapping[int, Part], money: int | None = None, by: User | None = None
) -> Done[Order]:
    """Enter the return of parts by product id or, without any, of an amount alone, no goods coming back.

    InvalidFields by "day", "amount", "quantity-<product>", "money-<product>".
    """
    require_past(day)
    with transaction.atomic():
        of = locked(order)
        if of.is_refund:
            raise HabitueError(_("This is a return itself. Undo it where it is wrong."), status=409)
        if day < of.placed_on:
            raise InvalidFields(
                {"day": _("A return is not before its order, of %(day)s.") % {"day": formats.day(of.placed_on)}}
            )
        lines = _lines(of, parts) if parts else _money_alone(of, money)
        with record("order.returned", by=by, customer=of.buyer) as journal:
            refund = _written(journal, of, day, lines, money or 0)
            tell(journal, refund)
    return Done(refund, journal.event)


def _lines(order: Order, parts: Mapping[int, Part]) -> list[OrderLine]:
    """The lines of a return; a product that is wholly given back takes its discounts with it."""
    left, errors, lines = left_of(order), {}, []
    for pk, part in parts.items():
        rest = left.get(pk)
        if rest is None:
            errors[f"money-{pk}"] = _("Nothing is left of this product.")
            continue
        if not 0 <= part.quantity <= rest.quantity:
            errors[f"quantity-{pk}"] = _("%(left)s are left.") % {"left": formats.number(rest.quantity / 1000)}
        if not 0 <= part.money <= max(rest.paid, 0):
            words = formats.money(max(rest.paid, 0), order.currency)
            errors[f"money-{pk}"] = _("%(left)s is left.") % {"left": words}
        whole = (part.quantity, part.money) == (rest.quantity, rest.paid)
        sums = {name: -getattr(rest, name) if whole else -part.money for name in MONEY}
        discounts = {kind: -value for kind, value in rest.discounts.items() if value} if whole else {}
        lines.append(OrderLine(product=rest.product, quantity=-part.quantity, discounts=discounts, **sums))
    if errors:
        raise InvalidFields(errors)
    return lines


def _money_alone(order: Order, money: int | None) -> list[OrderLine]:
    """Lines without goods, with their shares of the money; none where the order has none or lines do not hold it."""
    paid = max(money_left(order)[2], 0)
    if money is None or not 0 < money <= paid:
        words = formats.money(paid, order.currency)
        raise InvalidFields({"amount": _("Type what is given back, up to %(left)s.") % {"left": words}})
    left = list(left_of(order).values())
    weights = [max(rest.paid, 0) for rest in left]
    if sum(weights) < money:
        return []
    return [
        OrderLine(product=rest.product, quantity=0, gross=-share, amount=-share, paid=-share)
        for rest, share in zip(left, shared(money, weights), strict=True)
        if share
    ]


def _written(journal: Journal, of: Order, day: dt.date, lines: list[OrderLine], money: int) -> Order:
    sums = {name: sum(getattr(line, name) for line in lines) if lines else -money for name in MONEY}
    left = dict(zip(MONEY, money_left(of), strict=True))
    if -sums["paid"] > max(left["paid"], 0) or -sums["amount"] > left["amount"]:
        words = formats.money(max(left["paid"], 0), of.currency)
        raise InvalidFields({"amount": _("Of the order %(left)s is left.") % {"left": words}})
    if not any(sums.values()):
        raise InvalidFields({"amount": _("Nothing is given back.")})
    refund: Order = journal.create(
        Order(
            **identity(), **moment(day), **sums, buyer=of.buyer, payer_id=of.payer_id, recipient_id=of.recipient_id,
            place=of.place, currency=of.currency, line_count=len(lines), refund_of=of,
        )
    )  # fmt: skip
    for position, line in enumerate(lines, start=1):
        line.order, line.position = refund, position
        journal.create(line)
    return refund
