"""Everything derived about each customer, as a table: the facts of the rhythm, the stage, and what is expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight import bgnbd, dropout, gammagamma, mbgnbd, returning
from habitue.insight.forecast import discount_factor, outlook, worth
from habitue.insight.purchases import main_currency, purchases
from habitue.insight.returning import KNOWN
from habitue.insight.rfm import score
from habitue.insight.rhythm import columns_of_steps, rhythm
from habitue.insight.stages import STAGES, Thresholds, Yardstick, comebacks, ranks, season_of
from habitue.insight.waiting import quantile

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.dropout import Floats
    from habitue.insight.facts import Facts

    Columns = dict[str, npt.NDArray[Any]]

FORMER_AFTER = 365  # days
FEWEST = 20  # customers who came back: with fewer, four parameters say more about chance than about the customers


@dataclass(frozen=True)
class Portraits:
    """`table`: one row a customer. `parameters`: by model, in days and minor units of `currency`.

    `orders` were known at the time, of which `other_currency_orders` in another currency than the one of most orders:
    they count in the rhythm but not in amounts.
    """

    table: pa.Table
    parameters: dict[str, Any]
    currency: str
    orders: int
    other_currency_orders: int


def portraits(
    facts: Facts,
    as_of: int,
    thresholds: Thresholds | None = None,
    discount_rate: float = 0.10,
    horizon_days: int = 365,
) -> Portraits:
    """The portrait of every customer as of the end of the day `as_of`, from what was known by then.

    Columns are those of the model `Portrait`, with days as day numbers and amounts in minor units. Everything but
    `customer_id`, `as_of`, `currency`, `standing`, `stage`, `stage_rank`, `purchases` and `value` is null for a
    prospect, and `typical_gap` also for who bought once.
    """
    currency, orders, others = main_currency(facts.orders, as_of)
    bought = purchases(facts.orders, as_of, currency)
    buyers = rhythm(bought, as_of).sort("customer_id").collect("pyarrow")
    known = {name: buyers[name].to_numpy() for name in buyers.columns if name != "repeat_mean"}
    rows, inverse, weights = distinct_rows(known)
    fits = _fit_all(known, rows, weights)
    yardstick, marked = _marks(known, columns_of_steps(bought), as_of, fits["mbgnbd"], thresholds or Thresholds())
    columns = (
        _facts(known)
        | _expected(known, rows, inverse, fits, as_of, discount_factor(discount_rate, horizon_days), horizon_days)
        | _scores(known)
    )
    return Portraits(
        table=_everybody(facts, columns, marked, as_of, currency),
        parameters={name: asdict(fitted) for name, fitted in fits.items()}
        | {"returning": asdict(yardstick.returning), "season_days": yardstick.season}
        | {"units": {"time": "day", "amount": "minor"}, "horizon_days": horizon_days, "discount_rate": discount_rate},
        currency=currency,
        orders=orders,
        other_currency_orders=others,
    )


def fit_rhythm(facts: Facts, as_of: int) -> dropout.Fit:
    """The MBG/NBD fit, in days, on what was known at `as_of`."""
    import narwhals as nw

    rows = (
        rhythm(purchases(facts.orders, as_of), as_of)
        .group_by("x", "t_x", "T")
        .agg(weight=nw.len())
        .sort("x", "t_x", "T")
        .collect("pyarrow")
    )
    x, t_x, T, weights = (rows[name].to_numpy().astype(np.float64) for name in ("x", "t_x", "T", "weight"))
    return _fit_or_default(mbgnbd.fit, x, t_x, T, weights, first_may_be_last=True)


def distinct_rows(known: Columns) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """The distinct (x, t_x, T) as the rows of an array, where each customer's is, and how many customers share it."""
    if not len(known["x"]):
        return np.empty((0, 3)), np.empty(0, np.int64), np.empty(0)
    x, t_x, T = (known[name].astype(np.int64) for name in ("x", "t_x", "T"))
    days = int(T.max()) + 1
    packed, inverse, counts = np.unique((x * days + t_x) * days + T, return_inverse=True, return_counts=True)
    rows = np.stack([packed // days**2, packed // days % days, packed % days], axis=1)
    return rows.astype(np.float64), inverse, counts.astype(np.float64)


def _fit_all(known: Columns, rows: Floats, weights: Floats) -> dict[str, Any]:
    x, t_x, T = rows.T
    paying = (known["x"] > 0) & (known["repeat_value"] > 0)
    repeats = known["x"][paying].astype(np.float64)
    if len(repeats) >= FEWEST:
        amounts = gammagamma.fit(repeats, known["repeat_value"][paying] / repeats)
    else:
        bought = known["purchases"].sum()
        amounts = gammagamma.default(float(known["value"].sum() / bought) if bought else 0.0, len(repeats))
    return {
        "mbgnbd": _fit_or_default(mbgnbd.fit, x, t_x, T, weights, first_may_be_last=True),
        "bgnbd": _fit_or_default(bgnbd.fit, x, t_x, T, weights, first_may_be_last=False),
        "gammagamma": amounts,
    }


def _fit_or_default(
    fit: Callable[..., dropout.Fit], x: Floats, t_x: Floats, T: Floats, weights: Floats, first_may_be_last: bool
) -> dropout.Fit:
    if weights[x > 0].sum() >= FEWEST:
        return fit(x, t_x, T, weights)
    return dropout.default(x, t_x, T, weights, first_may_be_last)


def _marks(
    known: Columns, steps: Columns, as_of: int, fitted: dropout.Fit, thresholds: Thresholds
) -> tuple[Yardstick, dict[str, Any]]:
    """Stages and what they rest on, from the last purchase of each customer."""
    import pyarrow as pa

    gaps = returning.fit(steps, as_of, fitted)
    yardstick = Yardstick(gaps, season_of(fitted.r, fitted.alpha), thresholds)
    last = steps["next_day"] < 0
    rows = {name: steps[name][last] for name in KNOWN}
    back = comebacks(yardstick, steps)[last]
    rank = ranks(rows["x"], yardstick.decline(rows, known["elapsed"]), back >= 0)
    return yardstick, yardstick.marks(rows) | {
        "p_buys": yardstick.chance(rows, known["elapsed"]),
        "returned_after": pa.array(back, mask=back < 0),
        "stage_rank": rank.astype(np.int16),
    }


def _facts(known: Columns) -> dict[str, Any]:
    with np.errstate(invalid="ignore"):
        gap = known["t_x"] / known["x"]
    return {
        "customer_id": known["customer_id"],
        "purchases": known["purchases"],
        "first_day": known["first_day"],
        "last_day": known["last_day"],
        "elapsed_days": known["elapsed"],
        "typical_gap": gap,
        "value": known["value"],
    }


def _expected(
    known: Columns,
    rows: Floats,
    inverse: npt.NDArray[np.int64],
    fits: dict[str, Any],
    as_of: int,
    discount: float,
    horizon: float,
) -> dict[str, Any]:
    """Scored for each distinct row, then given to the customers of that row; the scale of amounts is their own."""
    rhythm_fit, amounts = fits["mbgnbd"], fits["gammagamma"]
    x, t_x, T = rows.T
    alive = mbgnbd.p_alive(rhythm_fit, x, t_x, T)
    ahead = outlook(rhythm_fit.parameters, x, T, x + 1, alive, horizon)
    brings = worth(amounts.p, amounts.q, x, ahead, discount)
    waits = {
        name: as_of + np.ceil(quantile(share, rhythm_fit.r + x, rhythm_fit.alpha + T)).astype(np.int32)
        for name, share in (("next_early", 0.1), ("next_middle", 0.5), ("next_late", 0.9))
    }
    scale = amounts.v + known["repeat_value"]
    unit = amounts.p / (amounts.p * x + amounts.q - 1)
    return {name: values[inverse] for name, values in waits.items()} | {
        "p_alive": alive[inverse],
        "expected_purchases": ahead.mean[inverse],
        "expected_purchases_low": ahead.low[inverse].astype(np.int64),
        "expected_purchases_high": ahead.high[inverse].astype(np.int64),
        "expected_amount": np.rint(unit[inverse] * scale).astype(np.int64),
        "expected_value": np.rint(brings.mean[inverse] * scale).astype(np.int64),
        "expected_value_low": np.rint(brings.low[inverse] * scale).astype(np.int64),
        "expected_value_high": np.rint(brings.high[inverse] * scale).astype(np.int64),
        "expected_value_sd": brings.sd[inverse] * scale,
    }


def _scores(known: Columns) -> dict[str, Any]:
    return {
        "recency_score": score(known["last_day"]),
        "frequency_score": score(known["purchases"]),
        "value_score": score(known["value"]),
    }


def _everybody(facts: Facts, columns: dict[str, Any], marked: dict[str, Any], as_of: int, currency: str) -> pa.Table:
    import pyarrow as pa

    buyers = columns.pop("customer_id")
    customers = np.sort(facts.customers.select("customer_id").collect("pyarrow")["customer_id"].to_numpy())
    at = np.searchsorted(buyers, customers)
    is_buyer = np.append(buyers, -1)[at] == customers if len(buyers) else np.zeros(len(customers), bool)
    where = pa.array(np.where(is_buyer, at, 0), mask=~is_buyer)
    filled = {
        name: (pa.array(values, from_pandas=True) if isinstance(values, np.ndarray) else values).take(where)
        for name, values in (columns | marked).items()
    }
    filled["purchases"] = filled["purchases"].fill_null(0)
    filled["value"] = filled["value"].fill_null(0)
    rank = filled.pop("stage_rank").fill_null(STAGES.index("prospect"))
    elapsed = filled["elapsed_days"].fill_null(0).to_numpy()
    size = len(customers)
    return pa.table(
        {
            "customer_id": customers,
            "as_of": pa.repeat(pa.scalar(as_of, pa.int32()), size),
            "currency": pa.repeat(currency, size),
            "standing": _standing(rank.to_numpy(), elapsed),
            "stage": pa.array(STAGES).take(rank),
            "stage_rank": rank,
        }
        | filled
    )


def _standing(rank: npt.NDArray[Any], elapsed: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A former customer is lost, and every season of a year has passed without a purchase."""
    former = (rank == STAGES.index("lost")) & (elapsed > FORMER_AFTER)
    return np.select([rank == STAGES.index("prospect"), former], ["prospect", "former"], "customer")
