"""Promotions and contracts by reference: made when new, changed when the file says something else, else left alone."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from habitue import bulk
from habitue.customers.models import Customer
from habitue.imports import naming
from habitue.imports.batching import batches
from habitue.imports.explaining import Reason
from habitue.imports.walking import Chunk, Outcome, Run, refuse
from habitue.purchases.models import Contract, Product, Promotion

Group = dict[str, Any]
Term = TypeVar("Term", Promotion, Contract)
PROMOTION = ("product_id", "family", "kind", "first_day", "last_day")
CONTRACT = ("customer_id", "plan", "first_day", "last_day", "period_days", "amount", "currency")


def write_promotions(run: Run, chunk: Chunk) -> Outcome:
    """Products that are not known yet are made, as orders make them."""
    products = naming.ids(Product, run.products, (g["product"] for g in chunk.groups if g["product"]), (), {})
    groups = [group | {"product_id": products.get(group["product"])} for group in chunk.groups]
    return _write(Promotion, groups, PROMOTION, _stored(Promotion.objects.all(), groups))


def write_contracts(run: Run, chunk: Chunk) -> Outcome:
    """Customers that are not known yet are made, as orders make them."""
    stored = _stored(Contract.objects.select_related("customer"), chunk.groups)
    reasons = {
        group["rank"]: reason
        for group in chunk.groups
        if (known := stored.get(group["reference"])) and (reason := _fault(run, group, known))
    }
    allowed = [group for group in chunk.groups if group["rank"] not in reasons]
    constants = {"kind": run.staged.mapping.buyer_kind}
    customers = naming.ids(Customer, run.buyers, (group["customer"] for group in allowed), (), constants)
    groups = [group | {"customer_id": customers[group["customer"]]} for group in allowed]
    outcome = _write(Contract, groups, CONTRACT, stored)
    outcome.refused.extend(refuse(run.staged, reasons))
    return outcome


def _stored(rows: models.QuerySet[Term], groups: list[Group]) -> dict[str, Term]:
    """As they are, locked until they are changed."""
    return {
        row.reference: row
        for batch in batches(group["reference"] for group in groups)
        for row in rows.select_for_update(of=("self",)).filter(reference__in=batch)
    }


def _fault(run: Run, group: Group, known: Contract) -> Reason | None:
    if known.customer.reference != group["customer"]:
        return _reason(run, group, "customer", "other_customer", {"stored": known.customer.reference})
    if known.last_day and not group["last_day"] and group["first_day"] > known.last_day:
        return _reason(run, group, "first_day", "begins_after_end", {"end": known.last_day.isoformat()})
    return None


def _reason(run: Run, group: Group, fact: str, code: str, data: dict[str, Any]) -> Reason:
    column = " + ".join(run.staged.mapping.columns[fact].columns)
    return Reason(column, str(group[fact]), code, {"fact": fact} | data)


def _write(model: type[Term], groups: list[Group], names: tuple[str, ...], stored: dict[str, Term]) -> Outcome:
    """An empty cell says nothing: it never erases what is known."""
    outcome = Outcome()
    changed = []
    for group in groups:
        if (row := stored.get(group["reference"])) is None:
            continue
        given = {name: group[name] for name in names if group[name] is not None and group[name] != getattr(row, name)}
        for name, value in given.items():
            setattr(row, name, value)
        if given:
            changed.append(row)
        else:
            outcome.unchanged += 1
    outcome.updated = len(changed)
    new = [group for group in groups if group["reference"] not in stored]
    bulk.insert(model, ["reference", *names], (_row(model, group, names) for group in new))
    outcome.created = len(new)
    if changed:
        model._default_manager.bulk_update(changed, [name.removesuffix("_id") for name in names], batch_size=200)
    return outcome


def _row(model: type[models.Model], group: Group, names: tuple[str, ...]) -> list[Any]:
    texts = {name for name in names if isinstance(model._meta.get_field(name), models.CharField)}
    return [group["reference"], *(group[name] or "" if name in texts else group[name] for name in names)]
