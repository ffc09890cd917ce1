from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.sampling import LONG

KILLING = Path(__file__).with_name("killing.py")


@pytest.fixture
def environment(tmp_path, django_db_setup, django_db_blocker):
    """That of a program with an installation of its own: a folder, and on PostgreSQL a database."""
    environment = os.environ | {"HABITUE_HOME": str(tmp_path / "program"), "PYTHONPATH": str(KILLING.parents[2])}
    environment.pop("DATABASE_URL", None)
    if connection.vendor == "sqlite":
        yield environment
        return
    with django_db_blocker.unblock():
        given = connection.get_connection_params()
    server = {key: given[key] for key in ("host", "port", "user", "password") if given.get(key)}
    name = f"habitue_killing_{os.getpid()}"
    with psycopg.connect(**server, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            address = f"{server.get('user', '')}:{server.get('password', '')}@{server.get('host', '')}"
            environment["DATABASE_URL"] = f"postgresql://{address}:{server.get('port', 5432)}/{name}"
            yield environment
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def killed(environment, tmp_path, variant, kind="orders", points=24):
    points = 0 if LONG and variant == "ours" else points  # a long run kills at every statement
    command = [sys.executable, str(KILLING), str(tmp_path), variant, kind, str(points)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=7_200 if LONG else 1_200)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    report["expected_points"] = points or 2 * report["statements"]
    return report


def test_an_import_killed_at_any_statement_and_started_again_loses_and_doubles_nothing(environment, tmp_path):
    report = killed(environment, tmp_path, "ours")
    clean = report["clean"]
    assert len(clean["imports"]) == len(clean["events"]) == 1
    assert len(clean["orders"]) > 50
    assert sum(1 for order in clean["orders"] if order[10]) > 5, "no refunds among them"
    assert len(clean["rejections"]) > 5
    assert report["wrong"] == []
    assert len(report["points"]) == report["expected_points"]
    assert {when for _at, when, _statement in report["points"]} == {"before", "after"}
    assert report["not_killed"] == []


@pytest.mark.parametrize(("kind", "points"), [("customers", 10), ("relations", 6)])
def test_customers_and_relations_that_are_killed_come_in_whole(environment, tmp_path, kind, points):
    report = killed(environment, tmp_path, "ours", kind, points)
    clean = report["clean"]
    assert len(clean["imports"]) == len(clean["events"]) == 1
    assert len(clean["rejections"]) > 4
    if kind == "customers":
        assert len(clean["points"]) > 150
        assert len(clean["tags"]) > 100
        assert any(row[5] for row in clean["custom"]), "nobody has a sponsor"
        assert any(change[2] for change in clean["changes"]), "nobody was changed"
        assert min(len(pks) for pks in clean["index"]) > 1, "not found by name or by e-mail address"
    else:
        assert len(clean["relations"]) > 10
    assert report["wrong"] == []
    assert len(report["points"]) == report["expected_points"]
    assert report["not_killed"] == []


def test_an_import_that_saves_its_cursor_outside_the_transaction_is_found_out(environment, tmp_path):
    report = killed(environment, tmp_path, "cursor-outside")
    assert report["not_killed"] == []
    assert report["wrong"], "the check does not see a cursor that is saved too late"
