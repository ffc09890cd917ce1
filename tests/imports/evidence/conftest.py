from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest

from habitue.imports.evidence.collecting import Evidence, collect
from habitue.imports.evidence.guess import Guess
from habitue.imports.evidence.guessing import guess
from habitue.imports.files import reading
from habitue.imports.files.reading import Rows


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Rows]:
    """A file of these lines, the first of them its headings, read."""

    def make(*lines: str, name: str = "file.csv") -> Rows:
        folder = Path(mkdtemp(dir=tmp_path))
        path = folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return reading.read(path, folder)

    return make


@pytest.fixture
def evidence_of(file) -> Callable[..., Evidence]:
    def make(*lines: str) -> Evidence:
        return collect(file(*lines))

    return make


@pytest.fixture
def guess_from(file, db) -> Callable[..., Guess]:
    """Custom fields are looked up in the database."""

    def make(*lines: str, kind: str = "") -> Guess:
        return guess(file(*lines), kind)

    return make
