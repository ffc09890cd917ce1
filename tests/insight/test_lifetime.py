"""From the log of orders to the expected value of each buyer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.insight import open_facts
from habitue.insight.facts.purchases import purchases
from habitue.insight.facts.rhythm import rhythm
from habitue.insight.models import gammagamma, mbgnbd
from habitue.insight.models.lifetime import distinct_rows, lifetime
from habitue.insight.models.registry import MODELS
from tests.insight.conftest import day, lay_down

END = day("2017-12-31")


def test_each_buyer_gets_what_the_models_say_of_their_own_row(journey):
    result = lifetime(journey, END, "mbgnbd", discount_rate=0.0, horizon_days=91)
    seen = rhythm(purchases(journey.orders, END, "USD"), END).sort("customer_id").collect("pyarrow").to_native()
    assert result.table["customer_id"].to_pylist() == seen["customer_id"].to_pylist()
    x, t_x, T, mean = (seen[name].to_numpy() for name in ("x", "t_x", "T", "repeat_mean"))
    fitted = mbgnbd.fit(x, t_x, T)
    assert [result.parameters["mbgnbd"][name] for name in ("r", "alpha", "a", "b")] == pytest.approx(
        fitted.parameters, rel=1e-8
    )
    chances = mbgnbd.p_alive(fitted, x, t_x, T), mbgnbd.expected_purchases(fitted, x, t_x, T, 91)
    for name, expected in zip(("p_alive", "expected_purchases"), chances, strict=True):
        assert result.table[name].to_numpy() == pytest.approx(expected, rel=1e-8)
    paying = (x > 0) & (mean > 0)
    amount = gammagamma.expected_amount(gammagamma.fit(x[paying], mean[paying]), x, np.nan_to_num(mean))
    assert result.table["expected_amount"].to_numpy() == pytest.approx(amount, rel=1e-8)
    assert result.table["expected_value"].to_numpy() == pytest.approx(amount * chances[1], rel=1e-8)


def test_the_order_of_rows_changes_not_one_bit(journey_orders, tmp_path):
    shuffled = journey_orders.take(np.random.default_rng(1).permutation(journey_orders.num_rows))
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    one = lifetime(open_facts(lay_down(tmp_path / "one", journey_orders, everybody)), END)
    other = lifetime(open_facts(lay_down(tmp_path / "other", shuffled, everybody)), END)
    assert one.table.equals(other.table)
    assert one.parameters == other.parameters


@pytest.mark.parametrize("name", MODELS)
def test_each_model_gives_every_buyer_numbers(journey, name):
    table = lifetime(journey, END, name).table
    assert table.num_rows == 2469
    for column in table.columns:
        assert column.null_count == 0
        assert np.isfinite(column.to_numpy()).all()
    assert pc.sum(table["expected_purchases"]).as_py() == pytest.approx(128_000, rel=0.1)


def test_nobody_who_bought_gives_an_empty_table(facts_of):
    assert lifetime(facts_of([], customers=[1, 2]), END).table.num_rows == 0


def test_distinct_rows_lead_back_to_each_customer():
    known = {"x": [2, 0, 2, 2, 0], "t_x": [9, 0, 9, 8, 0], "T": [10, 3, 10, 10, 4]}
    columns = {name: np.array(values, np.int32) for name, values in known.items()}
    rows, inverse, weights = distinct_rows(columns)
    assert rows[:, inverse].tolist() == [known["x"], known["t_x"], known["T"]]
    assert weights.tolist() == [1, 1, 1, 2]
    assert pa.array(inverse).unique().to_pylist() == [3, 0, 2, 1]
