"""Files whose headings were shuffled, translated or taken out: asked about or refused, and never stored otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from habitue.customers.models import Customer
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.profiles.profile import profile_named
from habitue.kernel.errors import HabitueError
from tests.imports.profiles.facts import (
    Facts,
    File,
    carried,
    draw,
    expected_orders,
    expected_people,
    stored_orders,
    stored_people,
)
from tests.imports.profiles.formats import FORMATS, Format
from tests.sampling import TIMES

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def paris(settings):
    settings.TIME_ZONE = "Europe/Paris"
    settings.COUNTRY = "FR"


def shuffled(file: File, chance: random.Random) -> File:
    """The same cells under headings that change their places."""
    names = list(file.headings)
    chance.shuffle(names)
    return _renamed(file, dict(zip(file.headings, names, strict=True)))


def translated(file: File, chance: random.Random) -> File:
    """Headings in a language that nobody knows."""
    vowels = str.maketrans("aeiouyAEIOUYéèàôç", "oäüøåëOÄÜØÅËüöäåk")
    return _renamed(
        file, {heading: f"{heading.translate(vowels)[::-1]} {at}" for at, heading in enumerate(file.headings)}
    )


def without(file: File, chance: random.Random) -> File:
    """Without three of the columns."""
    gone = set(chance.sample(file.headings, min(3, len(file.headings) - 2)))
    return replace(file, headings=tuple(heading for heading in file.headings if heading not in gone))


def _renamed(file: File, names: dict[str, str]) -> File:
    rows = tuple({names[heading]: cell for heading, cell in row.items()} for row in file.rows)
    return replace(file, headings=tuple(names[heading] for heading in file.headings), rows=rows)


SPOILINGS: dict[str, Callable[[File, random.Random], File]] = {
    "shuffled": shuffled, "translated": translated, "without": without,
}  # fmt: skip


def differences(of: Format, facts: Facts) -> list[object]:
    """What is stored and was not planted; what is missing was refused, or is not in the file any more."""
    if of.people:
        expected = {
            tuple(sorted(one["emails"])): one for one in expected_people(facts, of.people, of.reference).values()
        }
        wrong: list[object] = []
        for person in stored_people().values():
            planted = expected.get(tuple(sorted(person["emails"])), {})
            wrong += [
                (name, person[name])
                for name in of.people
                if name != "emails" and not _within(person[name], planted.get(name))
            ]
        return wrong
    expected_rows = expected_orders(facts, of.carried, of.currency)
    money = {(row[0], row[-3:-1] if len(row) == 4 else row[2:5]) for row in expected_rows}
    return [
        row for row in stored_orders(of.carried) if (row[0], row[-3:-1] if len(row) == 4 else row[2:5]) not in money
    ]


def _within(stored: Any, planted: Any) -> bool:
    """Whether what is stored is what was planted, or a part of it: columns may be gone."""
    if isinstance(stored, set):
        rows = planted or set()
        return all(one in rows or any(_parts(one, other) for other in rows) for one in stored)
    return stored in (planted, "")


def _parts(one: Any, other: Any) -> bool:
    return isinstance(one, tuple) and all(mine in (theirs, "") for mine, theirs in zip(one, other, strict=True))


@pytest.mark.parametrize("way", SPOILINGS)
@pytest.mark.parametrize("key", FORMATS)
def test_a_file_with_spoilt_headings_is_never_stored_otherwise(key, way, tmp_path, settings):
    of = FORMATS[key]
    settings.CURRENCY = of.currency
    path = tmp_path / f"{key}.csv"
    for seed in range(TIMES):
        facts = carried(draw(seed), of.carried)
        file = of.write(facts)
        if file.widths:
            pytest.skip("its files have no headings")
        path.write_bytes(SPOILINGS[way](file, random.Random(seed)).content())  # noqa: S311 - the same for the same seed
        try:
            import_ = run(profile_named(of.profile or key).kind, path)
        except HabitueError:
            continue  # it asks, or refuses
        assert differences(of, facts) == []
        import_.refresh_from_db()
        undo(Import.objects.get(pk=import_.pk).event)
        Customer.objects.all().delete()
