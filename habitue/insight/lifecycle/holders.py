"""Who has a contract: it makes a customer, also of somebody who has ordered nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.lifecycle.stages import SETTLED, STAGES

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts

    Numbers = npt.NDArray[Any]


def holders(facts: Facts, as_of: int) -> dict[str, Numbers]:
    """One row a customer with a contract begun by the end of `as_of`, in the order of their ids: customer_id; running
    (whether one of them runs); renewals (the most that one that runs has had, else 0).
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
    """The place in STAGES of who holds a contract and has ordered nothing: a renewal is what a repeat purchase is."""
    conditions = [~running, renewals == 0, renewals < SETTLED]
    names = ("lost", "new", "settling")
    rank = np.select(conditions, [STAGES.index(name) for name in names], STAGES.index("regular"))
    return rank.astype(np.int16)
