"""Defects are planted in a tiny package of its own, whose tests are real: one of them too weak."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tools import mutants
from tools.mutating import Mutant, differs, lines_of_statement
from tools.mutating import mutants as of_module

FILES = {
    "shop/__init__.py": "",
    "shop/prices/__init__.py": "",
    "shop/prices/discounts.py": "def cheap(price: int) -> bool:\n    return price < 10\n",
    "shop/prices/postage.py": "def free(price: int) -> bool:\n    return price > 50\n",
    "shop/prices/counting.py": "def count(top):\n    at = 0\n    while at != top:\n        at += 1\n    return at\n",
    "shop/prices/limits.py": "LIMIT = 7\ndef limit():\n    return LIMIT\n",
    "shop/prices/unused.py": "HEIGHT = 7\n",
    "tests/test_limits.py": """
from shop.prices.limits import limit

def test_limit():
    assert limit() == 7
""",
    "tests/prices/test_discounts.py": """
from shop.prices.discounts import cheap

def test_up_to_ten():
    assert [cheap(9), cheap(10), cheap(11)] == [True, False, False]
""",
    "tests/prices/test_postage.py": """
from shop.prices.postage import free

def test_weak():
    assert [free(10), free(90)] == [False, True]
""",
    "tests/test_counting.py": """
from shop.prices.counting import count

def test_far_away():
    assert count(3) == 3
""",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--import-mode=importlib'\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # none is needed there, and they take seconds to load
    folder = tmp_path / "tree"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=Ada", "-c", "user.email=a@x.fr", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def run_on(shop: Path, **others) -> mutants.Run:
    return mutants.Run(root=shop, rooms=("shop/prices",), kept=shop.parent / "kept.jsonl", **others)


@pytest.fixture
def only(monkeypatch):
    """Draws the defects of these kinds alone, in one file."""

    def choose(file: str, *operators: str) -> None:
        every = mutants.mutants
        monkeypatch.setattr(
            mutants, "mutants", lambda name, source: [m for m in every(name, source) if wanted(m, file, operators)]
        )

    return choose


def wanted(mutant: Mutant, file: str, operators: tuple[str, ...]) -> bool:
    return mutant.file.endswith(file) and mutant.operator in operators


def test_what_a_weak_test_lets_through_is_reported_with_its_place_and_the_defect(shop, only):
    only("postage.py", "boundary")
    mutants.execute(run_on(shop))
    rate, text = mutants.summary(run_on(shop))
    assert rate == 0
    assert "shop/prices/postage.py:2 boundary\n    - return price > 50\n    + return price >= 50" in text


def test_what_turns_a_test_red_is_killed_by_the_tests_that_run_its_line_alone(shop, only):
    only("discounts.py", "boundary")
    mutants.execute(run_on(shop))
    rate, text = mutants.summary(run_on(shop))
    assert rate == 100
    assert "of 1 defects 1 tried, 1 killed, 0 by time, 0 survived: 100.0 %" in text
    assert mutants.rows(run_on(shop).kept)[-1]["tests"] == 1
    covering = run_on(shop).covering()
    assert covering.tests("shop/prices/discounts.py", [2]) == ["tests/prices/test_discounts.py::test_up_to_ten"]
    assert covering.tests("shop/prices/discounts.py", [1]) == []


def test_a_line_that_only_an_import_runs_meets_the_tests_about_its_module(shop, only):
    only("limits.py", "constant")
    mutants.execute(run_on(shop))
    assert mutants.rows(run_on(shop).kept)[-1]["verdict"] == "killed"
    assert mutants.nearness("shop/prices/limits.py", "tests/test_limits.py::test_limit") == 3
    assert mutants.nearness("shop/prices/limits.py", "tests/prices/test_postage.py::test_weak") == 1


def test_a_line_of_a_file_that_no_test_runs_meets_them_all(shop, only):
    only("unused.py", "constant")
    mutants.execute(run_on(shop))
    row = mutants.rows(run_on(shop).kept)[-1]
    assert (row["verdict"], row["tests"]) == ("survived", 4)


def test_a_defect_that_never_ends_counts_as_killed(shop, only, monkeypatch):
    only("counting.py", "constant")
    monkeypatch.setattr(mutants, "AT_LEAST", 5.0)
    mutants.execute(run_on(shop))
    verdicts = {row["line"]: row["verdict"] for row in mutants.rows(run_on(shop).kept)}
    assert verdicts == {2: "survived", 4: "timeout"}  # from 1 on; two at a time, past the end
    assert mutants.summary(run_on(shop))[0] == 50


def test_a_second_call_goes_on_where_the_first_was_stopped(shop, only):
    only("discounts.py", "boundary", "comparison", "constant")
    mutants.execute(run_on(shop, count=1))
    first = run_on(shop).kept.read_text()
    mutants.execute(run_on(shop, count=1))
    assert run_on(shop).kept.read_text() == first
    (shop / "shop/prices/discounts.py").write_text("\n" + FILES["shop/prices/discounts.py"])
    mutants.execute(run_on(shop, count=1))
    assert len(run_on(shop).kept.read_text()) > len(first), "other sources have no results yet"


def test_what_survived_is_tried_again_with_the_tests_written_since(shop, only):
    only("postage.py", "boundary")
    mutants.execute(run_on(shop))
    stronger = FILES["tests/prices/test_postage.py"].replace("test_weak", "test_strong").replace("10", "50")
    (shop / "tests/prices/test_postage.py").write_text(stronger)
    mutants.execute(run_on(shop))
    assert mutants.summary(run_on(shop))[0] == 0
    mutants.execute(run_on(shop, again=True))
    assert mutants.summary(run_on(shop))[0] == 100
    covering = run_on(shop).covering()
    assert covering.tests("shop/prices/postage.py", [2]) == ["tests/prices/test_postage.py::test_strong"]
    assert len(covering.all()) == 4, "tests of other files are as they were learned"


def test_a_survivor_that_did_not_meet_all_tests_says_so(shop, only, monkeypatch):
    only("unused.py", "constant")
    monkeypatch.setattr(mutants, "QUICK", 0.0)
    mutants.execute(run_on(shop, seconds=0.0))
    assert re.search(r"unused.py:1 constant .met [1-3] of 4 tests", mutants.summary(run_on(shop))[1])


def test_the_files_of_the_tree_are_as_they_were(shop, only):
    only("discounts.py", "boundary", "comparison", "constant")
    mutants.execute(run_on(shop))
    assert {name: (shop / name).read_text() for name in FILES} == FILES


def test_tests_that_are_red_without_a_defect_stop_it(shop, only):
    only("discounts.py", "boundary")
    (shop / "tests/prices/test_discounts.py").write_text("def test_red():\n    assert False\n")
    with pytest.raises(mutants.UnusableTestsError, match="test_discounts"):
        mutants.execute(run_on(shop))


def test_a_room_that_is_missing_is_named(shop):
    run = mutants.Run(root=shop, rooms=("shop/prices", "shop/stock"), kept=shop.parent / "kept.jsonl")
    with pytest.raises(SystemExit, match="shop/stock"):
        mutants.drawn(run)
    run.allow_missing = True
    assert mutants.drawn(run)


def test_the_same_seed_draws_the_same_and_fewer_are_the_first_of_more(shop):
    more = mutants.drawn(run_on(shop, count=5))
    assert mutants.drawn(run_on(shop, count=5)) == more
    assert mutants.drawn(run_on(shop, count=2)) == more[:2]
    assert any(mutants.drawn(run_on(shop, count=5, seed=seed)) != more for seed in range(5))
    assert len({(mutant.file, mutant.line) for mutant in more}) == len(more)


MODULE = '''
"""A text with 1 number."""
from typing import TYPE_CHECKING, Literal
if TYPE_CHECKING:
    SIZE = 3
def f(a: Literal[4] = 5) -> Literal[6]:
    log.info("é", 7)
    _("words", 8)
    f"{a + 9}"
    zip(a, b, strict=True)
    é = (a) in (b)  and a is not None
    if not a: run("é", 30, flag=True)
    return a != b
'''


def test_each_operator_finds_its_places_and_leaves_out_what_no_test_could_see():
    source = MODULE.encode()
    mutants = [(m.line, m.operator, source[m.start : m.end].decode(), m.text) for m in of_module("m.py", source)]
    assert mutants == [
        (6, "constant", "5", "6"),
        (10, "call", "zip(a, b, strict=True)", "pass"),
        (11, "comparison", "in", "not in"),
        (11, "boolean", "and", "or"),
        (11, "comparison", "is not", "is"),
        (12, "boolean", "not", ""),
        (12, "call", 'run("é", 30, flag=True)', "pass"),
        (12, "constant", "30", "60"),
        (12, "boolean", "True", "False"),
        (13, "comparison", "!=", "=="),
    ]
    assert all(differs(mutant, source) for mutant in of_module("m.py", source))


def test_a_line_that_a_kill_cut_short_spoils_no_other(tmp_path):
    from tools.records import append, rows

    kept = tmp_path / "kept.jsonl"
    append(kept, {"at": 1})
    kept.write_text(kept.read_text() + '{"at": 2, "cu')
    append(kept, {"at": 3})
    assert rows(kept) == [{"at": 1}, {"at": 3}]
    assert json.loads(kept.read_text().splitlines()[0]) == {"at": 1}


STATEMENTS = """
def f(a, b=3):
    if a and (
        b
    ):
        return 1
    return 2
class C:
    size = 4
"""


@pytest.mark.parametrize(("line", "lines"), [(2, [3, 4, 5, 6, 7]), (4, [3, 4]), (6, [6]), (9, [9])])
def test_a_line_belongs_to_its_smallest_statement_and_the_head_of_a_function_to_its_body(line, lines):
    assert list(lines_of_statement(STATEMENTS.encode(), line)) == lines
