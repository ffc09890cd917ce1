from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone, translation

from tests.sampling import LONG

# The files that take longest, the longest first: begun first, so that no worker sits idle while another ends one.
LONGEST = (
    "customers/test_machine.py",
    "imports/test_killing.py",
    "test_demo.py",
    "insight/test_engines.py",
    "browser/test_accessibility.py",
    "insight/test_properties.py",
    "insight/test_cdnow.py",
    "test_serving.py",
    "browser/test_journey.py",
    "browser/test_imports.py",
    "imports/test_two_at_once.py",
    "queue/test_killed_worker.py",
    "imports/test_sums.py",
    "purchases/test_kept.py",
    "portraits/test_offering.py",
    "events/test_interleaving.py",
    "portraits/test_refreshing.py",
    "portraits/test_refreshing_one.py",
    "imports/test_order_writings.py",
    "imports/test_people.py",
    "imports/cases/test_cases.py",
    "imports/test_who_is_who.py",
)
TESTS = Path(__file__).parent


A_FEW = 3  # of the same test with other values, on the second database
DATABASE = {"db", "transactional_db", "database"}  # fixtures; `database` is that of tests/test_demo.py


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":  # the rest says the same on every database: it ran on SQLite
        kept = {item.nodeid for item in _some_of_each(item for item in items if _needs_database(item))}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]
    places = {TESTS / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


def _some_of_each(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Of tests that run with many values, a few, always the same ones; all of them in a long run."""
    same: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        same[item.nodeid.partition("[")[0]].append(item)
    for name, some in same.items():
        yield from some if LONG or len(some) <= A_FEW else random.Random(name).sample(some, A_FEW)


def _needs_database(item: pytest.Item) -> bool:
    """Whether a test may say something else on another database."""
    asks = DATABASE.intersection(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
    return bool(asks) and not item.get_closest_marker("any_database")


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Path:
    """Every test has a folder of its own for all that Habitué keeps."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    # What a request of an earlier test has left in this thread and process: its language, its zone, counts.
    translation.deactivate()
    timezone.deactivate()
    cache.clear()
    return settings.HOME
