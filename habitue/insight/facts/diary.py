"""Purchase histories in memory: the purchase days of each customer, one customer after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.purchases import kept, refunds_by
from habitue.insight.facts.rhythm import LATEST, RECENT

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Frame

    Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Diary:
    """Purchase days and amounts of all customers, as one flat array with offsets.

    `customer_id`: rising. `starts`: where the days of each customer begin, and at the end where all days end: shape
    (customers + 1). `day` and `amount` (minor units): of each purchase day, ordered by customer and day.
    """

    customer_id: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    day: npt.NDArray[np.int32]
    amount: npt.NDArray[np.int64]

    @classmethod
    def read(cls, orders: Frame, as_of: int, currency: str | None = None) -> Diary:
        """The purchase histories known at the end of `as_of`: the rows of `purchases(orders, as_of, currency)`.

        The engine sorts the orders; the amounts of a day are added up here.
        """
        some = kept(orders, as_of, currency, refunds_by(orders, as_of))
        log = fetched(some.sort("customer_id", "day"))
        customer, day = log["customer_id"], log["day"]
        begins = np.ones(len(day), bool)
        np.not_equal(customer[1:], customer[:-1], out=begins[1:])
        changes = begins.copy()
        changes[1:] |= day[1:] != day[:-1]
        days = np.flatnonzero(changes)
        starts = np.append(np.flatnonzero(begins[days]), len(days))
        amount = np.add.reduceat(log["amount"], days) if len(days) else log["amount"]
        return cls(customer[days[starts[:-1]]], starts, day[days], amount)

    def summary(self, as_of: int) -> Columns:
        """The columns of `rhythm.rhythm` (without repeat_mean) as arrays, one row a customer, in order."""
        first, last = self.starts[:-1], self.starts[1:] - 1
        sums = np.append(0, np.cumsum(self.amount))
        value = sums[last + 1] - sums[first]
        known = {
            "customer_id": self.customer_id,
            "purchases": np.diff(self.starts).astype(np.int32),
            "first_day": self.day[first],
            "last_day": self.day[last],
            "value": value,
            "repeat_value": value - self.amount[first],
        }
        return known | times(known["purchases"], known["first_day"], known["last_day"], as_of)

    def steps(self) -> Columns:
        """The columns of `rhythm.columns_of_steps` as arrays, one row a purchase day, in order."""
        counts = np.diff(self.starts)
        begin = np.repeat(self.starts[:-1], counts)
        row = np.arange(len(self.day))
        x = (row - begin).astype(np.int32)
        next_day = np.roll(self.day, -1)
        next_day[self.starts[1:] - 1] = -1
        return {
            "customer_id": np.repeat(self.customer_id, counts),
            "day": self.day,
            "x": x,
            "t_x": self.day - self.day[begin],
            "recent_span": self.day - self.day[np.maximum(row - RECENT, begin)],
            "latest_span": self.day - self.day[np.maximum(row - LATEST, begin)],
            "next_day": next_day,
        }


def fetched(frame: Frame) -> Columns:
    """The columns of a frame as NumPy arrays, converted one by one: no second copy of all is held at once."""
    table = frame.collect("pyarrow").to_native()
    columns = {}
    for name in table.column_names:
        columns[name] = table[name].to_numpy()
        table = table.drop_columns(name)
    return columns


def times(
    purchases: npt.NDArray[np.int32], first: npt.NDArray[np.int32], last: npt.NDArray[np.int32], as_of: int
) -> Columns:
    """x (repeat purchases), t_x (recency), T (time observed) and elapsed (since the last purchase), in days."""
    return {"x": purchases - 1, "t_x": last - first, "T": as_of - first, "elapsed": as_of - last}
