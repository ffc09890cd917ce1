"""What an import of orders tells beside its counts: no sales, no customers, roundings, what is kept back."""

from __future__ import annotations

from typing import Any

from habitue.imports.mappings.rules import ASIDE
from habitue.imports.staging.explaining import Reason
from habitue.imports.writing.walking import Chunk, Outcome, Run
from habitue.kernel import formats

Group = dict[str, Any]


def note(run: Run, chunk: Chunk, good: list[Group], reasons: dict[int, Reason], outcome: Outcome) -> None:
    """Count them in `outcome.findings`: amounts by currency under `name:EUR`, in minor units; roundings in units of the
    FINEST decimal."""
    findings = outcome.findings
    for group in chunk.groups:
        if group.get("status") in ASIDE and group["rank"] not in reasons:
            findings[group["status"]] += 1
    for group in good:
        if group["rank"] in reasons:
            _keep_back(outcome, group)
            continue
        if not group["buyer"] and not group["refund_of"] and int(group["amount"]) >= 0:
            findings["no_buyer"] += 1
            findings[f"no_buyer:{group['currency']}"] += int(group["amount"])
        if group.get("rounded"):
            minor = run.staged.mapping.unit == "minor"
            scale = 10 ** formats.decimals(group["currency"]) if minor else 1
            findings["rounded"] += int(group["rounded"])
            findings[f"rounded:{group['currency']}"] += int(group["residue"]) // scale
    for group in chunk.faulty:
        _keep_back(outcome, group)


def _keep_back(outcome: Outcome, group: Group) -> None:
    """The order, and what can be read of its worth; of a row without a number, which is no order, its worth."""
    if group.get("companion"):
        return
    if group["number"]:
        outcome.findings["kept_back"] += 1
    if group["amount"]:
        # Of an unknown currency six decimals are read, and two are told.
        amount = int(group["amount"]) if group["currency"] else int(group["amount"]) // 10**4
        outcome.findings[f"kept_back:{group['currency'] or ''}"] += amount
