"""Arrows that import-linter cannot see: what every face shows knows no request and no page."""

from __future__ import annotations

import ast
from pathlib import Path

import habitue

READING = Path(habitue.__file__).parent / "reading"
HTTP = ("django.http", "django.shortcuts", "django.template", "django.urls", "django.contrib.messages", "django_htmx")


def of_http(source: str) -> list[str]:
    """Modules of HTTP that a source imports, at its head or in a function."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.startswith(HTTP)]


def test_what_every_face_shows_knows_no_request():
    files = sorted(READING.rglob("*.py"))
    assert len(files) > 8
    assert {path.name: imports for path in files if (imports := of_http(path.read_text("utf-8")))} == {}


def test_a_request_in_it_is_found():
    assert of_http("def later():\n    from django.shortcuts import render") == [
        "django.shortcuts",
        "django.shortcuts.render",
    ]
    assert of_http("from django import http") == ["django.http"]
