"""What is told of the whole base, ready to be kept as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from habitue.insight.concentration import concentration
from habitue.insight.lifecycle.second_purchase import second_purchase
from habitue.insight.lifecycle.tenure import spend_by_tenure
from habitue.insight.lifecycle.transitions import durations, passages
from habitue.insight.prices.after_promotion import after_discounts
from habitue.insight.prices.churn_by_price import Change, churn_by_price
from habitue.insight.prices.discounts import discounts

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts

FAMILIES = 30  # that are kept, the largest first
CHANGES: tuple[Change, ...] = ("discount", "rise")


def base_analyses(facts: Facts, as_of: int, table: pa.Table, stages: pa.Table | None = None) -> dict[str, Any]:
    """As told by the functions of these names, as of the end of `as_of` (the first from `table`, that of `portraits`):

    {"concentration", "second_purchase", "tenure", "discounts", "after_discounts", "leaving": {"discount", "rise"}}, the last from `churn_by_price`.
    With `stages` (customer_id, day, stage, as from `stages_at`) also "passages" and "durations". The three last
    of the first list need lines and are left out without any. Of the families, the FAMILIES largest are kept.
    """
    told: dict[str, Any] = {
        "concentration": concentration(table),
        "second_purchase": second_purchase(facts, as_of),
        "tenure": spend_by_tenure(facts, as_of),
    }
    if stages is not None:
        told |= {"passages": passages(stages), "durations": durations(stages)}
    bought = discounts(facts, as_of)
    if not bought["customers"]:
        return told
    return told | {
        "discounts": bought | {"families": bought["families"][:FAMILIES]},
        "after_discounts": _largest(after_discounts(facts, as_of)),
        "leaving": {change: churn_by_price(facts, as_of, change) for change in CHANGES},
    }


def _largest(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"families": told["families"][:FAMILIES]}
