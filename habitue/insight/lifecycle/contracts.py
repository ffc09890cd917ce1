"""Contracts: probability of renewal, expected renewals and expected value of each contract that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from habitue.insight.models.survival import (
    FEWEST,
    Cells,
    Model,
    fit_by_plan,
    fit_constant,
    fit_hazard,
    log_loss,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from habitue.insight.facts.tables import Facts

    Columns = dict[str, npt.NDArray[Any]]

CHECKED = 0.25  # share of the renewals, the latest ones, on which the models are compared
FITS: dict[str, Callable[[Cells], Model]] = {
    "constant": fit_constant,
    "beta_geometric": fit_by_plan,
    "hazard": fit_hazard,
}


@dataclass(frozen=True)
class Contracts:
    """`table`: one row a running contract. `used`: the model of FITS with the least loss.

    `losses`: the log-loss of each model on the `checked` latest renewals, which it was not fitted on; {} if there were
    too few, and then the constant hazard is used. `parameters`: of the model used, fitted on all renewals; a plan is
    named there by its index in `plans`.
    """

    table: pa.Table
    used: str
    losses: dict[str, float]
    checked: int
    plans: list[str]
    parameters: dict[str, Any]


def contracts(facts: Facts, as_of: int, discount_rate: float = 0.10, horizon_days: int = 365) -> Contracts:
    """The contracts that run at the end of `as_of`, with their probability of renewal and expected value.

    Columns: contract_id, customer_id, plan, currency; period_days; renewals (made so far); next_renewal (day number);
    p_renews (of the next one); expected_renewals in the horizon with _low and _high (80 %); expected_value with _low
    and _high: the payments of these renewals, each discounted from its day at the yearly `discount_rate` (minor units).
    A renewal falls due after each period_days from first_day; the running period is paid already. Source: `survival`.
    """
    import pyarrow as pa

    known, plans = _known(facts, as_of)
    cells = _cells(known, as_of)
    used, losses, checked = _choose(known, cells, as_of)
    model = FITS[used](cells)
    running = np.flatnonzero(~known["over"])
    here = {name: values[running] for name, values in known.items()}
    columns = _outlook(model, here, as_of, horizon_days, discount_rate)
    table = pa.table(
        {name: here[name] for name in ("contract_id", "customer_id")}
        | {"plan": pa.array(plans, pa.string()).take(here["plan"]), "currency": pa.array(here["currency"], pa.string())}
        | {"period_days": here["period_days"]}
        | columns
    )
    return Contracts(table, used, losses, checked, plans, asdict(model))


def _known(facts: Facts, as_of: int) -> tuple[Columns, list[str]]:
    """The contracts begun by `as_of` as columns, ordered by id, and the names of the plans.

    `over`: ended by then. `lost`: the number of the renewal that was not made; beyond all for one that runs.
    """
    import narwhals as nw

    frame = facts.contracts.filter(nw.col("first_day") <= as_of).sort("contract_id").collect("pyarrow")
    plans = sorted(set(frame["plan"].to_list()))
    code = {name: at for at, name in enumerate(plans)}
    known = {name: frame[name].to_numpy() for name in ("contract_id", "customer_id", "period_days", "amount")}
    first, period = frame["first_day"].to_numpy(), known["period_days"]
    never = np.iinfo(np.int32).max
    last = frame["last_day"].fill_null(never).to_numpy().astype(np.int64)
    over = last <= as_of
    lost = np.where(over, np.maximum(1, -(-(last - first) // period)), never)
    return known | {
        "currency": np.array(frame["currency"].to_list(), object),
        "plan": np.array([code[name] for name in frame["plan"].to_list()], np.int64),
        "first_day": first,
        "over": over,
        "lost": lost,
    }, plans


def _cells(known: Columns, as_of: int) -> Cells:
    """For each plan and renewal number, how many renewals were due by the end of `as_of` and how many were not made.

    An end within a period counts when that period is over: until then those who go on are not counted either.
    """
    due = np.maximum(as_of - known["first_day"], 0) // known["period_days"]
    ended = known["lost"] <= due
    seen = np.where(ended, known["lost"], np.minimum(due, known["lost"] - 1))
    most, plans = int(seen.max(initial=0)), int(known["plan"].max(initial=-1)) + 1
    shape = (plans, most + 2)
    reached = np.bincount(known["plan"] * shape[1] + seen, minlength=plans * shape[1]).reshape(shape)
    exposed = np.cumsum(reached[:, ::-1], axis=1)[:, ::-1]
    at = known["plan"][ended] * shape[1] + known["lost"][ended]
    lost = np.bincount(at, minlength=plans * shape[1]).reshape(shape)
    plan, t = np.nonzero(exposed[:, 1:])
    return Cells(plan, t + 1, exposed[plan, t + 1].astype(np.float64), lost[plan, t + 1].astype(np.float64))


def _choose(known: Columns, cells: Cells, as_of: int) -> tuple[str, dict[str, float], int]:
    """The model with the least log-loss on the latest renewals, all losses, and the number of these renewals."""
    cut = _cut(known, cells, as_of)
    before = known["first_day"] <= cut
    past = _cells({name: values[before] for name, values in known.items()}, cut)
    later = _less(cells, past)
    if past.ended.sum() < FEWEST or later.ended.sum() < FEWEST:
        return "constant", {}, 0
    losses = {name: log_loss(fit(past), later) for name, fit in FITS.items()}
    return min(losses, key=lambda name: losses[name]), losses, round(float(later.exposed.sum()))


def _cut(known: Columns, cells: Cells, as_of: int) -> int:
    """The latest day by which at most the share 1 - CHECKED of the renewals had fallen due."""
    low, high = int(known["first_day"].min(initial=as_of)), as_of
    goal = (1 - CHECKED) * float(cells.exposed.sum())
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if float(_cells(known, middle).exposed.sum()) <= goal else (low, middle - 1)
    return low


def _less(cells: Cells, past: Cells) -> Cells:
    """The cells of the renewals since the past: counts less those of `past`."""
    size = int(max(cells.t.max(initial=0), past.t.max(initial=0))) + 1
    counts = np.zeros((2, (int(cells.plan.max(initial=-1)) + 1) * size))
    for some, sign in ((cells, 1), (past, -1)):
        counts[:, some.plan * size + some.t] += sign * np.stack([some.exposed, some.ended])
    at = np.flatnonzero(counts[0])
    return Cells(at // size, at % size, counts[0, at], counts[1, at])


def _outlook(model: Model, here: Columns, as_of: int, horizon: int, discount_rate: float) -> dict[str, Any]:
    """Expected renewals and value in the horizon: P(N >= n) is the probability of making each of the first n."""
    period, first = here["period_days"].astype(np.int64), here["first_day"].astype(np.int64)
    made = (as_of - first) // period
    ahead = (as_of + horizon - first) // period - made
    size = len(made)
    renews = 1 - model.hazards(here["plan"], made + 1)
    reaches = np.ones(size)
    mean, low, high, worth, least, most = (np.zeros(size) for _ in range(6))
    for n in range(1, int(ahead.max(initial=0)) + 1):
        reaches = np.where(n <= ahead, reaches * (1 - model.hazards(here["plan"], made + n)), 0.0)
        day = first + (made + n) * period - as_of
        paid = here["amount"] * (1 + discount_rate) ** (-day / 365)
        mean += reaches
        worth += reaches * paid
        for count, total, level in ((low, least, 0.9), (high, most, 0.1)):
            count += reaches > level
            total += paid * (reaches > level)
    whole = {"expected_value": worth, "expected_value_low": least, "expected_value_high": most}
    return {
        "renewals": made,
        "next_renewal": (first + (made + 1) * period).astype(np.int32),
        "p_renews": renews,
        "expected_renewals": mean,
        "expected_renewals_low": low.astype(np.int64),
        "expected_renewals_high": high.astype(np.int64),
    } | {name: np.rint(values).astype(np.int64) for name, values in whole.items()}
