"""A chunk of orders into the database: what is new is written, what is known is left, what contradicts is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from habitue import bulk
from habitue.customers.models import Customer
from habitue.imports import naming
from habitue.imports.batching import batches
from habitue.imports.explaining import Reason
from habitue.imports.walking import Chunk, Outcome, Run, refuse
from habitue.purchases.models import Order, OrderLine, Product

Group = dict[str, Any]
ORDER = (
    "number", "buyer", "placed_at", "placed_on", "place", "currency", "gross", "amount", "paid", "line_count",
    "refund_of", "fingerprint", "changed_at",
)  # fmt: skip
LINE = ("order", "position", "product", "quantity", "gross", "amount", "paid", "discounts")
STORED = ("number", "id", "fingerprint", "placed_on", "buyer__reference", "currency", "amount", "paid", "line_count")


def write(run: Run, chunk: Chunk) -> Outcome:
    """Sales before refunds: a refund may be of an order of the same chunk."""
    outcome = Outcome()
    reasons: dict[int, Reason] = {}
    sales = _unknown(run, (group for group in chunk.groups if not group["refund_of"]), reasons, outcome)
    _insert(run, chunk, sales, {})
    refunds = _unknown(run, (group for group in chunk.groups if group["refund_of"]), reasons, outcome)
    originals = _refunded(run, refunds, reasons)
    allowed = [group for group in refunds if group["rank"] not in reasons]
    _insert(run, chunk, allowed, originals)
    outcome.created = len(sales) + len(allowed)
    outcome.refused.extend(refuse(run.staged, reasons))
    return outcome


def _unknown(run: Run, groups: Iterable[Group], reasons: dict[int, Reason], outcome: Outcome) -> list[Group]:
    """Those whose number is not stored yet. The same number with the same content is a repetition."""
    groups = list(groups)
    stored = _stored(group["number"] for group in groups)
    new = []
    for group in groups:
        known = stored.get(group["number"])
        if known is None:
            new.append(group)
        elif known["fingerprint"] == group["fingerprint"]:
            outcome.unchanged += 1
        else:
            reasons[group["rank"]] = _reason(run, group, "number", "order_differs", _differences(known, group))
    return new


def _stored(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        order["number"]: order
        for batch in batches(numbers)
        for order in Order.objects.filter(number__in=batch).values(*STORED)
    }


def _differences(known: dict[str, Any], group: Group) -> dict[str, Any]:
    """What is stored and what the file says, of whatever differs; nothing when only lines do."""
    pairs = {
        "buyer": (known["buyer__reference"], group["buyer"]),
        "day": (known["placed_on"].isoformat(), group["placed_on"].isoformat()),
        "currency": (known["currency"], group["currency"]),
        "amount": (known["amount"], int(group["amount"])),
        "paid": (known["paid"], int(group["paid"])),
        "lines": (known["line_count"], group["n"]),
    }
    return {
        "number": group["number"],
        "stored": {name: was for name, (was, now) in pairs.items() if was != now},
        "given": {name: now for name, (was, now) in pairs.items() if was != now},
        "currencies": [known["currency"], group["currency"]],
    }


def _refunded(run: Run, groups: list[Group], reasons: dict[int, Reason]) -> dict[str, int]:
    """The ids of the orders that are refunded. They stay locked: nobody else refunds them meanwhile."""
    originals = {
        order.number: order
        for batch in batches(group["refund_of"] for group in groups)
        for order in Order.objects.select_for_update(of=("self",)).select_related("buyer").filter(number__in=batch)
    }
    already = _already_refunded([order.id for order in originals.values()])
    for group in groups:
        original = originals.get(group["refund_of"])
        code, data = _refund_fault(group, original, already)
        if code:
            reasons[group["rank"]] = _reason(run, group, "refund_of", code, {"order": group["refund_of"]} | data)
        elif original:
            amount, paid = already.get(original.id, (0, 0))
            already[original.id] = (amount + int(group["amount"]), paid + int(group["paid"]))
    return {number: order.id for number, order in originals.items()}


def _already_refunded(ids: list[int]) -> dict[int, tuple[int, int]]:
    return {
        of: (amount, paid)
        for batch in batches(ids)
        for of, amount, paid in Order.objects.filter(refund_of__in=batch)
        .values_list("refund_of")
        .annotate(Sum("amount"), Sum("paid"))
    }


def _refund_fault(
    group: Group, original: Order | None, already: dict[int, tuple[int, int]]
) -> tuple[str, dict[str, Any]]:
    if original is None:
        return "refund_of_unknown", {}
    if original.refund_of_id:
        return "refund_of_refund", {}
    if original.buyer.reference != group["buyer"]:
        return "refund_other_buyer", {"buyer": original.buyer.reference, "given": group["buyer"]}
    if original.currency != group["currency"]:
        return "refund_other_currency", {"currency": original.currency, "given": group["currency"]}
    amount, paid = already.get(original.id, (0, 0))
    left_amount, left_paid = original.amount + amount, original.paid + paid
    if -group["amount"] > left_amount or -group["paid"] > max(left_paid, 0):
        facts = {"left": max(left_paid, 0), "given": -int(group["paid"])}
        if -group["paid"] <= max(left_paid, 0):
            facts = {"left": left_amount, "given": -int(group["amount"])}
        return "refund_too_much", facts | {"currency": original.currency}
    return "", {}


def _insert(run: Run, chunk: Chunk, groups: list[Group], refunded: dict[str, int]) -> None:
    if not groups:
        return
    wanted = {group["rank"] for group in groups}
    lines = [line for line in chunk.lines if line[0] in wanted]
    buyers = _buyers(run, groups)
    products = _products(run, lines)
    now = timezone.now()
    rows = (
        (
            group["number"], buyers[group["buyer"]], group["placed_at"].replace(tzinfo=UTC), group["placed_on"],
            group["place"] or "", group["currency"], int(group["gross"]), int(group["amount"]), int(group["paid"]),
            group["n"], refunded.get(group["refund_of"]), group["fingerprint"], now,
        )
        for group in groups
    )  # fmt: skip
    bulk.insert(Order, ORDER, rows)
    ids = {number: order["id"] for number, order in _stored(group["number"] for group in groups).items()}
    order_ids = {group["rank"]: ids[group["number"]] for group in groups}
    bulk.insert(OrderLine, LINE, _line_rows(lines, order_ids, products))


def _line_rows(
    lines: Sequence[tuple[Any, ...]], order_ids: dict[int, int], products: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    at, position = None, 0
    for of, _line, product, _name, _family, quantity, gross, amount, paid, discounts in lines:
        position = position + 1 if of == at else 1
        at = of
        yield order_ids[of], position, products[product], quantity, gross, amount, paid, _discounts(discounts)


_discounts = lru_cache(maxsize=20_000)(bulk.Encoded)


def _buyers(run: Run, groups: list[Group]) -> dict[str, int]:
    facts = [(group["buyer"], (group["buyer_name"],)) for group in groups if group["buyer_name"]]
    constants = {"kind": run.staged.mapping.buyer_kind}
    return naming.ids(Customer, run.buyers, (group["buyer"] for group in groups), facts, constants)


def _products(run: Run, lines: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    facts = [(line[2], (line[3] or "", line[4] or "")) for line in lines if line[3] or line[4]]
    return naming.ids(Product, run.products, (line[2] for line in lines), facts, {})


def _reason(run: Run, group: Group, fact: str, code: str, data: dict[str, Any]) -> Reason:
    column = " + ".join(run.staged.mapping.columns[fact].columns)
    return Reason(column, group[fact], code, data)
