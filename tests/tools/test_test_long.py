from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import test_long as long_run
from tools.records import ROOT, rows

NOTES = "import os, pathlib; pathlib.Path(r'{0}').open('a').write(os.environ['TEST_TIMES'] + ' {{seed}};')"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def parts(notes: Path, more: str = "") -> list[long_run.Part]:
    command = [sys.executable, "-c", NOTES.format(notes) + more]
    return [long_run.Part("few", "two steps", command, steps=2, times=7), long_run.Part("one", "a step", command)]


def run(notes: Path, *arguments: str, more: str = "") -> int:
    return long_run.main(list(arguments), parts(notes, more), notes.with_name("kept.jsonl"))


def test_each_step_runs_once_with_a_seed_of_its_own_and_its_number_of_examples(notes, capsys):
    assert run(notes, "--seed", "10") == 0
    assert notes.read_text() == "7 10;7 11;1 10;"
    assert run(notes) == 0
    assert notes.read_text() == "7 10;7 11;1 10;", "what has passed does not run again"
    assert "| few | two steps | 20" in capsys.readouterr().out
    run(notes, "--again", "one")
    assert notes.read_text().endswith(";1 10;1 10;")


def test_a_call_that_was_killed_goes_on_with_its_seed_where_it_was(notes):
    run(notes, "--seed", "10")
    kept = notes.with_name("kept.jsonl")
    kept.write_text(kept.read_text().splitlines()[0] + '\n{"part": "few", "st')
    notes.unlink()
    assert run(notes) == 0
    assert notes.read_text() == "7 11;1 10;"


def test_a_part_that_fails_says_so_and_runs_again(notes, capsys):
    assert run(notes, "one", "--seed", "3", more="; raise SystemExit('no good')") == 1
    assert "no good" in capsys.readouterr().out
    assert rows(notes.with_name("kept.jsonl"))[-1]["result"] == "failed"
    assert run(notes, "one") == 0
    assert "| 3 | 0 | passed |" in capsys.readouterr().out


def test_nothing_runs_when_only_the_list_is_asked_for_or_a_name_is_wrong(notes, capsys):
    assert run(notes, "--list") == 0
    assert "0 of 2 done" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run(notes, "fwe")
    assert not notes.exists()


def test_every_part_names_tests_that_are_there():
    for part in long_run.PARTS:
        assert all((long_run.ROOT / word).exists() for word in part.command if word.startswith("tests/"))


def test_the_command_knows_its_parts_and_each_has_tests():
    listed = subprocess.run(
        [sys.executable, "-m", "tools.test_long", "--list"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert listed.returncode == 0, listed.stderr
    assert all(f"| {part.name} |" in listed.stdout for part in long_run.PARTS)
    files = {word for part in long_run.PARTS for word in part.command if word.startswith("tests/")}
    assert files
    assert {file for file in files if not (ROOT / file).is_file()} == set()
