"""Writer of contracts, by reference: created when new, updated where the file differs, else unchanged."""

from __future__ import annotations

from typing import Any

from habitue.customers.models import Customer
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing import naming
from habitue.imports.writing.upserting import stored, upsert
from habitue.imports.writing.walking import Chunk, Outcome, Run, refuse
from habitue.purchases.models import Contract

Group = dict[str, Any]
NAMES = ("customer_id", "plan", "first_day", "last_day", "period_days", "amount", "currency")


def write(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk of contracts; customers that do not exist yet are created."""
    known = stored(run, Contract.objects.select_related("customer"), "reference", chunk.groups)
    reasons = {
        group["rank"]: reason
        for group in chunk.groups
        if (contract := known.get(group["reference"])) and (reason := _fault(run, group, contract))
    }
    allowed = [group for group in chunk.groups if group["rank"] not in reasons]
    constants = {"kind": run.staged.mapping.buyer_kind}
    customers = naming.ids(run, Customer, run.buyers, (group["customer"] for group in allowed), (), constants)
    groups = [group | {"customer_id": customers[group["customer"]]} for group in allowed]
    outcome = upsert(run, Contract, "reference", NAMES, groups, known)
    outcome.refused.extend(refuse(run.staged, reasons))
    return outcome


def _fault(run: Run, group: Group, known: Contract) -> Reason | None:
    if known.customer.reference != group["customer"] and known.customer_id != naming.canonical_id(group["customer"]):
        return _reason(run, group, "customer", "other_customer", {"stored": known.customer.reference})
    if known.last_day and not group["last_day"] and group["first_day"] > known.last_day:
        return _reason(run, group, "first_day", "begins_after_end", {"end": known.last_day.isoformat()})
    return None


def _reason(run: Run, group: Group, fact: str, code: str, data: dict[str, Any]) -> Reason:
    column = " + ".join(run.staged.mapping.columns[fact].columns)
    return Reason(column, str(group[fact]), code, {"fact": fact} | data)
