"""Customers and products by reference: made when new, changed when the file says something else, else left alone."""

from __future__ import annotations

from typing import Any

from django.db import models

from habitue.customers.models import Customer
from habitue.customers.queries import name_key
from habitue.imports.batching import batches
from habitue.imports.naming import FACTS, make
from habitue.imports.walking import Chunk, Outcome, Run
from habitue.purchases.models import Product


def write_customers(run: Run, chunk: Chunk) -> Outcome:
    return _write(Customer, chunk, ("name", "kind"), {"kind": run.staged.mapping.buyer_kind})


def write_products(run: Run, chunk: Chunk) -> Outcome:
    return _write(Product, chunk, ("name", "family"), {})


def _write(model: type[Customer | Product], chunk: Chunk, names: tuple[str, ...], defaults: dict[str, Any]) -> Outcome:
    """An empty cell says nothing: it never erases what is known."""
    stored = {
        row.reference: row
        for batch in batches(group["reference"] for group in chunk.groups)
        for row in model._default_manager.select_for_update().filter(reference__in=batch).only("reference", *names)
    }
    outcome = Outcome()
    changed = []
    for group in chunk.groups:
        if (row := stored.get(group["reference"])) is None:
            continue
        given = {name: group[name] for name in names if group[name] and group[name] != getattr(row, name)}
        for name, value in given.items():
            setattr(row, name, value)
        if given:
            changed.append(row)
        else:
            outcome.unchanged += 1
    outcome.updated = len(changed)
    new = [group for group in chunk.groups if group["reference"] not in stored]
    _make(model, new, defaults)
    outcome.created = len(new)
    _save(model, changed, names)
    return outcome


def _make(model: type[models.Model], groups: list[dict[str, Any]], defaults: dict[str, Any]) -> None:
    """Rows that state the same defaults go in together."""
    by_constants: dict[tuple[Any, ...], list[tuple[str, ...]]] = {}
    for group in groups:
        constants = tuple(group[name] or default for name, default in defaults.items())
        row = (group["reference"], *(group[name] or "" for name in FACTS[model]))
        by_constants.setdefault(constants, []).append(row)
    for constants, rows in by_constants.items():
        make(model, rows, dict(zip(defaults, constants, strict=True)))


def _save(model: type[models.Model], rows: list[Any], names: tuple[str, ...]) -> None:
    if not rows:
        return
    if model is Customer:
        for row in rows:
            row.name_key = name_key(row.name)
        names = (*names, "name_key")
    model._default_manager.bulk_update(rows, names, batch_size=200)
