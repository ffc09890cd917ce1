from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone, translation

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
)
TESTS = Path(__file__).parent


DATABASE = {"db", "transactional_db", "database"}  # fixtures; `database` is that of tests/test_demo.py


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":  # the rest says the same on every database: it ran on SQLite
        left_out = [item for item in items if not _needs_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _needs_database(item)]
    places = {TESTS / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


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
