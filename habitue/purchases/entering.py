"""Enter a sale by hand, and what entering, returning and correcting share: lines, products, numbers.

A line is a product, a quantity and its amount before discount; one discount of the whole order is spread over them. An
order of which only the amount is known has no lines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.events.done import Done
from habitue.events.journal import Journal, record
from habitue.kernel import formats
from habitue.kernel.errors import InvalidFields
from habitue.kernel.names import name_key
from habitue.purchases.models import Order, OrderLine, Product

if TYPE_CHECKING:
    from habitue.team.models import User

SOURCE = "desk"  # of orders that were entered by hand: no import changes them
DISCOUNT = "discount"
ATTEMPTS = 5
NOON = dt.time(12)
LONGEST = 64  # characters of a product's code


@dataclass(frozen=True)
class Line:
    """What was sold: `product` as typed, `quantity` in thousandths, `gross` before discount in minor units."""

    product: str
    quantity: int
    gross: int


def sell(
    buyer: Customer | None,
    day: dt.date,
    currency: str,
    lines: Sequence[Line],
    amount: int | None = None,
    discount: int = 0,
    by: User | None = None,
) -> Done[Order]:
    """Enter a sale to a customer, or to nobody. Its amount follows from the lines, or is all that is known.

    InvalidFields by "day", "amount", "discount", "product-0" ... for the lines.
    """
    require_past(day)
    gross, paid = totals(lines, amount, discount, currency)
    values = {"buyer": buyer, "currency": currency, "gross": gross, "amount": paid, "paid": paid} | moment(day)
    for attempt in range(ATTEMPTS):
        try:
            with record("order.entered", by=by, customer=buyer, number="") as journal:
                order = journal.create(Order(**values, **identity(attempt), line_count=len(lines)))
                write_lines(journal, order, lines)
                tell(journal, order)
            return Done(order, journal.event)
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError  # the last attempt returns or raises


def require_past(day: dt.date) -> None:
    if day > timezone.localdate():
        raise InvalidFields({"day": _("This day is still to come. Enter the order when it has taken place.")})


def totals(lines: Sequence[Line], amount: int | None, discount: int, currency: str) -> tuple[int, int]:
    """(before discount, received) in minor units; InvalidFields where they do not agree or nothing is known."""
    if not lines and amount is None:
        raise InvalidFields({"amount": _("Type the amount, or what was sold.")})
    gross = sum(line.gross for line in lines) if lines else (amount or 0) + discount
    if amount is not None and amount < 0:
        raise InvalidFields({"amount": _("An amount is 0 or more. What was given back is entered as a return.")})
    if discount < 0 or discount > gross:
        raise InvalidFields({"discount": _("The discount is between 0 and the amount of the lines.")})
    if amount is not None and amount != gross - discount:
        words = formats.money(gross - discount, currency)
        raise InvalidFields({"amount": _("The lines less the discount come to %(amount)s.") % {"amount": words}})
    return gross, gross - discount


def moment(day: dt.date) -> dict[str, Any]:
    """The columns of an order for its day: at noon of the company's own time, as the hour is not asked for."""
    return {"placed_on": day, "placed_at": timezone.make_aware(dt.datetime.combine(day, NOON))}


def identity(attempt: int = 0) -> dict[str, str]:
    """A number that no order has, the source, and a fingerprint that no file has."""
    number = Order.objects.filter(source=SOURCE).count() + 1 + attempt
    while Order.objects.filter(number=f"{SOURCE}/{number}").exists():
        number += 1
    return {"number": f"{SOURCE}/{number}", "source": SOURCE, "fingerprint": uuid4().hex}


def tell(journal: Journal, order: Order) -> None:
    """Keep number and id of the order with the event, for its words."""
    journal.event.data |= {"number": order.number, "order": order.pk}
    journal.event.save(update_fields=["data"])


def write_lines(journal: Journal, order: Order, lines: Sequence[Line], kind: str = DISCOUNT) -> None:
    """Insert the lines of an order, with their shares of its discount, of this `kind`."""
    shares = shared(order.discount, [line.gross for line in lines])
    for position, (line, share) in enumerate(zip(lines, shares, strict=True), start=1):
        paid = line.gross - share
        journal.create(
            OrderLine(
                order=order,
                position=position,
                product=product_named(journal, line.product, f"product-{position - 1}"),
                quantity=line.quantity,
                gross=line.gross,
                amount=paid,
                paid=paid,
                discounts={kind: share} if share else {},
            )
        )


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in integers in proportion to the weights, by largest remainder: none is more than its weight where the
    total is not more than their sum.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


def product_named(journal: Journal, typed: str, field: str) -> Product:
    """The product with this code, or the only one with this name; one that is not known is made.

    InvalidFields of `field` where several have the name, or it is too long for a code.
    """
    text = " ".join(typed.split())
    if not text or len(text) > LONGEST:
        words = _("The code or name of a product has 1 to %(most)s letters.") % {"most": LONGEST}
        raise InvalidFields({field: words})
    if known := Product.objects.filter(reference=text).first():
        return known
    # Compared here, as letters with accents have no case on SQLite.
    alike = Product.objects.filter(name__istartswith=text[0]) | Product.objects.filter(name__startswith=text[0].upper())
    namesakes = [one for one in alike.order_by("pk") if name_key(one.name) == name_key(text)]
    if len(namesakes) > 1:
        words = _("Several products have this name. Type the code of one: %(codes)s.")
        raise InvalidFields({field: words % {"codes": ", ".join(one.reference for one in namesakes[:ATTEMPTS])}})
    if namesakes:
        return namesakes[0]
    made: Product = journal.create(Product(reference=text, name=text))
    return made


@transaction.atomic
def locked(order: Order) -> Order:
    """The order as it is now, locked until the transaction ends."""
    return Order.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=order.pk)
