"""DuckDB as we open it reaches nothing that it was not given, and its settings cannot be changed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from habitue.customers.duplicates import comparing
from habitue.kernel.database import duck

IN_FORCE = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "enable_external_access": False,
    "lock_configuration": True,
    "python_enable_replacements": False,
}


def value(connection: duckdb.DuckDBPyConnection, setting: str):
    row = connection.execute("SELECT current_setting(?)", [setting]).fetchone()
    assert row
    return row[0]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "in.csv").write_text("a\n1\n")
    (tmp_path / "given.csv").write_text("a\n2\n")
    (tmp_path / "other.csv").write_text("a\n3\n")
    return tmp_path


@pytest.fixture(params=["imports", "duplicates", "one customer"])
def connection(request, place):
    if request.param == "imports":
        return duck.connect(place / "ours", [place / "given.csv"])
    return comparing.connect() if request.param == "duplicates" else comparing._shared()


@pytest.mark.parametrize("setting", IN_FORCE)
def test_a_setting_that_shuts_it_in_is_in_force(connection, setting):
    assert value(connection, setting) is IN_FORCE[setting]


def test_no_query_reaches_another_file(connection, place):
    for query in (
        f"SELECT * FROM read_csv('{place}/other.csv')",
        f"SELECT * FROM '{place}/other.csv'",
        f"SELECT * FROM read_text('{place}/ours/../other.csv')",
        f"COPY (SELECT 1) TO '{place}/new.csv'",
        f"ATTACH '{place}/new.duckdb'",
    ):
        with pytest.raises(duckdb.PermissionException):
            connection.execute(query)
    assert sorted(path.name for path in place.iterdir() if path.is_file()) == ["given.csv", "other.csv"]


def test_no_extension_is_installed_or_loaded(connection):
    for query in ("INSTALL httpfs", "INSTALL h3 FROM community", "LOAD '/tmp/x.duckdb_extension'"):
        with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
            connection.execute(query)


def test_no_setting_is_changed_afterwards(connection):
    for query in ("SET memory_limit = '9GB'", "SET enable_external_access = true", "RESET memory_limit"):
        with pytest.raises(duckdb.InvalidInputException, match="lock"):
            connection.execute(query)


def test_no_variable_of_the_program_is_a_table(connection):
    import pyarrow as pa

    of_the_program = pa.table({"a": [1]})
    with pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM of_the_program")
    assert of_the_program.num_rows == 1


def test_what_it_was_given_is_read_and_written(place):
    connection = duck.connect(place / "ours", [place / "given.csv"])
    assert connection.execute(f"SELECT a FROM read_csv('{place}/given.csv')").fetchall() == [(2,)]
    connection.execute(duck.copy_to_parquet("SELECT 1 AS a", place / "ours" / "out.parquet"))
    assert connection.execute(f"SELECT a FROM {duck.parquet(place / 'ours' / 'out.parquet')}").fetchall() == [(1,)]


def test_its_limits_are_those_that_were_asked_for(place):
    limited = duck.connect(place / "ours", memory="64MB", spill="100MB", threads=1)
    limits = [value(limited, name) for name in ("memory_limit", "max_temp_directory_size", "threads")]
    assert limits == ["61.0 MiB", "95.3 MiB", 1]
    assert value(limited, "temp_directory") == str(place / "ours" / "spill")
    assert value(limited, "TimeZone") == "UTC"
    assert value(duck.connect(), "temp_directory") == ""
