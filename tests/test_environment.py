from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

from habitue.environment import (
    Environment,
    between,
    currency,
    database,
    languages,
    names,
    one_of,
    rate,
    secret_key,
    share,
    yes_or_no,
    zone,
)


def test_a_missing_or_empty_variable_gives_the_default():
    env = Environment({"HABITUE_PORT": " "})
    assert env.read("HABITUE_PORT", int, 8000, "a port number") == 8000
    env.check()


def test_all_that_is_wrong_is_said_at_once_with_what_is_expected():
    env = Environment({"HABITUE_PORT": "eighty", "HABITUE_LANGUAGE": "de", "HABITUE_HOEM": "/tmp"})
    env.read("HABITUE_PORT", int, 8000, "a port number")
    env.read("HABITUE_LANGUAGE", one_of("en", "fr"), "en", "en or fr")
    with pytest.raises(SystemExit) as stop:
        env.check()
    message = str(stop.value)
    assert "HABITUE_PORT='eighty': a port number" in message
    assert "HABITUE_LANGUAGE='de': en or fr" in message
    assert "HABITUE_HOEM is not a setting" in message


@pytest.mark.parametrize(
    ("parse", "wrong"),
    [
        (between(1, 65_535), "70000"),
        (currency, "EURO"),
        (rate, "-1"),
        (zone, "Mars/Olympus"),
        (share, "1.5"),
        (share, "x"),
        (yes_or_no, "perhaps"),
        (database, "mysql://a/b"),
    ],
)
def test_a_wrong_value_is_refused(parse, wrong):
    with pytest.raises(Exception):  # noqa: B017, PT011
        parse(wrong)


def test_the_program_does_not_start_on_a_bad_value(tmp_path):
    environment = {**os.environ, "HABITUE_HOME": str(tmp_path), "HABITUE_STAGE_LOST": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "habitue.cli", "status"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "HABITUE_STAGE_LOST='2': a share between 0 and 1 is expected" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_reached_is_said_without_a_traceback(tmp_path):
    environment = {
        **os.environ,
        "HABITUE_HOME": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
    }
    done = subprocess.run(
        [sys.executable, "-m", "habitue.cli", "status"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_host_names_may_have_spaces_between_them():
    assert names("crm.example.org, other ,") == ["crm.example.org", "other"]


def test_a_home_that_is_no_folder_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match=r"HABITUE_HOME=.*a folder to write to is expected"):
        secret_key(tmp_path / "file")


def test_the_secret_key_is_made_once_and_for_the_owner_only(tmp_path):
    key = secret_key(tmp_path / "new")
    assert len(key) > 50
    assert secret_key(tmp_path / "new") == key
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_languages_are_english_and_those_with_a_catalogue(tmp_path):
    for code in ("fr", "de", "pt_BR"):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "notes").mkdir()
    expected = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("pt-br", "Português brasileiro")]
    assert languages(tmp_path) == expected
    assert settings.LANGUAGES == [("en", "English"), ("fr", "Français")]
