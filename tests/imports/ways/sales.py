"""Sales of a small shop, drawn by a seed: what is true of them, however they are written down."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FIRST = ("Anne", "Paul", "Léa", "Max", "Zoé", "Yan", "Ute", "Ida", "Noé", "Éloïse", "Jean", "Rose")
LAST = ("Petit", "Roy", "Blanc", "Noir", "Vert", "Roux", "Durand", "Martin", "Ménétrier", "Klein", "Garcia")
GOODS = ("Savon doux", "Bougie longue", "Sac en toile", "Thé vert", "Café moulu", "Miel", "Huile d'olive", "Confiture")
NAME = "ABCDEFGH"
RATES = (Decimal("5.5"), Decimal(10), Decimal(20))
STATUSES = ("sale", "sale", "sale", "sale", "not_a_sale", "given_back", "not_yet")


@dataclass(frozen=True)
class Line:
    """`off`: what is taken off quantity x price, with tax as everything."""

    product: str
    name: str
    quantity: int
    price: Decimal
    rate: Decimal
    off: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        return self.quantity * self.price

    @property
    def amount(self) -> Decimal:
        return self.gross - self.off

    @property
    def tax(self) -> Decimal:
        return (self.amount * self.rate / (100 + self.rate)).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Order:
    number: str
    buyer: str
    name: str
    at: dt.datetime
    lines: tuple[Line, ...]
    status: str = "sale"
    shipping: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)

    @property
    def goods(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping


@dataclass(frozen=True)
class Fact:
    """One order as the base must hold it: amounts in cents; lines as (product, quantity, received)."""

    buyer: str
    day: dt.date
    received: int
    lines: tuple[tuple[str, int, int], ...] = field(compare=False, default=())


Truth = dict[str, Fact]


def draw(rng: random.Random) -> list[Order]:
    """Between two and forty orders of some buyers, a day after the 12th of its month among them."""
    count = rng.choice((2, 3, 4, 6, 9, 15, 25, 40))
    buyers = [_buyer(rng, at) for at in range(count // 2 + 1)]
    goods = {name: (f"{NAME[at]}{rng.randint(10, 99)}-{at}", _price(rng), rng.choice(RATES))
             for at, name in enumerate(GOODS)}  # fmt: skip
    start = dt.datetime(2024, rng.randint(1, 9), rng.randint(13, 28), 9)  # noqa: DTZ001 - a time on the shop's clock
    orders, at = [], start
    for number in range(1, count + 1):
        buyer, name = rng.choice(buyers)
        lines = tuple(
            Line(goods[good][0], good, rng.choice((1, 1, 2, 3, 5, 12)), goods[good][1], goods[good][2])
            for good in rng.sample(GOODS, rng.choice((1, 1, 2, 3)))
        )
        orders.append(Order(f"C{1000 + number}", buyer, name, at, lines))
        at += dt.timedelta(hours=rng.randint(2, 60), minutes=rng.randint(0, 59))
        at = at.replace(hour=8 + at.hour % 12)
    return orders


def truth(orders: list[Order]) -> Truth:
    """What the base must hold: sales, and beside those given back a return of the same worth."""
    facts: Truth = {}
    for order in orders:
        if order.status in ("not_a_sale", "not_yet"):
            continue
        lines = [(line.product, line.quantity, cents(line.amount)) for line in order.lines]
        lines += [("(shipping)", 1, cents(order.shipping))] if order.shipping else []
        facts[order.number] = Fact(order.buyer, order.at.date(), cents(order.total), tuple(sorted(lines)))
        back = order.total if order.status == "given_back" else order.refunded
        if back:
            facts[f"{order.number}/R"] = Fact(order.buyer, order.at.date(), -cents(back))
    return facts


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def with_discounts(orders: list[Order], rng: random.Random, *, rates: bool = False) -> list[Order]:
    """Some lines have a discount; with `rates`, of a whole percentage of their list price."""

    def off(line: Line) -> Line:
        rate = rng.choice((0, 0, 10, 20, 25))
        amount = (line.gross * rate / 100).quantize(CENT, ROUND_HALF_UP)
        amount = amount if rates else (amount / 3).quantize(CENT, ROUND_HALF_UP)
        return replace(line, off=amount)

    return [replace(order, lines=tuple(off(line) for line in order.lines)) for order in orders]


def with_statuses(orders: list[Order], rng: random.Random) -> list[Order]:
    return [replace(order, status=rng.choice(STATUSES)) for order in orders]


def with_shipping(orders: list[Order], rng: random.Random) -> list[Order]:
    return [replace(order, shipping=rng.choice((Decimal(0), Decimal("4.90"), Decimal("7.50")))) for order in orders]


def with_refunds(orders: list[Order], rng: random.Random) -> list[Order]:
    """Of some orders money was given back, of a few all of it."""
    shares = (Decimal(0), Decimal(0), Decimal("0.25"), Decimal(1))
    return [
        replace(order, refunded=(order.total * rng.choice(shares)).quantize(CENT, ROUND_HALF_UP)) for order in orders
    ]


def of_one_line(orders: list[Order]) -> list[Order]:
    return [replace(order, lines=order.lines[:1]) for order in orders]


def without_quantities(orders: list[Order]) -> list[Order]:
    return [replace(o, lines=tuple(replace(line, quantity=1) for line in o.lines)) for o in orders]


def _buyer(rng: random.Random, at: int) -> tuple[str, str]:
    return f"K{rng.randint(100, 999)}{at}", f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def _price(rng: random.Random) -> Decimal:
    return Decimal(rng.choice((rng.randint(90, 9_999), rng.randint(1_000, 250_000)))) / 100
