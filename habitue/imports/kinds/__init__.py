"""The kinds of import, each declared in a folder of its own."""

from __future__ import annotations

from importlib import import_module

from habitue.imports.kind import declare
from habitue.imports.vocabulary import vocabulary, worded

NAMES = ("orders", "customers", "relations", "products", "promotions", "contracts")


def declare_all() -> None:
    """Register the kind that each folder declares, with its headings in all languages."""
    for name in NAMES:
        kind = import_module(f"habitue.imports.kinds.{name}.declaration").KIND
        declare(worded(kind, vocabulary()))
