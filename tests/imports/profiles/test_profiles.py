"""Each profile: it holds together, is known by its files, and gives back the facts that were planted in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.profiles.profile import all_profiles, check, profile_named, read
from habitue.kernel.errors import HabitueError
from tests.imports.profiles.facts import (
    Facts,
    carried,
    draw,
    expected_orders,
    expected_people,
    stored_orders,
    stored_people,
)
from tests.imports.profiles.formats import FORMATS, Format
from tests.sampling import TIMES

pytestmark = pytest.mark.django_db
DEMONSTRATION = {"complete_journey", "complete_journey_names", "complete_journey_products"}


@pytest.fixture(autouse=True)
def paris(settings):
    settings.TIME_ZONE = "Europe/Paris"
    settings.COUNTRY = "FR"


def bring(key: str, facts: Facts, tmp_path: Path, settings: Any, profile: str | None = None) -> Import:
    """Import a file of the format, as a command does without a mapping."""
    of = FORMATS[key]
    settings.CURRENCY = of.currency
    path = tmp_path / f"{key}.csv"
    path.write_bytes(of.write(facts).content())
    name = of.profile or key
    import_ = run(
        profile_named(name).kind, path, answers={"profile": (name if of.asked else "") if profile is None else profile}
    )
    import_.refresh_from_db()
    return import_


def assert_read_back(of: Format, facts: Facts) -> None:
    if of.people:
        stored = {key: {name: person[name] for name in of.people} for key, person in stored_people().items()}
        assert stored == expected_people(facts, of.people, of.reference)
    else:
        assert stored_orders(of.carried) == expected_orders(facts, of.carried, of.currency)


def test_every_profile_is_whole_and_has_a_generator():
    for profile in all_profiles():
        check(profile)
        assert profile.sources or not profile.confirmed, f"{profile.key} is confirmed by nothing"
        assert set(profile.title) == {"en", "fr"}, profile.key
    assert {profile.key for profile in all_profiles()} - DEMONSTRATION == {
        of.profile or key for key, of in FORMATS.items()
    }


@pytest.mark.parametrize("wrong", [{"decimal": "-"}, {"filters": {"Elsewhere": {"not": ["x"]}}}])
def test_a_profile_with_a_wrong_mapping_or_a_heading_of_another_file_is_not_whole(wrong):
    profile = profile_named("cdnow")
    with pytest.raises(HabitueError):
        check(replace(profile, data=profile.data | wrong))


@pytest.mark.parametrize("key", FORMATS)
def test_facts_are_read_back_as_they_were_planted(key, tmp_path, settings):
    of = FORMATS[key]
    for seed in range(TIMES):
        facts = carried(draw(seed), of.carried)
        if of.asked:
            with pytest.raises(HabitueError, match=f"--profile {key}"):
                bring(key, facts, tmp_path, settings, profile="")
        import_ = bring(key, facts, tmp_path, settings)
        assert import_.rejected == 0, list(import_.rejections.values_list("line", "column", "code", "data"))
        assert import_.source["profile"] == (of.profile or key)
        assert_read_back(of, facts)
        if TIMES > 1:
            undo_all()


def undo_all() -> None:
    for import_ in Import.objects.filter(undone_at=None).order_by("-pk"):
        undo(import_.event)


@pytest.mark.parametrize("sums", ["", '[[profile.sums]]\ntotal = "Total"\nrules = { amounts = { rule = "thrown" } }\n'])
def test_a_format_whose_mapping_or_whose_rules_of_a_sum_are_wrong_is_refused(tmp_path, sums):
    rule = "" if sums else 'amounts = { rule = "thrown" }\n'
    text = f'kind = "orders"\n{rule}[profile]\ntool = "Till"\ntitle = {{ en = "sales" }}\nheadings = ["Total"]\n'
    (tmp_path / "till.toml").write_text(f'{text}{sums}[columns]\namount = "Total"\n')
    with pytest.raises(HabitueError, match="thrown"):
        check(read(tmp_path / "till.toml"))
