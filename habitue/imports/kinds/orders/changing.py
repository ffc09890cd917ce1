"""The next export of the same source: orders that are stored with other content are changed, or taken out.

Only the source that an order is from may change it, and never its moment or its currency: a number of its own that
comes with another moment is another order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from habitue.imports.kinds.orders import giving_back, refunding
from habitue.imports.kinds.orders.comparing import differences
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing.upserting import locked
from habitue.imports.writing.walking import Outcome, Run
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.kernel.formats import money
from habitue.purchases.models import Order, OrderLine

Group = dict[str, Any]
Pair = tuple[dict[str, Any], Group]  # what is stored of an order, and what the file says of it


def source_of(run: Run) -> str:
    """The name of where the file is from; empty where nobody has said it."""
    return run.staged.mapping.source.get("name", "")[:120]


def may_change(run: Run, known: dict[str, Any], group: Group) -> bool:
    """Whether the file is the next of the same source, and speaks of the same order."""
    source = source_of(run)
    same = known["placed_at"] == group["placed_at"].replace(tzinfo=UTC) and known["currency"] == group["currency"]
    tied = not group["refund_of"] and int(group["amount"]) < 0  # to what its sale was found to be, if to any
    of_same = tied or (known["refund_of__number"] or "") == (group["refund_of"] or "")
    return bool(source) and known["source"] == source and of_same and (same or bool(group.get("companion")))


def allowed(run: Run, pairs: list[Pair], reasons: dict[int, Reason]) -> list[Pair]:
    """Without those of which more has been given back than would be left; `reasons` gets them."""
    refunded = _refunded(known["id"] for known, _group in pairs)
    left = []
    for known, group in pairs:
        amount, paid = refunded.get(known["id"], (0, 0))
        is_sale = not group["refund_of"] and (int(group["amount"]) >= 0 or amount)
        if is_sale and (-amount > int(group["amount"]) or -paid > max(int(group["paid"]), 0)):
            reasons[group["rank"]] = refunding.reason(run, group, "number", "order_differs", differences(known, group))
        else:
            left.append((known, group))
            run.changed[group["number"]] = (int(group["amount"]), int(group["paid"]), group["buyer"] or "")
    return left


def _refunded(orders: Iterable[int]) -> dict[int, tuple[int, int]]:
    """What was given back of orders by refunds of their own, not by those that their file says beside them."""
    return {
        of: (amount, paid)
        for batch in batches(orders)
        for of, amount, paid in Order.objects.filter(refund_of__any_of=batch)
        .exclude(number__endswith=giving_back.SUFFIX, source=F("refund_of__source"))
        .values_list("refund_of")
        .annotate(Sum("amount"), Sum("paid"))
    }


def not_as_given(run: Run, refunds: list[Group]) -> set[str]:
    """Orders of these refunds that are stored otherwise than the same file gives them: they were not let in."""
    if run.dry_run:
        return set()
    given: dict[str, str] = {}
    for batch in batches(group["refund_of"] for group in refunds):
        query = "SELECT number, fingerprint FROM groups WHERE number IN (SELECT unnest(?)) AND NOT companion"
        given |= dict(run.staged.tuples(query, batch))
    stored = {
        number: fingerprint
        for batch in batches(given)
        for number, fingerprint in Order.objects.filter(number__any_of=batch).values_list("number", "fingerprint")
    }
    return {number for number, fingerprint in given.items() if stored.get(number) != fingerprint}


def taken_out(
    run: Run, aside: list[Group], stored: dict[str, dict[str, Any]], reasons: dict[int, Reason], outcome: Outcome
) -> list[int]:
    """Ids of stored orders that their source now says are no sales (any more), with what it gave back of them."""
    pairs = [
        (stored[g["number"]], g) for g in aside if g["number"] in stored and may_change(run, stored[g["number"]], g)
    ]
    refunded = _refunded(known["id"] for known, _group in pairs)
    gone = []
    for known, group in pairs:
        if known["id"] in refunded:
            reasons[group["rank"]] = refunding.reason(run, group, "number", "refunded_but_no_sale", {})
            continue
        gone.append(known["id"])
        sale = _("sale") if not known["refund_of__number"] else _("refund")
        outcome.note(group["number"], {"status": (sale, group["t_status"])})
    return [*_companions(gone).values_list("pk", flat=True), *gone] if gone else []


def no_longer_given_back(run: Run, pairs: list[Pair], outcome: Outcome) -> list[int]:
    """Ids of refunds that the source once said beside an order, and no longer does."""
    if not pairs or not giving_back.is_said(run.staged.mapping):
        return []
    numbers = [group["number"] for _known, group in pairs]
    still = set()
    for batch in batches(numbers):
        query = "SELECT refund_of FROM groups WHERE companion AND refund_of IN (SELECT unnest(?))"
        still |= {number for (number,) in run.staged.tuples(query, batch)}
    of = [known["id"] for known, group in pairs if group["number"] not in still]
    gone = list(_companions(of).select_related("refund_of"))
    for refund in gone:
        outcome.note(refund.number, {"refunded": (money(-refund.paid, refund.currency), money(0, refund.currency))})
    return [refund.pk for refund in gone]


def _companions(orders: Sequence[int]) -> QuerySet[Order]:
    rows = Order.objects.filter(refund_of__in=list(orders), source=F("refund_of__source"))
    return rows.filter(number__endswith=giving_back.SUFFIX)


def delete(run: Run, orders: Sequence[int]) -> None:
    """Take orders out with their lines, and write it down: refunds before what they are of, so that the undo finds
    that there again."""
    if not orders or run.dry_run:
        return
    for refunds in (True, False):
        some = list(
            Order.objects.filter(pk__in=list(orders), refund_of__isnull=not refunds).values_list("pk", flat=True)
        )
        for batch in batches(some):
            run.written.delete_many(OrderLine.objects.filter(order__any_of=batch))
        for batch in batches(some):
            run.written.delete_many(Order.objects.filter(pk__any_of=batch))


def note(run: Run, pairs: list[Pair], lines: list[tuple[Any, ...]], outcome: Outcome) -> dict[int, Order]:
    """Tell what is changed, before and after; the stored orders by id."""
    orders = {
        order.pk: order
        for batch in batches(known["id"] for known, _group in pairs)
        for order in locked(run, Order.objects.filter(pk__any_of=batch))
    }
    was = _lines_before(orders)
    now: dict[int, list[str]] = {}
    for line in lines:
        now.setdefault(line[0], []).append(f"{line[5] / 1000:g} × {line[2]}")
    for known, group in pairs:
        changes: dict[str, tuple[Any, Any]] = {}
        if (known["buyer__reference"] or "") != (group["buyer"] or ""):
            changes["buyer"] = (known["buyer__reference"] or "", group["buyer"] or "")
        for name in ("amount", "paid"):
            if known[name] != int(group[name]):
                changes[name] = (money(known[name], known["currency"]), money(int(group[name]), group["currency"]))
        before, after = "; ".join(was.get(known["id"], [])), "; ".join(now.get(group["rank"], []))
        if before != after or not changes:
            changes["product"] = (before, after)
        outcome.note(group["number"], changes)
    return orders


def _lines_before(orders: Iterable[int]) -> dict[int, list[str]]:
    lines: dict[int, list[str]] = {}
    for batch in batches(orders):
        rows = OrderLine.objects.filter(order__any_of=batch).order_by("order", "position")
        for order, amount, product in rows.values_list("order", "quantity", "product__reference"):
            lines.setdefault(order, []).append(f"{amount / 1000:g} × {product}")
    return lines


def save(
    run: Run, before: dict[int, Order], values: dict[int, dict[str, Any]], names: Sequence[str], rows: list[Any]
) -> None:
    """Write the new content of stored orders, their lines made anew, and write it down."""
    changes = []
    for pk, after in values.items():
        changed = {name: value for name, value in after.items() if getattr(before[pk], name) != value}
        changes.append((pk, {name: getattr(before[pk], name) for name in changed}, changed))
        run.written.touched |= {getattr(before[pk], name) for name in ("buyer_id", "payer_id", "recipient_id")} - {None}
    columns = list(next(iter(values.values())))
    bulk.update(Order, columns, [(*after.values(), pk) for pk, after in values.items()])
    run.written.changed_many(Order, changes)
    for batch in batches(values):
        run.written.delete_many(OrderLine.objects.filter(order__any_of=batch))
    pks = bulk.fresh_ids(OrderLine, len(rows))
    bulk.insert(OrderLine, ("id", *names), ([pk, *row] for pk, row in zip(pks, rows, strict=True)))
    run.written.created(OrderLine, pks)
