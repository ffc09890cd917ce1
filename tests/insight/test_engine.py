from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from habitue.insight import Facts, facts_from, open_facts
from habitue.insight.facts.engine import FORGOTTEN, SPILL

SETTINGS = {  # written out here, so that one which is taken out there is missed
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}


def test_a_folder_without_facts_gives_empty_frames_with_their_columns(tmp_path: Path):
    facts = open_facts(tmp_path / "nothing")
    assert facts.orders.collect("pyarrow").shape == (0, 6)
    assert facts.customers.columns == ["customer_id", "created_day"]


def test_the_folder_of_the_month_is_not_a_column(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 5), (2, 7, "2024-04-01", 5)])
    assert facts.orders.columns == ["order_id", "customer_id", "day", "amount", "currency", "refund_of"]
    assert facts.orders.collect("pyarrow").shape == (2, 6)


def run(facts: Facts, statement: str) -> list[tuple[Any, ...]]:
    return facts.orders.to_native().query("orders", statement).fetchall()


@pytest.mark.parametrize(("name", "value"), SETTINGS.items())
def test_each_setting_that_hardens_the_connection_is_in_force(name: str, value: bool, facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 5)])
    assert run(facts, f"SELECT value FROM duckdb_settings() WHERE name = '{name}'") == [(str(value).lower(),)]


def test_the_connection_may_read_the_files_of_the_facts_and_no_folder(facts_of):
    facts = facts_of([(1, 7, "2024-03-01", 5), (2, 7, "2024-04-01", 5)])
    files, folders, settings = (
        [value for (value,) in run(facts, f"SELECT unnest(current_setting('allowed_{what}'))")]
        for what in ("paths", "directories", "configs")
    )
    assert [Path(file).parts[-3:] for file in sorted(files)] == [
        ("facts0", "customers", "part.parquet"),
        ("orders", "month=2024-03", "part.parquet"),
        ("orders", "month=2024-04", "part.parquet"),
    ]
    assert [Path(folder).name.startswith(SPILL) for folder in folders] == [True]
    assert settings == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{here}/secret.csv')",
        "SELECT * FROM '{here}/facts0/orders/secret.parquet'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('{here}/*')",
        "COPY (SELECT 1) TO '{here}/facts0/orders/out.parquet'",
        "COPY (SELECT 1) TO '{here}/facts0/orders/month=2024-03/part.parquet'",
        "ATTACH '{here}/other.duckdb'",
        "EXPORT DATABASE '{here}/all'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET memory_limit = '64GB'",
        "RESET lock_configuration",
    ],
)
def test_a_statement_reaches_nothing_beside_the_facts(statement: str, facts_of, tmp_path: Path):
    facts = facts_of([(1, 7, "2024-03-01", 5)])
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "facts0" / "orders" / "secret.parquet")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(duckdb.Error, match=r"disabled (by|through) configuration|configuration has been locked"):
        run(facts, statement.format(here=tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_statement_takes_no_variable_of_python_for_a_table(facts_of):
    orders = facts_of([(1, 7, "2024-03-01", 5)]).orders.to_native()
    local_table = pa.table({"a": [1]})
    with pytest.raises(duckdb.CatalogException, match="local_table"):
        orders.query("orders", "SELECT * FROM local_table").fetchall()
    assert local_table.num_rows == 1


def test_connections_to_the_same_facts_spill_to_directories_of_their_own(facts_of, tmp_path: Path):
    facts_of([(1, 7, "2024-03-01", 5)])
    both = [open_facts(tmp_path / "facts0") for _ in range(2)]
    folders = {run(facts, "SELECT current_setting('temp_directory')")[0][0] for facts in both}
    assert len(folders) == 2
    assert {Path(folder).parent for folder in folders} == {tmp_path / "facts0"}


def test_tables_in_memory_spill_to_a_directory_that_only_their_user_can_read():
    facts = facts_from(
        pa.table({"order_id": [1], "customer_id": [7], "day": [19_783], "amount": [5], "currency": ["EUR"]})
    )
    below = Path(run(facts, "SELECT current_setting('temp_directory')")[0][0]).parent
    assert below.stat().st_mode & 0o777 == 0o700
    assert below.parent == Path(tempfile.gettempdir())


def test_what_a_crash_left_of_a_spill_goes_after_some_days_and_nothing_else_does(facts_of, tmp_path: Path):
    facts_of([(1, 7, "2024-03-01", 5)])
    old, new = (tmp_path / "facts0" / f"{SPILL}{name}" for name in ("old", "new"))
    for folder, age in ((old, FORGOTTEN + 60), (new, FORGOTTEN - 60)):
        folder.mkdir()
        (folder / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"0")
        os.utime(folder, (time.time() - age,) * 2)
    facts = open_facts(tmp_path / "facts0")
    assert (old.exists(), new.exists()) == (False, True)
    assert len(facts.orders.collect("pyarrow")) == 1


def test_more_than_the_memory_holds_is_spilled_and_the_directory_goes_with_the_connection(facts_of, tmp_path: Path):
    facts_of([(1, 7, "2024-03-01", 5)])
    facts = open_facts(tmp_path / "facts0", memory_limit="40MB")
    native = facts.orders.to_native()
    rows = "SELECT sum(n) FROM (SELECT n, repeat('x', 40) AS s FROM range(2000000) t(n) ORDER BY hash(n)) WHERE s <> ''"
    assert native.query("orders", rows).fetchall() == [(1_999_999_000_000,)]
    assert list((tmp_path / "facts0").glob(f"{SPILL}*"))
    del facts, native
    gc.collect()
    assert not list((tmp_path / "facts0").glob(f"{SPILL}*"))


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
