"""Buyers and orders that are planted in files of all formats, and what the database must say of them afterwards."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from habitue.customers.models import ContactPoint, Customer
from habitue.purchases.models import Order

PEOPLE = (
    ("Anne", "Petit"), ("Paul", "Roy"), ("Zoé", "Ménétrier"), ("Léo", "Blanc"), ("Inès", "Faure"), ("Hugo", "Marty"),
    ("Éloïse", "Colin"), ("Omar", "Haddad"),
)  # fmt: skip
GOODS = (("SAV-1", "Savon", 1500), ("BOU-1", "Bougie", 2050), ("SAC-1", "Sac", 3099), ("THE-2", "Thé vert", 785))
CITIES = (("01000", "Bourg-en-Bresse"), ("69001", "Lyon"), ("75011", "Paris"))
PARIS = ZoneInfo("Europe/Paris")
SALE, GIVEN_BACK, NOT_YET, NO_SALE = "sale", "given_back", "not_yet", "not_a_sale"


@dataclass(frozen=True)
class Buyer:
    number: int
    given: str
    family: str
    phone: str
    street: str
    postcode: str
    city: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        return f"buyer{self.number}@example.org"

    @property
    def shown_phone(self) -> str:
        return "0" + self.phone.removeprefix("+33")


@dataclass(frozen=True)
class Line:
    sku: str
    name: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        return self.quantity * self.price

    @property
    def product_id(self) -> str:
        return f"FUR-{self.sku[:2]}-{self.price}"


@dataclass(frozen=True)
class Sale:
    """`discount`, `shipping` and `refunded` are amounts of the whole order, in cents."""

    number: int
    at: dt.datetime
    buyer: Buyer
    lines: tuple[Line, ...]
    discount: int = 0
    shipping: int = 0
    status: str = SALE
    refunded: int = 0

    @property
    def goods(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total(self) -> int:
        return self.goods - self.discount + self.shipping


@dataclass(frozen=True)
class Facts:
    buyers: tuple[Buyer, ...]
    sales: tuple[Sale, ...]


@dataclass(frozen=True)
class File:
    """A file before it is written: rows by heading, and how the program writes them."""

    headings: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    separator: str = ","
    encoding: str = "utf-8"
    widths: tuple[int, ...] = ()  # of columns of fixed width, without headings

    def content(self) -> bytes:
        if self.widths:
            lines = (zip(self.headings, self.widths, strict=True) for _row in self.rows)
            pairs = zip(self.rows, lines, strict=True)
            return "".join("".join(row[h].rjust(w) for h, w in cells) + "\r\n" for row, cells in pairs).encode()
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.separator, lineterminator="\r\n")
        writer.writerow(self.headings)
        writer.writerows([row.get(heading, "") for heading in self.headings] for row in self.rows)
        return text.getvalue().encode(self.encoding)


@dataclass(frozen=True)
class Carried:
    """What of the facts a format has room for, and how its files call orders and buyers."""

    discounts: bool = False
    shipping: bool = False
    refunds: bool = False
    part_refunds: bool = False
    statuses: frozenset[str] = frozenset({SALE})
    lines: bool = True
    time: bool = True
    number: str = "{number}"
    refund: str = "{number}/R"
    buyer: str = "{email}"
    products: str = "sku"
    year: int = 2024
    numbered: bool = True

    def refund_of(self, sale: Sale) -> str:
        """What the number of a refund is made of: that of its sale, unless refunds have numbers of their own."""
        whole = self.number.format(number=sale.number, letters=letters(sale.number))
        return whole if self.refund.endswith("/R") else str(sale.number)


def draw(seed: int, buyers: int = 5, sales: int = 8) -> Facts:
    """Facts by chance, with every status, discounts, shipping and refunds among them."""
    chance = random.Random(seed)  # noqa: S311 - the same facts for the same seed
    people = []
    for number, (given, family) in enumerate(chance.sample(PEOPLE, buyers), 1):
        postcode, city = chance.choice(CITIES)
        phone = f"+3361234{chance.randrange(10)}{number:03}"
        people.append(Buyer(number, given, family, phone, f"{chance.randrange(1, 90)} rue X", postcode, city))
    return Facts(tuple(people), tuple(_sale(chance, 1001 + at, people) for at in range(sales)))


def _sale(chance: random.Random, number: int, people: Sequence[Buyer]) -> Sale:
    # No day after the 12th alone would leave day and month open, so the 13th to the 28th are drawn as often.
    day = chance.choice((chance.randrange(1, 13), chance.randrange(13, 29)))
    at = dt.datetime(2024, chance.randrange(1, 13), day, chance.randrange(24), chance.randrange(60), tzinfo=dt.UTC)
    goods = chance.sample(GOODS, chance.randrange(1, 4))
    lines = tuple(Line(sku, name, chance.randrange(1, 4), price) for sku, name, price in goods)
    status = chance.choice((SALE, SALE, SALE, GIVEN_BACK, NOT_YET, NO_SALE))
    sale = Sale(number, at, chance.choice(people), lines, status=status)
    discount = chance.choice((0, 0, sale.goods // 10))
    sale = replace(sale, discount=discount, shipping=chance.choice((0, 490)))
    refunded = sale.total if status == GIVEN_BACK else chance.choice((0, 0, 500)) if status == SALE else 0
    return replace(sale, refunded=refunded)


def carried(facts: Facts, by: Carried) -> Facts:
    """The facts without what a format has no room for; a sale of one kind is taken instead of one that it lacks."""
    return replace(facts, sales=tuple(_carried(sale, by) for sale in facts.sales))


def _carried(sale: Sale, by: Carried) -> Sale:
    status = sale.status if sale.status in by.statuses else SALE
    sale = replace(sale, status=status, at=sale.at.replace(year=by.year))
    sale = replace(
        sale,
        discount=min(sale.discount, sale.goods // 10) if by.discounts else 0,
        shipping=sale.shipping if by.shipping else 0,
    )
    if not by.refunds or sale.status in (NOT_YET, NO_SALE):
        return replace(sale, refunded=0, status=SALE if sale.status == GIVEN_BACK else sale.status)
    if sale.status == GIVEN_BACK:
        return replace(sale, refunded=sale.total)
    return replace(sale, refunded=min(sale.refunded, sale.total) if by.part_refunds else 0)


def expected_orders(facts: Facts, by: Carried, currency: str) -> list[Any]:
    """What the database must say of the orders, by number."""
    orders: list[Any] = []
    for sale in facts.sales:
        if sale.status in (NOT_YET, NO_SALE):
            continue
        names = {"number": sale.number, "letters": letters(sale.number)}
        number = by.number.format(**names) if by.numbered else ""
        buyer = by.buyer.format(email=sale.buyer.email, number=sale.buyer.number, name=sale.buyer.name)
        lines = sorted((getattr(line, by.products), line.quantity * 1000) for line in sale.lines)
        if sale.shipping:
            lines = sorted([*lines, ("(shipping)", 1000)])
        at = sale.at if by.time else sale.at.astimezone(PARIS).date()
        orders.append((number, buyer, at, currency, sale.total, lines if by.lines else []))
        if sale.refunded:
            orders.append((by.refund.format(**names | {"number": by.refund_of(sale)}), buyer, currency, -sale.refunded))
    return sorted(orders, key=str)


def stored_orders(by: Carried) -> list[Any]:
    """The same as the database has it."""
    orders: list[Any] = []
    for order in Order.objects.select_related("buyer").prefetch_related("lines__product"):
        number = order.number if by.numbered else ""
        buyer = order.buyer.reference if order.buyer else ""
        if order.refund_of_id:
            orders.append((number, buyer, order.currency, order.amount))
            continue
        lines = sorted((line.product.reference, line.quantity) for line in order.lines.all())
        at = order.placed_at if by.time else order.placed_on
        orders.append((number, buyer, at, order.currency, order.amount, lines if by.lines else []))
    return sorted(orders, key=str)


def letters(number: int) -> str:
    """A number in the letters that some shops call their orders by."""
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def stored_people() -> dict[str, dict[str, Any]]:
    """What the database says of each person, by reference."""
    people: dict[str, dict[str, Any]] = {}
    for customer in Customer.objects.filter(merged_into=None):
        points = ContactPoint.objects.filter(customer=customer)
        people[customer.reference] = {
            "name": customer.name,
            "given": customer.given_name,
            "family": customer.family_name,
            "emails": set(points.filter(kind="email").values_list("value", flat=True)),
            "phones": set(points.filter(kind="phone").values_list("value", flat=True)),
            "addresses": {(point.street, point.postcode, point.city) for point in points.filter(kind="address")},
        }
    return people


def expected_people(facts: Facts, of: Iterable[str], reference: str = "{email}") -> dict[str, dict[str, Any]]:
    """The same as it was planted; `of` are the facts about people that the format has."""
    people = {}
    for buyer in facts.buyers:
        whole = {
            "name": buyer.name,
            "given": buyer.given,
            "family": buyer.family,
            "emails": {buyer.email},
            "phones": {buyer.phone},
            "addresses": {(buyer.street, buyer.postcode, buyer.city)},
        }
        key = reference.format(email=buyer.email, number=buyer.number, name=buyer.name)
        people[key] = {name: value for name, value in whole.items() if name in of}
    return people


def money(cents: int, decimal: str = ".") -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}{decimal}{abs(cents) % 100:02}"
