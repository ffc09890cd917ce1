"""How sales are laid out as a table: which columns there are, and where the amounts stand. Each is a way of writing.

A layout gives the roles of its columns, its rows as {role: value}, and what is true of what it says: a table with one
row an order says less than one with a row a line. Amounts are Decimal, moments datetime, quantities int.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.imports.ways.sales import (
    CENT,
    Line,
    Order,
    Truth,
    cents,
    of_one_line,
    truth,
    with_discounts,
    with_refunds,
    with_shipping,
    with_statuses,
    without_quantities,
)  # fmt: skip

Row = dict[str, Any]
HEAD = ("number", "buyer", "buyer_name", "placed_at")
PRODUCT = ("product", "product_name")


@dataclass(frozen=True)
class Table:
    """`blank`: roles whose cells may be left out where the row above says the same."""

    roles: tuple[str, ...]
    rows: list[Row]
    truth: Truth
    orders: list[Order]


Layout = Callable[[list[Order], random.Random], Table]


def line_amounts(orders: list[Order], rng: random.Random) -> Table:
    return _table(with_discounts(orders, rng), ("quantity", "amount"), lambda line: {"amount": line.amount})


def prices(orders: list[Order], rng: random.Random) -> Table:
    return _table(orders, ("quantity", "unit_price"), lambda line: {"unit_price": line.price})


def bare_prices(orders: list[Order], rng: random.Random) -> Table:
    """“Price” beside a quantity: of one, or of all?"""
    return _table(orders, ("quantity", "price"), lambda line: {"price": line.price})


def prices_and_amounts(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"unit_price": line.price, "amount": line.amount}  # noqa: E731
    return _table(orders, ("quantity", "unit_price", "amount"), values)


def amounts_without_quantity(orders: list[Order], rng: random.Random) -> Table:
    return _table(without_quantities(orders), ("amount",), lambda line: {"amount": line.amount})


def totals_repeated(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"unit_price": line.price}  # noqa: E731
    return _table(orders, ("quantity", "unit_price", "order_total"), values, order=_total)


def totals_first(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"unit_price": line.price}  # noqa: E731
    return _table(orders, ("quantity", "unit_price", "order_total"), values, order=_total, once=("order_total",))


def totals_with_shipping(orders: list[Order], rng: random.Random) -> Table:
    roles = ("quantity", "unit_price", "shipping", "order_total")
    values = lambda line: {"unit_price": line.price}  # noqa: E731
    return _table(with_shipping(orders, rng), roles, values, order=lambda o: _total(o) | {"shipping": o.shipping})


def amounts_and_totals(orders: list[Order], rng: random.Random) -> Table:
    """Lines with their amounts, and the order's total on each of them."""
    return _table(orders, ("quantity", "amount", "order_total"), lambda line: {"amount": line.amount}, order=_total)


def totals_alone(orders: list[Order], rng: random.Random) -> Table:
    """Lines without any amount: the total of the order stands on each."""
    return _table(orders, ("quantity", "order_total"), lambda line: {}, order=_total)


def totals_called_amounts(orders: list[Order], rng: random.Random) -> Table:
    """The same under a heading that says a line's amount."""
    return _table(orders, ("quantity", "amount"), lambda line: {}, order=lambda order: {"amount": order.total})


def one_row_an_order(orders: list[Order], rng: random.Random) -> Table:
    orders = without_quantities(of_one_line(orders))
    return _table(orders, ("order_total",), lambda line: {}, order=_total)


def discounts(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"unit_price": line.price, "discount": line.off, "amount": line.amount}  # noqa: E731
    return _table(with_discounts(orders, rng), ("quantity", "unit_price", "discount", "amount"), values)


def negative_discounts(orders: list[Order], rng: random.Random) -> Table:
    table = discounts(orders, rng)
    return replace(table, rows=[row | {"discount": -row["discount"]} for row in table.rows])


def gross_and_discounts(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"gross": line.gross, "discount": line.off}  # noqa: E731
    return _table(with_discounts(orders, rng), ("quantity", "gross", "discount"), values)


def discount_rates(orders: list[Order], rng: random.Random) -> Table:
    """A percentage, with the amount after it."""

    def values(line: Line) -> Row:
        rate = (100 * line.off / line.gross).quantize(Decimal(1))
        return {"unit_price": line.price, "discount_rate": int(rate), "amount": line.amount}

    orders = with_discounts(orders, rng, rates=True)
    return _table(orders, ("quantity", "unit_price", "discount_rate", "amount"), values)


def prices_and_discounts(orders: list[Order], rng: random.Random) -> Table:
    """A discount and nothing that says what remains: is it of the line, of one piece, of the order?"""
    values = lambda line: {"unit_price": line.price, "discount": line.off}  # noqa: E731
    return _table(with_discounts(orders, rng), ("quantity", "unit_price", "discount"), values)


def net_tax_and_amount(orders: list[Order], rng: random.Random) -> Table:
    values = lambda line: {"net": line.amount - line.tax, "tax": line.tax, "with_tax": line.amount}  # noqa: E731
    return _table(orders, ("quantity", "net", "tax", "with_tax"), values)


def net_and_rate(orders: list[Order], rng: random.Random) -> Table:
    """Amounts without tax and its rate: what was paid is made of both."""
    made = [replace(order, lines=tuple(map(_made_of_net, order.lines))) for order in without_quantities(orders)]
    return _table(made, ("net", "tax_rate"), lambda line: {"net": line.amount - line.tax, "tax_rate": line.rate})


def net_alone(orders: list[Order], rng: random.Random) -> Table:
    """Amounts without tax and no word of how much it is."""
    return _table(orders, ("quantity", "net"), lambda line: {"net": line.amount - line.tax})


def statuses(orders: list[Order], rng: random.Random) -> Table:
    orders = with_statuses(orders, rng)
    values = lambda line: {"amount": line.amount}  # noqa: E731
    return _table(orders, ("quantity", "amount", "status"), values, order=lambda order: {"status": order.status})


def unknown_statuses(orders: list[Order], rng: random.Random) -> Table:
    """Words that only this shop knows."""
    table = statuses(orders, rng)
    words = {"sale": "A", "not_a_sale": "Zwischenablage", "given_back": "R3", "not_yet": "Lot 7"}
    return replace(table, rows=[row | {"status": words[row["status"]]} for row in table.rows])


def refunds(orders: list[Order], rng: random.Random) -> Table:
    """What was given back in a column of the order, beside its total."""
    orders = with_refunds(orders, rng)
    roles = ("quantity", "unit_price", "order_total", "refunded")
    values = lambda line: {"unit_price": line.price}  # noqa: E731
    return _table(orders, roles, values, order=lambda order: _total(order) | {"refunded": order.refunded})


def credit_notes(orders: list[Order], rng: random.Random) -> Table:
    """Returns as orders of their own, with negative quantities and amounts and the number of the sale."""
    table = _table(orders, ("quantity", "amount", "refund_of"), lambda line: {"amount": line.amount})
    rows, facts = list(table.rows), dict(table.truth)
    for order in rng.sample(orders, max(1, len(orders) // 4)):
        number = f"R{order.number}"
        own = [row for row in table.rows if row["number"] == order.number]
        rows += [row | {"number": number, "refund_of": order.number, "quantity": -row["quantity"],
                        "amount": -row["amount"]} for row in own]  # fmt: skip
        facts[number] = replace(facts[order.number], received=-facts[order.number].received, lines=())
    return replace(table, rows=rows, truth=facts)


def negative_rows(orders: list[Order], rng: random.Random) -> Table:
    """A line given back stands in its order once more, with a minus."""
    table = line_amounts(orders, rng)
    rows, facts = [], dict(table.truth)
    for row in table.rows:
        rows.append(row)
        if rng.random() < 0.15:  # noqa: PLR2004 - some
            rows.append(row | {"quantity": -row["quantity"], "amount": -row["amount"]})
            was = facts[row["number"]]
            facts[row["number"]] = replace(was, received=was.received - cents(row["amount"]))
    return replace(table, rows=rows, truth=facts)


LAYOUTS: dict[str, Layout] = {
    of.__name__: of
    for of in (
        line_amounts, prices, bare_prices, prices_and_amounts, amounts_without_quantity, totals_repeated, totals_first,
        totals_with_shipping, amounts_and_totals, totals_alone, totals_called_amounts, one_row_an_order, discounts,
        negative_discounts, gross_and_discounts, discount_rates, prices_and_discounts, net_tax_and_amount,
        net_and_rate, net_alone, statuses, unknown_statuses, refunds, credit_notes, negative_rows,
    )
}  # fmt: skip
PLAIN = frozenset({"line_amounts", "prices_and_amounts", "amounts_without_quantity", "one_row_an_order", "prices"})


def _table(
    orders: Iterable[Order],
    roles: tuple[str, ...],
    of_line: Callable[[Line], Row],
    order: Callable[[Order], Row] = lambda _order: {},
    once: tuple[str, ...] = (),
) -> Table:
    """A row a line. `order`: what the order says on each of its lines, or of `once` on its first."""
    rows, orders = [], list(orders)
    for each in orders:
        head = {"number": each.number, "buyer": each.buyer, "buyer_name": each.name, "placed_at": each.at}
        for at, line in enumerate(each.lines):
            row = head | {"product": line.product, "product_name": line.name, "quantity": line.quantity}
            row |= order(each) | of_line(line)
            rows.append({role: "" if at and role in once else value for role, value in row.items()})
    return Table((*HEAD, *PRODUCT, *roles), rows, truth(orders), orders)


def _total(order: Order) -> Row:
    return {"order_total": order.total}


def _made_of_net(line: Line) -> Line:
    """The line, some cents dearer where its amount without tax and the rate do not give back what was paid."""
    net = line.price - line.tax
    if (net * (1 + line.rate / 100)).quantize(CENT, ROUND_HALF_UP) == line.price:
        return line
    return _made_of_net(replace(line, price=line.price + CENT))
