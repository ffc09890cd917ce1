"""Checks of refunds: the refunded order must exist, have the same buyer and currency, and be worth as much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Sum

from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming
from habitue.imports.writing.upserting import locked
from habitue.imports.writing.walking import Chunk, Run
from habitue.kernel.database.batches import batches
from habitue.purchases.models import Order

Group = dict[str, Any]


@dataclass(frozen=True)
class Original:
    """A refunded order: a stored one, or (in a dry run, without `pk`) one of the same file."""

    pk: int | None
    buyer: str
    buyer_pk: int | None
    currency: str
    amount: int
    paid: int
    is_refund: bool


def check(run: Run, chunk: Chunk, groups: list[Group], reasons: dict[int, Reason]) -> dict[str, int]:
    """The ids of the refunded orders, by order number; `reasons` gets the refunds that are refused, by rank.

    The orders stay locked until the transaction ends, so that nobody else refunds them.
    """
    originals = _originals(run, chunk, groups)
    if run.staged.mapping.rules.refund_buyer:
        for group in groups:
            if original := originals.get(group["refund_of"]):
                group["buyer"] = original.buyer or None
    people = [group["buyer"] for group in groups] + [of.buyer for of in originals.values() if not of.buyer_pk]
    buyers = naming.canonical_ids(filter(None, people))
    already = _already_refunded({of.pk: number for number, of in originals.items() if of.pk})
    for number, (amount, paid) in run.refunded.items():
        if number in originals:
            was = already.get(number, (0, 0))
            already[number] = (was[0] + amount, was[1] + paid)
    for group in groups:
        of = group["refund_of"]
        code, data = _fault(group, originals.get(of), already.get(of, (0, 0)), buyers)
        if code:
            reasons[group["rank"]] = reason(run, group, "refund_of", code, {"order": of} | data)
            continue
        for sums in (already, run.refunded) if run.dry_run else (already,):
            amount, paid = sums.get(of, (0, 0))
            sums[of] = (amount + int(group["amount"]), paid + int(group["paid"]))
    return {number: of.pk for number, of in originals.items() if of.pk}


def reason(run: Run, group: Group, fact: str, code: str, data: dict[str, Any]) -> Reason:
    origin = run.staged.mapping.columns.get(fact)  # a refund that the file says beside its order has no column
    return Reason(" + ".join(origin.columns) if origin else "", group[fact], code, {"fact": fact} | data)


def _originals(run: Run, chunk: Chunk, groups: list[Group]) -> dict[str, Original]:
    originals = {
        order.number: Original(
            order.pk, order.buyer.reference if order.buyer else "", order.buyer_id, order.currency, order.amount,
            order.paid, order.is_refund,
        )
        for batch in batches(group["refund_of"] for group in groups)
        for order in locked(run, Order.objects.select_related("buyer")).filter(number__any_of=batch)
    }  # fmt: skip
    if run.dry_run:
        for number in run.changed.keys() & originals.keys():
            amount, paid, buyer = run.changed[number]
            originals[number] = replace(originals[number], amount=amount, paid=paid, buyer=buyer, buyer_pk=None)
        originals |= _in_the_file(run, chunk, [g["refund_of"] for g in groups if g["refund_of"] not in originals])
    return originals


def _in_the_file(run: Run, chunk: Chunk, numbers: list[str]) -> dict[str, Original]:
    """In a dry run, orders that the import would have written by now: all of earlier chunks, sales of this one."""
    query = """
        SELECT number, coalesce(buyer, ''), currency, amount, paid, refund_of IS NOT NULL OR amount < 0 FROM groups
        WHERE NOT faulty AND (rank < ? OR rank <= ? AND refund_of IS NULL) AND number IN (SELECT unnest(?))
    """
    originals = {}
    first = chunk.groups[0]["rank"] if chunk.groups else 0
    for batch in batches(number for number in numbers if number not in run.refused):
        for number, buyer, currency, amount, paid, is_refund in run.staged.tuples(query, first, chunk.last, batch):
            originals[number] = Original(None, buyer, None, currency, int(amount), int(paid), is_refund)
    return originals


def _already_refunded(numbers: dict[int, str]) -> dict[str, tuple[int, int]]:
    return {
        numbers[of]: (amount, paid)
        for batch in batches(numbers)
        for of, amount, paid in Order.objects.filter(refund_of__any_of=batch)
        .values_list("refund_of")
        .annotate(Sum("amount"), Sum("paid"))
    }


def _fault(
    group: Group, original: Original | None, already: tuple[int, int], buyers: dict[str, int]
) -> tuple[str, dict[str, Any]]:
    if original is None:
        return "refund_of_unknown", {}
    if original.is_refund:
        return "refund_of_refund", {}
    buyer = group["buyer"] or ""
    by_pk = buyers.get(buyer, 0) == (original.buyer_pk or buyers.get(original.buyer, -1))
    if original.buyer != buyer and not by_pk:
        return "refund_other_buyer", {"buyer": original.buyer, "given": buyer}
    if original.currency != group["currency"]:
        return "refund_other_currency", {"currency": original.currency, "given": group["currency"]}
    left_amount, left_paid = original.amount + already[0], original.paid + already[1]
    if -group["amount"] > left_amount or -group["paid"] > max(left_paid, 0):
        amounts = {"left": max(left_paid, 0), "given": -int(group["paid"])}
        if -group["paid"] <= max(left_paid, 0):
            amounts = {"left": left_amount, "given": -int(group["amount"])}
        return "refund_too_much", amounts | {"currency": original.currency}
    return "", {}
