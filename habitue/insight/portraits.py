"""Portraits: everything computed about each customer, one row each: history, stage, forecasts, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.facts.diary import Diary
from habitue.insight.facts.purchases import main_currency
from habitue.insight.facts.seasons import bought_between
from habitue.insight.lifecycle import holders
from habitue.insight.lifecycle.expecting import Models, expected, waits
from habitue.insight.lifecycle.rfm import edges, placed
from habitue.insight.lifecycle.stages import STAGES, Thresholds, Yardstick, comebacks, ranks, season_of
from habitue.insight.models import mbgnbd, repurchase_hazard
from habitue.insight.models.forecast import discount_factor
from habitue.insight.models.lifetime import Rows
from habitue.insight.models.repurchase_hazard import KNOWN
from habitue.insight.record.model_choice import choose, simple_forecasts

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts
    from habitue.insight.models.dropout import Fit
    from habitue.insight.models.lifetime import Columns

FORMER_AFTER = 365  # days without a purchase after which a lost customer is a former one
SCORED = {"recency": "last_day", "frequency": "purchases", "value": "value"}  # by score, its column


@dataclass(frozen=True)
class Portraits:
    """`table`: one row a customer, ordered by id. `parameters`: by model, in days and minor units of `currency`.

    Columns, with days as day numbers and amounts in minor units: customer_id, as_of, currency, standing ("prospect",
    "customer", "former"), stage (of STAGES) and its index stage_rank; purchases (days with one), first_day, last_day,
    elapsed_days, typical_gap (mean gap in days, null for a single purchase), value (sum of amounts); slowing_after,
    at_risk_after, lost_after (days of silence at which these stages begin); p_buys (probability of a purchase in the
    next `chance_days`), p_buys_fresh (the same right after the last purchase), returned_after (days of the gap after
    which a customer was won back, else null); p_alive; expected_purchases, expected_value (minor units, discounted)
    with _low and _high (80 %), expected_value_sd, expected_amount of a purchase: in the next `horizon_days`;
    next_early, next_middle, next_late (10 %, 50 %, 90 % quantiles of the next purchase day, if still alive);
    recency_score, frequency_score, value_score (1 to 5). All but the first six, `purchases` and `value` are null for
    customers without a purchase.

    `orders`: known at the time, `other_currency_orders` of them in another currency than the most frequent: they count
    as purchases but not in amounts.
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

    `discount_rate`: yearly, of expected_value; `horizon_days`: of the forecasts; `chance_days`: of p_buys, by default a
    season (`parameters["season_days"]`). The columns are listed at `Portraits`; sources are in the modules of `models`.
    """
    currency, orders, others = main_currency(facts.orders, as_of)
    diary = Diary.read(facts.orders, as_of, currency)
    known = diary.summary(as_of)
    rows = Rows.of(known)
    rhythm: Fit = rows.fit(mbgnbd)
    season = season_of(rhythm.r, rhythm.alpha)
    recent = bought_between(facts, as_of - season, as_of, known["customer_id"], currency)
    models = Models.fit(rows, rhythm, known, choose(facts, as_of, season, currency), _means(known, recent, season))
    steps = diary.steps()
    yardstick = Yardstick(repurchase_hazard.fit(steps, as_of, rhythm), season, thresholds or Thresholds())
    scores = {name: edges(known[column]) for name, column in SCORED.items()}
    fitted = Fitted(models, yardstick, scores, horizon_days, discount_rate)
    columns = _columns(fitted, known, rows, steps, recent, as_of, chance_days or season)
    return Portraits(
        table=_everybody(facts, columns, as_of, currency),
        parameters=fitted.parameters,
        currency=currency,
        orders=orders,
        other_currency_orders=others,
    )


def portraits_as_fitted(
    facts: Facts, as_of: int, parameters: Mapping[str, Any], thresholds: Thresholds, currency: str
) -> pa.Table:
    """The table of `portraits` for the customers of `facts`, who may be a few of a base, as of the end of `as_of`.

    Nothing is fitted: `parameters` are those of `Portraits` for the whole base, also when they have been stored as
    JSON. For the same facts and day the rows are those of the whole base.
    """
    fitted = Fitted.of(parameters, thresholds)
    diary = Diary.read(facts.orders, as_of, currency)
    known = diary.summary(as_of)
    season = fitted.yardstick.season
    recent = bought_between(facts, as_of - season, as_of, known["customer_id"], currency)
    columns = _columns(fitted, known, Rows.of(known), diary.steps(), recent, as_of, season)
    return _everybody(facts, columns, as_of, currency)


@dataclass(frozen=True)
class Fitted:
    """All that portraits are computed with beside a customer's own facts. `scores`: the edges of `rfm`, by score."""

    models: Models
    yardstick: Yardstick
    scores: Mapping[str, Sequence[int | None]]
    horizon_days: int
    discount_rate: float

    @classmethod
    def of(cls, parameters: Mapping[str, Any], thresholds: Thresholds) -> Fitted:
        """The fitted models of `Portraits.parameters`, also when they have been stored as JSON."""
        yardstick = Yardstick.of(parameters, thresholds)
        given = parameters["scores"], parameters["horizon_days"], parameters["discount_rate"]
        return cls(Models.of(parameters), yardstick, *given)

    @property
    def parameters(self) -> dict[str, Any]:
        """All that was fitted and chosen but for the thresholds, ready for JSON; stored by these keys."""
        return (
            self.models.parameters
            | {"returning": asdict(self.yardstick.hazard), "season_days": self.yardstick.season}
            | {"scores": dict(self.scores), "units": {"time": "day", "amount": "minor"}}
            | {"horizon_days": self.horizon_days, "discount_rate": self.discount_rate}
        )


def _means(known: Columns, recent: Columns, season: int) -> dict[str, float]:
    """The purchases and the value of a season, a customer on average; 0 without customers."""
    if not len(known["x"]):
        return {"purchases": 0.0, "value": 0.0}
    everybody = simple_forecasts(known, recent, season)["everybody"]
    return {what: float(everybody[what][0]) for what in ("purchases", "value")}


def _columns(
    fitted: Fitted, known: Columns, rows: Rows, steps: Columns, recent: Columns, as_of: int, chance_days: int
) -> dict[str, Any]:
    """The columns of those who have bought, in the order of `known`."""
    season, models = fitted.yardstick.season, fitted.models
    discount = discount_factor(fitted.discount_rate, fitted.horizon_days)
    return (
        _facts(known)
        | _stages(fitted.yardstick, steps, known["elapsed"], chance_days)
        | expected(models, rows, known, recent, season, fitted.horizon_days, discount)
        | waits(models.rhythm, rows, as_of)
        | {f"{name}_score": placed(known[column], fitted.scores[name]) for name, column in SCORED.items()}
    )


def _stages(yardstick: Yardstick, steps: Columns, elapsed: npt.NDArray[Any], chance_days: int) -> dict[str, Any]:
    """Stage, probability of a purchase and related columns, from each customer's state at the last purchase."""
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
    """The columns of the purchase history; `typical_gap` is nan for a customer with one purchase."""
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


def _everybody(facts: Facts, columns: dict[str, Any], as_of: int, currency: str) -> pa.Table:
    """The table of all customers: those with purchases, contract holders, and prospects."""

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
    only = rank[holder] == STAGES.index("prospect")  # no orders
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
    """ "prospect", "customer", or "former" for lost customers with more than FORMER_AFTER days without a purchase."""
    former = (rank == STAGES.index("lost")) & (elapsed > FORMER_AFTER)
    return np.select([rank == STAGES.index("prospect"), former], ["prospect", "former"], "customer")
