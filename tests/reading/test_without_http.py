"""Every face shows what `reading` reads: it knows no request, no response and no face."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import habitue.reading

ROOM = Path(habitue.reading.__file__).parent
FACES = ("django.http", "django.shortcuts", "django.urls", "django.template", "habitue.desk", "habitue.management")


def imported(text: str) -> set[str]:
    """The modules that are imported, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOM)))
def test_reading_knows_no_face(path: Path):
    assert [name for name in imported(path.read_text()) if name.startswith(FACES)] == []


def test_an_import_of_a_face_is_seen():
    text = "def late():\n    from django import http\n    from habitue.desk import models\n"
    assert [name for name in sorted(imported(text)) if name.startswith(FACES)] == [
        "django.http",
        "habitue.desk",
        "habitue.desk.models",
    ]
