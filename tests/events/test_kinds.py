"""Every kind of event is declared, has words in both languages, and says who may undo it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from habitue.events.journal import begin, record
from habitue.events.kinds import KINDS, EventKind, check_kinds, declare
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError
from tests import factories

pytestmark = pytest.mark.django_db
# What the verbs write into the data of each kind: the words must be able to say it.
NAMED = {"name": "VIP", "was": "VIP", "now": "Regular", "into": "Regular", "label": "Size", "competitor": "Next door"}
DATA = {
    **{f"contact.{verb}": {"point": "phone"} for verb in ("added", "edited", "ended", "removed")},
    **{f"relation.{verb}": {"relation": "carer"} for verb in ("added", "edited", "removed")},
    **{f"order.{verb}": {"number": "desk/1", "order": 1} for verb in ("entered", "returned", "corrected")},
    **{f"tag.{verb}": NAMED for verb in ("put", "taken", "renamed", "joined", "removed")},
    **{f"comparison.{verb}": NAMED for verb in ("added", "edited", "removed")},
    **{f"competitor.{verb}": NAMED for verb in ("renamed", "joined", "removed")},
    **{f"field.{verb}": NAMED for verb in ("declared", "changed", "ordered", "removed")},
    **{f"segment.{verb}": NAMED for verb in ("made", "edited", "removed")},
    "segment.counted": {"segment": 1, "size": 1200, "entered": 3, "left": 2},
    "customer.created": {},
    "customer.edited": {"fields": ["name", "born_on"]},
    "customer.merged": {"kept": 1, "others": [2], "taken": {"purchases.order": 3, "other.thing": 1}},
    "pair.never": {},
    "value.set": {"labels": ["Size"]},
    "duplicates.found": {"customers": 1200},
    "customers.exported": {"customers": 1200},
    "customers.changed": {"edit": "tag", "target": "VIP", "customers": 1200},
    "import.started": {"file": "shop.csv"},
    "import.finished": {"file": "shop.csv"},
    "portraits.refreshed": {"as_of": "2026-11-27"},
    "undone": {"of": "tag.put", "what": "Tag put: VIP"},
}


def test_what_a_kind_has_to_say_is_known_of_each():
    assert set(DATA) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(DATA))
def test_a_kind_has_words_in_english_and_in_french(kind: str):
    words = {}
    for language in ("en", "fr"):
        with translation.override(language):
            words[language] = KINDS[kind].say(DATA[kind])
    assert words["en"] != words["fr"]
    for text in words.values():
        assert text.strip()
        assert "%(" not in text
        assert not {"None", "{", "}"} & set(text.split())


def test_every_kind_that_the_code_writes_is_declared():
    """Looked for in the code, since a kind that is written once a year is missed by every other test."""
    written = set()
    for path in (settings.PACKAGE).rglob("*.py"):
        written |= set(_written(path))
    assert len(written) > 25, "the search itself"
    assert written <= set(KINDS)
    assert set(KINDS) - written <= {"import.finished"}, "declared and written by nobody"


def test_an_event_of_a_kind_that_nobody_declared_cannot_be_written():
    with pytest.raises(ValueError, match="No event kind"):
        begin("secret.thing")
    with pytest.raises(ValueError, match="No event kind"), record("secret.thing"):
        pass
    assert not Event.objects.exists()


@pytest.mark.parametrize("words", ["", "  ", None])
def test_a_kind_without_words_cannot_be_declared(words: str | None):
    with pytest.raises(ValueError, match="no words"):
        EventKind("a.b", words or "")


def test_two_kinds_of_one_code_are_refused_and_the_same_again_is_none():
    declare(KINDS["tag.put"])
    with pytest.raises(ValueError, match="declared twice"):
        declare(EventKind("tag.put", "Something else"))


def test_a_right_that_nobody_has_is_an_error_of_the_check(monkeypatch):
    assert not list(check_kinds(None))
    monkeypatch.setitem(KINDS, "a.b", EventKind("a.b", "Words", right="nonsense"))
    assert [error.id for error in check_kinds(None)] == ["events.E001"]


@pytest.mark.parametrize(
    "kind", ["customers.exported", "duplicates.found", "portraits.refreshed", "segment.counted", "undone"]
)
def test_what_left_the_house_or_changed_nothing_cannot_be_undone(kind: str):
    event = begin(kind, by=factories.bo(), customers=3)
    with pytest.raises(HabitueError, match="cannot be undone"):
        undo(event)


def _written(path: Path) -> list[str]:
    """The kinds that calls of `record` and `begin` name, by a text or by a constant of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    kinds = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in ("record", "begin"):
            kinds.append(_text(node.args[0], constants))
        elif isinstance(node, ast.Call) and _name(node.func) == "create":
            kinds += [_text(word.value, constants) for word in node.keywords if word.arg == "kind"]
    return [kind for kind in kinds if isinstance(kind, str) and ("." in kind or kind == "undone")]


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _text(node: ast.expr, constants: dict[str, object]) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    return constants.get(getattr(node, "id", ""), "")
