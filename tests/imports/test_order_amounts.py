"""Small files of orders and what is right of them: amounts, discounts, taxes and shipping that a mapping speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from habitue.imports import wording
from habitue.purchases.models import Order, OrderLine, Product
from tests.imports.bringing import COLUMNS, bring, lines, received
from tests.imports.conftest import reasons

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PRICED = {"amounts": {"rule": "quantity_x_unit_price"}}
EACH = COLUMNS | {"quantity": "qty", "unit_price": "price"}


@dataclass
class Case:
    headings: str
    rows: tuple[str, ...]
    columns: dict[str, Any]
    right: dict[str, int]  # received, in cents, by order
    more: dict[str, Any] = field(default_factory=dict)
    rejected: tuple[str, ...] = ()  # codes
    lines: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


CASES = {
    "price times quantity": Case(
        "order,customer,date,sku,qty,price",
        ("A1,C1,2024-03-05,S,6,2.55", "A1,C1,2024-03-05,T,6,3.39", "A2,C2,2024-03-05,S,3,18"),
        EACH, {"A1": 3564, "A2": 5400}, PRICED,
    ),
    "half a cent is rounded up on each line, not on the sum": Case(
        "order,customer,date,sku,qty,price",
        ("A1,C1,2024-03-05,S,3,0.335", "A1,C1,2024-03-05,T,3,0.335"),
        EACH, {"A1": 202}, PRICED,
    ),
    "a weight times a price of three decimals": Case(
        "order,customer,date,sku,qty,price",
        ("A1,C1,2024-03-05,S,1.255,1.459",),
        EACH, {"A1": 183}, PRICED | {"decimal": "."},
    ),
    "a price of eight decimals is not rounded before it is multiplied": Case(
        "order,customer,date,sku,qty,price", ("A1,C1,2024-03-05,S,1000,0.00123456",), EACH, {"A1": 123}, PRICED,
    ),
    "yen have no decimals": Case(
        "order,customer,date,sku,qty,price", ("A1,C1,2024-03-05,S,1.5,33",),
        EACH | {"currency": {"value": "JPY"}}, {"A1": 50}, PRICED,
    ),
    "dinars have three": Case(
        "order,customer,date,sku,qty,price", ("A1,C1,2024-03-05,S,3,1.2345",),
        EACH | {"currency": {"value": "KWD"}}, {"A1": 3704}, PRICED,
    ),
    "a price in cents": Case(
        "order,customer,date,sku,qty,price", ("A1,C1,2024-03-05,S,3,150",), EACH, {"A1": 450},
        PRICED | {"unit": "minor"},
    ),
    "the total of the order repeated on each line": Case(
        "order,customer,date,sku,qty,price,total",
        ("A1,C1,2024-03-05,S,2,15,50", "A1,C1,2024-03-05,T,1,20,50", "A2,C1,2024-03-06,S,2,15,30"),
        EACH | {"order_total": "total"}, {"A1": 5000, "A2": 3000}, PRICED,
    ),
    "the total of the order on its first line only": Case(
        "order,customer,date,sku,qty,price,total",
        ("A1,C1,2024-03-05,S,2,15,50", "A1,,,T,1,20,", "A2,C1,2024-03-06,S,2,15,30"),
        EACH | {"order_total": "total"}, {"A1": 5000, "A2": 3000}, PRICED,
    ),
    "the total of the order on its last line, with noughts above": Case(
        "order,customer,date,sku,qty,price,total",
        ("A1,C1,2024-03-05,S,2,15,0.00", "A1,C1,2024-03-05,T,1,20,50.00"),
        EACH | {"order_total": "total"}, {"A1": 5000}, PRICED,
    ),
    "lines that do not come to the total keep the order back": Case(
        "order,customer,date,sku,qty,price,total",
        ("A1,C1,2024-03-05,S,2,15,49.99", "A1,C1,2024-03-05,T,1,20,49.99", "A2,C1,2024-03-06,S,2,15,30"),
        EACH | {"order_total": "total"}, {"A2": 3000}, PRICED, ("sum_differs", "kept_back"),
    ),
    "two totals of one order contradict each other": Case(
        "order,customer,date,sku,qty,price,total",
        ("A1,C1,2024-03-05,S,2,15,50", "A1,C1,2024-03-05,T,1,20,51"),
        EACH | {"order_total": "total"}, {}, PRICED, ("kept_back", "contradicts"),
    ),
    "only the total is known, and the order has one line": Case(
        "order,customer,date,sku,total", ("A1,C1,2024-03-05,S,50", "A2,C1,2024-03-06,S,30"),
        COLUMNS | {"order_total": "total"}, {"A1": 5000, "A2": 3000}, {"amounts": {"rule": "order_total"}},
    ),
    "only the total is known, and the order has two lines": Case(
        "order,customer,date,sku,total", ("A1,C1,2024-03-05,S,50", "A1,C1,2024-03-05,T,50", "A2,C1,2024-03-06,S,30"),
        COLUMNS | {"order_total": "total"}, {"A2": 3000}, {"amounts": {"rule": "order_total"}},
        ("lines_without_price", "lines_without_price"),
    ),
    "shipping is a line of its own, once for the order": Case(
        "order,customer,date,sku,qty,price,shipping,total",
        ("A1,C1,2024-03-05,S,2,15,4.90,54.90", "A1,C1,2024-03-05,T,1,20,4.90,54.90", "A2,C1,2024-03-06,S,2,15,0,30"),
        EACH | {"shipping": "shipping", "order_total": "total"}, {"A1": 5490, "A2": 3000}, PRICED,
        lines={"A1": [("S", 2000, 3000, 3000), ("T", 1000, 2000, 2000), ("(shipping)", 1000, 490, 490)],
               "A2": [("S", 2000, 3000, 3000)]},
    ),
    "a total with shipping, of orders of one line": Case(
        "order,customer,date,sku,total,shipping", ("A1,C1,2024-03-05,S,54.90,4.90",),
        COLUMNS | {"order_total": "total", "shipping": "shipping"}, {"A1": 5490}, {"amounts": {"rule": "order_total"}},
        lines={"A1": [("S", 1000, 5000, 5000), ("(shipping)", 1000, 490, 490)]},
    ),
    "a rate of discount beside the amount after it": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,731.94,0.2", "A2,C1,2024-03-05,S,261.96,0"),
        COLUMNS | {"amount": "amount"}, {"A1": 73194, "A2": 26196},
        {"discounts": {"rate": {"column": "discount", "rule": "rate"}}},
        lines={"A1": [("S", 1000, 91493, 73194)], "A2": [("S", 1000, 26196, 26196)]},
    ),
    "a rate of discount beside the amount before it": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,9.99,0.15", "A2,C1,2024-03-05,S,10,1"),
        COLUMNS | {"gross": "amount"}, {"A1": 849, "A2": 0},
        {"discounts": {"rate": {"column": "discount", "rule": "rate"}}},
    ),
    "a rate in percent, with its sign or without": Case(
        "order,customer,date,sku,amount,discount",
        ("A1,C1,2024-03-05,S,27,10", "A2,C1,2024-03-05,S,27,10 %", "A3,C1,2024-03-05,S,27,"),
        COLUMNS | {"amount": "amount"}, {"A1": 2700, "A2": 2700, "A3": 2700},
        {"discounts": {"rate": {"column": "discount", "rule": "percent"}}},
        lines={"A1": [("S", 1000, 3000, 2700)], "A2": [("S", 1000, 3000, 2700)], "A3": [("S", 1000, 2700, 2700)]},
    ),
    "a rate that is none": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,27,10", "A2,C1,2024-03-05,S,27,1"),
        COLUMNS | {"amount": "amount"}, {}, {"discounts": {"rate": {"column": "discount", "rule": "rate"}}},
        ("rate_wrong", "rate_wrong"),
    ),
    "a discount of the order repeated on its lines": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,30,5", "A1,C1,2024-03-05,T,20,5"),
        COLUMNS | {"gross": "amount"}, {"A1": 4500},
        {"discounts": {"code": {"column": "discount", "rule": "order"}}},
        lines={"A1": [("S", 1000, 3000, 2700), ("T", 1000, 2000, 1800)]},
    ),
    "a discount of the order is shared to the cent": Case(
        "order,customer,date,sku,amount,discount",
        ("A1,C1,2024-03-05,S,1,1", "A1,C1,2024-03-05,T,1,", "A1,C1,2024-03-05,U,1,"),
        COLUMNS | {"gross": "amount"}, {"A1": 200},
        {"discounts": {"code": {"column": "discount", "rule": "order"}}},
        lines={"A1": [("S", 1000, 100, 67), ("T", 1000, 100, 66), ("U", 1000, 100, 67)]},
    ),
    "a discount of the order beside amounts after it": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,18,2",),
        COLUMNS | {"amount": "amount"}, {"A1": 1800},
        {"discounts": {"code": {"column": "discount", "rule": "order"}}}, lines={"A1": [("S", 1000, 2000, 1800)]},
    ),
    "a discount larger than the order": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,18,20",), COLUMNS | {"gross": "amount"}, {},
        {"discounts": {"code": {"column": "discount", "rule": "order"}}}, ("discounts_exceed",),
    ),
    "discounts written as negative amounts": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,30,-3", "A2,C1,2024-03-05,S,30,0"),
        COLUMNS | {"gross": "amount"}, {"A1": 2700, "A2": 3000}, {"discounts": {"off": "discount"}},
    ),
    "discounts of both signs are not understood": Case(
        "order,customer,date,sku,amount,discount", ("A1,C1,2024-03-05,S,30,-3", "A2,C1,2024-03-05,S,30,2"),
        COLUMNS | {"gross": "amount"}, {"A2": 2800}, {"discounts": {"off": "discount"}}, ("discount_negative",),
    ),
    "a rate beside a discount of the order": Case(
        "order,customer,date,sku,amount,rate,discount", ("A1,C1,2024-03-05,S,100,0.1,5", "A1,C1,2024-03-05,T,100,0,5"),
        COLUMNS | {"gross": "amount"}, {"A1": 18500},
        {"discounts": {"rate": {"column": "rate", "rule": "rate"}, "code": {"column": "discount", "rule": "order"}}},
    ),
    "tax of the order beside amounts without it": Case(
        "order,customer,date,sku,amount,tax", ("A1,C1,2024-03-05,S,10,4", "A1,C1,2024-03-05,T,10,4"),
        COLUMNS | {"amount": "amount", "tax": "tax"}, {"A1": 2400}, {"amounts": {"tax": "without"}},
        lines={"A1": [("S", 1000, 1200, 1200), ("T", 1000, 1200, 1200)]},
    ),
    "tax of each line": Case(
        "order,customer,date,sku,amount,tax", ("A1,C1,2024-03-05,S,10,2", "A1,C1,2024-03-05,T,10,0.55"),
        COLUMNS | {"amount": "amount", "line_tax": "tax"}, {"A1": 2255}, {"amounts": {"tax": "without"}},
    ),
    "a rate of tax, rounded on each line": Case(
        "order,customer,date,sku,amount,tax", ("A1,C1,2024-03-05,S,9.99,5.5", "A2,C1,2024-03-05,T,10,20 %"),
        COLUMNS | {"amount": "amount", "tax_rate": "tax"}, {"A1": 1054, "A2": 1200}, {"amounts": {"tax": "without"}},
    ),
    "one rate of tax for the file": Case(
        "order,customer,date,sku,qty,price", ("A1,C1,2024-03-05,S,3,9.99",),
        EACH | {"tax_rate": {"value": "20"}}, {"A1": 3596},
        {"amounts": {"rule": "quantity_x_unit_price", "tax": "without"}},
    ),
    "amounts with tax are left as they are": Case(
        "order,customer,date,sku,amount,tax", ("A1,C1,2024-03-05,S,12,2",),
        COLUMNS | {"amount": "amount", "tax": "tax"}, {"A1": 1200}, {"amounts": {"tax": "with"}},
    ),
    "amounts of four decimals": Case(
        "order,customer,date,sku,amount", ("A1,C1,2024-03-05,S,957.5775", "A2,C1,2024-03-05,S,10.005"),
        COLUMNS | {"amount": "amount"}, {"A1": 95758, "A2": 1001},
    ),
    "amounts of four decimals where the mapping refuses them": Case(
        "order,customer,date,sku,amount", ("A1,C1,2024-03-05,S,957.5775", "A2,C1,2024-03-05,S,10"),
        COLUMNS | {"amount": "amount"}, {"A2": 1000}, {"amounts": {"rounding": "refuse"}}, ("number_too_fine",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_received_for_each_order_of_a_small_file(write, name):
    case = CASES[name]
    path = write(*case.rows, headings=case.headings)
    import_ = bring(path, {"columns": case.columns} | case.more)
    assert received() == case.right
    assert tuple(import_.rejections.values_list("code", flat=True)) == case.rejected
    stored = lines()
    assert {number: stored[number] for number in case.lines} == case.lines
    for order in Order.objects.all():
        sums = [sum(column) for column in zip(*order.lines.values_list("gross", "amount", "paid"), strict=True)]
        assert sums == [order.gross, order.amount, order.paid]
        assert order.line_count == order.lines.count()
    for line in OrderLine.objects.all():
        assert (line.gross - line.paid) == sum(line.discounts.values())


def test_both_sums_are_said_where_the_lines_do_not_come_to_the_total(write):
    rows = ("A1,C1,2024-03-05,S,2,15,49.99", "A1,C1,2024-03-05,T,1,20,49.99")
    columns = EACH | {"order_total": "total"}
    import_ = bring(write(*rows, headings="order,customer,date,sku,qty,price,total"), {"columns": columns} | PRICED)
    (english, french), _kept_back = reasons(import_)
    assert "€50.00" in english
    assert "€49.99" in english
    assert "50,00" in french
    assert "49,99" in french
    assert import_.findings == {"kept_back": 1, "kept_back:EUR": 5000}


def test_the_sum_of_what_rounding_added_is_told(write):
    rows = ("A1,C1,2024-03-05,S,957.5775", "A2,C1,2024-03-05,S,10.001", "A3,C1,2024-03-05,S,1.50")
    import_ = bring(
        write(*rows, headings="order,customer,date,sku,amount"), {"columns": COLUMNS | {"amount": "amount"}}
    )
    assert received() == {"A1": 95758, "A2": 1000, "A3": 150}
    assert (import_.findings["rounded"], import_.findings["rounded:EUR"]) == (2, 150_000_000)  # .0025 - .001
    assert "2 lines were rounded, by 0.0015 EUR together." in wording.findings(import_)


def test_shipping_is_no_product_to_offer(write):
    headings = "order,customer,date,sku,amount,shipping"
    bring(write("A1,C1,2024-03-05,S,10,4.90", headings=headings),
          {"columns": COLUMNS | {"amount": "amount", "shipping": "shipping"}})  # fmt: skip
    assert dict(Product.objects.values_list("reference", "is_shipping")) == {"S": False, "(shipping)": True}
