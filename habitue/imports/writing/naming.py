"""Customers and products that rows refer to: looked up by reference, or created. Merged customers are followed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from habitue.customers import fields, identifiers
from habitue.customers.contacting import normalised
from habitue.customers.models import ContactPoint, Customer, Identifier
from habitue.imports.writing import upserting
from habitue.imports.writing.walking import Run
from habitue.kernel.database import bulk
from habitue.kernel.database.batches import batches
from habitue.kernel.names import name_key
from habitue.purchases.models import Product

FACTS: dict[type[models.Model], tuple[str, ...]] = {Customer: ("name",), Product: ("name", "family")}
MOST_KNOWN = 300_000


def ids(
    run: Run,
    model: type[models.Model],
    known: dict[str, Any],
    references: Iterable[str],
    facts: Iterable[tuple[str, tuple[str, ...]]],
    constants: dict[str, Any],
) -> dict[str, int]:
    """The id of each reference; missing rows are created, in a dry run they have id 0.

    `facts` are (reference, values of FACTS) stated by the file: they fill stored values that are empty and change no
    other. `known` caches looked-up rows from chunk to chunk. `constants` are columns of every created row.
    """
    folded = {reference: identifiers.folded(reference) if model is Customer else reference for reference in references}
    wanted = dict.fromkeys(folded.values())
    if run.dry_run:
        _look_up(run, model, known, (reference for reference in wanted if reference not in known))
        return {reference: known.get(key, (0,))[0] for reference, key in folded.items()}
    given: dict[str, tuple[str, ...]] = {}
    for reference, values in facts:
        reference = folded.get(reference, reference)
        was = given.get(reference)
        given[reference] = values if was is None else tuple(a or b for a, b in zip(was, values, strict=True))
    if len(known) > MOST_KNOWN:
        known.clear()
    if model is Customer:
        _forget_merged(known, wanted)
    _look_up(run, model, known, (reference for reference in wanted if reference not in known))
    if new := [reference for reference in wanted if reference not in known]:
        blank = ("",) * len(FACTS[model])
        _make(run, model, known, [(reference, *given.get(reference, blank)) for reference in new], constants)
    _fill(run, model, known, given)
    return {reference: known[key][0] for reference, key in folded.items()}


def tell_apart(groups: Iterable[dict[str, Any]], reference: str, name: str) -> None:
    """Give those whose reference is an e-mail address that others share the reference of the one who bears their name.

    Two people with one address are two: who bears a name that nobody with the address has gets one of their own.
    """
    named = [(identifiers.folded(each[reference]), each) for each in groups if each[name] and "@" in each[reference]]
    known = {
        email: dict.fromkeys(some) for email, some in identifiers.people_at(email for email, _each in named).items()
    }
    for email, each in named:
        people = known.setdefault(email, {})
        same = [one for one in people if identifiers.same_name(one.name, each[name])]
        if len(same) == 1:
            each[reference] = same[0].reference
        elif people and not same:
            each[reference] = f"{email} {name_key(each[name])}"[: fields.REFERENCE_LIMIT]
        if not same:
            people[identifiers.Person(0, each[reference] if people else email, each[name])] = None


def canonical_id(reference: str) -> int | None:
    """The id of the canonical record of a reference; None where it does not exist."""
    return canonical_ids([reference]).get(reference)


canonical_ids = identifiers.find


def _forget_merged(known: dict[str, Any], wanted: Iterable[str]) -> None:
    """Drop customers from `known` who were merged since an earlier chunk looked them up."""
    by_pk: dict[int, list[str]] = {}
    for reference in wanted:
        if reference in known:
            by_pk.setdefault(known[reference][0], []).append(reference)
    for batch in batches(by_pk):
        for pk in Customer.objects.filter(pk__any_of=batch, merged_into__isnull=False).values_list("pk", flat=True):
            for reference in by_pk[pk]:
                del known[reference]


def _make(
    run: Run, model: type[models.Model], known: dict[str, Any], rows: list[tuple[str, ...]], constants: dict[str, Any]
) -> None:
    """Create rows and add them to `known`. `rows` are references with their FACTS."""
    names = ["id", "reference", *FACTS[model], *constants]
    more = list(constants.values())
    pks = bulk.fresh_ids(model, len(rows))
    with_pks = list(zip(pks, rows, strict=True))
    if model is Customer:
        now = timezone.now()
        called = _own_references(run, [row[0] for row in rows])
        values = ([pk, called[row[0]], *row[1:], *more, name_key(row[1]), now] for pk, row in with_pks)
        bulk.insert(model, [*names, "name_key", "created_at"], values)
        run.written.touched.update(pks)
    else:
        bulk.insert(model, names, ([pk, *row, *more] for pk, row in with_pks))
    run.written.created(model, pks)
    if model is Customer:
        _make_reachable(run, {pk: row[0] for pk, row in with_pks})
        _identify(run, {pk: row[0] for pk, row in with_pks})
    known.update({row[0]: (pk, *row[1:]) for pk, row in with_pks})


def _own_references(run: Run, references: list[str]) -> dict[str, str]:
    """Our reference for each that the source gives: its own, unless somebody of another source bears it."""
    system = _system(run)
    taken = identifiers.taken(references) if system else set()
    return {of: f"{system} {of}"[: fields.REFERENCE_LIMIT] if of in taken else of for of in references}


def _identify(run: Run, references: dict[int, str]) -> None:
    """Who is made for a reference of a source is called so by it; an e-mail address is none."""
    system = _system(run)
    rows = [(pk, system, text, run.written.event.pk) for pk, text in references.items() if "@" not in text]
    if system and rows:
        upserting.make(run, Identifier, ["customer", "system", "value", "source"], rows)


def _system(run: Run) -> str:
    return run.staged.mapping.source.get("system", "")[:40]


def _make_reachable(run: Run, references: dict[int, str]) -> None:
    """Who is known by an e-mail address has it; see `tell_apart` for what may stand behind it."""
    emails = {pk: normalised("email", text.split(" ")[0]) for pk, text in references.items() if "@" in text}
    rows = [(pk, "email", of.typed, of.value, run.written.event.pk) for pk, of in emails.items() if of.valid]
    if rows:
        upserting.make(run, ContactPoint, ["customer", "kind", "typed", "value", "source"], rows)


def _look_up(run: Run, model: type[models.Model], known: dict[str, Any], references: Iterable[str]) -> None:
    wanted = list(references)
    if model is Customer:
        of = identifiers.find(wanted, _system(run))
        people = identifiers.people(of.values())
        known.update({reference: (pk, people[pk].name) for reference, pk in of.items()})
        return
    for batch in batches(wanted):
        rows = model._default_manager.filter(reference__any_of=batch)
        for reference, pk, *facts in rows.values_list("reference", "pk", *FACTS[model]):
            known[reference] = (pk, *facts)


def _fill(run: Run, model: type[models.Model], known: dict[str, Any], given: dict[str, tuple[str, ...]]) -> None:
    names = FACTS[model]
    changes: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for reference, facts in given.items():
        pk, *was = known[reference]
        if pk not in changes and any(now and not old for old, now in zip(was, facts, strict=True)):
            values = [old or now for old, now in zip(was, facts, strict=True)]
            known[reference] = (pk, *values)
            changes[pk] = (dict(zip(names, was, strict=True)), dict(zip(names, values, strict=True)))
    if not changes:
        return
    rows = [(*after.values(), pk) for pk, (_before, after) in changes.items()]
    if model is Customer:
        bulk.update(model, ["name", "name_key"], [(name, name_key(name), pk) for name, pk in rows])
        run.written.touched.update(changes)
    else:
        bulk.update(model, names, rows)
    run.written.changed_many(model, ((pk, *pair) for pk, pair in changes.items()))
