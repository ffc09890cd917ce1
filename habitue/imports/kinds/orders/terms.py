"""Promotions and contracts by reference: made when new, changed when the file says something else, else left alone."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from habitue.customers.models import Customer
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming, upserting
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.kernel.database.batches import batches
from habitue.purchases.models import Contract, Product, Promotion

Group = dict[str, Any]
Term = TypeVar("Term", Promotion, Contract)
PROMOTION = ("product_id", "family", "kind", "first_day", "last_day")
CONTRACT = ("customer_id", "plan", "first_day", "last_day", "period_days", "amount", "currency")


def write_promotions(run: Run, chunk: Chunk) -> Outcome:
    """Products that are not known yet are made, as orders make them."""
    products = naming.ids(run, Product, run.products, (g["product"] for g in chunk.groups if g["product"]), (), {})
    groups = [group | {"product_id": products.get(group["product"])} for group in chunk.groups]
    return _write(run, Promotion, groups, PROMOTION, _stored(Promotion.objects.all(), groups))


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
    customers = naming.ids(run, Customer, run.buyers, (group["customer"] for group in allowed), (), constants)
    groups = [group | {"customer_id": customers[group["customer"]]} for group in allowed]
    outcome = _write(run, Contract, groups, CONTRACT, stored)
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
    if known.customer.reference != group["customer"] and known.customer_id != naming.standing_pk(group["customer"]):
        return _reason(run, group, "customer", "other_customer", {"stored": known.customer.reference})
    if known.last_day and not group["last_day"] and group["first_day"] > known.last_day:
        return _reason(run, group, "first_day", "begins_after_end", {"end": known.last_day.isoformat()})
    return None


def _reason(run: Run, group: Group, fact: str, code: str, data: dict[str, Any]) -> Reason:
    column = " + ".join(run.staged.mapping.columns[fact].columns)
    return Reason(column, str(group[fact]), code, {"fact": fact} | data)


def _write(
    run: Run, model: type[Term], groups: list[Group], names: tuple[str, ...], stored: dict[str, Term]
) -> Outcome:
    new = [group for group in groups if group["reference"] not in stored]
    known = [(stored[group["reference"]], group) for group in groups if group["reference"] in stored]
    outcome = upserting.change(run, model, known, names)
    outcome.created = len(new)
    if new and not run.rehearsal:
        columns = ["reference", *names]
        upserting.make(run, model, columns, ([group[name] for name in columns] for group in new))
    return outcome
