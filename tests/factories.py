"""The cast and their facts. Ada buys, Bo sells, Cy may not look, Di only reads, Mo manages.

The town is a small base with a year of purchases.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from habitue.customers.models import Customer
from habitue.customers.search import finding
from habitue.imports.models import Import
from habitue.kernel.database import bulk
from habitue.kernel.names import name_key
from habitue.portraits.models import Portrait, Refresh, Stage, StageChange, Standing
from habitue.purchases.models import Order, OrderLine, Product
from habitue.team.models import User
from habitue.team.rights import DESK, MANAGERS, READERS

AS_OF = date(2017, 12, 31)
PASSWORD = "a password of the tests"
numbers = count(1)


def user(username: str, *, may_look: bool = True, role: str = DESK, **fields: Any) -> User:
    made = User.objects.create_user(username, password=PASSWORD, **fields)
    if may_look:
        made.let_into_the_desk(role)
    return made


def bo() -> User:
    return user("bo", first_name="Bo", last_name="Selin")


def cy() -> User:
    return user("cy", may_look=False, first_name="Cy", last_name="Noir")


def di() -> User:
    return user("di", role=READERS, first_name="Di", last_name="Lect")


def mo() -> User:
    return user("mo", role=MANAGERS, first_name="Mo", last_name="Rey")


def ada(**fields: Any) -> Customer:
    """A customer with three purchases, a stage that changed, and a portrait."""
    made = customer("Ada Bérenger", "A-1", **fields)
    order(made, date(2017, 10, 2), [("Bread", "Bakery", 1, 320), ("Milk", "Dairy", 2, 240)], number="1001")
    order(made, date(2017, 11, 3), [("Bread", "Bakery", 1, 320)], number="1002")
    order(
        made, date(2017, 12, 1), [("Cheese", "Dairy", 1, 890)], number="1003", discounts={"loyalty": 90, "coupon": 100}
    )
    change(made, date(2017, 10, 31), "", Stage.NEW)
    change(made, date(2017, 11, 30), Stage.NEW, Stage.SETTLING)
    portrait(made, stage=Stage.SETTLING, purchases=3, first_day=date(2017, 10, 2), last_day=date(2017, 12, 1))
    return made


def customer(name: str = "Somebody", reference: str = "", **fields: Any) -> Customer:
    made = Customer.objects.create(name=name, reference=reference or f"C-{next(numbers)}", **fields)
    finding.index([made.pk])
    return made


def product(name: str, family: str = "") -> Product:
    made, _new = Product.objects.get_or_create(reference=name, defaults={"name": name, "family": family})
    return made


def order(
    buyer: Customer,
    day: date,
    lines: Sequence[tuple[str, str, int, int]] = (("Bread", "Bakery", 1, 320),),
    *,
    number: str = "",
    discounts: dict[str, int] | None = None,
    refund_of: Order | None = None,
    place: str = "Lyon",
    currency: str = "EUR",
) -> Order:
    """`lines` are (product, family, quantity, amount before discounts); the discounts go to the first line.

    A discount named `coupon` is reimbursed to us, as the maker's coupons are.
    """
    let_off = discounts or {}
    given = sum(let_off.values())
    gross = sum(line[3] for line in lines)
    made = Order.objects.create(
        number=number or str(next(numbers) + 900_000),
        buyer=buyer,
        placed_on=day,
        placed_at=midday(day),
        place=place,
        currency=currency,
        gross=gross,
        paid=gross - given,
        amount=gross - given + let_off.get("coupon", 0),
        line_count=len(lines),
        refund_of=refund_of,
        fingerprint="0" * 32,
    )
    for position, (name, family, quantity, amount) in enumerate(lines, start=1):
        off = given if position == 1 else 0
        OrderLine.objects.create(
            order=made,
            position=position,
            product=product(name, family),
            quantity=quantity * 1000,
            gross=amount,
            paid=amount - off,
            amount=amount - off + (let_off.get("coupon", 0) if position == 1 else 0),
            discounts=let_off if position == 1 else {},
        )
    return made


def midday(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def portrait(of: Customer, **fields: Any) -> Portrait:
    values = portrait_fields(fields.pop("stage", Stage.REGULAR), **fields)
    return Portrait.objects.create(customer=of, **values)


def portrait_fields(stage: str, **fields: Any) -> dict[str, Any]:
    """A whole portrait that hangs together: what is not given follows from the last day and the number of purchases."""
    last: date | None = fields.get("last_day", AS_OF - timedelta(days=9))
    purchases = fields.get("purchases", 12)
    first = fields.get("first_day", last and last - timedelta(days=12 * (purchases - 1)))
    if stage == Stage.PROSPECT:
        return {"as_of": AS_OF, "standing": Standing.PROSPECT, "stage": stage, "stage_rank": 0, **fields}
    assert first
    assert last
    gap = (last - first).days / (purchases - 1) if purchases > 1 else None
    values = {
        "as_of": AS_OF,
        "currency": "EUR",
        "standing": Standing.FORMER if stage == Stage.LOST else Standing.CUSTOMER,
        "stage": stage,
        "stage_rank": Stage.values.index(stage),
        "purchases": purchases,
        "first_day": first,
        "last_day": last,
        "elapsed_days": (AS_OF - last).days,
        "typical_gap": gap,
        "value": 41_200,
        "slowing_after": 19.0,
        "at_risk_after": 27.0,
        "lost_after": 41.0,
        "returned_after": 64 if stage == Stage.WON_BACK else None,
        "next_early": AS_OF + timedelta(days=1),
        "next_middle": AS_OF + timedelta(days=6),
        "next_late": AS_OF + timedelta(days=19),
        "p_alive": 0.82,
        "p_buys": 0.86,
        "p_buys_fresh": 0.97,
        "expected_purchases": 21.4,
        "expected_purchases_low": 12,
        "expected_purchases_high": 31,
        "expected_amount": 1_075,
        "expected_value": 23_000,
        "expected_value_low": 15_000,
        "expected_value_high": 31_000,
        "expected_value_sd": 6_240.0,
        "recency_score": 3,
        "frequency_score": 4,
        "value_score": 5,
    }
    return values | fields


def change(of: Customer, on: date, was: str, now: str) -> StageChange:
    return StageChange.objects.create(customer=of, on=on, was=was, now=now)


def refresh(**fields: Any) -> Refresh:
    values: dict[str, Any] = {
        "as_of": AS_OF,
        "currency": "EUR",
        "customers": Customer.objects.count(),
        "orders": Order.objects.count(),
        "parameters": {
            "mbgnbd": {"r": 1.414, "alpha": 9.67, "a": 0.195, "b": 277.7, "customers": 2469, "fallback": False},
            "gammagamma": {"p": 6.25, "q": 3.74, "v": 15.44, "customers": 2435, "fallback": False},
            "discount_rate": 0.1,
        },
        "thresholds": {"slowing": 0.8, "at_risk": 0.875, "lost": 0.3},
        "record": {
            "as_of": "2017-10-01",
            "days": 91,
            "stages": {
                "regular": {"customers": 200, "bought": 194},
                "at_risk": {"customers": 40, "bought": 30},
                "settling": {"customers": 25, "bought": 18},
            },
        },
        "base": {"stages": stages(), "retention": retention(), "concentration": concentration()},
        "finished_at": timezone.now(),
    }
    return Refresh.objects.create(**values | fields)


def stages() -> dict[str, Any]:
    """What `refreshing` adds up over the portraits."""
    rows: dict[str, Any] = {}
    for of in Portrait.objects.all():
        row = rows.setdefault(of.stage, {"customers": 0, "expected": 0, "variance": 0.0})
        row["customers"] += 1
        row["expected"] += of.expected_value or 0
        row["variance"] += (of.expected_value_sd or 0.0) ** 2
    return rows


def retention() -> dict[str, Any]:
    return {
        "months": ["2017-09", "2017-10", "2017-11", "2017-12"],
        "running": None,
        "cohorts": [
            {"month": "2017-09", "customers": 200, "bought": [180, 170, 172]},
            {"month": "2017-10", "customers": 40, "bought": [32, 30]},
            {"month": "2017-11", "customers": 10, "bought": [8]},
            {"month": "2017-12", "customers": 3, "bought": []},
        ],
    }


def concentration() -> dict[str, Any]:
    points = [[step / 20, 1 - (1 - step / 20) ** 2] for step in range(21)]
    return {"customers": 253, "value": 1_000_000, "top_tenth": points[2][1], "points": points}


def source(**fields: str) -> Import:
    about = {"title": "The Complete Journey", "url": "https://example.org/data", "names": "invented"} | fields
    return Import.objects.create(
        kind="orders", file_name="orders.csv", digest=str(next(numbers)), source=about, finished_at=timezone.now()
    )


def many_orders(buyer: Customer, how_many: int, last: date = AS_OF) -> None:
    """A long history, one line an order, several orders a day."""
    days = [last - timedelta(days=index // 10) for index in range(how_many)]
    insert_orders([(buyer, day, [(product("Bread", "Bakery"), 320)]) for day in days])


def insert_orders(orders: Sequence[tuple[Customer, date, Sequence[tuple[Product, int]]]]) -> None:
    """Many at once: buyer, day, and (product, amount) for each line."""
    start = (Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    now = timezone.now()
    names = "id number buyer placed_at placed_on currency gross amount paid line_count refund_of fingerprint changed_at"
    rows, lines = [], []
    for pk, (buyer, day, basket) in enumerate(orders, start=start):
        total = sum(amount for _product, amount in basket)
        money = (total, total, total, len(basket))
        rows.append(("Lyon", pk, f"L{pk}", buyer.pk, midday(day), day, "EUR", *money, None, "0", now))
        for position, (what, amount) in enumerate(basket, start=1):
            lines.append((pk, position, what.pk, 1000, amount, amount, amount, {}))
    bulk.insert(Order, ["place", *names.split()], rows)
    bulk.insert(OrderLine, ["order", "position", "product", "quantity", "gross", "amount", "paid", "discounts"], lines)
    with connection.cursor() as cursor:  # PostgreSQL hands out ids that it has not seen
        for statement in connection.ops.sequence_reset_sql(no_style(), [Order]):
            cursor.execute(statement)


def town(how_many: int = 120) -> list[Customer]:
    """A base in every stage, with purchases, passages, and a refresh; the same one each time."""
    chance = random.Random(7)
    first_names = ["Anaïs", "Bruno", "Chloé", "Driss", "Éloïse", "Fatou", "Gaël", "Hélène", "Inès", "Jules"]
    last_names = [
        "Aubry",
        "Bérenger",
        "Caron",
        "Delorme",
        "Évrard",
        "Faure",
        "Garnier",
        "Haddad",
        "Île",
        "Joly",
        "Kerr",
    ]
    bulk.insert(
        Customer,
        ["reference", "kind", "name", "name_key", "created_at"],
        [
            (f"T{index:04}", "person", name, name_key(name), timezone.now())
            for index in range(how_many)
            for name in [f"{first_names[index % 10]} {last_names[index % 11]}"]
        ],
    )
    people = list(Customer.objects.filter(reference__startswith="T").order_by("reference"))
    finding.index(person.pk for person in people)
    bread, milk = product("Bread", "Bakery"), product("Milk", "Dairy")
    stages = [Stage.REGULAR] * 6 + [Stage.SLOWING, Stage.AT_RISK, Stage.LOST, Stage.SETTLING, Stage.NEW, Stage.WON_BACK]
    portraits, changes, orders = [], [], []
    for index, person in enumerate(people):
        stage = stages[index % len(stages)]
        purchases = 1 if stage == Stage.NEW else 2 + chance.randrange(20)
        last = AS_OF - timedelta(days={Stage.LOST: 80, Stage.AT_RISK: 33, Stage.SLOWING: 22}.get(stage, index % 12))
        for step in range(purchases):
            basket = [(bread, 320), (milk, 150 + 10 * chance.randrange(30))][: 1 + chance.randrange(2)]
            orders.append((person, last - timedelta(days=12 * step), basket))
        worth = 2_000 * purchases + index
        fields = portrait_fields(
            stage, purchases=purchases, last_day=last, value=worth, expected_value=worth // 2,
            expected_value_low=worth // 3, expected_value_high=worth, expected_value_sd=worth / 8,
        )  # fmt: skip
        portraits.append(Portrait(customer=person, **fields))
        first = Stage.NEW if stage == Stage.NEW else Stage.REGULAR
        changes.append(StageChange(customer=person, on=date(2017, 11, 30), was="", now=first))
        if stage != first:
            changes.append(StageChange(customer=person, on=AS_OF, was=first, now=stage))
    insert_orders(orders)
    Portrait.objects.bulk_create(portraits)
    StageChange.objects.bulk_create(changes)
    refresh()
    return people
