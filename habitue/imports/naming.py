"""Buyers and products that an order names: found by reference, or made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from habitue import bulk
from habitue.customers.models import Customer
from habitue.customers.queries import name_key
from habitue.imports.batching import batches
from habitue.purchases.models import Product

FACTS: dict[type[models.Model], tuple[str, ...]] = {Customer: ("name",), Product: ("name", "family")}
MOST_KNOWN = 300_000


def ids(
    model: type[models.Model],
    known: dict[str, Any],
    references: Iterable[str],
    facts: Iterable[tuple[str, tuple[str, ...]]],
    constants: dict[str, Any],
) -> dict[str, int]:
    """The id of each reference. `facts` is what the file says of some: an order fills what is empty in the base and
    changes nothing that is there. `known` is kept from chunk to chunk.
    """
    given: dict[str, tuple[str, ...]] = {}
    for reference, values in facts:
        was = given.get(reference)
        given[reference] = values if was is None else tuple(a or b for a, b in zip(was, values, strict=True))
    if len(known) > MOST_KNOWN:
        known.clear()
    wanted = dict.fromkeys(references)
    _look_up(model, known, (reference for reference in wanted if reference not in known))
    if new := [reference for reference in wanted if reference not in known]:
        blank = ("",) * len(FACTS[model])
        make(model, [(reference, *given.get(reference, blank)) for reference in new], constants)
        _look_up(model, known, new)
    _fill(model, known, given)
    return {reference: known[reference][0] for reference in wanted}


def make(model: type[models.Model], rows: Iterable[tuple[str, ...]], constants: dict[str, Any]) -> None:
    """`rows` are references with their FACTS."""
    names = ["reference", *FACTS[model], *constants]
    more = list(constants.values())
    if model is Customer:
        now = timezone.now()
        bulk.insert(model, [*names, "name_key", "created_at"], ([*row, *more, name_key(row[1]), now] for row in rows))
    else:
        bulk.insert(model, names, ([*row, *more] for row in rows))


def _look_up(model: type[models.Model], known: dict[str, Any], references: Iterable[str]) -> None:
    for batch in batches(references):
        found = model._default_manager.filter(reference__in=batch)
        for reference, pk, *facts in found.values_list("reference", "pk", *FACTS[model]):
            known[reference] = (pk, *facts)


def _fill(model: type[models.Model], known: dict[str, Any], given: dict[str, tuple[str, ...]]) -> None:
    names = FACTS[model]
    filled = []
    for reference, facts in given.items():
        pk, *was = known[reference]
        if any(now and not old for old, now in zip(was, facts, strict=True)):
            values = [old or now for old, now in zip(was, facts, strict=True)]
            known[reference] = (pk, *values)
            row = model(pk=pk, **dict(zip(names, values, strict=True)))
            if isinstance(row, Customer):
                row.name_key = name_key(row.name)
            filled.append(row)
    if filled:
        changed = [*names, "name_key"] if model is Customer else names
        model._default_manager.bulk_update(filled, changed, batch_size=200)
