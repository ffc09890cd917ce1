from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Path:
    """Every test has a folder of its own for all that Habitué keeps."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME
