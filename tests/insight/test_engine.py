from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from habitue.insight import open_facts


def test_a_folder_without_facts_gives_empty_frames_with_their_columns(tmp_path: Path):
    facts = open_facts(tmp_path / "nothing")
    assert facts.orders.collect("pyarrow").shape == (0, 6)
    assert facts.customers.columns == ["customer_id", "created_day"]


def test_the_folder_of_the_month_is_not_a_column(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 5), (2, 7, "2024-04-01", 5)])
    assert facts.orders.columns == ["order_id", "customer_id", "day", "amount", "currency", "refund_of"]
    assert facts.orders.collect("pyarrow").shape == (2, 6)


def test_the_connection_reads_nothing_beside_the_facts(facts_of, tmp_path: Path):
    facts = facts_of([(1, 7, "2024-03-01", 5)])
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
        facts.orders.to_native().query("orders", f"SELECT * FROM read_csv('{secret}')").fetchall()


def test_the_settings_of_the_connection_are_locked(facts_of):
    orders = facts_of([(1, 7, "2024-03-01", 5)]).orders.to_native()
    for statement in ("SET enable_external_access = true", "SET memory_limit = '64GB'", "INSTALL httpfs"):
        with pytest.raises(duckdb.Error):
            orders.query("orders", statement)


def test_a_path_with_a_quote_and_a_space_opens(tmp_path: Path):
    facts = open_facts(tmp_path / "l'été d'Ada")
    assert facts.orders.collect("pyarrow").shape == (0, 6)


def test_importing_insight_loads_neither_django_nor_an_engine():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, habitue.insight; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert not {"django", "duckdb", "narwhals", "scipy", "pyarrow", "polars", "pyspark", "pandas", "babel"} & set(
        loaded
    )
