"""The SQL that files are staged with, as `habitue import --show-sql` prints it.

To renew the golden files after a change that is meant: RENEW_GOLDEN=1 pytest tests/imports/test_staging_sql.py
"""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from django.core.management import call_command
from django.utils import timezone

from habitue.imports import importing
from habitue.imports.files import reading
from habitue.imports.kind import KINDS
from habitue.imports.kinds import NAMES
from habitue.imports.models import Import
from habitue.imports.staging import sql, staging
from habitue.kernel.database.quoting import quoted
from tests.imports.small_files import FILES, write_small_file

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden"
RENEW = "Look at the difference; if it is meant: RENEW_GOLDEN=1 pytest tests/imports/test_staging_sql.py"


@pytest.fixture(autouse=True)
def company(settings):
    settings.TIME_ZONE, settings.CURRENCY = "Europe/Paris", "EUR"


def printed(kind: str, path: Path, **options) -> str:
    out = StringIO()
    call_command("import", kind, str(path), show_sql=True, stdout=out, **options)
    return out.getvalue()


def staged(kind: str, path: Path, folder: Path) -> staging.Staged:
    of = KINDS[kind]
    rows, whole = importing.understood(of, path, folder, None)
    return staging.stage(of.fitted(whole.columns), whole, rows, folder / "staged")


def test_every_kind_has_a_small_file():
    assert set(FILES) == set(NAMES) <= set(KINDS)


@pytest.mark.parametrize("kind", NAMES)
def test_the_sql_of_a_kind_is_that_of_its_golden_file(kind, tmp_path):
    """Without the list of currencies, which comes from elsewhere, and the day of today."""
    script = re.sub(
        r"\(VALUES .*?\) AS currencies", "(VALUES ...) AS currencies", printed(kind, write_small_file(kind, tmp_path))
    )
    script = script.replace(f"DATE '{timezone.localdate()}'", "DATE 'today'")
    path = GOLDEN / f"{kind}.sql"
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(script, encoding="utf-8")
    assert script == path.read_text(encoding="utf-8"), RENEW


@pytest.mark.parametrize("kind", NAMES)
def test_the_printed_sql_run_by_hand_stages_the_same_rows(kind, tmp_path, monkeypatch):
    path = write_small_file(kind, tmp_path)
    by_hand, ours = tmp_path / "by hand", tmp_path / "ours"
    by_hand.mkdir()
    ours.mkdir()
    script = printed(kind, path, rows_to=by_hand / "rows.parquet")
    assert not Import.objects.exists()
    monkeypatch.chdir(by_hand)
    with duckdb.connect() as connection:
        connection.execute(script)
    program = staged(kind, path, ours)
    files = sorted(file.name for file in program.folder.glob("*.parquet"))
    assert sorted(file.name for file in by_hand.glob("*.parquet")) == sorted([*files, "rows.parquet"])
    for file in files:
        with duckdb.connect() as connection:
            both = [connection.execute(f"FROM '{folder}/{file}'").fetchall() for folder in (by_hand, program.folder)]
        assert both[0] == both[1]
    with duckdb.connect() as connection:
        count = connection.execute(
            f"SELECT count(*) FILTER (NOT faulty), count(*) FILTER (faulty) FROM '{program.folder}/groups.parquet'"
        )
        good, bad = count.fetchone()
    assert good >= 2, "the small file has good rows"
    assert bad >= 2, "and bad ones"


def test_the_sql_is_that_of_the_mapping_and_leaves_nothing_behind(tmp_path, home):
    path = tmp_path / "my.csv"
    path.write_text("a;b\nP1;Bread\n")
    mapping = tmp_path / "my.toml"
    mapping.write_text('kind = "products"\n[columns]\nreference = "a"\nname = { value = "It\'s bread" }\n')
    script = printed("products", path, mapping=str(mapping))
    assert '-- reference = "a"' in script
    assert "'It''s bread'" in script
    assert list((home / "imports").iterdir()) == []


def test_the_file_as_read_is_a_table_of_texts(tmp_path):
    rows = reading.read(write_small_file("products", tmp_path), tmp_path)
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE FROM '{rows.path}'").fetchall()
    assert [(name, of) for name, of, *_rest in described][:3] == [
        ("line", "BIGINT"),
        ("extra", "VARCHAR"),
        ("c0", "VARCHAR"),
    ]


def test_the_literals_of_spaces_are_the_spaces_that_we_strip():
    with duckdb.connect() as connection:
        pattern = quoted(sql.BETWEEN_DIGITS)
        (trimmed,) = connection.execute(f"SELECT {sql.TRIMMED}").fetchone()
        taken = [
            connection.execute(f"SELECT regexp_full_match(?, {pattern})", [mark]).fetchone()[0]
            for mark in trimmed + "’'"
        ]
    assert trimmed == sql.SPACES
    assert all(taken)
