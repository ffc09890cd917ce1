"""Past stages: the stage of every customer on given days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.diary import Diary
from habitue.insight.facts.purchases import is_refund
from habitue.insight.lifecycle.stages import STAGES, Thresholds, Yardstick, comebacks, ranks
from habitue.insight.models.repurchase_hazard import KNOWN, Numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts, Frame

NEVER = 2**31 - 1  # a day number later than all
AT_ONCE = 200_000  # purchases at a time, to bound memory


def stages_at(facts: Facts, days: Sequence[int], parameters: Mapping[str, Any], thresholds: Thresholds) -> pa.Table:
    """The stage of each customer on each of `days` (day numbers): customer_id, day, stage, ordered by customer and day.

    Customers without a purchase by that day are left out: they are prospects. Each day is computed from what was known
    on it: a later refund does not change it. `parameters` are those of `Portraits.parameters`, the same for all days.
    """
    import narwhals as nw
    import pyarrow as pa

    yardstick, days = Yardstick.of(parameters, thresholds), sorted(set(days))
    # A refund changes which earlier orders count, so customers with any are computed day by day.
    refunded = facts.orders.filter(is_refund()).select("customer_id").unique()
    plain = facts.orders.join(refunded, on="customer_id", how="anti")
    stages = _on(plain, max(days, default=0), days, yardstick)
    if not refunded.select(nw.len()).collect("pyarrow").item():
        return stages
    special = facts.orders.join(refunded, on="customer_id", how="semi")
    day_by_day = [_on(special, day, [day], yardstick) for day in days]
    return pa.concat_tables([stages, *day_by_day]).sort_by([("customer_id", "ascending"), ("day", "ascending")])


def _on(orders: Frame, known: int, days: Sequence[int], yardstick: Yardstick) -> pa.Table:
    """The stages on `days`, from the orders as known at the end of the day `known`."""

    import pyarrow as pa

    step = Diary.read(orders, known).steps()
    won_back = comebacks(yardstick, step) >= 0
    step = {name: step[name] for name in ("customer_id", "day", "next_day", *KNOWN)} | {"won_back": won_back}
    step["next_day"][step["next_day"] < 0] = NEVER
    starts = range(0, max(len(won_back), 1), AT_ONCE)
    parts = ({name: column[at : at + AT_ONCE] for name, column in step.items()} for at in starts)
    return pa.concat_tables(_spread(part, np.asarray(days, np.int64), yardstick) for part in parts)


def _spread(step: Mapping[str, Numbers], days: npt.NDArray[np.int64], yardstick: Yardstick) -> pa.Table:
    """One row for each purchase and each of `days` from its own day to the day before the next purchase."""
    import pyarrow as pa

    first, end = (np.searchsorted(days, step[name]) for name in ("day", "next_day"))
    rows = np.repeat(np.arange(len(first)), end - first)
    on = days[np.arange(len(rows)) - np.repeat(np.cumsum(end - first) - end, end - first)]
    at = {name: values[rows] for name, values in step.items()}
    rank = ranks(at["x"], yardstick.decline(at, on - at["day"]), at["won_back"])
    return pa.table(
        {
            "customer_id": at["customer_id"],
            "day": on.astype(np.int32),
            "stage": pa.DictionaryArray.from_arrays(pa.array(rank), pa.array(STAGES)).cast(pa.string()),
        }
    )
