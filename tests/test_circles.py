"""No module of ours needs itself by way of others. Imports inside functions count; those under TYPE_CHECKING do not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "habitue"

# Circles that are still there, by the last two parts of their modules' names. The list may only get shorter: one
# that is gone, or has changed, has to leave it.
KNOWN: set[frozenset[str]] = set()

Graph = dict[str, dict[str, int]]


def imports(package: Path) -> Graph:
    """For each module of the package the modules of it that it imports, with the line of the first import."""
    files = {module_name(path, package): path for path in sorted(package.rglob("*.py"))}
    return {name: targets(name, path, set(files)) for name, path in files.items()}


def module_name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(module: str, path: Path, modules: set[str]) -> dict[str, int]:
    """Importing a.b.c also runs a and a.b, unless the importing module lies in them and they run anyway."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    lines: dict[str, int] = {}
    for name, line in imported(ast.parse(path.read_text(encoding="utf-8")), package):
        whole = name if name in modules else name.rpartition(".")[0]
        parents = [parent for parent in ancestors(whole) if not f"{module}.".startswith(f"{parent}.")]
        for each in (whole, *parents):
            if each in modules and each != module:
                lines.setdefault(each, line)
    return lines


def imported(tree: ast.AST, package: str) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of each import; `from a import b` gives a.b, which may be a module or a name in one."""
    for node in at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in child.orelse:
                yield from at_run_time(other)
        else:
            yield from at_run_time(child)


def ancestors(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def circles(graph: Graph) -> list[frozenset[str]]:
    """The strongly connected components of more than one module (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[frozenset[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in graph[module]:
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            at = stack.index(module)
            components.append(frozenset(stack[at:]))
            del stack[at:]

    for module in graph:
        if module not in index:
            visit(module)
    return [component for component in components if len(component) > 1]


def report(graph: Graph, components: Iterable[frozenset[str]]) -> str:
    """Each circle with the imports that close it."""
    lines = []
    for circle in components:
        lines.append(f"a circle of {len(circle)} modules:")
        for module in sorted(circle):
            lines += [f"  {module}:{line} imports {to}" for to, line in graph[module].items() if to in circle]
    return "\n".join(lines)


def test_no_module_of_ours_needs_itself_by_way_of_others():
    graph = imports(PACKAGE)
    by_name = {frozenset(".".join(name.split(".")[-2:]) for name in circle): circle for circle in circles(graph)}
    new = [circle for names, circle in by_name.items() if names not in KNOWN]
    assert not new, "New circles. Settle them with a lower module.\n" + report(graph, new)
    gone = [sorted(names) for names in KNOWN if names not in by_name]
    assert not gone, f"No longer there, take them out of KNOWN: {gone}"


FILES = {
    "__init__.py": "",
    "a.py": "from shop import b",
    "b.py": "def later():\n    from shop.c import name",
    "c.py": "from .a import other\nname = 1",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.user import User",
    "user.py": "from shop.typed import User",
    "room/__init__.py": "from shop.door import handle",
    "room/table.py": "from shop.room import chair",
    "room/chair.py": "import json",
    "door.py": "import shop.room.chair",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


def test_a_circle_through_a_function_and_one_through_a_package_are_found_and_types_alone_are_none(shop):
    in_shop = circles(imports(shop))
    assert set(in_shop) == {frozenset({"shop.a", "shop.b", "shop.c"}), frozenset({"shop.room", "shop.door"})}


def test_the_report_names_the_line_of_each_import_that_closes_the_circle(shop):
    graph = imports(shop)
    text = report(graph, circles(graph))
    assert "shop.b:2 imports shop.c" in text
    assert "shop.door:1 imports shop.room" in text
    assert "shop.typed" not in text
