"""How right the stages were: those of a past day against what was bought after it."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from habitue.insight.history import stages_at
from habitue.insight.portraits import fit_rhythm
from habitue.insight.purchases import purchases
from habitue.insight.stages import STAGES, Thresholds

if TYPE_CHECKING:
    from habitue.insight.engine import Facts


def backtest(facts: Facts, as_of: int, days: int = 91, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """For each stage at the end of `as_of`, how many customers it held and how many bought in the `days` after.

    {"as_of": "2017-10-01", "days": 91, "stages": {"regular": {"customers": n, "bought": k}, ...}}. The models are
    fitted on what was known at `as_of`; what came later is only counted. Stages that nobody was in are left out.
    """
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.compute as pc

    told = stages_at(facts, [as_of], {"mbgnbd": asdict(fit_rhythm(facts, as_of))}, thresholds or Thresholds())
    later = (
        purchases(facts.orders, as_of + days).filter(nw.col("day") > as_of).select("customer_id").unique()
    ).collect("pyarrow")
    returned = pc.is_in(told["customer_id"], later["customer_id"].to_native())
    counted = (
        told.append_column("bought", returned.cast(pa.int64()))
        .group_by("stage")
        .aggregate([("bought", "sum"), ("bought", "count")])
    )
    by_stage = {
        row["stage"]: {"customers": row["bought_count"], "bought": row["bought_sum"]} for row in counted.to_pylist()
    }
    return {
        "as_of": datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + as_of).isoformat(),
        "days": days,
        "stages": {stage: by_stage[stage] for stage in STAGES if stage in by_stage},
    }
