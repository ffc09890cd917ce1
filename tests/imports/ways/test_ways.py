"""The same sales written in many ways: the facts that come of a file are those of the sales, or something is asked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.ways.composing import ALL, UNAMBIGUOUS, Written, written
from tests.imports.ways.judging import Outcome, brought
from tests.sampling import sampled

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_there_are_forty_ways_and_most_are_unambiguous():
    assert len(ALL) >= 40
    assert len(UNAMBIGUOUS) >= 30
    assert set(ALL) >= UNAMBIGUOUS


@given(seed=st.integers(0, 2**32))
@sampled(40)
def test_what_is_written_is_what_comes_in_or_is_asked(seed):
    with tempfile.TemporaryDirectory() as folder:
        file = written(seed, Path(folder))
        assert difference(file, brought(file.path, Path(folder))) == "", (seed, file.ways)


def difference(file: Written, outcome: Outcome) -> str:
    """What differs silently; or, of a file of unambiguous ways, that something is asked or kept back."""
    right = file.table.truth
    if file.unambiguous and (outcome.asked or outcome.kept):
        return f"asked: {outcome.asked} kept back: {outcome.kept}"
    if outcome.asked:
        return ""
    if outcome.kind != "orders":
        return f"taken for {outcome.kind}"
    wanted = {number: fact for number, fact in right.items() if number not in outcome.kept}
    wrong = {
        number: (outcome.facts.get(number), wanted.get(number))
        for number in outcome.facts.keys() | wanted.keys()
        if outcome.facts.get(number) != wanted.get(number)
    }
    if not wrong:
        wrong = {
            number: (fact.lines, wanted[number].lines)
            for number, fact in outcome.facts.items()
            if wanted[number].lines and fact.lines != wanted[number].lines
        }
    return f"{len(wrong)} of {len(right)}, such as {min(wrong.items(), key=str)}" if wrong else ""
