"""All analyses of the whole customer base in one mapping, ready to be kept as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from habitue.insight.concentration import concentration
from habitue.insight.lifecycle.second_purchase import second_purchase
from habitue.insight.lifecycle.tenure import spend_by_tenure
from habitue.insight.lifecycle.transitions import durations, transitions
from habitue.insight.prices.after_promotion import after_discounts
from habitue.insight.prices.churn_by_price import Change, churn_by_price
from habitue.insight.prices.discounts import discounts

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts

FAMILIES = 30  # families of products that are kept, the largest first
CHANGES: tuple[Change, ...] = ("discount", "rise")


def base_analyses(facts: Facts, as_of: int, table: pa.Table, stages: pa.Table | None = None) -> dict[str, Any]:
    """The analyses of all customers, ready to be kept as JSON, as of the end of the day number `as_of`.

    {"concentration", "second_purchase", "tenure", "discounts", "after_discounts", "leaving": {"discount", "rise"}}:
    each as the function of that name returns it, "tenure" by `spend_by_tenure`, "leaving" by `churn_by_price`.
    `table` is `Portraits.table` of the same day. With `stages` (customer_id, day, stage, as from `stages_at`) also
    "transitions" and "durations". Without order lines the last three of the list are left out. Of the families of
    products only the FAMILIES largest are kept.
    """
    analyses: dict[str, Any] = {
        "concentration": concentration(table),
        "second_purchase": second_purchase(facts, as_of),
        "tenure": spend_by_tenure(facts, as_of),
    }
    if stages is not None:
        analyses |= {"transitions": transitions(stages), "durations": durations(stages)}
    bought = discounts(facts, as_of)
    if not bought["customers"]:
        return analyses
    return analyses | {
        "discounts": bought | {"families": bought["families"][:FAMILIES]},
        "after_discounts": _largest(after_discounts(facts, as_of)),
        "leaving": {change: churn_by_price(facts, as_of, change) for change in CHANGES},
    }


def _largest(analysis: dict[str, Any]) -> dict[str, Any]:
    """An analysis with its FAMILIES largest families only."""
    return analysis | {"families": analysis["families"][:FAMILIES]}
