"""An order file brought in as the command does it, and all that it leaves in words short enough to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from habitue.imports import dry_run
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import as_toml, from_data, load
from habitue.imports.models import Import
from habitue.purchases.models import Order, OrderLine

COUNTS = ("rows", "created", "updated", "unchanged", "rejected", "findings")
COLUMNS = {"number": "order", "buyer": "customer", "placed_at": "date", "product": "sku", "currency": {"value": "EUR"}}


def bring(path: Path, data: dict[str, Any], *, source: str = "shop", rows_at_once: int = 20_000) -> Import:
    """Import a file by a mapping that went through TOML; the dry run must have said the same."""
    toml = path.with_name(f"{source}.toml")
    toml.write_text(as_toml(from_data("orders", data).as_data()), encoding="utf-8")
    mapping = load("orders", toml)
    result = dry_run.run("orders", path, mapping)
    import_ = run("orders", path, mapping, rows_at_once=rows_at_once)
    import_.refresh_from_db()
    assert {name: result[name] for name in COUNTS} == {name: getattr(import_, name) for name in COUNTS}
    assert result["reasons"] == {
        code: import_.rejections.filter(code=code).count()
        for code in set(import_.rejections.values_list("code", flat=True))
    }
    return import_


def received() -> dict[str, int]:
    """What was received for each order and refund, in cents."""
    return dict(Order.objects.values_list("number", "amount"))


def lines() -> dict[str, list[tuple[Any, ...]]]:
    """Product, quantity (thousandths), before discount and received of each line, by order."""
    by_order: dict[str, list[tuple[Any, ...]]] = {}
    rows = OrderLine.objects.order_by("order__number", "position")
    for number, *line in rows.values_list("order__number", "product__reference", "quantity", "gross", "amount"):
        by_order.setdefault(number, []).append(tuple(line))
    return by_order


def everything() -> list[tuple[Any, ...]]:
    """All that order files bring in, without ids and times of change."""
    orders = Order.objects.order_by("number").values_list(
        "number", "buyer__reference", "payer__reference", "recipient__reference", "placed_at", "placed_on", "place",
        "currency", "gross", "amount", "paid", "line_count", "refund_of__number", "source", "fingerprint",
    )  # fmt: skip
    rows = OrderLine.objects.order_by("order__number", "position").values_list(
        "order__number", "position", "product__reference", "quantity", "gross", "amount", "paid", "discounts",
        "recipient__reference",
    )  # fmt: skip
    return [*orders, *((*row[:7], sorted(row[7].items()), *row[8:]) for row in rows)]
