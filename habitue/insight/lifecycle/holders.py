"""Contract holders, who are customers even without an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.lifecycle.stages import SETTLED, STAGES

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]


def holders(facts: Facts, as_of: int) -> dict[str, Numbers]:
    """Contract holders, one row a customer with a contract begun by the end of `as_of`, ordered by id.

    {"customer_id", "running": whether any contract runs, "renewals": the most renewals of one that runs, else 0}.
    """
    import narwhals as nw

    frame = (
        facts.contracts.filter(nw.col("first_day") <= as_of)
        .select("customer_id", "first_day", "last_day", "period_days")
        .collect("pyarrow")
    )
    first, period, customer = (frame[name].to_numpy() for name in ("first_day", "period_days", "customer_id"))
    last = frame["last_day"].fill_null(np.iinfo(np.int32).max).to_numpy()
    runs = last > as_of
    ids, at = np.unique(customer, return_inverse=True)
    running, renewals = np.zeros(len(ids), bool), np.zeros(len(ids), np.int64)
    np.logical_or.at(running, at, runs)
    np.maximum.at(renewals, at, np.where(runs, (as_of - first) // period, 0))
    return {"customer_id": ids, "running": running, "renewals": renewals}


def ranks(running: Numbers, renewals: Numbers) -> npt.NDArray[np.int16]:
    """The index in STAGES of contract holders without an order: a renewal counts as a repeat purchase."""
    conditions = [~running, renewals == 0, renewals < SETTLED]
    names = ("lost", "new", "settling")
    rank = np.select(conditions, [STAGES.index(name) for name in names], STAGES.index("regular"))
    return rank.astype(np.int16)
