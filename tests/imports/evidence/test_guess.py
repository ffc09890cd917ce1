"""The guess on files whose truth is known: right or asked, never wrong and sure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from habitue.imports.evidence import reading
from habitue.imports.evidence.guess import Guess
from tests.imports.evidence.judging import judged
from tests.imports.evidence.planted import Variant, variants

ALL = tuple(variants())
NAMED = ("english", "french", "shop")
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]  # custom fields are looked up


def table(
    some: tuple[Variant, ...], folder: Path
) -> tuple[dict[str, Counter[str]], list[str], list[tuple[Variant, Guess]]]:
    """Counts of right, asked and wrong by the sort of headings; what is wrong and sure; the guesses."""
    counts: dict[str, Counter[str]] = {}
    wrong, guesses = [], []
    for number, variant in enumerate(some):
        place = folder / str(number)
        place.mkdir()
        guessed, unasked, guess = judged(variant, place)
        counts.setdefault(variant.name.removeprefix(variant.layout.name).strip(), Counter()).update(guessed)
        wrong += [f"{variant.name}: {fact}" for fact in unasked]
        guesses.append((variant, guess))
    return counts, wrong, guesses


def test_nothing_is_wrong_and_sure_in_any_variant(tmp_path):
    assert len(ALL) >= 60
    counts, wrong, guesses = table(ALL, tmp_path)
    print("\n".join(f"{sort:32} {dict(count)}" for sort, count in sorted(counts.items())))
    assert wrong == []
    for sort in NAMED:
        assert set(counts[sort]) == {"right"}, "what headings say and cells confirm needs no question"
    for variant, guess in guesses:
        assert len(guess.questions) <= 2
        assert all(question.rows for question in guess.questions), "with rows of the file"
        if not variant.misleading and "nameless" not in variant.name:
            assert guess.questions == (), variant.name


def test_a_fault_planted_in_the_guess_is_found(tmp_path, monkeypatch):
    """The table is red when headings that stand above other columns are believed."""
    monkeypatch.setattr(reading, "misplaced", lambda clues: [])
    _counts, wrong, _guesses = table(tuple(variant for variant in ALL if variant.misleading), tmp_path)
    assert wrong != []
