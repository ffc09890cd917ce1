"""Customer lifetime value: from orders to expected purchases and expected value of each customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.diary import fetched, times
from habitue.insight.facts.purchases import kept, main_currency, purchases, refunds_by
from habitue.insight.facts.rhythm import rhythm
from habitue.insight.models import gammagamma
from habitue.insight.models.forecast import Outlook, discount_factor
from habitue.insight.models.newton import together
from habitue.insight.models.registry import FEWEST, MODELS, Model, fit_or_default

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts, Frame
    from habitue.insight.models.dropout import Floats

    Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Lifetime:
    """`table`: one row a customer who has bought. `parameters`: of both models, in days and minor units."""

    table: pa.Table
    parameters: dict[str, Any]
    currency: str


def lifetime(
    facts: Facts, as_of: int, model: str = "mbgnbd", discount_rate: float = 0.10, horizon_days: int = 365
) -> Lifetime:
    """Expected value of each customer in the `horizon_days` after `as_of`, by one of MODELS and Gamma-Gamma.

    Columns: customer_id; purchases; x, t_x, T (days) and repeat_value (minor units) as in `rhythm`; p_alive;
    expected_purchases; expected_amount of a purchase (minor units); expected_value, the product of the two, discounted
    at the yearly `discount_rate` (minor units). Sources: the module of each model. KeyError for an unknown model.
    """
    import pyarrow as pa

    currency, _, others = main_currency(facts.orders, as_of)
    known = buyers(facts.orders, as_of, currency if others else None)
    amounts, (fitted, alive, ahead) = together(
        lambda: fit_amounts(known), lambda: _of_purchases(known, MODELS[model], horizon_days)
    )
    amount = gammagamma.expected_of_sum(amounts, known["x"], repeat_sum(known))
    value = ahead * amount * discount_factor(discount_rate, horizon_days)
    names = ("customer_id", "purchases", "x", "t_x", "T", "repeat_value")
    table = pa.table(
        {name: known[name] for name in names}
        | {"p_alive": alive, "expected_purchases": ahead, "expected_amount": amount, "expected_value": value}
    )
    return Lifetime(table, {model: asdict(fitted), "gammagamma": asdict(amounts)}, currency)


def buyers(orders: Frame, as_of: int, currency: str | None) -> Columns:
    """The columns of `rhythm` as arrays, ordered by customer, so that sums over them do not depend on the engine.

    In this process the rows are counted and added with NumPy, which takes a third of the time of grouping twice on the
    engine. On Spark the engine groups.
    """
    if not orders.implementation.is_spark_like():
        log = fetched(kept(orders, as_of, currency, refunds_by(orders, as_of)))
        return added_up(log["customer_id"], log["day"], log["amount"], as_of)
    known = summary(purchases(orders, as_of, currency), as_of)
    order = np.argsort(known["customer_id"])
    return {name: column[order] for name, column in known.items()}


def added_up(
    customer: npt.NDArray[np.int64], day: npt.NDArray[np.int32], amount: npt.NDArray[np.int64], as_of: int
) -> Columns:
    """The columns of `rhythm`, without repeat_mean, from the rows of `kept` in any order."""
    if not len(day):
        day, amount = np.empty(0, np.int32), np.empty(0, np.int64)
    ids, at = numbered(customer)
    begin = int(day.min(initial=0))
    bits = int(day.max(initial=begin) - begin).bit_length()
    marks = at.astype(np.int64)
    marks <<= bits
    marks += day - np.int32(begin)
    marks.sort()
    marks = marks[np.append(True, marks[1:] != marks[:-1])[: len(marks)]]
    counts = np.bincount(marks >> bits, minlength=len(ids))
    ends = np.cumsum(counts)
    first, last = (
        (marks[row] & ((1 << bits) - 1)).astype(np.int32) + np.int32(begin) for row in (ends - counts, ends - 1)
    )
    value, of_first = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    np.add.at(value, at, amount)
    early = np.flatnonzero(day == first[at])
    np.add.at(of_first, at[early], amount[early])
    known = {"customer_id": ids, "purchases": counts.astype(np.int32), "first_day": first, "last_day": last}
    known |= {"value": value, "repeat_value": value - of_first}
    return known | times(known["purchases"], first, last, as_of)


def numbered(ids: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """The distinct ids in rising order, and the index of each row among them: without a sort where ids are dense."""
    low = ids.min(initial=np.iinfo(np.int64).max)
    if not len(ids) or ids.max() - low > 8 * len(ids):
        return np.unique(ids, return_inverse=True)
    places = ids - low
    seen = np.zeros(int(places.max()) + 1, bool)
    seen[places] = True
    return np.flatnonzero(seen) + low, (np.cumsum(seen, dtype=np.int32) - np.int32(1))[places]


def summary(bought: Frame, as_of: int) -> Columns:
    """The columns of `rhythm` as arrays, without repeat_mean, with customers in the order of the engine."""
    import narwhals as nw

    asked = rhythm(bought, as_of).select(
        "customer_id", nw.col("purchases").cast(nw.Int32()), "first_day", "last_day", "value", "repeat_value"
    )
    known = fetched(asked)
    return known | times(known["purchases"], known["first_day"], known["last_day"], as_of)


def _of_purchases(known: Columns, model: Model, horizon: float) -> tuple[Any, Floats, Floats]:
    """The fit of the model, and P(alive) and expected purchases of each customer."""
    rows, inverse, weights = distinct_rows(known)
    x, t_x, T = rows
    fitted = fit_or_default(model, x, t_x, T, weights)
    return (
        fitted,
        model.p_alive(fitted, x, t_x, T)[inverse],
        model.expected_purchases(fitted, x, t_x, T, horizon)[inverse],
    )


@dataclass(frozen=True)
class Rows:
    """The distinct (x, t_x, T), with the number of customers of each (`weights`), and each customer's row (`at`)."""

    x: Floats
    t_x: Floats
    T: Floats
    at: npt.NDArray[np.int64]
    weights: Floats

    @classmethod
    def of(cls, known: Columns) -> Rows:
        """The distinct rows of customers given by the columns of `rhythm`."""
        (x, t_x, T), at, weights = distinct_rows(known)
        return cls(x, t_x, T, at, weights)

    def fit(self, model: Model) -> Any:
        """The fit of a model, or its default where too few customers came back."""
        return fit_or_default(model, self.x, self.t_x, self.T, self.weights)

    def outlook(self, model: Model, fitted: Any, horizon: float) -> Outlook:
        """The distribution of the purchases in the `horizon` (days) of each distinct row."""
        return model.outlook(fitted, self.x, self.t_x, self.T, horizon)


def distinct_rows(known: Columns) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """The distinct (x, t_x, T) as an array of shape (3, n), the index of each customer's, and the counts."""
    import pyarrow as pa

    if not len(known["x"]):
        return np.empty((3, 0)), np.empty(0, np.int64), np.empty(0)
    days = int(known["T"].max()) + 1
    packed = known["x"].astype(np.int64) * days**2
    packed += known["t_x"].astype(np.int64) * days
    packed += known["T"]
    codes = pa.array(packed).dictionary_encode()  # by hashing, where np.unique would sort all customers
    packed = codes.dictionary.to_numpy()
    order = np.argsort(packed)
    inverse = np.argsort(order)[codes.indices.to_numpy()]
    packed = packed[order]
    rows = np.stack([packed // days**2, packed // days % days, packed % days]).astype(np.float64)
    return rows, inverse, np.bincount(inverse, minlength=len(packed)).astype(np.float64)


def repeat_sum(known: Columns) -> npt.NDArray[np.int64]:
    """What each customer's repeat purchases sum to, in minor units: 0 where refunds of unknown orders exceed them."""
    return np.maximum(known["repeat_value"], 0)


def fit_amounts(known: Columns) -> gammagamma.Fit:
    """The Gamma-Gamma fit on customers with repeat purchases of a positive sum, or its default if they are too few."""
    paying = np.flatnonzero((known["x"] > 0) & (known["repeat_value"] > 0))
    repeats = known["x"][paying].astype(np.float64)
    if len(repeats) >= FEWEST:
        return gammagamma.fit(repeats, known["repeat_value"][paying] / repeats)
    bought = known["purchases"].sum()
    return gammagamma.default(float(known["value"].sum() / bought) if bought else 0.0, len(repeats))
