"""Words that named things here and were ours alone: docs/glossary.md has the standard terms that took their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Names that no function, class, argument, attribute or variable has, anywhere.
NOWHERE = {
    "told", "_told", "found", "standing_alone", "stood_for", "going_on", "FOLLOWING", "_tell", "told_day", "rehearse",
    "rehearsal", "Prepared", "SOMEBODY", "Sought", "Among", "Way", "WAYS", "standing_pk", "size_now",
}  # fmt: skip
# A word that is right elsewhere and named one thing wrongly: (where, name).
IN = (
    ("habitue.events.*", "writing"),
    ("habitue.events.*", "ended"),
    ("habitue.segments.queries", "standing"),
    ("habitue.customers.queries", "merged"),
    ("habitue.imports.writing.*", "standing"),
    ("habitue.segments.conditions", "told"),
    ("habitue.*.models", "derived"),
    ("habitue.reading.customer_list.*", "apart"),
    ("habitue.reading.customer_list.*", "few"),
    ("habitue.reading.customer_list.*", "near"),
    ("habitue.reading.customer_list.*", "Place"),
    ("habitue.reading.customer_list.*", "tied"),
    ("habitue.reading.*", "Who"),
    ("habitue.insight.*", "passages"),
    ("habitue.portraits.*", "passages"),
)
MODULES = {"keeping", "who", "had", "ended", "leaving", "returning", "waiting", "passages"}


def test_no_thing_has_a_name_of_ours_alone():
    names = [name for folder in ("habitue", "tests", "bench", "tools") for name in names_in(ROOT / folder, ROOT)]
    assert len(names) > 5_000, "the search itself"
    assert sorted({name for name in names if wrong(name)}) == []


def test_a_name_of_ours_alone_is_found(tmp_path: Path):
    (tmp_path / "habitue" / "events").mkdir(parents=True)
    source = "class Sought:\n    def writing(self, found):\n        told = [one for one in found]\n"
    (tmp_path / "habitue" / "events" / "keeping.py").write_text(source)
    names = names_in(tmp_path / "habitue", tmp_path)
    bad = {name.rpartition(".")[2] for name in names if wrong(name)}
    assert bad == {"keeping/", "Sought", "writing", "found", "told"}


def wrong(name: str) -> bool:
    """Whether a qualified name (module.name, or module/ for a module) ends in a word that must not name this thing."""
    if name.endswith("/"):
        return name[:-1].rpartition(".")[2] in MODULES
    return name.rpartition(".")[2] in NOWHERE or any(fnmatch(name, f"{where}.{word}") for where, word in IN)


def names_in(folder: Path, root: Path) -> list[str]:
    """Qualified names of all modules, functions, classes, arguments, attributes and variables."""
    names = []
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            names += [f"{module}/", *(f"{module}.{name}" for name in defined(ast.parse(path.read_text("utf-8"))))]
    return names


def defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
