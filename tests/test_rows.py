"""A row is read by the names of its fields: neither templates nor tests know positions or letters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "habitue").rglob("*.html"))
TESTS = sorted(
    path for room in ("desk", "reading", "segments", "events") for path in (ROOT / "tests" / room).glob("*.py")
)
COORDINATE = re.compile(r'\b(?:c?[xy][12]?)="\{\{ [\w.]+ \}\}"')  # as SVG names them
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
NAMELESS = re.compile(r"\b[a-z_]\w*\.(?:[a-z]|\d+)\b")
ROWS = {  # names under which tests hold one
    "row",
    "rows",
    "one",
    "entry",
    "event",
    "contact",
    "line",
    "passage",
    "transition",
}


def nameless_in_template(text: str) -> list[str]:
    tags = TAG.findall(COORDINATE.sub("", text))
    return [name for tag in tags for name in NAMELESS.findall(QUOTED.sub("", tag))]


def nameless_in_test(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        of_row = isinstance(node, ast.Attribute | ast.Subscript) and ast.unparse(node.value) in ROWS
        match node:
            case ast.Attribute(attr=letter) if re.fullmatch("[a-z]" if of_row else "[a-wz]", letter):
                yield ast.unparse(node)
            case ast.Subscript(slice=ast.Constant(value=int())) if of_row:
                yield ast.unparse(node)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_reads_no_row_by_position_or_letter(path: Path):
    assert nameless_in_template(path.read_text()) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_reads_no_row_by_position_or_letter(path: Path):
    assert list(nameless_in_test(path.read_text())) == []


@pytest.mark.parametrize("text", ["{{ row.a }}", "{% if row.f %}", "{{ sizes.0.on }}", '<p title="{{ row.x }}">'])
def test_a_letter_or_position_in_a_template_is_seen(text: str):
    assert nameless_in_template(text)


@pytest.mark.parametrize("text", ['<rect x="{{ bar.x }}"/>', "{{ row.kind }}", "{{ 0.5|percent }}", "{{ 'a.b' }}"])
def test_coordinates_numbers_and_texts_are_no_letters_of_rows(text: str):
    assert nameless_in_template(text) == []


@pytest.mark.parametrize("text", ["row.a", "row.x", "rows[0]", "[row[1] for row in table]"])
def test_a_letter_or_position_in_a_test_is_seen(text: str):
    assert list(nameless_in_test(text))
