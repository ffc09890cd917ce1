from __future__ import annotations

import json

import pytest
from django.db import connections

from habitue import cli
from habitue.team.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


@pytest.fixture
def habitue(english, capsys, monkeypatch):
    """Runs the command line and gives exit code, standard output and standard error."""
    monkeypatch.setattr(connections, "close_all", lambda: None)  # a command closes what this test goes on with

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = 0
        try:
            cli.main(list(arguments))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_alone_it_shows_every_command_with_its_purpose(habitue):
    code, out, _ = habitue()
    assert code == 0
    for name, purpose in cli.commands().items():
        assert f"{name:<10} {purpose}" in out


def test_an_unknown_command_is_a_usage_error_that_names_the_nearest(habitue):
    code, _, err = habitue("statsu")
    assert code == cli.USAGE
    assert "Did you mean “habitue status”?" in err


@pytest.mark.parametrize(
    "name", ["demo", "serve", "import", "refresh", "status", "portrait", "backtest", "user", "doctor"]
)
def test_every_command_explains_itself_without_the_options_of_django(habitue, name):
    code, out, _ = habitue(name, "--help")
    assert code == 0
    assert f"usage: habitue {name}" in out
    assert "--pythonpath" not in out


def test_it_speaks_french_where_the_terminal_does(habitue, monkeypatch):
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    _, out, _ = habitue("help")
    assert "Utilisation" in out


def test_status_of_an_empty_installation_is_all_zero(habitue):
    code, out, _ = habitue("status", "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["customers"], answer["orders"], answer["amounts"]) == (0, 0, {})


def test_an_account_is_made_with_a_password_that_works(habitue):
    code, out, _ = habitue("user", "add", "ines", "--json")
    made = json.loads(out)
    ines = User.objects.get(username="ines")
    assert code == 0
    assert ines.check_password(made["password"])
    assert ines.has_perm("team.see_customers")


def test_an_account_without_the_desk_may_not_look(habitue):
    habitue("user", "add", "cy", "--no-desk")
    assert not User.objects.get(username="cy").has_perm("team.see_customers")


def test_an_account_may_be_made_to_read_only_and_allowed_more_later(habitue):
    habitue("user", "add", "di", "--reader")
    assert not User.objects.get(username="di").has_perm("team.change_customers")
    _, out, _ = habitue("user", "allow", "di", "--manager")
    assert "di: changes customers and settings." in out
    assert User.objects.get(username="di").has_perm("team.manage_settings")
    _, out, _ = habitue("user", "list", "--json")
    assert json.loads(out) == [{"name": "di", "active": True, "desk": True, "changes": True, "manages": True}]
    _, out, _ = habitue("user", "allow", "di", "--no-desk")
    assert "di: nothing at the desk." in out


def test_an_account_has_one_role(habitue):
    code, _, _ = habitue("user", "add", "di", "--reader", "--manager")
    assert code == cli.USAGE
    assert not User.objects.exists()


def test_a_second_account_of_the_same_name_is_refused_and_the_first_kept(habitue):
    _, out, _ = habitue("user", "add", "ines", "--json")
    code, _, err = habitue("user", "add", "ines")
    assert code == 1
    assert "has an account already" in err
    assert User.objects.get(username="ines").check_password(json.loads(out)["password"])


def test_a_closed_account_cannot_sign_in(habitue, client):
    _, out, _ = habitue("user", "add", "ines", "--json")
    password = json.loads(out)["password"]
    habitue("user", "close", "ines")
    assert not client.login(username="ines", password=password)


def test_closing_an_unknown_account_says_where_the_names_are(habitue):
    code, _, err = habitue("user", "close", "nobody")
    assert code == 1
    assert "habitue user list" in err


def test_the_portrait_of_somebody_unknown_is_an_error(habitue):
    code, _, err = habitue("portrait", "nobody")
    assert code == 1
    assert "nobody" in err


def test_a_backtest_without_orders_says_what_to_do(habitue):
    code, _, err = habitue("backtest")
    assert code == 1
    assert "habitue import orders" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ("backtest", "--days", "0"),
        ("backtest", "--as-of", "9999-12-31"),
        ("refresh", "--as-of", "0001-01-01"),
        ("refresh", "--as-of", "yesterday"),
        ("serve", "--port", "70000"),
    ],
)
def test_a_value_that_cannot_be_is_a_usage_error(habitue, wrong):
    code, _, err = habitue(*wrong)
    assert code == cli.USAGE
    assert wrong[-1] in err


@pytest.mark.parametrize("name", ["a b", "x" * 300])
def test_a_name_that_cannot_be_is_refused(habitue, name):
    code, _, err = habitue("user", "add", name)
    assert code == 1
    assert err
    assert not User.objects.exists()


def test_the_doctor_finds_that_nobody_may_look_and_says_what_to_do(habitue):
    code, out, _ = habitue("doctor")
    assert code == 1
    assert "habitue user add" in out
    habitue("user", "add", "ines")
    code, out, _ = habitue("doctor")
    assert code == 0
    assert "✗" not in out
