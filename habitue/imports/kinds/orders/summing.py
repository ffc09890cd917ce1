"""The summary of a file of orders before it is imported: sums by currency and month, days, customers, statuses."""

# ruff: noqa: S608 - names of columns are ours: nothing of the file becomes code
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from habitue.customers import identifiers
from habitue.imports.mappings.rules import WITH, WITHOUT
from habitue.imports.staging.staging import Staged
from habitue.imports.summing import total_row
from habitue.kernel import formats
from habitue.purchases.models import Order

Data = dict[str, Any]
FEW_DAYS, LONG = 5, 28  # days with sales that a habit needs; days without any that may be an error
TAXES = ("tax", "line_tax", "tax_rate")
AMOUNTS = ("amount", "paid", "gross", "order_total", "unit_price")
HEADINGS = {  # words of a heading that say whether an amount is with tax
    WITH: re.compile(r"(?i)\bT\.?T\.?C\b|\bincl|\btax inc|\bwith (tax|vat)"),
    WITHOUT: re.compile(r"(?i)\bH\.?T\b|hors ta|\bexcl|\bwithout (tax|vat)"),
}
STATUSES = 12
BY_MONTH = """
    SELECT currency, date_trunc('month', placed_on)::DATE AS month, how, refund_of IS NOT NULL OR amount < 0 AS refund,
        count(*) AS orders, sum(amount)::BIGINT AS amount, max(amount)::BIGINT AS largest,
        arg_max(number, amount) AS number,
        min(placed_on) AS first, max(placed_on) AS last, count(*) FILTER (placed_on > ?) AS to_come
    FROM groups JOIN taken USING (rank) GROUP BY ALL ORDER BY currency, month
"""


def summary(staged: Staged, people: Iterable[str] | None) -> Data:
    """See `habitue.imports.summing.summary`. Sums are what is received, in minor units, by currency."""
    today = timezone.localdate()
    parts = staged.records(BY_MONTH, today)
    sales = [part for part in parts if not part["refund"]]
    data: Data = {
        "orders": sum(part["orders"] for part in sales),
        "returns": sum(part["orders"] for part in parts if part["refund"]),
        "sums": _sums(parts),
        "received": _sums(sales),
        "returned": _sums(part for part in parts if part["refund"]),
        "months": _months(parts),
        "largest": _largest(sales),
        "to_come": sum(part["to_come"] for part in parts),
        "new": _of(parts, "new"),
        "changed": _of(parts, "changed"),
        "same": _of(parts, "same"),
        "tax": _tax(staged),
        "statuses": _statuses(staged),
    }
    if parts:
        data |= {"first": min(p["first"] for p in parts).isoformat(), "last": max(p["last"] for p in parts).isoformat()}
    return data | _customers(staged, people) | _jump(staged, today) | _own_total(staged)


def _sums(parts: Iterable[Data]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums[part["currency"]] += part["amount"]
    return dict(sums)


def _months(parts: list[Data]) -> dict[str, dict[str, int]]:
    months: dict[str, dict[str, int]] = {}
    for part in parts:
        of = months.setdefault(part["currency"], {})
        month = f"{part['month']:%Y-%m}"
        of[month] = of.get(month, 0) + part["amount"]
    return months


def _largest(sales: list[Data]) -> dict[str, list[Any]]:
    largest: dict[str, list[Any]] = {}
    for part in sorted(sales, key=lambda part: part["largest"]):
        largest[part["currency"]] = [part["largest"], part["number"]]
    return largest


def _of(parts: list[Data], how: str) -> Data:
    some = [part for part in parts if part["how"] == how]
    orders = sum(part["orders"] for part in some if not part["refund"])
    returns = sum(part["orders"] for part in some if part["refund"])
    return {"orders": orders, "returns": returns, "sums": _sums(some)}


def _tax(staged: Staged) -> Data:
    """What the mapping says of tax, and the columns that it has of it."""
    columns = [" + ".join(of.columns) for name in TAXES if (of := staged.mapping.columns.get(name)) and of.columns]
    basis = staged.mapping.rules.amounts.tax
    amounts = [heading for name in AMOUNTS if (of := staged.mapping.columns.get(name)) for heading in of.columns]
    said = next(((heading, of) for heading in amounts for of in HEADINGS if HEADINGS[of].search(heading)), None)
    return {"basis": basis, "columns": columns} | ({"heading": said} if said and not basis else {})


def _statuses(staged: Staged) -> list[list[Any]]:
    """(status as written, its meaning, number of orders), the most frequent first."""
    if "status" not in staged.mapping.columns or not staged.mapping.rules.statuses:
        return []
    orders = "count(*) FILTER (refund_of IS NULL AND amount >= 0)"
    query = f"SELECT t_status, status, {orders} FROM groups GROUP BY 1, 2 HAVING {orders} > 0 ORDER BY 3 DESC, 1"
    return [list(row) for row in staged.tuples(f"{query} LIMIT {STATUSES}")]


def _customers(staged: Staged, people: Iterable[str] | None) -> Data:
    if people is None:
        return {}
    wanted = {identifiers.folded(reference) for reference in people}
    known = identifiers.find(wanted, staged.mapping.source.get("system", ""))
    return {"customers": {"new": len(wanted) - len(known), "known": len(known)}}


def _jump(staged: Staged, today: date) -> Data:
    """The last day, and how long it lies after the one before, where that is out of all proportion: all portraits are
    as of the last day, so that one wrong date ages everybody else.
    """
    rows = staged.tuples("SELECT DISTINCT placed_on FROM groups JOIN taken USING (rank) WHERE placed_on <= ?", today)
    if not rows:
        return {}
    stored = Order.objects.filter(placed_on__lte=today).aggregate(last=Max("placed_on"), days=Count("pk"))
    days = sorted({day for (day,) in rows} | ({stored["last"]} if stored["last"] else set()))
    if len(days) < 2 or days[-1] == stored["last"] or (len(days) <= FEW_DAYS and stored["days"] <= FEW_DAYS):
        return {}
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if gaps[-1] <= max(timedelta(LONG), 2 * max(gaps[:-1], default=timedelta(0))):
        return {}
    return {"jump": {"days": gaps[-1].days, "before": days[-2].isoformat(), "last": days[-1].isoformat()}}


def _own_total(staged: Staged) -> Data:
    """The file's own line of totals under the column of the amounts, beside the sum of what is taken from it."""
    for name in ("paid", "amount", "gross", "order_total"):
        origin = staged.mapping.columns.get(name)
        text = total_row(staged, origin.columns[0]) if origin and len(origin.columns) == 1 else ""
        if not text:
            continue
        column = "paid" if name == "order_total" else name
        rows = staged.tuples(f"SELECT currency, sum({column})::BIGINT FROM groups JOIN taken USING (rank) GROUP BY 1")
        if len(rows) == 1 and (total := _minor(staged, text, rows[0][0])) is not None:
            return {"own_total": {"theirs": total, "ours": rows[0][1], "currency": rows[0][0]}}
    return {}


def _minor(staged: Staged, text: str, currency: str) -> int | None:
    """An amount as the mapping writes it, in minor units."""
    mapping = staged.mapping
    plain = "".join(mark for mark in text if mark.isdecimal() or mark in "-−–.,")
    plain = plain.replace("−", "-").replace("–", "-").replace(mapping.thousands or "\0", "")
    try:
        amount = Decimal(plain.replace(mapping.decimal or ".", "."))
    except InvalidOperation:
        return None
    return int(amount if mapping.unit == "minor" else amount.scaleb(formats.decimals(currency)).to_integral_value())
