from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.insight import STAGES, Portraits, Thresholds, open_facts, portraits
from tests.insight.conftest import day, lay_down

END = "2024-12-31"


def row_of(result: Portraits, customer: int) -> dict[str, Any]:
    return result.table.filter(pc.equal(result.table["customer_id"], customer)).to_pylist()[0]


@pytest.fixture(scope="module")
def result(journey) -> Portraits:
    return portraits(journey, day("2017-12-31"))


def test_the_columns_are_those_of_the_model_in_the_database(result):
    from habitue.portraits.models import Portrait

    wanted = {field.attname for field in Portrait._meta.concrete_fields}
    assert set(result.table.column_names) == wanted
    integers = {field.attname for field in Portrait._meta.concrete_fields if "Date" in type(field).__name__}
    assert all(result.table.schema.field(name).type == pa.int32() for name in integers)


def test_every_household_has_a_portrait_and_the_values_add_up_to_the_source(result):
    assert result.table.num_rows == 2469
    assert result.orders == 155_848
    assert pc.sum(result.table["value"]).as_py() == 459_603_958
    assert (result.currency, result.other_currency_orders) == ("USD", 0)


def test_the_parameters_can_be_written_as_json(result):
    parameters = json.loads(json.dumps(result.parameters))
    assert parameters["mbgnbd"]["customers"] == 2469
    assert not any(parameters[name]["fallback"] for name in ("mbgnbd", "gammagamma"))


def test_nothing_of_a_buyer_is_missing_and_everything_is_in_order(result):
    table = result.table
    optional = {"typical_gap", "returned_after"}
    assert {name for name in table.column_names if table[name].null_count} == optional
    assert table["typical_gap"].null_count == pc.sum(pc.equal(table["purchases"], 1)).as_py()
    column = {name: table[name].to_numpy() for name in table.column_names if name not in optional}
    for low, middle, high in (
        ("expected_purchases_low", "expected_purchases_low", "expected_purchases_high"),
        ("expected_value_low", "expected_value_low", "expected_value_high"),
        ("next_early", "next_middle", "next_late"),
        ("at_risk_after", "at_risk_after", "lost_after"),
        ("first_day", "last_day", "as_of"),
    ):
        assert np.all((column[low] <= column[middle]) & (column[middle] <= column[high]))
    assert np.all(column["next_early"] > column["as_of"])
    for chance in ("p_alive", "p_buys"):
        assert np.all((column[chance] > 0) & (column[chance] <= 1))
    assert [STAGES[rank] for rank in column["stage_rank"]] == table["stage"].to_pylist()
    value = column["expected_purchases"] * column["expected_amount"]
    assert np.allclose(column["expected_value"], value * 0.9538, rtol=0.01, atol=30)


def test_who_never_bought_is_a_prospect_and_who_went_silent_is_former(facts_of):
    orders = [(number, 1, f"2024-0{month}-01", 100) for number, month in enumerate(range(1, 10))]
    regular = [(100 + number, 2, f"2024-{month:02d}-28", 100) for number, month in enumerate(range(1, 13))]
    result = portraits(facts_of(orders + regular, customers=[1, 2, 3]), day("2029-12-31"))
    assert result.table["standing"].to_pylist() == ["former", "former", "prospect"]
    prospect = row_of(result, 3)
    assert (prospect["stage"], prospect["purchases"], prospect["value"]) == ("prospect", 0, 0)
    assert [name for name, value in prospect.items() if value is not None] == [
        *("customer_id", "as_of", "currency", "standing", "stage", "stage_rank", "purchases", "value")
    ]


def test_a_full_refund_makes_a_prospect_again(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 500), (2, 7, "2024-03-05", -500, 1)])
    assert row_of(portraits(facts, day("2024-03-04")), 7)["standing"] == "customer"
    assert row_of(portraits(facts, day("2024-03-05")), 7)["standing"] == "prospect"


def test_nothing_looks_past_as_of(journey_orders, tmp_path):
    as_of = day("2017-10-01")
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    refund = pa.table(
        {
            "order_id": [-1],
            "customer_id": [journey_orders["customer_id"][0].as_py()],
            "day": [as_of + 1],
            "amount": [-journey_orders["amount"][0].as_py()],
            "currency": ["USD"],
            "refund_of": [journey_orders["order_id"][0].as_py()],
        },
        schema=journey_orders.schema,
    )
    past = journey_orders.filter(pc.less_equal(journey_orders["day"], as_of))
    then = portraits(open_facts(lay_down(tmp_path / "then", past, everybody)), as_of)
    later = pa.concat_tables([journey_orders, refund])
    now = portraits(open_facts(lay_down(tmp_path / "now", later, everybody)), as_of)
    assert then.table.equals(now.table)
    assert then == Portraits(then.table, now.parameters, now.currency, now.orders, now.other_currency_orders)


def test_the_order_of_rows_changes_nothing(journey_orders, tmp_path):
    shuffled = journey_orders.take(np.random.default_rng(1).permutation(journey_orders.num_rows))
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    as_of = day("2017-12-31")
    one = portraits(open_facts(lay_down(tmp_path / "one", journey_orders, everybody)), as_of)
    other = portraits(open_facts(lay_down(tmp_path / "other", shuffled, everybody[::-1])), as_of)
    assert one.table.equals(other.table)
    assert one.parameters == other.parameters


def test_all_dates_moved_move_days_and_nothing_else(journey_orders, tmp_path):
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    as_of, moved_by = day("2017-12-31"), 1000
    moved = journey_orders.set_column(2, "day", pc.add(journey_orders["day"], pa.scalar(moved_by, pa.int32())))
    here = portraits(open_facts(lay_down(tmp_path / "here", journey_orders, everybody)), as_of).table
    there = portraits(open_facts(lay_down(tmp_path / "there", moved, everybody)), as_of + moved_by).table
    for name in here.column_names:
        if name in ("as_of", "first_day", "last_day", "next_early", "next_middle", "next_late"):
            there = there.set_column(
                there.column_names.index(name), name, pc.subtract(there[name], pa.scalar(moved_by, pa.int32()))
            )
    assert here.equals(there)


FEW: dict[str, list[tuple]] = {
    "nobody": [],
    "one who bought once": [(1, 1, END, 100)],
    "one who came back": [(1, 1, "2024-01-05", 100), (2, 1, "2024-06-05", 300)],
    "five who came back": [(10 * c + n, c, f"2024-0{1 + n}-0{c}", 100 * c) for c in range(1, 6) for n in range(3)],
    "a hundred who never did": [(c, c, f"2024-01-{1 + c % 28:02d}", 100 + c) for c in range(100)],
    "all on one day": [(c, c, "2024-05-05", 100) for c in range(50)],
    "all on the last day": [(c, c, END, 100) for c in range(50)],
    "all for nothing": [(100 * c + n, c, f"2024-0{1 + n}-15", 0) for c in range(30) for n in range(5)],
    "all alike": [(100 * c + n, c, f"2024-{1 + n:02d}-15", 100) for c in range(30) for n in range(12)],
    "cents": [(100 * c + n, c, f"2024-{1 + n:02d}-{1 + c % 28:02d}", 1) for c in range(40) for n in range(1 + c % 9)],
    "every day": [
        (1000 * c + n, c, str(np.datetime64("2024-03-01") + n), 10**9) for c in range(25) for n in range(300)
    ],
    "all refunded": [row for c in range(30) for row in ((c, c, "2024-03-01", 5), (100 + c, c, "2024-03-02", -5, c))],
    "each in a currency of its own": [(c, c, "2024-03-01", 5, None, f"X{c:02d}") for c in range(20)],
}


@pytest.mark.parametrize("few", FEW)
@pytest.mark.filterwarnings("error")
def test_few_or_strange_data_give_numbers_or_nothing_and_never_fail(facts_of, few):
    facts = facts_of(FEW[few], customers=range(120))
    result = portraits(facts, day(END))
    assert result.table.num_rows == 120
    buyers = result.table.filter(pc.greater(result.table["purchases"], 0))
    for name in buyers.column_names:
        if name not in ("typical_gap", "returned_after"):
            assert buyers[name].null_count == 0, name
        if pa.types.is_floating(buyers[name].type):
            assert np.isfinite(buyers[name].drop_null().to_numpy()).all(), name
    json.dumps(result.parameters, allow_nan=False)
    repeating = pc.sum(pc.greater(result.table["purchases"], 1)).as_py()
    assert result.parameters["mbgnbd"]["fallback"] == (repeating < 20)


def test_one_who_bought_once_is_expected_back_at_the_weak_default(facts_of):
    result = portraits(facts_of([(1, 1, "2024-12-31", 5_000)]), day(END))
    row = row_of(result, 1)
    assert result.parameters["mbgnbd"]["fallback"]
    assert result.parameters["gammagamma"]["fallback"]
    assert 0.85 < row["p_alive"] < 0.95
    assert 0.6 < row["expected_purchases"] < 0.9
    assert row["expected_amount"] == 5_000
    assert (row["recency_score"], row["frequency_score"], row["value_score"]) == (3, 3, 3)


def test_the_currencys_unit_changes_amounts_and_nothing_else(journey_orders, tmp_path):
    everybody = pc.unique(journey_orders["customer_id"]).to_pylist()
    times = journey_orders.set_column(3, "amount", pc.multiply(journey_orders["amount"], 1000))
    as_of = day("2017-12-31")
    small = portraits(open_facts(lay_down(tmp_path / "small", journey_orders, everybody)), as_of)
    large = portraits(open_facts(lay_down(tmp_path / "large", times, everybody)), as_of)
    assert large.parameters["mbgnbd"] == small.parameters["mbgnbd"]
    for name in small.table.column_names:
        if "value" in name and "score" not in name or name == "expected_amount":
            large_values, small_values = large.table[name].to_numpy(), small.table[name].to_numpy()
            assert np.allclose(large_values, small_values * 1000.0, rtol=1e-6, atol=501)
        else:
            assert large.table[name].equals(small.table[name]), name


def test_a_higher_rate_of_discount_makes_the_year_worth_less(journey):
    as_of = day("2017-12-31")
    plain, discounted = (portraits(journey, as_of, Thresholds(), rate).table for rate in (0.0, 0.2))
    ratio = pc.sum(discounted["expected_value"]).as_py() / pc.sum(plain["expected_value"]).as_py()
    assert ratio == pytest.approx((1 - 1 / 1.2) / np.log(1.2), rel=1e-4)
