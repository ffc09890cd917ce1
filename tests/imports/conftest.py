from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation

from habitue.imports import wording
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError

HEADINGS = "order,customer,date,product,quantity,amount"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A file with these lines under the usual headings."""

    def make(*lines: str, headings: str = HEADINGS, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in (headings, *lines)).encode(encoding))
        return path

    return make


@pytest.fixture
def bring_in(write, db) -> Callable[..., Import]:
    """Write the lines and import them as orders."""

    def make(*lines: str, kind: str = "orders", mapping=None, answers=None, **options) -> Import:
        return run(kind, write(*lines, **options), mapping, answers=answers)

    return make


@pytest.fixture
def bring(write, db) -> Callable[..., Import]:
    """Import a file of people, given as one text; or of another kind."""

    def make(text: str, kind: str = "customers", name: str = "people.csv", **options) -> Import:
        headings, *lines = (line.strip() for line in text.strip().splitlines())
        return run(kind, write(*lines, headings=headings, name=name), **options)

    return make


def in_both_languages(speak: Callable[[], str]) -> tuple[str, str]:
    """What is said in English and in French; they must not be the same text."""
    with translation.override("en"):
        english = speak()
    with translation.override("fr"):
        french = speak()
    assert english != french, "not translated"
    return english, french


def refusal(kind: str, path: Path, mapping=None) -> tuple[str, str]:
    """The error for a file that cannot be imported at all; the database stays as it was."""

    def speak() -> str:
        with pytest.raises(HabitueError) as caught:
            run(kind, path, mapping)
        return str(caught.value)

    said = in_both_languages(speak)
    assert not Import.objects.filter(rows__gt=0).exists()
    return said


def reasons(import_: Import) -> list[tuple[str, str]]:
    """The reason of each rejection, in both languages."""
    return [in_both_languages(lambda r=r: wording.reason(r)) for r in import_.rejections.all()]
