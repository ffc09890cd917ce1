"""Renewals: the published figures of the shifted beta-geometric model, and contracts of which the future is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import special

from habitue.insight import open_facts
from habitue.insight.lifecycle.contracts import Contracts, contracts
from habitue.insight.models.survival import (
    Cells,
    Hazard,
    fit_beta_geometric,
    fit_by_plan,
    fit_constant,
    fit_hazard,
    log_loss,
)

# P. Fader, B. Hardie (2007), Table 1: who of 1,000 is still there after each of the years used to fit, and to check.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
HIGH_END_LATER = [468, 445, 427, 409, 394]

START = 17_000
SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("contract_id", "customer_id")),
        ("plan", pa.string()),
        *((name, pa.int32()) for name in ("first_day", "last_day", "period_days")),
        ("amount", pa.int64()),
        ("currency", pa.string()),
    ]
)


def cells(alive: list[int], plan: int = 0) -> Cells:
    there = np.array(alive, float)
    return Cells(np.full(len(there) - 1, plan), np.arange(1, len(there)), there[:-1], there[:-1] - there[1:])


@pytest.mark.parametrize(
    ("alive", "a", "b", "likelihood"), [(REGULAR, 0.704, 1.182, -1680.3), (HIGH_END, 0.668, 3.806, -1611.2)]
)
def test_the_beta_geometric_fit_has_the_published_parameters(alive, a, b, likelihood):
    fitted = fit_beta_geometric(cells(alive))
    assert [round(fitted.a, 3), round(fitted.b, 3)] == [a, b]
    assert fitted.log_likelihood == pytest.approx(likelihood, abs=0.05)


def test_the_fit_on_seven_years_foretells_the_next_five():
    fitted = fit_beta_geometric(cells(HIGH_END))
    foretold = 1000 * np.cumprod(1 - fitted.hazard(np.arange(1, 13)))
    closed = 1000 * special.beta(fitted.a, fitted.b + np.arange(1, 13)) / special.beta(fitted.a, fitted.b)
    assert foretold == pytest.approx(closed, rel=1e-12)
    assert foretold[7:] == pytest.approx(HIGH_END_LATER, rel=0.05)


def test_the_hazard_has_the_mean_and_the_trend_of_what_it_was_fitted_on():
    """At the maximum of a logistic likelihood expected and counted ends agree, over all and weighted by log t."""
    known = cells([100 * n for n in HIGH_END])
    fitted = fit_hazard(known)
    expected = known.exposed * fitted.hazards(known.plan, known.t)
    assert expected.sum() == pytest.approx(known.ended.sum(), rel=1e-6)
    assert expected @ np.log(known.t) == pytest.approx(known.ended @ np.log(known.t), rel=1e-4)
    assert fitted.slope < 0


def test_a_plan_with_few_contracts_is_drawn_towards_the_others():
    known, few = cells([100 * n for n in HIGH_END]), cells([10, 2], plan=1)
    both = Cells(*(np.concatenate(pair) for pair in zip(vars(known).values(), vars(few).values(), strict=True)))
    chance = fit_hazard(both).hazards(np.array([0, 1, 2]), np.array([1, 1, 1]))
    assert chance[0] < chance[1] < 0.8
    assert fit_by_plan(both).hazards(np.array([1]), np.array([1])) == fit_by_plan(both).all.hazard([1])


def facts_of(folder: Path, rows: dict[str, Any]) -> Any:
    (folder / "contracts").mkdir(parents=True)
    size = len(rows["first_day"])
    columns = {"contract_id": np.arange(size), "customer_id": np.arange(size) + 10, "plan": ["A"] * size}
    columns |= {"period_days": [30] * size, "amount": [1_000] * size, "currency": ["EUR"] * size}
    pq.write_table(pa.table(columns | rows, schema=SCHEMA), folder / "contracts" / "part.parquet")
    return open_facts(folder)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> dict[str, Any]:
    """4,000 contracts of two plans over three years, whose holders leave with a chance of their own."""
    random = np.random.default_rng(8)
    size = 4_000
    plan = random.choice(["A", "B"], size)
    leaves = np.where(plan == "A", random.beta(0.7, 3.8, size), random.beta(2.0, 6.0, size))
    first = START + random.integers(0, 900, size)
    lasts = random.geometric(leaves)
    last = np.minimum(first + 30 * lasts, START + 100_000)
    everything = {"plan": plan, "first_day": first.astype(np.int32), "last_day": pa.array(last, pa.int32())}
    return {
        "facts": facts_of(tmp_path_factory.mktemp("contracts"), everything),
        "plan": plan,
        "first": first,
        "last": last,
    }


AS_OF = START + 1_000


def column(result: Contracts, name: str) -> np.ndarray:
    return result.table[name].to_numpy()


def test_what_is_expected_of_contracts_is_what_happened(simulated):
    result = contracts(simulated["facts"], AS_OF, discount_rate=0.0)
    assert result.used == "beta_geometric"
    assert result.losses["beta_geometric"] < result.losses["constant"] - 0.005
    assert result.checked > 1_000
    at = column(result, "contract_id")
    first, last = simulated["first"][at], simulated["last"][at]
    assert np.all((first <= AS_OF) & (last > AS_OF))
    made = (np.minimum(last - 1, AS_OF + 365) - first) // 30 - (AS_OF - first) // 30
    error = 4 * made.std() / np.sqrt(len(made))
    assert column(result, "expected_renewals").mean() == pytest.approx(made.mean(), abs=error)
    assert column(result, "p_renews").mean() == pytest.approx((made > 0).mean(), abs=2 / np.sqrt(len(made)))
    low, high = column(result, "expected_renewals_low"), column(result, "expected_renewals_high")
    assert (made < low).mean() <= 0.1 + 0.02
    assert (made > high).mean() <= 0.1 + 0.02
    assert column(result, "expected_value") == pytest.approx(1_000 * column(result, "expected_renewals"), abs=0.51)
    assert np.all(column(result, "expected_value_high") == 1_000 * high)
    json.dumps(result.parameters, allow_nan=False)


def test_the_fit_on_contracts_finds_what_they_were_made_with(simulated):
    result = contracts(simulated["facts"], AS_OF)
    fitted = result.parameters["plans"][result.plans.index("A")]
    errors = np.sqrt(np.diag(fitted["covariance"]))
    assert np.all(np.abs(np.log([fitted["a"] / 0.7, fitted["b"] / 3.8])) < 3 * errors)
    assert errors.max() < 0.2


def test_nothing_looks_past_as_of(simulated, tmp_path):
    first, last = simulated["first"], simulated["last"]
    begun = first <= AS_OF - 200
    ended = np.where(last <= AS_OF - 200, last, -1)[begun]
    rows = {
        "plan": simulated["plan"][begun],
        "contract_id": np.flatnonzero(begun),
        "customer_id": np.flatnonzero(begun) + 10,
        "first_day": first[begun].astype(np.int32),
        "last_day": pa.array(ended, pa.int32(), mask=ended < 0),
    }
    then = contracts(facts_of(tmp_path / "then", rows), AS_OF - 200)
    now = contracts(simulated["facts"], AS_OF - 200)
    assert then.table.equals(now.table)
    assert (then.losses, then.parameters) == (now.losses, now.parameters)


def test_an_end_within_a_period_counts_when_the_period_is_over(tmp_path):
    """Half leave on the fifth day. Those who began 5 to 29 days ago and stayed have not renewed anything yet."""
    days = np.arange(START, START + 300).repeat(20)
    leaves = np.arange(len(days)) % 2 == 0
    last = pa.array(days + 5, pa.int32(), mask=~leaves | (days + 5 > START + 299))
    result = contracts(facts_of(tmp_path, {"first_day": days.astype(np.int32), "last_day": last}), START + 299)
    assert result.used != "constant"
    fresh = column(result, "renewals") == 0
    assert column(result, "p_renews")[fresh] == pytest.approx(0.5, abs=0.01)


def test_few_contracts_are_held_back_by_one_in_ten(tmp_path):
    result = contracts(facts_of(tmp_path, {"first_day": [START], "last_day": [None]}), START + 95, 0.1, 60)
    assert (result.used, result.losses) == ("constant", {})
    row = result.table.to_pylist()[0]
    rate = 1 / 13
    assert (row["renewals"], row["next_renewal"]) == (3, START + 120)
    assert row["p_renews"] == pytest.approx(1 - rate)
    assert row["expected_renewals"] == pytest.approx(1 - rate + (1 - rate) ** 2)
    paid = 1_000 * ((1 - rate) * 1.1 ** (-25 / 365) + (1 - rate) ** 2 * 1.1 ** (-55 / 365))
    assert row["expected_value"] == round(paid)
    assert (row["expected_renewals_low"], row["expected_renewals_high"]) == (1, 2)


def test_no_contracts_give_an_empty_table(tmp_path):
    assert contracts(open_facts(tmp_path), AS_OF).table.num_rows == 0


def test_the_loss_is_least_for_the_chances_that_things_had():
    known = cells([1000, 800, 640, 512])
    assert fit_constant(known).rate == pytest.approx(0.2, abs=0.001)
    right = log_loss(Hazard(float(special.logit(0.2)), 0.0, 0.0, ()), known)
    assert right == pytest.approx(-(0.2 * np.log(0.2) + 0.8 * np.log(0.8)))
    assert all(log_loss(Hazard(float(special.logit(p)), 0.0, 0.0, ()), known) > right for p in (0.15, 0.25))
