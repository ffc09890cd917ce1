"""A chunk of orders into the database: what is new is written, what is known is left, what contradicts is refused.

What its own source gives anew with other content is changed (see `changing`); what is no sale is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from habitue.customers.models import Customer
from habitue.imports.kinds.orders import changing, finding, refunding, tying
from habitue.imports.kinds.orders.comparing import differences, line_count
from habitue.imports.kinds.orders.deriving import SALE, SHIPPING
from habitue.imports.mappings.rules import ASIDE
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.purchases.models import Order, OrderLine, Product

Group = dict[str, Any]
ORDER = (
    "id", "number", "buyer", "payer", "recipient", "placed_at", "placed_on", "place", "currency", "gross", "amount",
    "paid", "line_count", "refund_of", "source", "fingerprint", "changed_at",
)  # fmt: skip
NO_GOODS = {SHIPPING: gettext_lazy("Shipping"), SALE: gettext_lazy("Sale")}
LINE = ("order", "position", "product", "quantity", "gross", "amount", "paid", "discounts", "recipient")
STORED = (
    "number",
    "id",
    "fingerprint",
    "source",
    "placed_at",
    "placed_on",
    "buyer__reference",
    "currency",
    "amount",
    "paid",
    "line_count",
    "refund_of__number",
    "payer__reference",
    "recipient__reference",
)


@dataclass
class Sorted:
    """Groups by what becomes of them; of those that are stored, with their stored row."""

    new: list[Group] = field(default_factory=list)
    same: list[changing.Pair] = field(default_factory=list)
    changed: list[changing.Pair] = field(default_factory=list)


def write(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk of orders, sales before refunds, as a refund may be of an order in the same chunk."""
    outcome = Outcome()
    reasons: dict[int, Reason] = {}
    naming.tell_apart([group for group in chunk.groups if group["buyer"]], "buyer", "buyer_name")
    good = [group for group in chunk.groups if group.get("status") not in ASIDE]
    sales = _sorted(run, (group for group in good if not group["refund_of"]), reasons, outcome)
    aside = [group for group in chunk.groups if group.get("status") in ASIDE]
    gone = changing.taken_out(
        run, aside, _stored(group["number"] for group in aside if group["number"]), reasons, outcome
    )
    gone += changing.no_longer_given_back(run, [*sales.same, *sales.changed], outcome)
    changing.delete(run, gone)
    _insert(run, chunk, [group for group in sales.new if int(group["amount"]) >= 0], {})
    returns = _insert(run, chunk, [group for group in sales.new if int(group["amount"]) < 0], {})
    _change(run, chunk, sales.changed, reasons, outcome)
    refunds = _refunds(run, good, reasons, outcome)
    originals = refunding.check(run, chunk, refunds.new, reasons)
    allowed = [group for group in refunds.new if group["rank"] not in reasons]
    _insert(run, chunk, allowed, originals)
    _change(run, chunk, refunds.changed, reasons, outcome)
    tying.tie(returns.values())
    outcome.created = len(sales.new) + len(allowed)
    finding.note(run, chunk, good, reasons, outcome)
    outcome.refused.extend(refuse(run.staged, reasons))
    run.refused.update(group["number"] for group in chunk.groups if group["rank"] in reasons)
    if run.dry_run:
        _note_taken(outcome, (sales, refunds), reasons)
    return outcome


def _note_taken(outcome: Outcome, sorted_: Iterable[Sorted], reasons: dict[int, Reason]) -> None:
    """What would be taken, for the summary of a dry run."""
    for of in sorted_:
        pairs = {"changed": of.changed, "same": of.same}
        groups = {"new": of.new} | {how: [group for _known, group in some] for how, some in pairs.items()}
        for how, some in groups.items():
            taken = [group for group in some if group["rank"] not in reasons]
            outcome.taken.setdefault(how, []).extend(group["rank"] for group in taken)
            outcome.people.update(group["buyer"] for group in taken if group["buyer"])


def _refunds(run: Run, good: list[Group], reasons: dict[int, Reason], outcome: Outcome) -> Sorted:
    """Refunds of the chunk, without those that the file says beside an order that was not let in."""
    groups = [group for group in good if group["refund_of"]]
    with_order = [group for group in groups if group.get("companion")]
    refused = {group["number"] for group in good if group["rank"] in reasons} | run.refused
    if with_order:
        out = refused | changing.not_as_given(run, with_order)
        groups = [group for group in groups if not group.get("companion") or group["refund_of"] not in out]
    return _sorted(run, groups, reasons, outcome)


def _sorted(run: Run, groups: Iterable[Group], reasons: dict[int, Reason], outcome: Outcome) -> Sorted:
    """By whether their number is stored. The same number with the same content is a repetition; with other content it
    is a change where the source is the same, and else refused."""
    groups = list(groups)
    stored = _stored(group["number"] for group in groups)
    of = Sorted()
    for group in groups:
        known = stored.get(group["number"])
        if known is None:
            of.new.append(group)
        elif known["fingerprint"] == group["fingerprint"]:
            of.same.append((known, group))
            outcome.unchanged += 1
        elif changing.may_change(run, known, group):
            of.changed.append((known, group))
        else:
            reasons[group["rank"]] = refunding.reason(run, group, "number", "order_differs", differences(known, group))
    return of


def _stored(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        order["number"]: order
        for batch in batches(numbers)
        for order in Order.objects.filter(number__any_of=batch).values(*STORED)
    }


def _change(run: Run, chunk: Chunk, pairs: list[changing.Pair], reasons: dict[int, Reason], outcome: Outcome) -> None:
    pairs = changing.allowed(run, pairs, reasons)
    lines = _lines_of(chunk, {group["rank"] for _known, group in pairs})
    before = changing.note(run, pairs, lines, outcome)
    if not pairs or run.dry_run:
        return
    groups = [group for _known, group in pairs]
    products, people = _products(run, lines), _people(run, groups, lines)
    ids = {group["rank"]: known["id"] for known, group in pairs}
    rows = list(_line_rows(lines, ids, products, people))
    values = {
        known["id"]: _values(run, group, people) | {"fingerprint": group["fingerprint"], "changed_at": timezone.now()}
        for known, group in pairs
    }
    changing.save(run, before, values, LINE, rows)
    run.written.touched.update(people.values())


def _insert(run: Run, chunk: Chunk, groups: list[Group], refunded: dict[str, int]) -> dict[int, int]:
    """Insert orders with their lines; their ids by rank, none in a dry run."""
    if not groups or run.dry_run:
        return {}
    lines = _lines_of(chunk, {group["rank"] for group in groups})
    products = _products(run, lines)
    people = _people(run, groups, lines)
    pks = bulk.fresh_ids(Order, len(groups))
    now = timezone.now()
    rows = (
        (
            pk, group["number"], *_values(run, group, people).values(),
            refunded.get(group["refund_of"]), source_of(run), group["fingerprint"], now,
        )
        for pk, group in zip(pks, groups, strict=True)
    )  # fmt: skip
    bulk.insert(Order, ORDER, rows)
    run.written.created(Order, pks)
    run.written.touched.update(people.values())
    order_ids = {group["rank"]: pk for pk, group in zip(pks, groups, strict=True)}
    bulk.insert(OrderLine, LINE, _line_rows(lines, order_ids, products, people))
    return order_ids


def source_of(run: Run) -> str:
    return changing.source_of(run)


def _values(run: Run, group: Group, people: dict[str, int]) -> dict[str, Any]:
    """What a file says of an order, by column, in the order of ORDER."""
    buyer = people[group["buyer"]] if group["buyer"] else None
    return {
        "buyer_id": buyer,
        "payer_id": _other(people, group["payer"], buyer),
        "recipient_id": _other(people, group["recipient"], buyer),
        "placed_at": group["placed_at"].replace(tzinfo=UTC),
        "placed_on": group["placed_on"],
        "place": group["place"] or "",
        "currency": group["currency"],
        "gross": int(group["gross"]),
        "amount": int(group["amount"]),
        "paid": int(group["paid"]),
        "line_count": line_count(group),
    }


def _lines_of(chunk: Chunk, ranks: set[int]) -> list[tuple[Any, ...]]:
    return [line for line in chunk.lines if line[0] in ranks]


def _other(people: dict[str, int], reference: str | None, buyer: int | None) -> int | None:
    """None where it is the buyer."""
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
    """Buyers, payers and recipients: who is not known yet is made, a buyer as the mapping says, others as persons."""
    facts = [(group["buyer"], (group["buyer_name"],)) for group in groups if group["buyer"] and group["buyer_name"]]
    constants = {"kind": run.staged.mapping.buyer_kind}
    named = (group["buyer"] for group in groups if group["buyer"])
    buyers = naming.ids(run, Customer, run.buyers, named, facts, constants)
    others = [group[role] for group in groups for role in ("payer", "recipient") if group[role]]
    others += [line[-1] for line in lines if line[-1]]
    return buyers | naming.ids(run, Customer, run.buyers, others, (), {"kind": Customer.Kind.PERSON.value})


def _products(run: Run, lines: Sequence[tuple[Any, ...]]) -> dict[str, int]:
    facts = [
        (line[2], (line[3] or "", line[4] or "")) for line in lines if (line[3] or line[4]) and line[2] not in NO_GOODS
    ]
    goods = naming.ids(run, Product, run.products, (line[2] for line in lines if line[2] not in NO_GOODS), facts, {})
    names = [(reference, (str(NO_GOODS[reference]), "")) for reference in NO_GOODS.keys() & {line[2] for line in lines}]
    if not names:
        return goods
    no_goods = [reference for reference, _name in names]
    return goods | naming.ids(run, Product, run.products, no_goods, names, {"is_shipping": True})
