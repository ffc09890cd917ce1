"""Docstrings drawn by seed, to be read as by a stranger: name, signature and docstring, without the code.

    python -m tools.docstrings --seed 7                  five from each room
    python -m tools.docstrings --seed 7 --room customers --count 20

A docstring passes when the reader can say what the thing returns or does. A seed draws by name, so it draws the same
things after their docstrings were rewritten.
"""

from __future__ import annotations

import argparse
import ast
import random
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = ("tools", "bench")  # rooms beside the package

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class Documented(NamedTuple):
    """A module, class or function that has a docstring."""

    room: str
    name: str  # qualified: habitue.kernel.days.day_number
    signature: str  # "" of a module
    docstring: str

    def __str__(self) -> str:
        shown = f"{self.name}\n  {self.signature}" if self.signature else self.name
        return f"{shown}\n{textwrap.indent(self.docstring, '    ')}\n"


def documented(root: Path = ROOT) -> list[Documented]:
    """All modules, classes and functions with a docstring, in the order of the files."""
    paths = [path for folder in ("habitue", *OUTSIDE) for path in sorted((root / folder).rglob("*.py"))]
    return [
        each for path in paths if "migrations" not in path.parts for each in of_module(path.relative_to(root), path)
    ]


def of_module(place: Path, path: Path) -> Iterator[Documented]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
    parts = module.split(".")
    room = parts[0] if parts[0] in OUTSIDE or len(parts) == 1 else parts[1]
    if docstring := ast.get_docstring(tree):
        yield Documented(room, module, "", docstring)
    for name, node in definitions(tree, module):
        if docstring := ast.get_docstring(node):
            yield Documented(room, name, signature(node), docstring)


def definitions(tree: ast.AST, above: str) -> Iterator[tuple[str, Definition]]:
    """(qualified name, node) of every class and function, nested ones after the one around them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition):
            yield f"{above}.{node.name}", node
            yield from definitions(node, f"{above}.{node.name}")
        else:
            yield from definitions(node, above)


def signature(node: Definition) -> str:
    """The signature on one line, with decorators and, for a class, its annotated fields."""
    above = "".join(f"@{ast.unparse(each)} " for each in node.decorator_list)
    if isinstance(node, ast.ClassDef):
        fields = [ast.unparse(each.target) for each in node.body if isinstance(each, ast.AnnAssign)]
        bases = ", ".join(map(ast.unparse, node.bases))
        return f"{above}class {node.name}({bases}): {', '.join(fields)}".rstrip(": ")
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{above}def {node.name}({ast.unparse(node.args)}){returns}"


def drawn(all_of_them: list[Documented], seed: int, count: int, room: str | None = None) -> list[Documented]:
    """Up to `count` of each room (or of one), sampled room by room: a change in one leaves the other draws alone."""
    draws = []
    for each in sorted({item.room for item in all_of_them} if room is None else {room}):
        items = sorted(item for item in all_of_them if item.room == each)
        draws += random.Random(f"{seed} {each}").sample(items, min(count, len(items)))
    return draws


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.docstrings", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--room", help="one room only, such as customers or bench")
    parser.add_argument("--count", type=int, default=5, help="how many of each room")
    options = parser.parse_args(arguments)
    items = documented()
    if options.room and options.room not in (rooms := sorted({item.room for item in items})):
        parser.error(f"no room {options.room}; there are {', '.join(rooms)}")
    for item in drawn(items, options.seed, options.count, options.room):
        print(item)


if __name__ == "__main__":
    main()
