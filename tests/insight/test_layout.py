"""How the analysis is built: on nothing else of this program, without import circles, in small pieces."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from habitue import insight

FOLDER = Path(insight.__path__[0])
FILES = {
    ".".join(("habitue", "insight", *file.relative_to(FOLDER).with_suffix("").parts)).removesuffix(".__init__"): file
    for file in FOLDER.rglob("*.py")
}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in FILES.items()}


def imported(name: str) -> set[str]:
    """All modules of this program that a module imports: inside functions and for type checks too."""
    modules = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            modules |= {part.name for part in node.names}
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}, line {node.lineno}: a relative import"
            parts = {f"{node.module}.{part.name}" for part in node.names}
            modules |= {part if part in FILES else str(node.module) for part in parts}
    return {module for module in modules if module.split(".")[0] == "habitue"}


def test_the_analysis_imports_nothing_else_of_this_program():
    assert {name: imported(name) - set(FILES) for name in FILES if not imported(name) <= set(FILES)} == {}


def test_no_modules_import_each_other_in_a_circle():
    order = list(TopologicalSorter({name: imported(name) for name in FILES}).static_order())
    assert order[-1] == "habitue.insight"
    assert len(order) == len(FILES) > 50


def test_functions_have_up_to_40_lines_and_files_up_to_400():
    functions = [
        (name, node.name)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert functions == []
    assert {name for name, file in FILES.items() if len(file.read_text(encoding="utf-8").splitlines()) > 400} == set()


def test_every_module_and_every_public_function_and_class_is_described():
    described = (ast.Module, ast.FunctionDef, ast.ClassDef)
    missing = [
        (name, getattr(node, "name", ""))
        for name, tree in TREES.items()
        for node in (tree, *tree.body)
        if isinstance(node, described) and getattr(node, "name", "")[:1] != "_" and not ast.get_docstring(node)
    ]
    assert missing == []
