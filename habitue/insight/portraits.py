"""Everything derived about each customer, as a table: the facts of the rhythm, the stage, and what is expected."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.diary import Diary
from habitue.insight.facts.purchases import main_currency
from habitue.insight.facts.seasons import bought_between
from habitue.insight.lifecycle import holders
from habitue.insight.lifecycle.expecting import Models, expected, waits
from habitue.insight.lifecycle.rfm import score
from habitue.insight.lifecycle.stages import STAGES, Thresholds, Yardstick, comebacks, ranks, season_of
from habitue.insight.models import mbgnbd, repurchase_hazard
from habitue.insight.models.forecast import discount_factor
from habitue.insight.models.lifetime import Rows
from habitue.insight.models.repurchase_hazard import KNOWN
from habitue.insight.record.model_choice import choose

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts
    from habitue.insight.models.dropout import Fit
    from habitue.insight.models.lifetime import Columns

FORMER_AFTER = 365  # days


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
    chance_days: int | None = None,
) -> Portraits:
    """The portrait of every customer as of the end of the day `as_of`, from what was known by then.

    Columns are those of the model `Portrait`, with days as day numbers and amounts in minor units. Everything but
    `customer_id`, `as_of`, `currency`, `standing`, `stage`, `stage_rank`, `purchases` and `value` is null for a
    prospect, and `typical_gap` also for who bought once. `p_buys` is the chance of a purchase in the next `chance_days`
    (default: the season, `parameters["season_days"]`), the expectations are of the next `horizon_days`.
    """
    currency, orders, others = main_currency(facts.orders, as_of)
    diary = Diary.read(facts.orders, as_of, currency)
    known = diary.summary(as_of)
    rows = Rows.of(known)
    rhythm: Fit = rows.fit(mbgnbd)
    season = season_of(rhythm.r, rhythm.alpha)
    models = Models.fit(rows, rhythm, known, choose(facts, as_of, season, currency))
    steps = diary.steps()
    yardstick = Yardstick(repurchase_hazard.fit(steps, as_of, rhythm), season, thresholds or Thresholds())
    recent = bought_between(facts, as_of - season, as_of, known["customer_id"], currency)
    discount = discount_factor(discount_rate, horizon_days)
    columns = (
        _facts(known)
        | _stages(yardstick, steps, known["elapsed"], chance_days or season)
        | expected(models, rows, known, recent, season, horizon_days, discount)
        | waits(rhythm, rows, as_of)
        | _scores(known)
    )
    return Portraits(
        table=_everybody(facts, columns, as_of, currency),
        parameters=models.parameters
        | {"returning": asdict(yardstick.hazard), "season_days": season}
        | {"units": {"time": "day", "amount": "minor"}, "horizon_days": horizon_days, "discount_rate": discount_rate},
        currency=currency,
        orders=orders,
        other_currency_orders=others,
    )


def _stages(yardstick: Yardstick, steps: Columns, elapsed: npt.NDArray[Any], chance_days: int) -> dict[str, Any]:
    """Stages and what they rest on, from the last purchase of each customer."""
    import pyarrow as pa

    last = steps["next_day"] < 0
    rows = {name: steps[name][last] for name in KNOWN}
    back = comebacks(yardstick, steps)[last]
    rank = ranks(rows["x"], yardstick.decline(rows, elapsed), back >= 0)
    return yardstick.marks(rows) | {
        "p_buys": repurchase_hazard.chance(yardstick.hazard, rows, elapsed, chance_days),
        "p_buys_fresh": repurchase_hazard.chance(yardstick.hazard, rows, np.zeros_like(elapsed), chance_days),
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


def _scores(known: Columns) -> dict[str, Any]:
    return {
        "recency_score": score(known["last_day"]),
        "frequency_score": score(known["purchases"]),
        "value_score": score(known["value"]),
    }


def _everybody(facts: Facts, columns: dict[str, Any], as_of: int, currency: str) -> pa.Table:
    import pyarrow as pa

    buyers = columns.pop("customer_id")
    customers = np.sort(facts.customers.select("customer_id").collect("pyarrow")["customer_id"].to_numpy())
    at = np.searchsorted(buyers, customers)
    is_buyer = np.append(buyers, -1)[at] == customers if len(buyers) else np.zeros(len(customers), bool)
    where = pa.array(np.where(is_buyer, at, 0), mask=~is_buyer)
    filled = {
        name: (pa.array(values, from_pandas=True) if isinstance(values, np.ndarray) else values).take(where)
        for name, values in columns.items()
    }
    filled["purchases"] = filled["purchases"].fill_null(0)
    filled["value"] = filled["value"].fill_null(0)
    rank = filled.pop("stage_rank").fill_null(STAGES.index("prospect")).to_numpy().copy()
    elapsed, size = filled["elapsed_days"].fill_null(0).to_numpy(), len(customers)
    standing = _standing(rank, elapsed)
    held = holders.holders(facts, as_of)
    holder = np.flatnonzero(np.isin(customers, held["customer_id"]))
    held_by = np.searchsorted(held["customer_id"], customers[holder])
    running = held["running"][held_by]
    only = rank[holder] == STAGES.index("prospect")  # they have ordered nothing
    rank[holder[only]] = holders.ranks(running, held["renewals"][held_by])[only]
    standing[holder] = np.where(running, "customer", np.where(only, "former", standing[holder]))
    return pa.table(
        {
            "customer_id": customers,
            "as_of": pa.repeat(pa.scalar(as_of, pa.int32()), size),
            "currency": pa.repeat(currency, size),
            "standing": standing,
            "stage": pa.array(STAGES).take(pa.array(rank)),
            "stage_rank": rank,
        }
        | filled
    )


def _standing(rank: npt.NDArray[Any], elapsed: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A former customer is lost, and every season of a year has passed without a purchase."""
    former = (rank == STAGES.index("lost")) & (elapsed > FORMER_AFTER)
    return np.select([rank == STAGES.index("prospect"), former], ["prospect", "former"], "customer")
