"""Writer of orders: new ones are created, known ones left alone, those that differ from the stored order refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.utils import timezone

from habitue.customers.models import Customer
from habitue.imports.kinds.orders import refunding
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.purchases.models import Order, OrderLine, Product

Group = dict[str, Any]
ORDER = (
    "id", "number", "buyer", "payer", "recipient", "placed_at", "placed_on", "place", "currency", "gross", "amount",
    "paid", "line_count", "refund_of", "fingerprint", "changed_at",
)  # fmt: skip
LINE = ("order", "position", "product", "quantity", "gross", "amount", "paid", "discounts", "recipient")
STORED = (
    "number",
    "id",
    "fingerprint",
    "placed_on",
    "buyer__reference",
    "currency",
    "amount",
    "paid",
    "line_count",
    "payer__reference",
    "recipient__reference",
)


def write(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk of orders, sales before refunds, as a refund may be of an order in the same chunk."""
    outcome = Outcome()
    reasons: dict[int, Reason] = {}
    naming.tell_apart(chunk.groups, "buyer", "buyer_name")
    sales = _unknown(run, (group for group in chunk.groups if not group["refund_of"]), reasons, outcome)
    _insert(run, chunk, sales, {})
    refunds = _unknown(run, (group for group in chunk.groups if group["refund_of"]), reasons, outcome)
    originals = refunding.check(run, chunk, refunds, reasons)
    allowed = [group for group in refunds if group["rank"] not in reasons]
    _insert(run, chunk, allowed, originals)
    outcome.created = len(sales) + len(allowed)
    outcome.refused.extend(refuse(run.staged, reasons))
    run.refused.update(group["number"] for group in chunk.groups if group["rank"] in reasons)
    return outcome


def _unknown(run: Run, groups: Iterable[Group], reasons: dict[int, Reason], outcome: Outcome) -> list[Group]:
    """The orders whose number is not stored yet.

    A stored number with the same content counts as unchanged; with other content it is refused in `reasons`.
    """
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
            reasons[group["rank"]] = refunding.reason(run, group, "number", "order_differs", _differences(known, group))
    return new


def _stored(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        order["number"]: order
        for batch in batches(numbers)
        for order in Order.objects.filter(number__in=batch).values(*STORED)
    }


def _differences(known: dict[str, Any], group: Group) -> dict[str, Any]:
    """The fields in which the stored order and the file differ, with both values; empty where only lines differ."""
    pairs = {
        "buyer": (known["buyer__reference"], group["buyer"]),
        "day": (known["placed_on"].isoformat(), group["placed_on"].isoformat()),
        "currency": (known["currency"], group["currency"]),
        "amount": (known["amount"], int(group["amount"])),
        "paid": (known["paid"], int(group["paid"])),
        "lines": (known["line_count"], group["n"]),
        "payer": (known["payer__reference"] or "", group["payer"] or ""),
        "recipient": (known["recipient__reference"] or "", group["recipient"] or ""),
    }
    return {
        "number": group["number"],
        "stored": {name: was for name, (was, now) in pairs.items() if was != now},
        "given": {name: now for name, (was, now) in pairs.items() if was != now},
        "currencies": [known["currency"], group["currency"]],
    }


def _insert(run: Run, chunk: Chunk, groups: list[Group], refunded: dict[str, int]) -> None:
    if not groups or run.dry_run:
        return
    wanted = {group["rank"] for group in groups}
    lines = [line for line in chunk.lines if line[0] in wanted]
    people = _people(run, groups, lines)
    products = _products(run, lines)
    now = timezone.now()
    pks = bulk.fresh_ids(Order, len(groups))
    rows = (
        (
            pk, group["number"], buyer, _other(people, group["payer"], buyer),
            _other(people, group["recipient"], buyer),
            group["placed_at"].replace(tzinfo=UTC), group["placed_on"], group["place"] or "", group["currency"],
            int(group["gross"]), int(group["amount"]), int(group["paid"]), group["n"],
            refunded.get(group["refund_of"]), group["fingerprint"], now,
        )
        for pk, group in zip(pks, groups, strict=True)
        for buyer in [people[group["buyer"]]]
    )  # fmt: skip
    bulk.insert(Order, ORDER, rows)
    run.written.created(Order, pks)
    run.written.touched.update(people.values())
    order_ids = {group["rank"]: pk for pk, group in zip(pks, groups, strict=True)}
    bulk.insert(OrderLine, LINE, _line_rows(lines, order_ids, products, people))


def _other(people: dict[str, int], reference: str | None, buyer: int) -> int | None:
    """The id of a payer or recipient; None where it is the buyer."""
    pk = people[reference] if reference else None
    return None if pk == buyer else pk


def _line_rows(
    lines: Sequence[tuple[Any, ...]], order_ids: dict[int, int], products: dict[str, int], people: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    at, position = None, 0
    for of, _line, product, _name, _family, quantity, gross, amount, paid, discounts, recipient in lines:
        position = position + 1 if of == at else 1
        at = of
        whom = people[recipient] if recipient else None
        yield order_ids[of], position, products[product], quantity, gross, amount, paid, _discounts(discounts), whom


_discounts = lru_cache(maxsize=20_000)(bulk.Encoded)


def _people(run: Run, groups: list[Group], lines: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    """Customer ids by reference of buyers, payers and recipients. Missing ones are created: buyers of the mapping's
    kind, others as persons.
    """
    facts = [(group["buyer"], (group["buyer_name"],)) for group in groups if group["buyer_name"]]
    constants = {"kind": run.staged.mapping.buyer_kind}
    buyers = naming.ids(run, Customer, run.buyers, (group["buyer"] for group in groups), facts, constants)
    others = [group[role] for group in groups for role in ("payer", "recipient") if group[role]]
    others += [line[-1] for line in lines if line[-1]]
    return buyers | naming.ids(run, Customer, run.buyers, others, (), {"kind": Customer.Kind.PERSON.value})


def _products(run: Run, lines: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    facts = [(line[2], (line[3] or "", line[4] or "")) for line in lines if line[3] or line[4]]
    return naming.ids(run, Product, run.products, (line[2] for line in lines), facts, {})
