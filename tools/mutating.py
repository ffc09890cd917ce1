"""Mutation operators: the small defects that can be planted in a module, each a replacement of one span of its text.

Operators: `comparison` (== to !=, < to >=, in to not in ...), `boundary` (< to <= ...), `constant` (a number plus one,
from 20 on doubled), `boolean` (True to False, and to or, `not` left out) and `call` (a call whose result nobody uses is
left out).
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
OPPOSITE |= {"is": "is not", "is not": "is", "in": "not in", "not in": "in"}
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
WORDS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "npgettext"}
LOGS = {"log", "logger", "logging"}
LARGE = 20  # from here on one more or less is hardly a defect
MEANT_FOR_CHECKERS = ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'")

Span = tuple[int, int]


@dataclass(frozen=True, order=True)
class Mutant:
    """A defect: the text from `start` to `end` (byte offsets in the file) is replaced by `text`."""

    file: str
    line: int
    start: int
    end: int
    operator: str
    text: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]


class Source:
    """A module's source bytes, syntax tree and tokens, with functions to find spans in them."""

    def __init__(self, file: str, source: bytes):
        self.file, self.source = file, source
        self.tree = ast.parse(source)
        lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in lines:
            self.starts.append(self.starts[-1] + len(line))
        self.tokens = [
            (token.string, self.characters(lines, token.start), self.characters(lines, token.end))
            for token in tokenize.tokenize(io.BytesIO(source).readline)
            if token.type in (tokenize.OP, tokenize.NAME)
        ]

    def characters(self, lines: list[bytes], place: tuple[int, int]) -> int:
        """The byte offset of a (line, column) of the tokenizer, whose columns count characters."""
        row, column = place
        return self.starts[row - 1] + len(lines[row - 1].decode()[:column].encode())

    def span(self, node: ast.expr | ast.stmt) -> Span:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[end_line - 1] + end_column

    def operator_between(self, left: ast.expr, right: ast.expr) -> tuple[str, Span]:
        """(operator, its span) between two operands; parentheses are skipped."""
        low, high = self.span(left)[1], self.span(right)[0]
        inside = [token for token in self.tokens if low <= token[1] and token[2] <= high and token[0] not in "()"]
        return " ".join(token[0] for token in inside), (inside[0][1], inside[-1][2])

    def mutant(self, operator: str, span: Span, text: str) -> Mutant:
        line = self.source.count(b"\n", 0, span[0]) + 1
        return Mutant(self.file, line, *span, operator, text)


def mutants(file: str, source: bytes) -> list[Mutant]:
    """All defects that can be planted in the module, in the order of its text."""
    module = Source(file, source)
    unique = set()
    for node in worth_changing(module.tree):
        for kind, make in OPERATORS.items():
            if isinstance(node, kind):
                unique.update(make(module, node))
    return sorted(unique)


def lines_of_statement(source: bytes, line: int) -> range:
    """Line numbers of the innermost statement around `line`, up to it; for the head of a function or class, of its
    body.
    """
    smallest = None
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            smallest = node  # walked from the outside in: the last is the smallest
    if smallest is None:
        return range(line, line + 1)
    if isinstance(smallest, ast.FunctionDef | ast.ClassDef):
        return range(smallest.body[0].lineno, (smallest.end_lineno or line) + 1)
    return range(smallest.lineno, line + 1)


def differs(mutant: Mutant, source: bytes) -> bool:
    """Whether the text with the defect is valid Python, with another syntax tree than the text without."""
    try:
        return ast.dump(ast.parse(mutant.applied(source))) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False


def comparisons(module: Source, node: ast.Compare) -> Iterator[Mutant]:
    for left, right in pairwise([node.left, *node.comparators]):
        operator, span = module.operator_between(left, right)
        yield module.mutant("comparison", span, OPPOSITE[operator])
        if operator in BOUNDARY:
            yield module.mutant("boundary", span, BOUNDARY[operator])


def constants(module: Source, node: ast.Constant) -> Iterator[Mutant]:
    if isinstance(node.value, bool):
        yield module.mutant("boolean", module.span(node), str(not node.value))
    elif isinstance(node.value, int | float):
        other = node.value + 1 if abs(node.value) < LARGE else node.value * 2
        yield module.mutant("constant", module.span(node), repr(other))


def connectives(module: Source, node: ast.BoolOp) -> Iterator[Mutant]:
    """A defect for each "and" or "or" of an expression, swapped alone; changed precedence is part of the defect."""
    for left, right in pairwise(node.values):
        operator, span = module.operator_between(left, right)
        yield module.mutant("boolean", span, {"and": "or", "or": "and"}[operator])


def negations(module: Source, node: ast.UnaryOp) -> Iterator[Mutant]:
    if isinstance(node.op, ast.Not):
        start, _end = module.span(node)
        yield module.mutant("boolean", (start, start + len("not")), "")


def calls(module: Source, node: ast.Expr) -> Iterator[Mutant]:
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    if isinstance(value, ast.Call):
        yield module.mutant("call", module.span(node), "pass")


OPERATORS: dict[type[ast.AST], Callable[[Source, ast.AST], Iterator[Mutant]]] = {
    ast.Compare: comparisons,
    ast.Constant: constants,
    ast.BoolOp: connectives,
    ast.UnaryOp: negations,
    ast.Expr: calls,
}  # type: ignore[dict-item]


def worth_changing(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes to plant defects in: no annotations, words for people, log lines, f-strings (whose parts have no
    position) and strict= (which tells a programmer only).
    """
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not left_out(child):
                yield from worth_changing(child)


def left_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return left_out(node.value)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in MEANT_FOR_CHECKERS
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return name in WORDS or name.split(".")[0] in LOGS
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg == "strict")
